// SPDX-License-Identifier: Apache-2.0
/** The VSS provider's part of an installation. */
import { findRegistryText } from '../../../native/registry.ts'
import type { Step } from '../../../src/admin/administration.ts'
import { isProviderAt, registerProvider, unregisterProvider } from '../vss-provider.ts'
import { registrationProblems } from '../vss-registration.ts'

/** COMAdminCatalog; every Windows has it, but it may be broken. */
const CATALOG = 'SOFTWARE\\Classes\\CLSID\\{F618C514-DFB8-11D1-A2CF-00805FC79235}\\InprocServer32'

/** None where there is no COM+ to register it with: freezing is then what the doctor misses. */
export function registerFreezing(directory: string): readonly Step[] {
  if (findRegistryText(CATALOG, '') === undefined) return []
  return [
    {
      says: `register the VSS provider in ${directory}`,
      isDone: () => isProviderAt(directory) && registrationProblems().length === 0,
      run: () => registerProvider(directory),
    },
  ]
}

export function unregisterFreezing(directory: string): readonly Step[] {
  if (findRegistryText(CATALOG, '') === undefined) return []
  return [
    {
      says: `unregister the VSS provider in ${directory}`,
      isDone: () => !isProviderAt(directory),
      run: () => unregisterProvider(directory),
    },
  ]
}
