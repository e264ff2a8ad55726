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
import { withInstalledFile } from './installed-file.ts'
import { withPrivateFile } from './private-file.ts'
import { withUnnamedFile } from './unnamed-file.ts'

export type Koffi = typeof koffi

/** Bun's directory of what is in the executable: on Linux, on Windows. */
const EMBEDDED = /^(\/\$bunfs|B:[/\\]~BUN)[/\\]/

/**
 * The C stack of a call on the work pool. The device, COM and network libraries of Windows want more than koffi's
 * 128 KiB.
 */
const ASYNC_STACK_BYTES = 1024 * 1024

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

/** The bytes of the addon, for who installs it. */
export function addonBytes(): Buffer {
  return fs.readFileSync(addonPath)
}

function loadEmbedded(onlyTmpfs: boolean): Koffi {
  const addon = addonBytes()
  return process.platform === 'win32'
    ? (withInstalledFile(addon, open) ?? withPrivateFile(addon, open))
    : withUnnamedFile(addon, onlyTmpfs, open)
}

function open(path: string): Koffi {
  const module = { exports: {} as Koffi }
  process.dlopen(module, path)
  // Before it is used for anything else: then it is too late.
  if (process.platform === 'win32') module.exports.config({ async_stack_size: ASYNC_STACK_BYTES })
  return module.exports
}
