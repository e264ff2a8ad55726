// SPDX-License-Identifier: Apache-2.0
/** Whether VSS can find and start our provider. Looks, and changes nothing. */
import { existsSync } from 'node:fs'
import { findRegistryText } from '../../native/registry.ts'
import { PROVIDER_CLASS, PROVIDER_ID_TEXT, PROVIDER_NAME, SERVICE_KEY } from './vss-identity.ts'

const PROVIDERS = 'SYSTEM\\CurrentControlSet\\Services\\VSS\\Providers'
const CLASSES = 'SOFTWARE\\Classes\\CLSID'

/** The registry's texts, and files; tests bring their own. */
const LOOKING = { text: findRegistryText, exists: existsSync }

/** What is wrong with it, and at last what mends it; empty when all is well. */
export function registrationProblems(looking = LOOKING): readonly string[] {
  const problems = [...find(looking)]
  return problems.length === 0 ? [] : [...problems, '"qga -s vss-install" registers it']
}

/** Where the registered library lies, if one is. */
export function registeredLibrary({ text } = LOOKING): string | undefined {
  return text(`${CLASSES}\\${PROVIDER_CLASS}\\InprocServer32`, '')
}

function* find(looking: typeof LOOKING): Generator<string> {
  const { text, exists } = looking
  const id = `{${PROVIDER_ID_TEXT}}`
  const classOfProvider = text(`${PROVIDERS}\\${id}\\CLSID`, '')
  if (classOfProvider === undefined) yield `the VSS provider ${id} is not registered`
  else if (classOfProvider.toUpperCase() !== PROVIDER_CLASS)
    yield `the VSS provider ${id} is registered with the class ${classOfProvider}`
  const library = registeredLibrary(looking)
  if (library === undefined) yield `the COM class ${PROVIDER_CLASS} is not registered`
  else if (!exists(library)) yield `the library ${library} is missing`
  if (text(SERVICE_KEY, 'ImagePath') === undefined)
    yield `the service "${PROVIDER_NAME}" is missing`
}
