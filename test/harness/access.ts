// SPDX-License-Identifier: Apache-2.0
import { accessSync } from 'node:fs'

/** access(2), without an exception. @param mode of fs.constants */
export function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
