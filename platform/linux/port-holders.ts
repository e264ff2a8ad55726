// SPDX-License-Identifier: Apache-2.0
/** Which processes have a device open, from proc_pid_fd(5). */
import * as fs from 'node:fs'
import { basename } from 'node:path'

export interface Holder {
  readonly pid: number
  /** The file that runs, as far as it may be known. */
  readonly program: string
  /** The arguments, without the first. */
  readonly args: readonly string[]
}

/** @param path a device, or a link to it; nobody holds what is not there */
export function holdersOf(path: string, proc = '/proc'): readonly Holder[] {
  const device = orUndefined(() => fs.realpathSync(path))
  if (device === undefined) return []
  return processes(proc)
    .filter((name) => hasOpen(`${proc}/${name}/fd`, device))
    .map((name) => described(proc, name))
}

/** The C agents that run, whatever channel they have. */
export function otherAgents(proc = '/proc'): readonly Holder[] {
  return processes(proc)
    .map((name) => described(proc, name))
    .filter(({ program }) => basename(program.replace(/ \(deleted\)$/, '')) === 'qemu-ga')
}

/** This program, or an older file of it that has been replaced meanwhile. */
export function isOurs({ program }: Holder): boolean {
  return /^qga(-linux-.*)?$/.test(basename(program.replace(/ \(deleted\)$/, '')))
}

function processes(proc: string): readonly string[] {
  return fs.readdirSync(proc).filter((name) => /^\d+$/.test(name))
}

function described(proc: string, name: string): Holder {
  const [first = '', ...args] = commandLine(`${proc}/${name}`)
  const program = orUndefined(() => fs.readlinkSync(`${proc}/${name}/exe`)) ?? first
  return { pid: Number(name), program, args }
}

function hasOpen(directory: string, device: string): boolean {
  const descriptors = orUndefined(() => fs.readdirSync(directory)) ?? []
  return descriptors.some(
    (fd) => orUndefined(() => fs.readlinkSync(`${directory}/${fd}`)) === device,
  )
}

function commandLine(directory: string): readonly string[] {
  const text = orUndefined(() => fs.readFileSync(`${directory}/cmdline`, 'utf8')) ?? ''
  return text.replace(/\0$/, '').split('\0')
}

/** Processes end while one looks, and those of others may be closed to us. */
function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
