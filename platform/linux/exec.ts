// SPDX-License-Identifier: Apache-2.0
/** Processes for guest-exec: real pipes, and descriptors that nobody has to wait for. */
import * as fs from 'node:fs'
import { constants } from 'node:os'
import { growPipe, pipe, setNonBlocking } from '../../native/libc.ts'
import { prepareWorkPool } from '../../native/work-pool.ts'
import { errorCode, strerror } from '../../src/errno.ts'
import { CommandUnavailable, OsError } from '../../src/errors.ts'
import type { Ending, Launch, Launched } from '../../src/portable/exec.ts'
import { Flood } from '../../src/portable/flood.ts'
import type { Permit } from '../../src/schema/command.ts'
import { foreignPart } from './ownership.ts'
import { deviceNumbers } from './parse/device-number.ts'
import { findProgram } from './program-search.ts'
import { aboutFile, NotAsked } from './stalls.ts'
import { permittedProgram } from './target.ts'

const SHELL = '/bin/sh'
/**
 * Pipes are as large as any user may make one, so that child and agent need not take turns so often.
 * When that of the input is full we look again: soon while the child reads, rarely while it does not.
 */
const PIPE_BYTES = 1024 * 1024
const FIRST_PAUSE_MS = 1
const LONGEST_PAUSE_MS = 500

/**
 * Looks at the program on the work pool. The system call that starts one holds the thread that makes it
 * until the file system has answered, and that is the agent's own.
 * @throws OsError when the file system is known not to answer; all else the start will tell
 */
export async function reach(path: string): Promise<void> {
  // A name is looked for in the system's own directories.
  if (!path.includes('/') || path.includes('\0')) return
  prepareWorkPool()
  const name = Buffer.from(path)
  try {
    const { dev, isFile } = await aboutFile<Look>(name, (done) =>
      fs.stat(name, (error, stats) =>
        error ? done(error) : done(null, { dev: stats.dev, isFile: stats.isFile() }),
      ),
    )
    // A server may have told of it before, and not answer for its content.
    if (isFile && deviceNumbers(dev).major === 0) await readFirst(name)
  } catch (error) {
    if (!(error instanceof NotAsked)) return
    throw new OsError(
      `Failed to execute child process \u201C${path}\u201D (${error.message})`,
      'EBUSY',
    )
  }
}

/**
 * The program that a path means, once it is permitted. Its file and all directories above are the
 * administrator's, so that the path stays what it is, also for the interpreter that opens a script again.
 * @throws OsError in upstream's words, and what the permit throws
 */
export async function permitted(path: string, permit: Permit): Promise<string> {
  prepareWorkPool()
  try {
    const program = Buffer.from(findProgram(path, process.env['PATH']))
    return await permittedProgram(program, permit, foreignPart)
  } catch (error) {
    if (error instanceof CommandUnavailable) throw error
    permit(['run'], undefined)
    throw cannotExecute(path, error)
  }
}

interface Look {
  readonly dev: number
  readonly isFile: boolean
}

async function readFirst(name: Buffer): Promise<void> {
  const fd = await aboutFile<number>(name, (done) => fs.open(name, 'r', done))
  try {
    await aboutFile(name, (done) => fs.read(fd, Buffer.alloc(1), 0, 1, 0, done))
  } finally {
    await aboutFile(name, (done) => fs.close(fd, done))
  }
}

/**
 * Starts a program.
 * @throws OsError in upstream's words
 */
export function launch({ onOutput, onInputDone, ...request }: Launch): Launched {
  const ours: number[] = []
  const theirs: number[] = []
  try {
    const input = request.input && openPipe(theirs, ours)
    const stdout = request.stdout === 'capture' ? openPipe(ours, theirs) : undefined
    const stderr = request.stderr === 'capture' ? openPipe(ours, theirs) : undefined
    const childOut = stdout?.[1] ?? 'ignore'
    const childErr = request.stderr === 'merged' ? childOut : (stderr?.[1] ?? 'ignore')
    const child = spawn(request, [input?.[0] ?? 'ignore', childOut, childErr])
    if (input !== undefined) void feed(input[1], request.input ?? []).then(onInputDone)
    const drained = [
      stdout && drain(stdout[0], (bytes) => onOutput('stdout', bytes)),
      stderr && drain(stderr[0], (bytes) => onOutput('stderr', bytes)),
    ]
    return { pid: child.pid, done: Promise.all(drained).then(() => ending(child)) }
  } catch (error) {
    for (const fd of ours) fs.closeSync(fd)
    throw cannotExecute(request.path, error)
  } finally {
    for (const fd of theirs) fs.closeSync(fd)
  }
}

