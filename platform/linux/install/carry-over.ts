// SPDX-License-Identifier: Apache-2.0
/**
 * What distributions' services told the C agent outside its configuration file, as options:
 * Debian's /etc/default/qemu-guest-agent, Red Hat's /etc/sysconfig/qemu-ga in its older and newer
 * spellings, and the conf.d of OpenRC systems.
 */
import type { Carried } from '../../../src/admin/administration.ts'
import { type Assignment, parseAssignments } from '../parse/assignments.ts'

const EARLIER_FILES = [
  '/etc/default/qemu-guest-agent',
  '/etc/sysconfig/qemu-ga',
  '/etc/conf.d/qemu-guest-agent',
] as const

/** One variable's options, given all variables of its file. */
type Reading = (value: string, all: ReadonlyMap<string, string>) => readonly string[]

const words: Reading = (value) =>
  // The service manager keeps the agent in the foreground, whatever it was told before.
  value.split(/\s+/).filter((word) => word !== '' && word !== '-d' && word !== '--daemonize')
const option =
  (name: string): Reading =>
  (value) =>
    value === '' ? [] : [`${name}=${value}`]
const nothing: Reading = () => []

const READINGS: Readonly<Record<string, Reading>> = {
  DAEMON_ARGS: words,
  FILTER_RPC_ARGS: words,
  TRANSPORT: transport,
  TRANSPORT_METHOD: option('--method'),
  GA_METHOD: option('--method'),
  DEVPATH: option('--path'),
  GA_PATH: option('--path'),
  LOGFILE: option('--logfile'),
  STATEDIR: option('--statedir'),
  BLACKLIST_RPC: option('--block-rpcs'),
  BLOCK_RPCS: option('--block-rpcs'),
  ALLOW_RPCS: option('--allow-rpcs'),
  VERBOSE: (value) => (isOn(value) ? ['--verbose'] : []),
  // The service manager knows the process.
  PIDFILE: nothing,
  FSFREEZE_HOOK_ENABLE: (value, all) =>
    isOn(value) && !all.has('FSFREEZE_HOOK_PATHNAME') ? ['--fsfreeze-hook'] : [],
  FSFREEZE_HOOK_PATHNAME: hook,
}

/** `virtio-serial:/dev/virtio-ports/org.qemu.guest_agent.0` */
function transport(value: string): readonly string[] {
  const [, method, path] = /^([^:]*):?(.*)$/.exec(value) ?? []
  return [...(method ? [`--method=${method}`] : []), ...(path ? [`--path=${path}`] : [])]
}

/** Where there is a switch it decides; later files have none, and /dev/null for "no hook". */
function hook(value: string, all: ReadonlyMap<string, string>): readonly string[] {
  const enabled = all.get('FSFREEZE_HOOK_ENABLE')
  if (value === '/dev/null' || (enabled !== undefined && !isOn(enabled))) return []
  return [value === '' ? '--fsfreeze-hook' : `--fsfreeze-hook=${value}`]
}

function isOn(value: string): boolean {
  return /^(1|yes|true|on)$/i.test(value)
}

/** @param read the content of a file; undefined when there is none */
export function carryOver(read: (path: string) => string | undefined): readonly Carried[] {
  return EARLIER_FILES.flatMap((path) => {
    const text = read(path)
    return text === undefined ? [] : fromFile(path, parseAssignments(text))
  })
}

function fromFile(path: string, assignments: readonly Assignment[]): readonly Carried[] {
  // Of a variable that is set twice the last counts.
  const all = new Map(assignments.map(({ name, value }) => [name, value ?? '']))
  const last = new Map(assignments.map((assignment) => [assignment.name, assignment]))
  return assignments
    .filter((assignment) => assignment.name === '' || last.get(assignment.name) === assignment)
    .map(({ line, name, value, text }): Carried => {
      if (name === '' || value === undefined) {
        const reason = 'neither a comment nor a plain NAME=value'
        return { source: `${path}:${line}: ${text}`, args: [], refused: reason }
      }
      const source = `${path}:${line}: ${name}`
      const reading = Object.hasOwn(READINGS, name) ? READINGS[name] : undefined
      if (reading === undefined) return { source, args: [], refused: 'no setting of this agent' }
      const args = reading(value, all)
      return args.some(isTorn)
        ? { source, args: [], refused: `blanks, quotes or $ within an option: ${value}` }
        : { source, args }
    })
}

/** Would not come through the service manager, or a shell, as the one word that it is. */
function isTorn(word: string): boolean {
  return /[\s"'`$\\*?[\]]/.test(word)
}
