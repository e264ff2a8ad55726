// SPDX-License-Identifier: Apache-2.0
/** Off and asleep on machines that are made up: nothing here can switch the real one. */
import { describe, expect, test } from 'bun:test'
import { createPowerHandlers, type PowerSeams } from '../../../platform/linux/power.ts'
import type { Outcome } from '../../../platform/linux/run-program.ts'
import { shutdownPrograms } from '../../../platform/linux/shutdown-programs.ts'

const DONE: Outcome = { kind: 'exited', status: 0, output: '' }
const exited = (status: number): Outcome => ({ kind: 'exited', status, output: '' })

interface Machine {
  /** What comes of a command line; of others: there is no such program. */
  readonly programs?: Readonly<Record<string, Outcome>>
  readonly state?: string
  readonly stateError?: string
}

function machine({ programs = {}, state, stateError }: Machine) {
  const calls: string[] = []
  const seams: PowerSeams = {
    run: async ({ name, args }) => {
      const line = [name, ...args].join(' ')
      calls.push(line)
      return programs[line] ?? { kind: 'not-started', output: `failed to exec '${name}': x\n` }
    },
    isProgram: (path) => Object.keys(programs).some((line) => line.split(' ')[0] === path),
    readState: () => {
      if (state === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
      return state
    },
    writeState: async (word) => {
      calls.push(`state < ${word}`)
      if (stateError) throw Object.assign(new Error(stateError), { code: stateError })
    },
  }
  const accounts: string[] = []
  const handlers = createPowerHandlers(
    (message) => void accounts.push(message),
    { programMs: 60_000, suspendMs: 600_000 },
    seams,
  )
  return { calls, accounts, handlers }
}

async function outcome(work: unknown): Promise<string> {
  try {
    await work
    return 'silence'
  } catch (error) {
    return (error as Error).message
  }
}

describe('guest-shutdown', () => {
  const shut = (found: Machine, mode?: string) => {
    const made = machine(found)
    const work = made.handlers['guest-shutdown'](mode === undefined ? {} : { mode })
    return { ...made, said: outcome(work) }
  }

  test.each([
    [undefined, ['/sbin/poweroff', '/sbin/shutdown -h -P +0 hypervisor initiated shutdown']],
    ['powerdown', ['/sbin/poweroff', '/usr/bin/systemctl poweroff', '/bin/busybox poweroff']],
    ['halt', ['/sbin/halt', '/sbin/shutdown -h -H +0 hypervisor initiated shutdown']],
    ['halt', ['/usr/sbin/halt', '/sbin/openrc-shutdown --halt now', '/sbin/runit-init 0']],
    ['reboot', ['/sbin/reboot', '/sbin/shutdown -h -r +0 hypervisor initiated shutdown']],
    ['reboot', ['/bin/systemctl reboot', '/sbin/openrc-shutdown --reboot now']],
    ['reboot', ['/sbin/runit-init 6', '/bin/busybox reboot']],
  ])('of mode %p takes the first of %p that exists', async (mode, lines) => {
    for (const [i] of lines.entries()) {
      const there = lines.slice(i)
      const { calls, said } = shut(
        { programs: Object.fromEntries(there.map((line) => [line, DONE])) },
        mode,
      )
      expect(await said).toBe('silence')
      expect(calls).toEqual([there[0] as string])
    }
  })

  test('knows only programs by their full path', () => {
    for (const mode of ['powerdown', 'halt', 'reboot'] as const) {
      for (const { name } of shutdownPrograms(mode)) expect(name).toStartWith('/')
    }
  })

  test('says what upstream says where there is nothing', async () => {
    const { said, calls } = shut({})
    expect(await said).toStartWith(
      "child process has failed to shutdown: failed to exec '/sbin/shutdown'",
    )
    expect(calls).toHaveLength(1)
  })

  test.each(['', 'Halt', 'off', 'toString', '__proto__'])(
    'runs nothing for mode %p',
    async (mode) => {
      const { said, calls } = shut({ programs: { '/sbin/poweroff': DONE } }, mode)
      expect(await said).toBe('mode is invalid (valid values are: halt|powerdown|reboot')
      expect(calls).toEqual([])
    },
  )

  test('is accounted', async () => {
    const named = shut({ programs: { '/sbin/halt': DONE } }, 'halt')
    const plain = shut({ programs: { '/sbin/poweroff': DONE } })
    await Promise.all([named.said, plain.said])
    expect([...named.accounts, ...plain.accounts]).toEqual([
      'guest-shutdown called, mode: halt',
      'guest-shutdown called, mode: (null)',
    ])
  })
})

describe.each([
  ['disk', 'hibernate', 'hibernate', 'disk'],
  ['ram', 'suspend', 'suspend', 'mem'],
  ['hybrid', 'hybrid-sleep', 'suspend-hybrid', undefined],
] as const)('guest-suspend-%s', (name, verb, pm, word) => {
  const STATUS = `systemctl status systemd-${verb}`
  const ASK_PM = `pm-is-supported --${pm}`
  const suspend = (found: Machine) => {
    const made = machine(found)
    return { ...made, said: outcome(made.handlers[`guest-suspend-${name}`]({})) }
  }
  const UNSUPPORTED = 'the requested suspend mode is not supported by the guest'
  const helper = (line: string, what: string) => `the helper program '${line}' ${what}`

  test.each([1, 2, 3])('is systemd’s where its unit has status %p', async (status) => {
    const programs = { [STATUS]: exited(status), [`systemctl ${verb}`]: DONE }
    const { said, calls } = suspend({ programs, state: 'mem disk' })
    expect(await said).toBe('silence')
    expect(calls).toEqual([STATUS, `systemctl ${verb}`])
  })

  test.each([0, 4])('is not systemd’s where its unit has status %p', async (status) => {
    const { said, calls } = suspend({ programs: { [STATUS]: exited(status) } })
    expect(await said).toBe(UNSUPPORTED)
    expect(calls).toEqual([STATUS, ASK_PM])
  })

  test('is that of pm-utils next', async () => {
    const programs = { [ASK_PM]: DONE, [`pm-${pm}`]: DONE }
    const { said, calls } = suspend({ programs, state: 'mem disk' })
    expect(await said).toBe('silence')
    expect(calls.at(-1)).toBe(`pm-${pm}`)
  })

  test('is the kernel’s last, where it has one', async () => {
    const { said, calls } = suspend({ state: 'freeze mem disk\n' })
    expect(await said).toBe(word === undefined ? UNSUPPORTED : 'silence')
    expect(calls.filter((line) => line.startsWith('state'))).toEqual(
      word === undefined ? [] : [`state < ${word}`],
    )
  })

  test('is the kernel’s when the programs fail', async () => {
    const programs = { [STATUS]: exited(3), [`systemctl ${verb}`]: exited(1), [ASK_PM]: DONE }
    const { said } = suspend({ programs, state: 'mem disk' })
    const failed = helper(`systemctl ${verb}`, 'returned an unexpected exit status code (1)')
    expect(await said).toBe(word === undefined ? failed : 'silence')
  })

  test.each<[Outcome, string]>([
    [exited(1), 'returned an unexpected exit status code (1)'],
    [{ kind: 'killed', output: '' }, 'was ended by a signal'],
    [{ kind: 'too-long', output: '' }, 'did not end within 600 seconds'],
    [{ kind: 'not-started', output: '' }, 'was not found'],
  ])('that ends as %p is an error', async (how, words) => {
    const bySystemd = { [STATUS]: exited(3), [`systemctl ${verb}`]: how }
    expect(await suspend({ programs: bySystemd }).said).toBe(helper(`systemctl ${verb}`, words))
    const byPm = { [ASK_PM]: DONE, [`pm-${pm}`]: how }
    expect(await suspend({ programs: byPm }).said).toBe(helper(`pm-${pm}`, words))
  })

  test('that the kernel refuses is an error', async () => {
    const { said } = suspend({ state: 'mem disk', stateError: 'EBUSY' })
    expect(await said).toBe(
      word === undefined
        ? UNSUPPORTED
        : "suspend: cannot write to '/sys/power/state': Device or resource busy",
    )
  })
})
