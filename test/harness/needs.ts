// SPDX-License-Identifier: Apache-2.0
/** What some tests need and a developer's machine may lack. CI has to have it all. */
import { constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { isAccessible } from './access.ts'
import { memoryHierarchy } from './memory-group.ts'

const leftOut = new Set<string>()

/**
 * Whether a tool (`strace`), a file (`/dev/fuse`), `root` or `memory groups` are there, for `test.if(needs('strace'))`.
 * What is missing is named at the end of the run; in CI nothing may be, so it fails the file.
 */
export function needs(what: string, missing: Set<string> = leftOut): boolean {
  if (isThere(what)) return true
  if (process.env['CI']) throw new Error(`CI has to have ${what}`)
  missing.add(what)
  return false
}

/** What was missing so far. */
export function missingThings(): readonly string[] {
  return [...leftOut].sort()
}

/** Administrators' programs count too: tests that need them run as root, or only read. */
export function toolPath(tool: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders
    .map((folder) => join(folder, tool))
    .find((path) => isAccessible(path, constants.X_OK))
}

function isThere(what: string): boolean {
  if (what === 'root') return process.getuid?.() === 0
  if (what === 'memory groups') return memoryHierarchy() !== undefined
  return what.startsWith('/') ? existsSync(what) : toolPath(what) !== undefined
}
