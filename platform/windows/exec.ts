// SPDX-License-Identifier: Apache-2.0
/** Processes for guest-exec: exact arguments, exact exit codes, and pipes for which no thread waits. */
import { win32 } from 'node:path'
import { closeHandle, type Handle } from '../../native/kernel32.ts'
import {
  createPipe,
  createProcess,
  exitCode,
  openNul,
  type StartedProcess,
  terminate,
} from '../../native/kernel32-process.ts'
import { unregisterWait, waitOnce } from '../../native/kernel32-wait.ts'
import { type Device, overlapped } from '../../native/overlapped.ts'
import { Win32Error } from '../../native/win32-error.ts'
import { systemDirectory } from '../../native/windows-library.ts'
import { strerror } from '../../src/errno.ts'
import { CommandUnavailable, InvalidArguments, OsError } from '../../src/errors.ts'
import type { Ending, Launch, Launched } from '../../src/portable/exec.ts'
import { Flood } from '../../src/portable/flood.ts'
import type { Permit } from '../../src/schema/command.ts'
import { batchCommandLine, commandLine, environmentBlock, variable } from './parse/command-line.ts'
import { findProgram, hasDirectory } from './program-search.ts'
import { namedPath, permittedProgram } from './target.ts'

const CANNOT_EXECUTE = 'Failed to execute child process'
/** How long a process that has ended is waited for whose pipes another still holds. */
const GRACE_MS = 10_000
const BATCH = /\.(?:bat|cmd)$/i
/** NTSTATUS of severity "error": the process was ended by an exception. */
const FIRST_EXCEPTION = 0xc0000000

/** Windows error → errno, in whose words upstream says that a program did not start. */
const ERRNO: ReadonlyMap<number, string> = new Map([
  [2, 'ENOENT'],
  [3, 'ENOENT'],
  [5, 'EACCES'],
  [8, 'ENOMEM'],
  [11, 'ENOEXEC'],
  [14, 'ENOMEM'],
  [123, 'ENOENT'],
  [193, 'ENOEXEC'],
  [206, 'E2BIG'],
  [267, 'ENOENT'],
  [740, 'EACCES'],
])

/**
 * The program that a path means, once it is permitted. Its file and all directories above are the
 * administrators', so that the path stays what it is.
 * @throws OsError in upstream's words, and what the permit throws
 */
export async function permitted(path: string, permit: Permit): Promise<string> {
  const asked = { action: CANNOT_EXECUTE, uses: ['run'], permit } as const
  try {
    if (path.includes('\0')) throw cannotExecute('ENOENT')
    // To look for a program on a server is to ask the server.
    if (hasDirectory(path)) namedPath(asked, path)
    const program = findProgram(path, process.env['PATH'] ?? '', systemDirectory())
    if (program === undefined) throw cannotExecute('ENOENT')
    return await permittedProgram(asked, program)
  } catch (error) {
    if (error instanceof CommandUnavailable) throw error
    permit(['run'], undefined)
    throw error instanceof Win32Error ? cannotExecute(ERRNO.get(error.number), error) : error
  }
}

/**
 * Starts a program.
 * @throws OsError in upstream's words
 */
export function launch(request: Launch): Launched {
  return start(request).launched
}

/** The same, with a way to end it. */
export function start({ onOutput, onInputDone, ...request }: Launch): {
  readonly launched: Launched
  readonly end: () => void
} {
  if (request.stderr === 'merged') {
    throw new InvalidArguments("Parameter 'capture-output' does not accept value 'merged'")
  }
  const ours: Handle[] = []
  const theirs: Handle[] = []
  const pipe = (direction: 'read' | 'write') => {
    const ends = createPipe(direction)
    ours.push(ends.ours)
    theirs.push(ends.theirs)
    return ends
  }
  try {
    const input = request.input && pipe('write')
    const stdout = request.stdout === 'capture' ? pipe('read') : undefined
    const stderr = request.stderr === 'capture' ? pipe('read') : undefined
    const nul = openNul()
    theirs.push(nul)
    const stdio: Stdio = [input?.theirs ?? nul, stdout?.theirs ?? nul, stderr?.theirs ?? nul]
    const child = spawn(request, stdio)
    if (input) void feed(overlapped(input.ours), request.input ?? []).then(onInputDone)
    const drains = [
      ...(stdout ? [drain(stdout.ours, (bytes) => onOutput('stdout', bytes))] : []),
      ...(stderr ? [drain(stderr.ours, (bytes) => onOutput('stderr', bytes))] : []),
    ]
    const launched = { pid: child.pid, done: ending(child, drains) }
    return { launched, end: () => terminate(child.handle) }
  } catch (error) {
    for (const handle of ours) closeHandle(handle)
    throw error
  } finally {
    for (const handle of theirs) closeHandle(handle)
  }
}

