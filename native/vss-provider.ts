// SPDX-License-Identifier: Apache-2.0
/** The VSS provider's own library (native/vss-provider), which makes itself known to COM+, COM and VSS. */
import * as fs from 'node:fs'
import { OsError } from '../src/errors.ts'
import { textOf } from './com.ts'
import { type Hresult, hresultName } from './hresult.ts'
import { providerPath } from './provider-path.ts'
import { systemText } from './win32-error.ts'
import { libraryAt } from './windows-library.ts'

/** The library, as it has to lie beside the agent. */
export function providerBytes(): Buffer {
  return fs.readFileSync(providerPath)
}

/**
 * Calls the library's registration, which replaces what is there.
 * @param path of the library; it is registered there
 * @throws OsError saying which step failed
 */
export function registerLibrary(path: string): void {
  call(path, 'QgaRegister', 'register')
}

/** Takes back all of the above, from whatever path. @throws OsError saying which step failed */
export function unregisterLibrary(path: string): void {
  call(path, 'QgaUnregister', 'unregister')
}

function call(path: string, name: string, verb: string): void {
  const library = libraryAt(path)
  try {
    const failed: [bigint | null] = [null]
    const run = library.func(`int32_t __stdcall ${name}(_Out_ void **failed)`) as (
      failed: [bigint | null],
    ) => Hresult
    const result = run(failed)
    if (result >= 0) return
    const said = systemText(result >>> 0)
    const step = `cannot ${textOf(failed[0])}: ${hresultName(result)}`
    const reason = said === undefined ? step : `${step}: ${said}`
    throw new OsError(`Cannot ${verb} the VSS provider: ${reason}`, 'EIO')
  } finally {
    library.unload()
  }
}
