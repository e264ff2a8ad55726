// SPDX-License-Identifier: Apache-2.0
import { setSystemTime, systemTime } from '../../native/kernel32-system.ts'
import { enablePrivilege } from '../../native/security.ts'
import { win32Error } from '../../native/win32-error.ts'
import { InvalidArguments, OsError, Unsupported } from '../../src/errors.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/time.ts'
import { fileTime, nanoseconds } from './parse/file-time.ts'
import { runProgram } from './run-program.ts'

const RESYNC_LIMIT_MS = 60_000
/** HRESULT of ERROR_SERVICE_NOT_ACTIVE. */
const SERVICE_NOT_ACTIVE = 0x80070426

/** The clock, and the program that asks a server; tests bring their own. */
const CLOCK = { systemTime, setSystemTime, enablePrivilege, run: runProgram, win32Error }

export function createTimeHandlers(clock = CLOCK): Handlers<typeof schema, 'windows'> {
  /** There is no reading the hardware clock on Windows: the time service is asked instead, as upstream does. */
  async function resync(): Promise<void> {
    const args = ['/resync', '/nowait']
    const { ending } = await clock.run({ name: 'w32tm.exe', args, limitMs: RESYNC_LIMIT_MS })
    if (ending === undefined) throw new OsError('w32tm did not end in time', 'ETIMEDOUT')
    const code = ('exitcode' in ending ? ending.exitcode : ending.signal) >>> 0
    if (code === SERVICE_NOT_ACTIVE)
      throw new Unsupported('Windows Time service not running on the guest')
    if (code !== 0) {
      const action = `w32tm failed with error (0x${code.toString(16)})`
      throw clock.win32Error(action, code)
    }
  }

  return {
    'guest-get-time': () => nanoseconds(clock.systemTime()),

    'guest-set-time': async ({ time }) => {
      if (time === undefined) {
        await resync()
        return {}
      }
      const units = fileTime(BigInt(time))
      if (units === undefined) throw new InvalidArguments(`Time ${time} is invalid`)
      clock.enablePrivilege('SeSystemtimePrivilege')
      clock.setSystemTime(units)
      return {}
    },
  }
}
