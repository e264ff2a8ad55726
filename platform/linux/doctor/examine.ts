// SPDX-License-Identifier: Apache-2.0
/** What `qga doctor` looks at on Linux. It reads, and changes nothing. */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Examination, Finding } from '../../../src/admin/administration.ts'
import type { Config } from '../../../src/config.ts'
import { AgentError } from '../../../src/errors.ts'
import { refuseForeign } from '../hook.ts'
import { holdersOf, isOurs } from '../port-holders.ts'
import { VMADDR_CID_LOCAL } from '../vsock-listen.ts'
import { freezePlan } from './freeze-plan.ts'
import { hardLinks } from './rules.ts'
import { selinuxFindings } from './selinux.ts'

/** linux/capability.h */
const CAP_SYS_ADMIN = 21n

export function examine(config: Config | undefined): Examination {
  const { covered, skipped, obstacles } = freezePlan()
  return {
    findings: [
      privileges(),
      ...(config === undefined ? [] : channel(config)),
      ...(config === undefined ? [] : hooks(config)),
      ...(config === undefined ? [] : limits(config)),
      ...(config === undefined ? [] : hardLinks(config)),
      ...selinuxFindings(readIfPossible),
      covered.length > 0
        ? { about: 'freeze', level: 'ok', text: `covers ${covered.length} file systems` }
        : { about: 'freeze', level: 'missing', text: 'covers no file system at all' },
      ...obstacles.map((text): Finding => ({ about: 'freeze', level: 'missing', text })),
    ],
    freeze: { covered, skipped },
  }
}

function privileges(): Finding {
  const about = 'privileges'
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  const hasAdmin = ((BigInt(`0x${effective ?? 0}`) >> CAP_SYS_ADMIN) & 1n) === 1n
  if (!hasAdmin) {
    return { about, level: 'missing', text: 'no CAP_SYS_ADMIN: nothing can be frozen; run as root' }
  }
  return process.getuid?.() === 0
    ? { about, level: 'ok', text: 'root, with CAP_SYS_ADMIN' }
    : { about, level: 'warning', text: `CAP_SYS_ADMIN, but as user ${process.getuid?.()}` }
}

function channel({ method, path = '' }: Config): readonly Finding[] {
  const about = 'channel'
  if (method === 'vsock-listen') {
    const text = `${method} on ${path}`
    return path.startsWith(`${VMADDR_CID_LOCAL}:`)
      ? [{ about, level: 'warning', text: `${text}: every user of this guest may do all` }]
      : [{ about, level: 'ok', text }]
  }
  if (method === 'unix-listen') {
    const isThere = existsSync(dirname(path))
    const text = `${method} on ${path}`
    return isThere
      ? [{ about, level: 'ok', text }]
      : [{ about, level: 'missing', text: `${text}: there is no directory for it` }]
  }
  const device = portDevice(path)
  if (device === undefined) {
    const hint =
      method === 'virtio-serial' ? ': give the machine a virtio-serial port of that name' : ''
    return [{ about, level: 'missing', text: `${path} is not there${hint}` }]
  }
  const holders = holdersOf(device)
  if (holders.length === 0) {
    return [{ about, level: 'warning', text: `${path} is there, and no agent has it open` }]
  }
  return holders.map((holder): Finding => {
    const text = `${path} is held by process ${holder.pid} (${holder.program})`
    return isOurs(holder)
      ? { about, level: 'ok', text }
      : { about, level: 'missing', text: `${text}, which is another program` }
  })
}

/** Without udev there is no link to the port: the kernel tells the names. */
function portDevice(path: string): string | undefined {
  if (existsSync(path)) return realpathSync(path)
  const ports = '/sys/class/virtio-ports'
  const [, name] = /^\/dev\/virtio-ports\/([^/]+)$/.exec(path) ?? []
  if (name === undefined || !existsSync(ports)) return undefined
  const port = readdirSync(ports).find(
    (each) => readIfPossible(`${ports}/${each}/name`)?.trim() === name,
  )
  return port === undefined || !existsSync(`/dev/${port}`) ? undefined : `/dev/${port}`
}

/** The hook, and the programs beside it that the script we ship would call. */
function hooks({ 'fsfreeze-hook': path }: Config): readonly Finding[] {
  const about = 'hook'
  if (path === undefined) return [{ about, level: 'ok', text: 'none configured (-F)' }]
  if (!existsSync(path)) return [{ about, level: 'missing', text: `${path} is not there` }]
  const directory = `${path}.d`
  const programs = existsSync(directory) ? readdirSync(directory).sort() : []
  return [path, ...programs.map((name) => `${directory}/${name}`)].map((program): Finding => {
    const stat = statSync(program, { throwIfNoEntry: false })
    const mode = ((stat?.mode ?? 0) & 0o7777).toString(8).padStart(4, '0')
    const text = `${program}: owner ${stat?.uid}:${stat?.gid}, mode ${mode}`
    try {
      refuseForeign(program)
    } catch (error) {
      if (!(error instanceof AgentError)) throw error
      return { about, level: 'missing', text: `${text}: ${error.message}` }
    }
    if (((stat?.mode ?? 0) & 0o111) !== 0) return { about, level: 'ok', text }
    return {
      about,
      level: program === path ? 'missing' : 'warning',
      text: `${text}: not executable`,
    }
  })
}

function limits(config: Config): readonly Finding[] {
  const about = 'freeze'
  return config['fsfreeze-timeout'] === 0
    ? [{ about, level: 'warning', text: 'fsfreeze-timeout is 0: a guest may stay frozen for ever' }]
    : []
}

function readIfPossible(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
