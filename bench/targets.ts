// SPDX-License-Identifier: Apache-2.0
/** What the agent is to reach beside Debian's qemu-guest-agent on the same core, in one run. */

export interface Target {
  /** A figure's id, or the beginning of several when it ends in `.`; the longest that fits counts. */
  readonly id: string
  /** Of the agent's value to the C agent's, or of the agent's value itself, in the figure's unit. */
  readonly of: 'ratio' | 'value'
  readonly atMost?: number
  readonly atLeast?: number
  /** What the README says has been reached instead: the gate holds to that. */
  readonly reached?: number
  /** What decides it beside the agents: the gate does not judge it where memory is dear, or by how the kernel feels. */
  readonly dependsOn?: 'memory' | 'kernel'
}

const ratioAtMost = (id: string, atMost: number): Target => ({ id, of: 'ratio', atMost })
const ratioAtLeast = (id: string, atLeast: number): Target => ({ id, of: 'ratio', atLeast })
const valueAtMost = (id: string, atMost: number): Target => ({ id, of: 'value', atMost })

/** The C agent's syslog() costs it a system call or more for each command; without it the bar is its own speed. */
export const pingTargets = (isSyslogStubbed: boolean): readonly Target[] =>
  isSyslogStubbed
    ? [ratioAtMost('ping.median', 1), ratioAtMost('ping.p99', 1)]
    : [
        ratioAtMost('ping.median', 0.75),
        ratioAtMost('ping.p99', 0.75),
        ratioAtLeast('pipelined', 8),
      ]

export const TARGETS: readonly Target[] = [
  // In this row the C agent's place is taken by a compiled Bun program that only listens.
  { ...ratioAtMost('listener', 2), reached: 3 },
  ratioAtLeast('read.4 KiB', 1.2),
  { ...ratioAtLeast('read.64 KiB', 5), reached: 3.7, dependsOn: 'memory' },
  { ...ratioAtLeast('read.1 MiB', 8), dependsOn: 'memory' },
  { ...ratioAtLeast('read.16 MiB', 8), dependsOn: 'memory' },
  { ...ratioAtLeast('read.48 MiB', 8), dependsOn: 'memory' },
  { ...ratioAtLeast('write.64 KiB', 12), reached: 8.9, dependsOn: 'memory' },
  { ...ratioAtLeast('write.1 MiB', 20), dependsOn: 'memory' },
  { ...ratioAtLeast('write.8 MiB', 20), dependsOn: 'memory' },
  { ...ratioAtLeast('exec', 1.4), reached: 1.2 },
  { ...ratioAtLeast('cat', 8), dependsOn: 'memory' },
  { ...ratioAtMost('command.', 1), reached: 1.3 },
  { ...ratioAtMost('command.guest-get-users', 1), reached: 3 },
  { ...ratioAtMost('junk.', 0.5), dependsOn: 'memory' },
  valueAtMost('start.anonymous', 5),
  valueAtMost('start.resident', 24),
  { ...valueAtMost('end.resident', 40), reached: 52 },
  // The C agent's own.
  { ...valueAtMost('peak', 152), reached: 157 },
  // A file system takes the kernel 1 to 30 ms; our part is two starts of the program, which have a target of their own.
  { ...ratioAtMost('freeze', 1), dependsOn: 'kernel' },
  { ...ratioAtMost('thaw', 1), reached: 1.7, dependsOn: 'memory' },
  { ...ratioAtMost('fsinfo.', 1), reached: 1.2 },
  ratioAtMost('interfaces', 1),
  valueAtMost('minute.switches', 0),
  valueAtMost('million.growth', 5),
  valueAtMost('million.descriptors', 0),
  valueAtMost('million.threads', 0),
]
