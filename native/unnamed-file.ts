// SPDX-License-Identifier: Apache-2.0
/** Linux: a library in a file without a name, which nobody else can reach. */
import * as fs from 'node:fs'

const TMPFS_MAGIC = 0x01021994
/** open(2): the kernel's __O_TMPFILE, which Node has no name for; O_DIRECTORY differs by machine. */
const O_TMPFILE = 0o20000000 | fs.constants.O_DIRECTORY
const O_CLOEXEC = 0o2000000
const MFD_CLOEXEC = 1
const MFD_EXEC = 0x10

/**
 * Hands `open` a path to `library`, in one place after the other until it does not throw.
 * @param onlyTmpfs file systems are frozen: touch none that could be
 * @throws Error naming every place that was tried
 */
export function withUnnamedFile<T>(
  library: Buffer,
  onlyTmpfs: boolean,
  open: (path: string) => T,
): T {
  const failures: string[] = []
  for (const place of places(onlyTmpfs)) {
    let fd = -1
    try {
      fd = place.create()
      for (let done = 0; done < library.length; ) done += fs.writeSync(fd, library, done)
      return open(`/proc/self/fd/${fd}`)
    } catch (error) {
      failures.push(`${place.name}: ${error instanceof Error ? error.message : error}`)
    } finally {
      // The mapping keeps the file; Worker threads get the library by its handle, not by this path.
      if (fd >= 0) fs.closeSync(fd)
    }
  }
  throw new Error(`Cannot load koffi from ${failures.join('; ')}`)
}

interface Place {
  readonly name: string
  create(): number
}

/** Unnamed files that nobody else can reach: memory, else O_TMPFILE where it works and may be executed. */
function places(onlyTmpfs: boolean): Place[] {
  const directories = [
    process.env['RUNTIME_DIRECTORY'],
    '/run',
    // Often the only tmpfs that programs may be run from.
    '/dev/shm',
    process.execPath.slice(0, process.execPath.lastIndexOf('/')),
    '/var/lib',
    '/tmp',
  ].filter((directory) => directory !== undefined && directory !== '')
  return [
    { name: 'memfd', create: createMemfd },
    ...directories.map((directory) => ({
      name: `O_TMPFILE in ${directory}`,
      create: () => createUnnamed(directory as string, onlyTmpfs),
    })),
  ]
}

function createUnnamed(directory: string, onlyTmpfs: boolean): number {
  if (onlyTmpfs && fs.statfsSync(directory).type !== TMPFS_MAGIC) {
    throw new Error('not a tmpfs, and file systems are frozen')
  }
  return fs.openSync(directory, O_TMPFILE | fs.constants.O_RDWR | O_CLOEXEC, 0o700)
}

/** memfd_create(2), by bun:ffi because koffi is not there yet. MFD_EXEC is unknown before Linux 6.3. */
function createMemfd(): number {
  const { dlopen } = require('bun:ffi') as typeof import('bun:ffi')
  const name = Buffer.from('koffi\0')
  const libc = process.arch === 'arm64' ? 'libc.musl-aarch64.so.1' : 'libc.musl-x86_64.so.1'
  for (const library of ['libc.so.6', libc]) {
    let symbols: { memfd_create(name: Buffer, flags: number): number }
    try {
      symbols = dlopen(library, {
        memfd_create: { args: ['buffer', 'u32'], returns: 'i32' },
      }).symbols as typeof symbols
    } catch {
      continue
    }
    let fd = symbols.memfd_create(name, MFD_CLOEXEC | MFD_EXEC)
    if (fd < 0) fd = symbols.memfd_create(name, MFD_CLOEXEC)
    if (fd < 0) throw new Error('memfd_create failed')
    return fd
  }
  throw new Error('no libc for memfd_create')
}
