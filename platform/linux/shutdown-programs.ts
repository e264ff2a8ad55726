// SPDX-License-Identifier: Apache-2.0
/** How the systems of this world are asked to go down. */

const MODES = {
  powerdown: { program: 'poweroff', shutdown: '-P', openrc: '--poweroff', runit: '0' },
  halt: { program: 'halt', shutdown: '-H', openrc: '--halt', runit: '0' },
  reboot: { program: 'reboot', shutdown: '-r', openrc: '--reboot', runit: '6' },
} as const

export type ShutdownMode = keyof typeof MODES

export function isShutdownMode(mode: string): mode is ShutdownMode {
  return Object.hasOwn(MODES, mode)
}

interface Candidate {
  readonly name: string
  readonly args: readonly string[]
}

const MESSAGE = 'hypervisor initiated shutdown'

/**
 * The programs for a mode, the best first. The first two are upstream's: systemd, SysV init, OpenRC,
 * runit and busybox mostly bring at least one of them. The others are what each has besides.
 */
export function shutdownPrograms(
  mode: ShutdownMode,
): readonly [usual: Candidate, fallback: Candidate, ...others: Candidate[]] {
  const { program, shutdown, openrc, runit } = MODES[mode]
  const anywhere = (name: string, args: readonly string[]): Candidate[] =>
    ['/sbin', '/usr/sbin', '/bin', '/usr/bin'].map((directory) => ({
      name: `${directory}/${name}`,
      args,
    }))
  return [
    { name: `/sbin/${program}`, args: [] },
    { name: '/sbin/shutdown', args: ['-h', shutdown, '+0', MESSAGE] },
    ...anywhere(program, []).slice(1),
    // systemctl(1)
    ...anywhere('systemctl', [program]),
    // openrc-shutdown(8)
    ...anywhere('openrc-shutdown', [openrc, 'now']),
    // runit-init(8)
    ...anywhere('runit-init', [runit]),
    ...anywhere('busybox', [program]),
  ]
}
