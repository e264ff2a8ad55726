// SPDX-License-Identifier: Apache-2.0
/**
 * What a name stands for, held by a descriptor: links, `..`, mounts and renames can change what the name
 * means afterwards, but not what the descriptor is. O_PATH does nothing to a file, a device included.
 */
import * as fs from 'node:fs'
import { errorCode } from '../../src/errno.ts'
import type { Permit, Target, Use } from '../../src/schema/command.ts'
import { aboutFile } from './stalls.ts'

const { O_CREAT, O_DIRECTORY, O_EXCL } = fs.constants
const O_PATH = 0o10000000
const O_CLOEXEC = 0o2000000
const SLASH = 0x2f
const HARDLINK_RULE = '/proc/sys/fs/protected_hardlinks'

/**
 * Opens a file when it is permitted. With O_CREAT one that is not there is made without permissions.
 * @throws what the permit throws, or the system
 */
export async function openPermitted(
  name: Buffer,
  flags: number,
  uses: readonly Use[],
  permit: Permit,
): Promise<{ readonly fd: number; readonly isNew: boolean }> {
  const found = await hold(name, 0)
  if (found instanceof Error) {
    const isMissing = (flags & O_CREAT) !== 0 && errorCode(found) === 'ENOENT'
    if (isMissing)
      return { fd: await createPermitted(name, flags, uses, permit, found), isNew: true }
    permit(uses, undefined)
    throw found
  }
  try {
    permit(uses, targetOf(found))
    const fd = await open(name, Buffer.from(at(found)), flags & ~O_CREAT)
    return { fd, isNew: false }
  } finally {
    fs.closeSync(found)
  }
}

/** In the directory that was asked about, whatever its name has become. What lies there by now, be it a dangling link, is an error. */
async function createPermitted(
  name: Buffer,
  flags: number,
  uses: readonly Use[],
  permit: Permit,
  missing: Error,
): Promise<number> {
  const slash = name.lastIndexOf(SLASH)
  const base = name.subarray(slash + 1)
  const parent = slash < 0 ? Buffer.from('.') : name.subarray(0, slash + 1)
  const directory = base.length === 0 ? missing : await hold(parent, O_DIRECTORY)
  if (directory instanceof Error) {
    permit(uses, undefined)
    throw directory
  }
  try {
    const { path, ...doubt } = targetOf(directory)
    permit(uses, { path: `${path === '/' ? '' : path}/${base}`, ...doubt })
    const entry = Buffer.concat([Buffer.from(`${at(directory)}/`), base])
    return await open(name, entry, flags | O_EXCL, 0)
  } finally {
    fs.closeSync(directory)
  }
}

/**
 * What a program's file is.
 * @returns its path, free of links, once it is permitted
 */
export async function permittedProgram(
  name: Buffer,
  permit: Permit,
  doubtAbout: (path: string) => string | undefined,
): Promise<string> {
  const found = await open(name, name, O_PATH | O_CLOEXEC)
  try {
    const target = targetOf(found)
    const doubt = target.doubt ?? doubtAbout(target.path)
    permit(['run'], { path: target.path, ...(doubt !== undefined && { doubt }) })
    return target.path
  } finally {
    fs.closeSync(found)
  }
}

/** A descriptor of what a name stands for, or why there is none. */
async function hold(name: Buffer, more: number): Promise<number | Error> {
  try {
    return await open(name, name, O_PATH | O_CLOEXEC | more)
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}

/** @param name whose file system it is about */
function open(name: Buffer, path: Buffer, flags: number, mode?: number): Promise<number> {
  return aboutFile(name, (done) => fs.open(path, flags, mode, done))
}

function targetOf(fd: number): Target {
  const path = fs.readlinkSync(at(fd))
  const doubt = doubtAboutMount(fd) ?? doubtAboutNames(fs.fstatSync(fd), hardLinksAreProtected)
  return { path, ...(doubt !== undefined && { doubt }) }
}

/** Through /proc/PID/root a name leads to another process's mounts, which may show any file at any path. */
function doubtAboutMount(fd: number): string | undefined {
  const [, id] =
    /^mnt_id:\s*(\d+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')) ?? []
  const mounts = fs.readFileSync('/proc/self/mountinfo', 'latin1')
  return id !== undefined && new RegExp(`^${id} `, 'm').test(mounts)
    ? undefined
    : 'it is not on a mount of this system'
}

/** Unless the kernel forbids it, everybody can give any file a second name: proc_sys_fs(5). */
export function doubtAboutNames(
  stat: Pick<fs.Stats, 'isFile' | 'nlink'>,
  isProtected: () => boolean,
): string | undefined {
  return stat.isFile() && stat.nlink > 1 && !isProtected()
    ? `it has ${stat.nlink} names, and fs.protected_hardlinks is off`
    : undefined
}

function hardLinksAreProtected(): boolean {
  return fs.readFileSync(HARDLINK_RULE, 'latin1').trim() === '1'
}

/** proc_pid_fd(5) */
function at(fd: number): string {
  return `/proc/self/fd/${fd}`
}
