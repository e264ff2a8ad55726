// SPDX-License-Identifier: Apache-2.0
/** A file system on a block device that answers late, in a mount namespace of its own. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { holdLoop, MountNamespace, mountNew } from './mount-namespace.ts'
import { needs } from './needs.ts'
import { killAndWait } from './process-stat.ts'
import type { Scratch } from './program.ts'

export const canBeLate =
  needs('root') &&
  needs('unshare') &&
  needs('nsenter') &&
  needs('losetup') &&
  needs('mkfs.ext4') &&
  needs('python3') &&
  needs('/dev/loop-control') &&
  needs('/dev/fuse')

const SERVER = join(import.meta.dir, 'late-fuseblk.py')

/** A mounted ext4, and beside it a file system whose server says nothing yet. */
export async function lateMount(scratch: Scratch) {
  using made = new DisposableStack()
  const [healthy, late] = [scratch.file('healthy'), scratch.file('late')]
  mkdirSync(late)
  const script = `${mountNew('ext4', scratch.file('image'), healthy)}
truncate -s 1M '${scratch.file('disk')}'
device=$(losetup -f --show '${scratch.file('disk')}')
${holdLoop('$device')}
echo $device > '${scratch.file('device')}'`
  const namespace = made.use(await MountNamespace.start(script))
  const device = scratch.read('device').trim()
  const server = Bun.spawn({
    cmd: [
      ...namespace.enter,
      ...['python3', SERVER, device, late, scratch.file('go'), scratch.file('asked')],
    ],
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  // Before its namespace ends: the kernel would ask a server that is ending itself to let go of the mount, for ever.
  made.defer(() => killAndWait(server))
  const { value } = await server.stdout.getReader().read()
  if (String(value && Buffer.from(value)) !== 'mounted') throw new Error(`Cannot mount ${late}`)
  const undo = made.move()
  return {
    namespace,
    healthy,
    late,
    server,
    answer: () => writeFileSync(scratch.file('go'), ''),
    questions: () => scratch.read('asked').split('\n').length - 1,
    [Symbol.dispose]: () => undo.dispose(),
  }
}