type Stdio = [Handle, Handle, Handle]

function spawn(
  { path, program: permittedFile, args, env }: Pick<Launch, 'path' | 'program' | 'args' | 'env'>,
  stdio: Stdio,
): StartedProcess {
  if (path.includes('\0')) throw cannotExecute('ENOENT')
  if ([...args, ...(env ?? [])].some((text) => text.includes('\0'))) throw cannotExecute('EINVAL')
  const searched = env === undefined ? process.env['PATH'] : variable(env, 'PATH')
  const program = permittedFile ?? findProgram(path, searched ?? '', systemDirectory())
  if (program === undefined) throw cannotExecute('ENOENT')
  const environment = env && environmentBlock(env)
  try {
    return createProcess({
      ...(BATCH.test(program) ? asBatch(program, args) : asProgram(program, [path, ...args])),
      ...(environment && { environment }),
      stdio,
    })
  } catch (error) {
    if (!(error instanceof Win32Error)) throw error
    throw cannotExecute(ERRNO.get(error.number), error)
  }
}

function asProgram(application: string, argv: readonly string[]) {
  return { application, commandLine: commandLine(argv) }
}

/** A line end or a quotation mark in the file's name would end what cmd.exe takes for one command. */
function asBatch(script: string, args: readonly string[]) {
  if (/[\r\n"]/.test(script) || args.some((arg) => /[\r\n]/.test(arg)))
    throw cannotExecute('EINVAL')
  const application = `${systemDirectory()}\\cmd.exe`
  const line = batchCommandLine(application, win32.normalize(script), args)
  return { application, commandLine: line }
}

function cannotExecute(code = 'EIO', cause?: Win32Error): OsError {
  const said = cause === undefined || code !== 'EIO' ? strerror(code) : cause.message
  return new OsError(`${CANNOT_EXECUTE} (${said})`, code, cause)
}

/** Gives the child its input, as it takes it. A child that ends or closes its end does not want the rest. */
async function feed(pipe: Device, input: readonly Uint8Array[]): Promise<void> {
  for (const slice of input) {
    let rest = slice
    while (rest.length > 0) {
      const { count, error } = await write(pipe, rest)
      if (error !== 0) return await pipe.close()
      rest = rest.subarray(count)
    }
  }
  await pipe.close()
}

function write(pipe: Device, bytes: Uint8Array): Promise<{ count: number; error: number }> {
  return new Promise((resolve) => pipe.write(bytes, (count, error) => resolve({ count, error })))
}

interface Drain {
  /** Resolves when every process that held the pipe has let go of it. */
  readonly done: Promise<void>
  stop(): void
}

function drain(handle: Handle, take: (bytes: Uint8Array) => boolean): Drain {
  const flood = new Flood()
  const pipe = overlapped(handle)
  const { promise, resolve } = Promise.withResolvers<void>()
  let isOver = false
  const stop = () => {
    if (isOver) return
    isOver = true
    void pipe.close().then(resolve)
  }
  const read = () => {
    if (isOver) return
    pipe.read((bytes, error) => {
      if (error !== 0) return stop()
      const pauseMs = take(bytes) ? 0 : flood.dropped(bytes.length)
      if (pauseMs === 0) read()
      else setTimeout(read, pauseMs)
    })
  }
  read()
  return { done: promise, stop }
}

async function ending(child: StartedProcess, drains: readonly Drain[]): Promise<Ending> {
  await ended(child.handle)
  const code = exitCode(child.handle)
  const grace = setTimeout(() => {
    for (const { stop } of drains) stop()
  }, GRACE_MS)
  await Promise.all(drains.map(({ done }) => done))
  clearTimeout(grace)
  // Until here nobody else could get the number.
  closeHandle(child.handle)
  return code < FIRST_EXCEPTION ? { exitcode: code | 0 } : { signal: code | 0 }
}

async function ended(process: Handle): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const wait = waitOnce(process, resolve)
  await promise
  await unregisterWait(wait)
}
