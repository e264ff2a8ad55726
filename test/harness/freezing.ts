// SPDX-License-Identifier: Apache-2.0
/** What the tests of freeze and thaw share: file systems, requests, hooks. Always by name: never the machine's own. */
import { afterAll, beforeAll } from 'bun:test'
import { existsSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Agent } from './agent.ts'
import { canMount, isWritable, LoopMounts } from './loop-mounts.ts'
import { processesWith } from './process-stat.ts'
import { call, type Scratch } from './program.ts'

/** The freezers and watchdogs of an agent, those too that it has left; the oldest first. */
export function freezersOf({ directory }: Agent): readonly number[] {
  return processesWith('--qga-freezer')
    .filter((pid) => currentDirectory(pid) === directory)
    .sort((a, b) => a - b)
}

function currentDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}

export const freezeList = (socket: string, ...mountpoints: readonly string[]) =>
  call<number>(socket, 'guest-fsfreeze-freeze-list', { mountpoints })
export const thaw = (socket: string) => call<number>(socket, 'guest-fsfreeze-thaw')
export const status = (socket: string) => call<string>(socket, 'guest-fsfreeze-status')

export interface FileSystems {
  readonly ext4: string
  readonly xfs: string
  /** ext4 in a file on `xfs`. */
  readonly inner: string
  readonly btrfs: string
}

/** Mounted for the tests of a file. */
export function fileSystemsForAll(): { readonly mounts: LoopMounts; readonly all: FileSystems } {
  const held = {} as { mounts: LoopMounts; all: FileSystems }
  beforeAll(() => {
    if (!canMount) return
    held.mounts = new LoopMounts()
    const ext4 = held.mounts.add('ext4', 'ext4')
    const xfs = held.mounts.add('xfs', 'xfs')
    const inner = held.mounts.add('ext4', 'inner', join(xfs, 'inner.img'))
    held.all = { ext4, xfs, inner, btrfs: held.mounts.add('btrfs', 'btrfs') }
  })
  afterAll(() => held.mounts?.[Symbol.dispose]())
  return held
}

/** Whether all of them take a write. */
export async function allWritable(all: FileSystems): Promise<boolean> {
  const writable = await Promise.all(Object.values(all).map(isWritable))
  return writable.every(Boolean)
}

/** A hook that writes down how it was called, and then does as told. */
export function hook(scratch: Scratch, body = ''): readonly string[] {
  const path = scratch.file('hook')
  const script = `#!/bin/sh\necho "$1" >> ${scratch.file('calls')}\n${body}\n`
  writeFileSync(path, script, { mode: 0o755 })
  return [`-F${path}`]
}

/** What it has written down. */
export function calls(scratch: Scratch): readonly string[] {
  return existsSync(scratch.file('calls')) ? scratch.read('calls').trim().split('\n') : []
}
