// SPDX-License-Identifier: Apache-2.0
/** The executables for other systems, which `bun run build --all` makes. */
import { join } from 'node:path'
import { needs } from './needs.ts'

const DIST = join(import.meta.dir, '../../dist')

export const SUMS = join(DIST, 'SHA256SUMS')
export const LINUX_ARM64 = join(DIST, 'qga-linux-arm64')
export const LINUX_X64_MUSL = join(DIST, 'qga-linux-x64-musl')
export const WINDOWS_X64 = join(DIST, 'qga-windows-x64.exe')
/** What is in the executable for Windows. */
export const VSS_PROVIDER = join(DIST, 'qga-vss.dll')
export const hasTargets = needs(SUMS)