/** A pipe whose ends are closed with the others of their side. */
function openPipe(readers: number[], writers: number[]): [number, number] {
  const ends = pipe()
  readers.push(ends[0])
  writers.push(ends[1])
  return ends
}

type Stdio = ['ignore' | number, 'ignore' | number, 'ignore' | number]
type Child = Bun.Subprocess<'ignore' | number, 'ignore' | number, 'ignore' | number>

function spawn(request: Omit<Launch, 'onOutput' | 'onInputDone'>, stdio: Stdio): Child {
  const env = request.env === undefined ? process.env : environment(request.env)
  const options = { env, stdio }
  const program = request.program ?? findProgram(request.path, env['PATH'] ?? process.env['PATH'])
  try {
    return Bun.spawn([program, ...request.args], { ...options, argv0: request.path })
  } catch (error) {
    if (errorCode(error) !== 'ENOEXEC') throw error
    // No format that the kernel knows: a script without an interpreter line.
    return Bun.spawn([SHELL, program, ...request.args], options)
  }
}

function cannotExecute(path: string, cause: unknown): OsError {
  const code = isNulRefused(cause) ? (path.includes('\0') ? 'ENOENT' : 'EINVAL') : errorCode(cause)
  if (code === undefined) throw cause
  const message = `Failed to execute child process \u201C${path}\u201D (${strerror(code)})`
  return new OsError(message, code, cause)
}

/** Bun refuses a NUL in a path, an argument or the environment before it asks the system. */
function isNulRefused(cause: unknown): boolean {
  return cause instanceof TypeError && 'code' in cause && cause.code === 'ERR_INVALID_ARG_VALUE'
}

/** Of a name given twice the first counts, as getenv(3) finds it. */
function environment(entries: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {}
  for (const entry of entries) {
    const equals = entry.indexOf('=')
    const name = entry.slice(0, equals)
    if (equals > 0 && !Object.hasOwn(env, name)) env[name] = entry.slice(equals + 1)
  }
  return env
}

/** Gives the child its input, as it takes it. A child that ends or closes its end does not want the rest. */
async function feed(fd: number, input: readonly Uint8Array[]): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS
  try {
    setNonBlocking(fd)
    growPipe(fd, PIPE_BYTES)
    for (const slice of input) {
      let rest = slice
      while (rest.length > 0) {
        const taken = writeSome(fd, rest)
        rest = rest.subarray(taken)
        if (taken > 0) pauseMs = FIRST_PAUSE_MS
        else {
          await Bun.sleep(pauseMs)
          pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
        }
      }
    }
  } catch {
    // The child has closed its end.
  } finally {
    fs.closeSync(fd)
  }
}

/** @returns the bytes that the pipe had room for */
function writeSome(fd: number, bytes: Uint8Array): number {
  try {
    return fs.writeSync(fd, bytes)
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return 0
    throw error
  }
}

/** Reads to the end of a pipe, which comes when the last process that holds it lets go. */
async function drain(fd: number, take: (bytes: Uint8Array) => boolean): Promise<void> {
  const flood = new Flood()
  try {
    growPipe(fd, PIPE_BYTES)
    for await (const bytes of Bun.file(fd).stream()) {
      if (take(bytes)) continue
      const pauseMs = flood.dropped(bytes.length)
      if (pauseMs > 0) await Bun.sleep(pauseMs)
    }
  } catch {
    // What cannot be read any more is the end of what there was.
  } finally {
    fs.closeSync(fd)
  }
}

async function ending(child: Child): Promise<Ending> {
  await child.exited
  if (child.signalCode === null) return { exitcode: child.exitCode ?? 0 }
  const signals: Readonly<Record<string, number>> = constants.signals
  // Real-time signals have no name: Bun gives their number.
  return { signal: signals[child.signalCode] ?? Number(child.signalCode) }
}
