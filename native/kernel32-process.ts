// SPDX-License-Identifier: Apache-2.0
/** Processes and their pipes: kernel32.dll. */
import {
  closeHandle,
  createFile,
  FILE_FLAG_OVERLAPPED,
  FILE_SHARE_READ,
  GENERIC_READ,
  GENERIC_WRITE,
  type Handle,
  OPEN_EXISTING,
} from './kernel32.ts'
import { SecurityDescriptor, securityAttributes } from './security.ts'
import { win32Error } from './win32-error.ts'
import { lastError, library } from './windows-library.ts'
import { NativeMemory, wide } from './windows-memory.ts'

const bind = library('kernel32.dll')

const FILE_SHARE_WRITE = 2

/** The NUL device, for a child: nothing to read, and all that is written is gone. */
export function openNul(): Handle {
  const security = securityAttributes(0n, true)
  const access = GENERIC_READ | GENERIC_WRITE
  const share = FILE_SHARE_READ | FILE_SHARE_WRITE
  const opening = { path: 'NUL', access, share, disposition: OPEN_EXISTING, flags: 0, security }
  return createFile('failed to open NUL', opening)
}

/** SYSTEM, Administrators and the owner, and nobody else. */
const ONLY_US = 'D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;S-1-3-4)'
const PIPE_ACCESS_INBOUND = 1
const PIPE_ACCESS_OUTBOUND = 2
const FILE_FLAG_FIRST_PIPE_INSTANCE = 0x80000
const PIPE_REJECT_REMOTE_CLIENTS = 8
const PIPE_BUFFER_BYTES = 64 * 1024
const INVALID_HANDLE_VALUE = -1
const CreateNamedPipeW = bind<
  (
    name: string,
    mode: number,
    pipeMode: number,
    instances: number,
    outBytes: number,
    inBytes: number,
    milliseconds: number,
    security: Buffer,
  ) => Handle
>(
  'intptr_t __stdcall CreateNamedPipeW(str16 name, uint32_t mode, uint32_t pipeMode, uint32_t instances, uint32_t outBytes, uint32_t inBytes, uint32_t milliseconds, void *security)',
)

export interface PipeEnds {
  /** For overlapped reading or writing. */
  readonly ours: Handle
  /** Inherited by children that are told so, and waits where ours does not. */
  readonly theirs: Handle
}

/**
 * A pipe with a name, because those without cannot be read without a thread that waits. The name cannot be
 * guessed, and the pipe admits only whom it is for.
 * @param direction as we see it
 */
export function createPipe(direction: 'read' | 'write'): PipeEnds {
  const action = 'failed to create pipe'
  const name = `\\\\.\\pipe\\qga-${crypto.randomUUID()}`
  using descriptor = new SecurityDescriptor(action, ONLY_US)
  const way = direction === 'read' ? PIPE_ACCESS_INBOUND : PIPE_ACCESS_OUTBOUND
  const mode = (way | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE) >>> 0
  const size = PIPE_BUFFER_BYTES
  const ours = CreateNamedPipeW(
    ...([
      name,
      mode,
      PIPE_REJECT_REMOTE_CLIENTS,
      1,
      size,
      size,
      0,
      descriptor.attributes(),
    ] as const),
  )
  if (ours === INVALID_HANDLE_VALUE) throw win32Error(action, lastError())
  try {
    const access = direction === 'read' ? GENERIC_WRITE : GENERIC_READ
    const security = descriptor.attributes(true)
    const opening = { path: name, access, share: 0, disposition: OPEN_EXISTING, flags: 0, security }
    return { ours, theirs: createFile(action, opening) }
  } catch (error) {
    closeHandle(ours)
    throw error
  }
}

/** STARTUPINFOEXW, PROCESS_INFORMATION on 64-bit Windows. */
export const STARTUPINFOEX = {
  bytes: 112,
  flags: 60,
  stdInput: 80,
  stdOutput: 88,
  stdError: 96,
  attributes: 104,
} as const
export const PROCESS_INFORMATION = { bytes: 24, thread: 8, pid: 16 } as const
const STARTF_USESTDHANDLES = 0x100
const CREATE_UNICODE_ENVIRONMENT = 0x400
const EXTENDED_STARTUPINFO_PRESENT = 0x80000
const CREATE_NO_WINDOW = 0x08000000
const PROC_THREAD_ATTRIBUTE_HANDLE_LIST = 0x20002
const HANDLE_BYTES = 8

const CreateProcessW = bind<
  (
    application: string,
    commandLine: Buffer,
    process: null,
    thread: null,
    inherit: number,
    flags: number,
    environment: Buffer | null,
    directory: null,
    startup: Buffer,
    information: Buffer,
  ) => number
