// SPDX-License-Identifier: Apache-2.0
/** Agents under conditions that make it hard to load koffi, and the proof that it was loaded. */
import { expect } from 'bun:test'
import { copyFileSync, mkdirSync } from 'node:fs'
import type { Agent } from './agent.ts'
import { EXECUTABLE } from './executable.ts'
import { needs } from './needs.ts'
import { ask, outputOf, type Scratch } from './program.ts'

export const hasNamespaces = needs('root') && needs('unshare') && needs('mount')
export const hasStrace = needs('strace')

/** A copy of the executable in a directory where nothing else is. */
export function lonelyExecutable(scratch: Scratch): string {
  mkdirSync(scratch.file('exe'))
  copyFileSync(EXECUTABLE, scratch.file('exe/qga'))
  return scratch.file('exe/qga')
}

/** Runs what follows where `script` has mounted things that nobody else sees. */
export function inMountNamespace(script: string): readonly string[] {
  return ['unshare', '-m', 'sh', '-ec', `${script}\nexec "$@"`, 'sh']
}

/** Traces what follows, which keeps its process id. */
export function traced(file: string, ...expressions: string[]): readonly string[] {
  const options = expressions.flatMap((expression) => ['-e', expression])
  return ['strace', '-D', '-f', '-qq', '-y', '-s', '300', '-o', file, ...options]
}

/** As kernels before 3.17 and some policies have it. */
export const WITHOUT_MEMFD = ['trace=memfd_create,openat', 'inject=memfd_create:error=ENOSYS']

/** A pipe for guest-exec and the seek of a file are koffi's work. */
export async function expectKoffiToWork(agent: Agent): Promise<void> {
  using client = await agent.connect()
  const { return: handle } = await ask(client, 'guest-file-open', { path: '/dev/zero' })
  const seek = { handle, offset: 4, whence: 'set' }
  expect(await ask(client, 'guest-file-seek', seek)).toHaveProperty('return')
  expect(await outputOf(client, '/bin/echo', 'works')).toBe('works\n')
  await client.close()
}
