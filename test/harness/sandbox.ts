// SPDX-License-Identifier: Apache-2.0
/**
 * A machine that an agent can do no harm to: its power, clocks, CPUs, memory and accounts are
 * stand-ins below a directory of the test's, and it lacks the capabilities to reach the real ones.
 * It is refused to start when any of that is not so.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needs } from './needs.ts'

export const hasSandbox = needs('root') && needs('unshare') && needs('mount') && needs('setpriv')
export const hasNetwork = hasSandbox && needs('ip')

/** A user who exists in the sandbox alone. The home is `home` in the directory. */
export const SOMEBODY = { name: 'qga-somebody', uid: 54321, gid: 54322, extraGroup: 54323 } as const

/** Programs that an agent may switch the machine with. */
const PROGRAMS = [
  ...['poweroff', 'halt', 'reboot', 'shutdown', 'hwclock', 'systemctl', 'busybox', 'runit-init'],
  ...['openrc-shutdown', 'pm-is-supported', 'pm-suspend', 'pm-hibernate', 'pm-suspend-hybrid'],
]

/** Stands in for a program: writes down how it was called, and its input when asked to. */
export const STAND_IN = `#!/bin/sh
# stand-in
echo "$0 $*" >> "$CALLS"
name=\${0##*/}
[ ! -e "$CALLS.input" ] || cat > "$CALLS.input"
[ ! -e "$CALLS.$name.says" ] || cat "$CALLS.$name.says"
[ ! -e "$CALLS.$name" ] || exit "$(cat "$CALLS.$name")"
`

const CAP_SYS_BOOT = 22
const CAP_SYS_TIME = 25

const MOUNTS = `
D=$1; network=$2; shift 2
[ -z "$network" ] || eval "$network"
mkdir -p "$D/sys" "$D/programs" "$D/dev"
for name in null zero full random urandom; do
  : > "$D/dev/$name"
  mount --bind "/dev/$name" "$D/dev/$name"
done
mount --rbind "$D/dev" /dev
mount --rbind "$D/sys" /sys
mount --bind "$D/etc" /etc
[ ! -d "$D/run" ] || mount --rbind "$D/run" /run
[ ! -e "$D/proc-stat" ] || mount --bind "$D/proc-stat" /proc/stat
for directory in /bin /usr/bin; do
  for name in ${PROGRAMS.join(' ')}; do
    [ ! -e "$directory/$name" ] || mount --bind "$D/stand-in" "$directory/$name"
  done
done
# The reference agent lives among the programs that are hidden.
if [ -e /usr/sbin/qemu-ga ]; then
  : > "$D/programs/qemu-ga"
  mount --bind /usr/sbin/qemu-ga "$D/programs/qemu-ga"
fi
for directory in /sbin /usr/sbin; do mount --rbind "$D/programs" "$directory"; done
exec setpriv --bounding-set=-sys_boot,-sys_time --inh-caps=-all -- sh -ec "$GUARD" sh "$D" "$@"
`

/** Runs last, where the agent will run. */
const GUARD = `
D=$1; shift
refuse() { echo "refused: $*" >&2; exit 99; }
for directory in /sbin /usr/sbin /bin /usr/bin; do
  for name in ${PROGRAMS.join(' ')}; do
    at=$directory/$name
    [ ! -e "$at" ] || [ "$at" -ef "$D/stand-in" ] || [ "$at" -ef "$D/programs/$name" ] || refuse "$at is real"
  done
done
for name in /dev/rtc* /dev/misc/rtc; do [ ! -e "$name" ] || refuse "$name is there"; done
[ /sys -ef "$D/sys" ] || refuse "/sys is real"
[ /etc -ef "$D/etc" ] || refuse "/etc is real"
while read -r name value; do
  [ "$name" = CapEff: ] || continue
  [ $((0x$value >> ${CAP_SYS_BOOT} & 1)) = 0 ] || refuse "CAP_SYS_BOOT"
  [ $((0x$value >> ${CAP_SYS_TIME} & 1)) = 0 ] || refuse "CAP_SYS_TIME"
done < /proc/self/status
unset GUARD
exec "$@"
`

/**
 * Runs what follows in the sandbox of a directory. From there `sys` is /sys, `programs` /sbin and
 * /usr/sbin, `etc` /etc, `run` /run if there is one, and `proc-stat` /proc/stat.
 * @param network a script for a network namespace of its own; the machine's network when absent
 */
export function sandboxed(directory: string, network?: string): readonly string[] {
  makeAccounts(directory)
  writeFileSync(join(directory, 'stand-in'), STAND_IN, { mode: 0o755 })
  return [
    'env',
    `GUARD=${GUARD}`,
    'unshare',
    '--mount',
    ...(network === undefined ? [] : ['--net']),
    ...['sh', '-ec', MOUNTS, 'sh', directory, network ?? ''],
  ]
}

/** The environment in which stand-ins are found and write down their calls. */
export function sandboxEnv(directory: string): Readonly<Record<string, string>> {
  return { PATH: `${directory}/programs:/usr/bin:/bin`, CALLS: `${directory}/calls`, LANG: 'C' }
}

/** What user names, passwords and their check need of /etc. */
const ETC = [
  ...['passwd', 'group', 'shadow', 'gshadow', 'nsswitch.conf', 'login.defs', 'localtime'],
  ...['ld.so.cache', 'pam.d', 'pam.conf', 'security', 'environment', 'hostname', 'os-release'],
]

function makeAccounts(directory: string): void {
  const etc = join(directory, 'etc')
  if (existsSync(etc)) return
  mkdirSync(etc)
  for (const name of ETC.filter((name) => existsSync(`/etc/${name}`))) {
    cpSync(`/etc/${name}`, join(etc, name), { recursive: true, verbatimSymlinks: true })
  }
  const { name, uid, gid, extraGroup } = SOMEBODY
  const home = join(directory, 'home')
  append(join(etc, 'passwd'), `${name}:x:${uid}:${gid}::${home}:/bin/sh`)
  append(join(etc, 'group'), `${name}:x:${gid}:`)
  append(join(etc, 'group'), `${name}-too:x:${extraGroup}:${name}`)
  append(join(etc, 'shadow'), `${name}:!:20000:0:99999:7:::`)
  mkdirSync(home, { recursive: true })
  Bun.spawnSync(['chown', '-R', `${uid}:${gid}`, home])
  Bun.spawnSync(['chmod', '755', directory, home])
}

function append(path: string, line: string): void {
  writeFileSync(path, `${readFileSync(path, 'utf8').trimEnd()}\n${line}\n`)
}
