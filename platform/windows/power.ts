// SPDX-License-Identifier: Apache-2.0
/** Off and asleep. Success has no reply. */
import { POWER_CAPABILITIES, powerCapabilities, suspend } from '../../native/powrprof.ts'
import { enablePrivilege } from '../../native/security.ts'
import { exitWindows, initiateShutdown } from '../../native/user32.ts'
import { AgentError, InvalidArguments, Unsupported } from '../../src/errors.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/power.ts'

/** EWX_POWEROFF, EWX_SHUTDOWN and EWX_REBOOT, each with EWX_FORCE: programs are not asked. */
const MODES: ReadonlyMap<string, number> = new Map([
  ['powerdown', 0xc],
  ['halt', 0x5],
  ['reboot', 0x6],
])

/** The machine, as far as it can be switched; tests bring their own. */
const MACHINE = {
  enablePrivilege,
  exitWindows,
  initiateShutdown,
  powerCapabilities,
  suspend,
}

export function createPowerHandlers(
  account: (message: string) => void,
  machine = MACHINE,
): Handlers<typeof schema, 'windows'> {
  async function sleep(state: 's3' | 's4', name: string): Promise<void> {
    const capabilities = await machine.powerCapabilities()
    if (capabilities === undefined)
      throw new Unsupported('failed to determine guest suspend capabilities')
    if (capabilities[POWER_CAPABILITIES[state]] === 0)
      throw new Unsupported(`${name} not supported by OS`)
    machine.enablePrivilege('SeShutdownPrivilege')
    // Whether it went to sleep shows only when it is awake again: by then nobody waits for the answer.
    machine.suspend('failed to suspend guest', state === 's4').catch((error: unknown) => {
      account(error instanceof AgentError ? error.message : String(error))
    })
  }

  return {
    'guest-shutdown': async ({ mode }) => {
      account(`guest-shutdown called, mode: ${mode ?? '(null)'}`)
      const flags = MODES.get(mode ?? 'powerdown')
      if (flags === undefined)
        throw new InvalidArguments("Parameter 'mode' expects 'halt', 'powerdown', or 'reboot'")
      machine.enablePrivilege('SeShutdownPrivilege')
      try {
        await machine.exitWindows('guest-shutdown failed', flags)
      } catch (error) {
        // It can be refused where there is no session to end; this asks the system itself.
        await machine.initiateShutdown('', mode === 'reboot').catch(() => {
          account(error instanceof AgentError ? error.message : String(error))
          throw error
        })
      }
    },
    'guest-suspend-disk': () => sleep('s4', 'suspend-to-disk'),
    'guest-suspend-ram': () => sleep('s3', 'suspend-to-ram'),
  }
}
