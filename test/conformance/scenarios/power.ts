// SPDX-License-Identifier: Apache-2.0
/** Off, asleep, and the time: stand-ins for every program and file that could do it. */
import { call, exchanges, type FileKind, type Scenario, type Step } from '../scenario.ts'

function shutdown(mode?: string): string {
  return call('guest-shutdown', mode === undefined ? {} : { mode })
}

const calls: Step = { look: 'content', at: 'calls' }

export const shutdowns: Scenario = {
  topic: 'shutdown',
  sandbox: {},
  files: {
    'programs/poweroff': 'stand-in',
    'programs/halt': 'stand-in',
    'programs/reboot': 'stand-in',
    'programs/shutdown': 'stand-in',
  },
  steps: [
    ...exchanges(shutdown(), shutdown('powerdown'), shutdown('halt'), shutdown('reboot')),
    { ...calls, changed: true },
    ...exchanges(shutdown(''), shutdown('Halt'), shutdown('off')),
  ],
}

export const shutdownFallback: Scenario = {
  topic: 'shutdown-fallback',
  sandbox: {},
  files: { 'programs/shutdown': 'stand-in' },
  steps: [
    ...exchanges(shutdown(), shutdown('powerdown'), shutdown('halt'), shutdown('reboot')),
    calls,
  ],
}

export const shutdownFailures: Scenario = {
  topic: 'shutdown-failures',
  sandbox: {},
  files: {
    'programs/poweroff': 'stand-in',
    'calls.poweroff': { content: '3' },
    'programs/halt': 'stand-in',
    'calls.halt': { content: '1' },
    'calls.halt.says': { content: 'no \u00c3\u00a9, "never"\n' },
    'programs/reboot': { content: '#!/bin/sh\necho dying\nkill -9 $$\n', mode: 0o755 },
    'programs/shutdown': 'stand-in',
    'calls.shutdown': { content: '3' },
  },
  steps: [
    { send: shutdown('powerdown') },
    { send: shutdown('halt'), changed: true },
    { send: shutdown('reboot'), changed: true },
    { send: call('guest-shutdown', { mode: 'powerdown' }, { id: 7 }) },
  ],
}

interface Suspend {
  readonly topic: string
  readonly files: Readonly<Record<string, FileKind>>
  /** The replies that are ours: upstream says nothing at all. */
  readonly ours?: Readonly<Partial<Record<SuspendName, string>>>
}

type SuspendName = 'disk' | 'ram' | 'hybrid'
const SUSPENDS = ['disk', 'ram', 'hybrid'] as const

const state = { 'sys/power/state': { content: 'freeze mem disk\n' } } as const
const exits = (program: string, status: number) => ({
  [`programs/${program}`]: 'stand-in' as const,
  [`calls.${program}`]: { content: String(status) },
})
/** The unit is known to `systemctl status`, and nothing that it is told works. */
const knownUnit = exits('systemctl', 3)
const status = (verb: string) =>
  `the helper program 'systemctl ${verb}' returned an unexpected exit status code (3)`

const CASES: readonly Suspend[] = [
  { topic: 'suspend-nothing', files: exits('systemctl', 4) },
  {
    topic: 'suspend-programs-fail',
    files: knownUnit,
    ours: { disk: status('hibernate'), ram: status('suspend'), hybrid: status('hybrid-sleep') },
  },
  {
    topic: 'suspend-pm-fails',
    files: {
      ...exits('systemctl', 4),
      'programs/pm-is-supported': 'stand-in',
      ...exits('pm-suspend', 2),
      ...exits('pm-suspend-hybrid', 1),
    },
    ours: {
      disk: "the helper program 'pm-hibernate' was not found",
      ram: "the helper program 'pm-suspend' returned an unexpected exit status code (2)",
      hybrid: "the helper program 'pm-suspend-hybrid' returned an unexpected exit status code (1)",
    },
  },
  {
    topic: 'suspend-pm',
    files: {
      ...exits('systemctl', 4),
      'programs/pm-is-supported': 'stand-in',
      'programs/pm-suspend': 'stand-in',
      'programs/pm-hibernate': 'stand-in',
      'programs/pm-suspend-hybrid': 'stand-in',
    },
  },
  {
    topic: 'suspend-running-unit',
    files: { 'programs/systemctl': 'stand-in' },
  },
]

export const suspends: readonly Scenario[] = CASES.map(({ topic, files, ours }) => ({
  topic,
  sandbox: {},
  files,
  steps: [
    ...SUSPENDS.map((name): Step => {
      const desc = ours?.[name]
      const send = call(`guest-suspend-${name}`)
      if (desc === undefined) return { send }
      const reply = `{"error": {"class": "GenericError", "desc": "${desc}"}}`
      return { send, differs: { id: 'suspend-failure', ours: [reply] } }
    }),
    calls,
  ],
}))

/** The kernel itself, when nobody else can. Its file is an ordinary one here and is overwritten from its start. */
export const kernelSuspend: Scenario = {
  topic: 'suspend-kernel',
  sandbox: {},
  files: { ...state, ...exits('systemctl', 4) },
  steps: [
    { send: call('guest-suspend-hybrid') },
    { send: call('guest-suspend-ram') },
    { look: 'content', at: 'sys/power/state' },
    { note: 'its words are gone from the ordinary file', send: call('guest-suspend-ram') },
    { send: call('guest-suspend-disk') },
    { look: 'content', at: 'sys/power/state' },
  ],
}

function setTime(time?: string): string {
  const args = time === undefined ? '{}' : `{"time":${time}}`
  return `{"execute":"guest-set-time","arguments":${args}}`
}

const REFUSED = 'Invalid time'

/** Without the capability to set a clock, and without a hardware clock. */
export const setTimes: Scenario = {
  topic: 'set-time',
  sandbox: {},
  env: { TZ: 'UTC' },
  files: { 'programs/hwclock': 'stand-in' },
  steps: [
    { note: 'the clock itself', send: setTime('1700000000123456789') },
    ...exchanges(setTime('0'), setTime('3155759999999999999'), setTime('-1')),
    { note: REFUSED, send: setTime('3155760000000000000') },
    ...exchanges(
      setTime('-1000000000'),
      setTime('9223372036854775807'),
      setTime('-9223372036854775808'),
    ),
    {
      note: 'the hardware clock',
      send: setTime(),
      differs: {
        id: 'hardware-clock',
        ours: [
          '{"error": {"class": "GenericError", "desc": "failed to set hardware clock to system time: /dev/rtc0: No such file or directory"}}',
        ],
      },
    },
    {
      look: 'content',
      at: 'calls',
      differs: { id: 'hardware-clock', ours: ['= (nothing)'] },
    },
    { note: 'years are those of the zone', start: { env: { TZ: 'XYZ5' } } },
    ...exchanges(setTime('18000000000000'), setTime('3155760000000000000')),
  ],
}
