// SPDX-License-Identifier: Apache-2.0
/** The Windows executable under Wine, on a named pipe that clients of this machine reach by TCP. */
import { join, resolve } from 'node:path'
import { type Scratch, until } from './program.ts'
import { RawClient } from './raw-client.ts'
import { WINDOWS_X64 } from './targets.ts'
import { driveZ, WindowsProgram, windowsScript } from './wine.ts'

const RELAY = resolve(import.meta.dir, '../targets/pipe-relay.ts')

export interface WindowsAgent {
  readonly port: number
  readonly program: WindowsProgram
  kill(): void
}

/**
 * @param name of the pipe, and of the files in `scratch`
 * @param debug as WindowsProgram has it
 */
export async function startWindowsAgent(
  scratch: Scratch,
  name: string,
  options: readonly string[] = [],
  debug?: string,
): Promise<WindowsAgent> {
  const pipe = `${name}-${process.pid}`
  const relay = new WindowsProgram(windowsScript(RELAY, pipe), scratch.file(`${name}.port`))
  const told = () => /^(\d+)\n/m.exec(relay.output)?.[1]
  await until('the pipe is there', told)
  const state = ['-t', driveZ(scratch.path), '-p', `\\\\.\\pipe\\${pipe}`]
  const command = [WINDOWS_X64, ...state, ...options]
  const program = new WindowsProgram(command, scratch.file(`${name}.log`), debug)
  return {
    port: Number(told()),
    program,
    kill: () => {
      program.kill()
      relay.kill()
    },
  }
}

/** An agent with options, and a client of it, for the length of a test. */
export async function withWindowsAgent(
  scratch: Scratch,
  options: readonly string[],
  use: (client: RawClient) => Promise<void>,
): Promise<void> {
  const agent = await startWindowsAgent(scratch, 'agent', options)
  try {
    using client = await RawClient.connect(agent.port)
    await use(client)
  } finally {
    agent.kill()
  }
}

/** Compiles a program for Windows; returns how Windows programs name it. */
export function compileForWindows(
  scratch: Scratch,
  source: string,
  name: string,
  ...libraries: string[]
): string {
  const path = join(import.meta.dir, '../targets', source)
  const compiler = ['x86_64-w64-mingw32-gcc', '-municode', '-O1', '-Wall', '-Werror']
  const built = Bun.spawnSync([...compiler, '-o', scratch.file(name), path, ...libraries])
  if (!built.success) throw new Error(`Cannot compile ${source}: ${built.stderr}`)
  return driveZ(scratch.file(name))
}
