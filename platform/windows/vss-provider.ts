// SPDX-License-Identifier: Apache-2.0
/** Puts the VSS provider where it stays, and makes it known; and the reverse. What is broken is mended by that too. */
import * as fs from 'node:fs'
import { win32 } from 'node:path'
import { providerBytes, registerLibrary, unregisterLibrary } from '../../native/vss-provider.ts'
import { attempt } from '../../src/errno.ts'
import { refuseStrangers } from './ownership.ts'
import { PROVIDER_LIBRARY } from './vss-identity.ts'
import { registeredLibrary } from './vss-registration.ts'

const TYPE_LIBRARY = 'qga-vss.tlb'

/**
 * Writes the provider's library and registers it, whatever there was before.
 * @param directory one that only administrators can change: the library runs as the system
 * @throws OsError saying what failed
 */
export function registerProvider(directory: string): void {
  refuseStrangers(directory)
  const path = win32.join(directory, PROVIDER_LIBRARY)
  const bytes = providerBytes()
  if (!isThere(path, bytes)) {
    const temporary = `${path}.new`
    attempt(`Cannot write ${temporary}`, () => fs.writeFileSync(temporary, bytes))
    setAside(path)
    attempt(`Cannot write ${path}`, () => fs.renameSync(temporary, path))
  }
  registerLibrary(path)
}

/**
 * Takes the registration back, whoever made it, and removes the library when it is in `directory`.
 * @throws OsError saying what failed
 */
export function unregisterProvider(directory: string): void {
  const path = win32.join(directory, PROVIDER_LIBRARY)
  // The registered one may be broken; this one knows how to remove any.
  if (!fs.existsSync(path))
    attempt(`Cannot write ${path}`, () => fs.writeFileSync(path, providerBytes()))
  unregisterLibrary(path)
  setAside(path)
  fs.rmSync(win32.join(directory, TYPE_LIBRARY), { force: true })
}

/** Whether the library there is this version's, and the one that is registered. */
export function isProviderAt(directory: string): boolean {
  const path = win32.join(directory, PROVIDER_LIBRARY)
  return registeredLibrary()?.toLowerCase() === path.toLowerCase() && isThere(path, providerBytes())
}

function isThere(path: string, bytes: Buffer): boolean {
  return fs.existsSync(path) && fs.readFileSync(path).equals(bytes)
}

/** A library that runs can be renamed, and deleted once it has ended. */
function setAside(path: string): void {
  if (!fs.existsSync(path)) return
  const aside = `${path}.${crypto.randomUUID()}.old`
  attempt(`Cannot replace ${path}`, () => fs.renameSync(path, aside))
  try {
    fs.rmSync(aside)
  } catch {
    // Its process has it open; the next installation finds a library of another name, and this one harms nobody.
  }
}
