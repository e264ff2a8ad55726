// SPDX-License-Identifier: Apache-2.0
/** The forms of a path: https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
import { win32 } from 'node:path'

/** A longer name needs a prefix; directories need room for a file's short name. */
const PLAIN_PATH_MAX = 247

/** With the prefix that lifts the limit of 259 characters, where there is such a form of the name. */
export function longPath(path: string): string {
  if (path.length <= PLAIN_PATH_MAX) return path
  if (/^[A-Za-z]:[/\\]/.test(path)) return `\\\\?\\${win32.normalize(path)}`
  if (/^\\\\[^.?\\]/.test(path)) return `\\\\?\\UNC${win32.normalize(path).slice(1)}`
  return path
}

/** A full path without that prefix; undefined for devices, pipes and volumes without a letter. */
export function ordinaryPath(full: string): string | undefined {
  const path = full.replace(/^\\\\\?\\(?:UNC(?=\\))?/, (prefix) =>
    prefix.endsWith('C') ? '\\' : '',
  )
  return /^(?:[A-Za-z]:\\|\\\\[^\\.?])/.test(path) ? path : undefined
}

/** Whether it leads to a server. */
export function isRemote(path: string): boolean {
  return path.startsWith('\\\\')
}
