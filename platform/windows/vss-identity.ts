// SPDX-License-Identifier: Apache-2.0
/** What VSS, COM and administrators know the provider by; as in native/vss-provider/identity.h. */
import { guid } from '../../native/windows-memory.ts'

export const PROVIDER_ID_TEXT = '3629D4ED-EE09-4E0E-9A5C-6D8BA2872AEF'
export const PROVIDER_ID = guid(PROVIDER_ID_TEXT)
export const PROVIDER_CLASS = '{6E6A3492-8D4D-440C-9619-5E5D0CC31CA8}'
/** Of the provider, its COM+ application and that application's service. */
export const PROVIDER_NAME = 'QEMU Guest Agent VSS Provider'
export const PROVIDER_LIBRARY = 'qga-vss.dll'
export const SERVICE_KEY = `SYSTEM\\CurrentControlSet\\Services\\${PROVIDER_NAME}`
