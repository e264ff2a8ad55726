// SPDX-License-Identifier: Apache-2.0
/** A file system whose server is silent, in a mount namespace of its own. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { MountNamespace } from './mount-namespace.ts'
import { needs } from './needs.ts'
import { killAndWait } from './process-stat.ts'
import type { Scratch } from './program.ts'

export const canHang =
  needs('root') && needs('unshare') && needs('nsenter') && needs('python3') && needs('/dev/fuse')

/** A file system that does not answer until `answer` is called; then all that waits for it fails. */
export async function silentMount(scratch: Scratch) {
  using made = new DisposableStack()
  const path = scratch.file('silent')
  mkdirSync(path)
  const namespace = made.use(await MountNamespace.start(':'))
  const server = Bun.spawn({
    cmd: [...namespace.enter, 'python3', join(import.meta.dir, 'silent-fuse.py'), path],
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  made.defer(() => killAndWait(server))
  const { value } = await server.stdout.getReader().read()
  if (!String(value && Buffer.from(value)).includes('mounted'))
    throw new Error(`Cannot mount ${path}`)
  const undo = made.move()
  return {
    path,
    namespace,
    answer: async () => {
      server.kill('SIGKILL')
      await server.exited
    },
    [Symbol.dispose]: () => undo.dispose(),
  }
}
