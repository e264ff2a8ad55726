// SPDX-License-Identifier: Apache-2.0
/** A file system that does not answer: guest-get-fsinfo tells the rest, and does not pile up questions. */
import { expect, test } from 'bun:test'
import { canBeLate, lateMount } from '../harness/late-mount.ts'
import { call, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'

interface Filesystem {
  readonly mountpoint: string
  readonly type: string
  readonly 'used-bytes'?: number
  readonly 'total-bytes'?: number
  readonly 'total-bytes-privileged'?: number
}

async function filesystem(socket: string, mountpoint: string): Promise<Filesystem | undefined> {
  const all = await call<Filesystem[]>(socket, 'guest-get-fsinfo')
  return all.find((one) => one.mountpoint === mountpoint)
}

test.if(canBeLate)(
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

test.if(canBeLate)(
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

test.if(canBeLate)(
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

test.if(canBeLate)(
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
