// SPDX-License-Identifier: Apache-2.0
/** The processes of this system: kernel32.dll. */
import { closeHandle, type Handle } from './kernel32.ts'
import { library } from './windows-library.ts'

const bind = library('kernel32.dll')

const PIDS_MAX = 16_384
const K32EnumProcesses = bind<(pids: Buffer, bytes: number, needed: Buffer) => number>(
  'int __stdcall K32EnumProcesses(void *pids, uint32_t bytes, void *needed)',
)
const PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
const OpenProcess = bind<(access: number, inherit: number, pid: number) => Handle | 0>(
  'intptr_t __stdcall OpenProcess(uint32_t access, int inherit, uint32_t pid)',
)
const PATH_CHARACTERS_MAX = 32_768
const QueryFullProcessImageNameW = bind<
  (process: Handle, flags: number, path: Buffer, characters: Buffer) => number
>(
  'int __stdcall QueryFullProcessImageNameW(intptr_t process, uint32_t flags, void *path, void *characters)',
)

/** EnumProcesses; none when the system does not say. */
export function processIds(): readonly number[] {
  const [pids, bytes] = [Buffer.alloc(4 * PIDS_MAX), Buffer.alloc(4)]
  if (K32EnumProcesses(pids, pids.length, bytes) === 0) return []
  return Array.from({ length: bytes.readUInt32LE() / 4 }, (_, i) => pids.readUInt32LE(4 * i))
}

/** QueryFullProcessImageNameW: the program that runs; undefined when it may not be known, or has ended. */
export function programOf(pid: number): string | undefined {
  const process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid)
  if (process === 0) return undefined
  const [path, characters] = [Buffer.alloc(2 * PATH_CHARACTERS_MAX), Buffer.alloc(4)]
  characters.writeUInt32LE(PATH_CHARACTERS_MAX)
  const isKnown = QueryFullProcessImageNameW(process, 0, path, characters) !== 0
  closeHandle(process)
  return isKnown ? path.toString('utf16le', 0, 2 * characters.readUInt32LE()) : undefined
}
