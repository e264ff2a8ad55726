// SPDX-License-Identifier: Apache-2.0
/**
 * koffi, loaded by us on first use. Its own loader falls back to a path of the build machine when
 * it cannot unpack its addon, and Bun unpacks to a predictable name: both let another user of the
 * guest run code in the agent. Here the addon goes from the executable through a file that nobody
 * else can reach.
 */
import * as fs from 'node:fs'
import type koffi from 'koffi'
import { addonPath } from './addon-path.ts'
import { withPrivateFile } from './private-file.ts'
import { withUnnamedFile } from './unnamed-file.ts'

export type Koffi = typeof koffi

/** Bun's directory of what is in the executable: on Linux, on Windows. */
const EMBEDDED = /^(\/\$bunfs|B:[/\\]~BUN)[/\\]/

let loaded: Koffi | undefined

/**
 * The koffi addon.
 * @param onlyTmpfs file systems are frozen: touch none that could be, or the open sleeps until the thaw
 * @throws Error naming every place that was tried
 */
export function loadKoffi(onlyTmpfs = false): Koffi {
  loaded ??= EMBEDDED.test(addonPath) ? loadEmbedded(onlyTmpfs) : open(addonPath)
  return loaded
}

function loadEmbedded(onlyTmpfs: boolean): Koffi {
  const addon = fs.readFileSync(addonPath)
  return process.platform === 'win32'
    ? withPrivateFile(addon, open)
    : withUnnamedFile(addon, onlyTmpfs, open)
}

function open(path: string): Koffi {
  const module = { exports: {} as Koffi }
  process.dlopen(module, path)
  return module.exports
}