>(
  'int __stdcall CreateProcessW(str16 application, void *commandLine, void *process, void *thread, int inherit, uint32_t flags, void *environment, void *directory, void *startup, void *information)',
)
const InitializeProcThreadAttributeList = bind<
  (list: bigint | null, count: number, flags: number, size: Buffer) => number
>(
  'int __stdcall InitializeProcThreadAttributeList(void *list, uint32_t count, uint32_t flags, void *size)',
)
const UpdateProcThreadAttribute = bind<
  (
    list: bigint,
    flags: number,
    attribute: number,
    value: bigint,
    size: number,
    before: null,
    returned: null,
  ) => number
>(
  'int __stdcall UpdateProcThreadAttribute(void *list, uint32_t flags, uintptr_t attribute, void *value, uintptr_t size, void *before, void *returned)',
)
const DeleteProcThreadAttributeList = bind<(list: bigint) => void>(
  'void __stdcall DeleteProcThreadAttributeList(void *list)',
)

export interface ProcessStart {
  readonly application: string
  readonly commandLine: string
  /** `NAME=value`, NUL after each and at the end, in UTF-16; absent: the agent's own. */
  readonly environment?: Buffer
  /** Standard input, output and error: all that the child inherits. */
  readonly stdio: readonly [Handle, Handle, Handle]
}

export interface StartedProcess {
  /** Open: as long as it is, no other process gets the number. */
  readonly handle: Handle
  readonly pid: number
}

/** CreateProcessW, without a window. @throws Win32Error */
export function createProcess(start: ProcessStart): StartedProcess {
  const action = 'CreateProcess failed'
  const { application, commandLine, environment = null, stdio } = start
  using inherited = handleList([...new Set(stdio)])
  using list = attributeList(action, inherited)
  const startup = Buffer.alloc(STARTUPINFOEX.bytes)
  startup.writeUInt32LE(STARTUPINFOEX.bytes, 0)
  startup.writeUInt32LE(STARTF_USESTDHANDLES, STARTUPINFOEX.flags)
  const { stdInput, stdOutput, stdError } = STARTUPINFOEX
  for (const [i, at] of [stdInput, stdOutput, stdError].entries()) {
    startup.writeBigInt64LE(BigInt(stdio[i] as Handle), at)
  }
  startup.writeBigUInt64LE(list.address, STARTUPINFOEX.attributes)
  const information = Buffer.alloc(PROCESS_INFORMATION.bytes)
  const flags = CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT | CREATE_NO_WINDOW
  const isMade = CreateProcessW(
    ...([application, wide(commandLine), null, null, 1, flags] as const),
    ...([environment, null, startup, information] as const),
  )
  const error = isMade === 0 ? lastError() : 0
  DeleteProcThreadAttributeList(list.address)
  if (isMade === 0) throw win32Error(action, error)
  closeHandle(Number(information.readBigInt64LE(PROCESS_INFORMATION.thread)) as Handle)
  return {
    handle: Number(information.readBigInt64LE(0)) as Handle,
    pid: information.readUInt32LE(PROCESS_INFORMATION.pid),
  }
}

function handleList(handles: readonly Handle[]): NativeMemory {
  const memory = new NativeMemory(HANDLE_BYTES * handles.length)
  for (const [i, handle] of handles.entries()) {
    memory.bytes.writeBigInt64LE(BigInt(handle), HANDLE_BYTES * i)
  }
  return memory
}

/** A PROC_THREAD_ATTRIBUTE_LIST: those handles are inherited, and no others that happen to be open. */
function attributeList(action: string, handles: NativeMemory): NativeMemory {
  const size = Buffer.alloc(8)
  InitializeProcThreadAttributeList(null, 1, 0, size)
  const list = new NativeMemory(Number(size.readBigUInt64LE()))
  if (InitializeProcThreadAttributeList(list.address, 1, 0, size) === 0) {
    throw win32Error(action, lastError())
  }
  const { address, bytes } = handles
  const attribute = PROC_THREAD_ATTRIBUTE_HANDLE_LIST
  if (
    UpdateProcThreadAttribute(list.address, 0, attribute, address, bytes.length, null, null) === 0
  ) {
    throw win32Error(action, lastError())
  }
  return list
}

const GetExitCodeProcess = bind<(process: Handle, code: [number]) => number>(
  'int __stdcall GetExitCodeProcess(intptr_t process, _Out_ uint32_t *code)',
)

/** GetExitCodeProcess, of a process that has ended: all 32 bits. */
export function exitCode(process: Handle): number {
  const code: [number] = [0]
  if (GetExitCodeProcess(process, code) === 0) {
    throw win32Error('GetExitCodeProcess failed', lastError())
  }
  return code[0]
}

const TerminateProcess = bind<(process: Handle, code: number) => number>(
  'int __stdcall TerminateProcess(intptr_t process, uint32_t code)',
)

/** TerminateProcess; one that has ended already is as good. */
export function terminate(process: Handle): void {
  TerminateProcess(process, 1)
}
