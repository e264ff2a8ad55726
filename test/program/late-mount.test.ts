// SPDX-License-Identifier: Apache-2.0
/** A file system that does not answer: guest-get-fsinfo tells the rest, and does not pile up questions. */
import { expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { holdLoop, MountNamespace, mountNew } from '../harness/mount-namespace.ts'
import { needs } from '../harness/needs.ts'
import { killAndWait } from '../harness/process-stat.ts'
import { call, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'

const canMount =
  needs('root') &&
  needs('unshare') &&
  needs('nsenter') &&
  needs('losetup') &&
  needs('mkfs.ext4') &&
  needs('python3') &&
  needs('/dev/loop-control') &&
  needs('/dev/fuse')

interface Filesystem {
  readonly mountpoint: string
  readonly type: string
  readonly 'used-bytes'?: number
  readonly 'total-bytes'?: number
  readonly 'total-bytes-privileged'?: number
}

const SERVER = join(import.meta.dir, '../harness/late-fuseblk.py')

/** A mounted ext4, and beside it a file system whose server says nothing yet. */
async function lateMount(scratch: Scratch) {
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
  expect(String(value && Buffer.from(value))).toBe('mounted')
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

async function filesystem(socket: string, mountpoint: string): Promise<Filesystem | undefined> {
  const all = await call<Filesystem[]>(socket, 'guest-get-fsinfo')
  return all.find((one) => one.mountpoint === mountpoint)
}

test.if(canMount)(
  'usage is left out while it does not answer, and back when it does',
  async () => {
    using scratch = new Scratch()
    using mount = await lateMount(scratch)
    using agent = await serving({}, mount.namespace.enter)

    const start = performance.now()
    const all = await call<Filesystem[]>(agent.socket, 'guest-get-fsinfo')
    const firstMs = performance.now() - start
    const [late, healthy] = [mount.late, mount.healthy].map((mountpoint) =>
      all.find((one) => one.mountpoint === mountpoint),
    )
    expect(Object.keys(late ?? {}).sort()).toEqual(['disk', 'mountpoint', 'name', 'type'])
    expect(late?.type).toBe('fuseblk')
    expect(healthy?.['total-bytes-privileged']).toBeGreaterThan(0)

    // The first waited two seconds for it; nobody waits again.
    for (let i = 0; i < 20; i++) {
      expect(await filesystem(agent.socket, mount.late)).not.toHaveProperty('used-bytes')
    }
    expect(performance.now() - start).toBeLessThan(3 * firstMs)

    mount.answer()
    await until('its usage is back', async () => {
      const one = await filesystem(agent.socket, mount.late)
      return one?.['used-bytes'] !== undefined
    })
    expect(await filesystem(agent.socket, mount.late)).toMatchObject({
      // In fragments of 512 bytes, of which df(1) thinks too.
      'used-bytes': 600 * 512,
      'total-bytes': 900 * 512,
      'total-bytes-privileged': 1000 * 512,
    })
    // Once while it hung, and as often as it could answer since.
    expect(mount.questions()).toBeLessThan(20)
    expect(await agent.stop()).toBe(0)
  },
  SLOW_MS,
)

test.if(canMount)(
  'usage-timeout gives it more time',
  async () => {
    using scratch = new Scratch()
    using mount = await lateMount(scratch)
    using agent = await serving({ options: ['--usage-timeout=600'] }, mount.namespace.enter)
    const asked = filesystem(agent.socket, mount.late)
    await Bun.sleep(3000)
    mount.answer()
    expect(await asked).toHaveProperty('used-bytes')
  },
  SLOW_MS,
)

test.if(canMount)(
  'one whose server has died is told of without usage',
  async () => {
    using scratch = new Scratch()
    using mount = await lateMount(scratch)
    using agent = await serving({}, mount.namespace.enter)
    mount.server.kill('SIGKILL')
    await mount.server.exited
    expect(await filesystem(agent.socket, mount.late)).not.toHaveProperty('used-bytes')
    expect(await filesystem(agent.socket, mount.healthy)).toHaveProperty('used-bytes')
    expect(await agent.stop()).toBe(0)
  },
  SLOW_MS,
)

test.if(canMount)(
  'SIGTERM ends an agent that waits for it',
  async () => {
    using scratch = new Scratch()
    using mount = await lateMount(scratch)
    using agent = await serving({}, mount.namespace.enter)
    await call(agent.socket, 'guest-get-fsinfo')
    expect(await agent.stop()).toBe(0)
  },
  SLOW_MS,
)
