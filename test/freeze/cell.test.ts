// SPDX-License-Identifier: Apache-2.0
/** What takes no list, beside qemu-ga, where the only file systems are the test's own. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Cell, canMakeCell, QEMU_GA } from '../harness/cell.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { status, thaw } from '../harness/freezing.ts'
import { allocated, isWritable } from '../harness/loop-mounts.ts'
import { KUBEVIRT_POLL, Libvirt } from '../harness/managers.ts'
import { ask, call, SLOW_MS, until } from '../harness/program.ts'

const MIB = 1024 * 1024
const TYPES = ['ext4', 'xfs', 'btrfs'] as const
const FREED_BYTES = 8 * MIB
const SYNC_MAX_MS = 5000
const WITHOUT_IOCTL = join(import.meta.dir, '../harness/without-ioctl.py')
const FITRIM = 'c0185879'
const hanging = ['python3', WITHOUT_IOCTL, '--hang', FITRIM]

interface Trimmed {
  readonly paths: readonly { path: string; error?: string; trimmed?: number; minimum?: number }[]
}

describe.if(canMakeCell)('all file systems', () => {
  let cell: Cell
  beforeAll(async () => {
    cell = await Cell.start(TYPES)
  })
  afterAll(() => cell?.[Symbol.dispose]())

  const point = (type: string) => cell.path(`/mnt/${type}`)
  const writable = () => Promise.all(TYPES.map((type) => isWritable(point(type))))

  test.each(['qga', 'qemu-ga'])(
    'are frozen and thawed by %s',
    async (name) => {
      using agent = await cell.serving(name === 'qga' ? EXECUTABLE : QEMU_GA)
      expect(await call<number>(agent.socket, 'guest-fsfreeze-freeze')).toBe(3)
      expect(await status(agent.socket)).toBe('frozen')
      expect(await writable()).toEqual([false, false, false])
      expect(await thaw(agent.socket)).toBe(3)
      expect(await status(agent.socket)).toBe('thawed')
      expect(await writable()).toEqual([true, true, true])
      expect(await thaw(agent.socket)).toBe(0)
      await agent.kill()
    },
    SLOW_MS,
  )

  test(
    'give back what is free',
    async () => {
      using agent = await cell.serving(EXECUTABLE)
      for (const type of TYPES) {
        const file = cell.path(`/mnt/${type}/large`)
        writeFileSync(file, Buffer.alloc(FREED_BYTES, type))
        Bun.spawnSync(['sync', '-f', point(type)])
        const full = allocated(cell.image(type))
        expect(full).toBeGreaterThan(FREED_BYTES)
        rmSync(file)
        await until(`${type} gives it back`, async () => {
          // xfs frees what was removed a moment later.
          Bun.spawnSync(['sync', '-f', point(type)])
          const { paths } = await call<Trimmed>(agent.socket, 'guest-fstrim')
          expect(paths).toEqual(
            TYPES.map((each) => ({
              path: `/mnt/${each}`,
              trimmed: expect.any(Number),
              minimum: expect.any(Number),
            })).reverse(),
          )
          return allocated(cell.image(type)) <= full - FREED_BYTES
        })
      }
      await agent.kill()
    },
    SLOW_MS,
  )

  test.each([{}, { minimum: 65536 }, { minimum: 1e15 }, { minimum: -1 }])(
    'are trimmed with %p as by qemu-ga',
    async (args) => {
      const [ours, theirs] = await Promise.all(
        [EXECUTABLE, QEMU_GA].map(async (executable) => {
          using agent = await cell.serving(executable)
          // The second time there is little left to trim, and what there is does not depend on the first.
          await call<Trimmed>(agent.socket, 'guest-fstrim', args)
          const { paths } = await call<Trimmed>(agent.socket, 'guest-fstrim', args)
          await agent.kill()
          return paths.map(({ trimmed, ...rest }) => ({
            ...rest,
            isTrimmed: trimmed !== undefined,
          }))
        }),
      )
      expect(ours).toEqual(theirs as never)
    },
    SLOW_MS,
  )

  test.if(process.arch === 'x64')(
    'whose FITRIM does not come back keep the agent from nothing',
    async () => {
      const options = ['--busy-timeout=1']
      using agent = await cell.serving(EXECUTABLE, options, hanging)
      using libvirt = await Libvirt.connect(agent.socket)
      libvirt.ask('guest-fstrim')
      expect(await libvirt.sync()).toBeLessThan(SYNC_MAX_MS)
      for (const command of KUBEVIRT_POLL) {
        expect(await libvirt.call(command)).toHaveProperty('return')
      }
      const { error } = await libvirt.call('guest-fstrim')
      expect(error?.desc).toMatch(
        /^Cannot run guest-fstrim: guest-fstrim has been running for \d+ s$/,
      )
      expect(await libvirt.call('guest-fsfreeze-status')).toEqual({ return: 'thawed' })
      expect(await agent.stop()).toBe(0)
    },
    SLOW_MS,
  )

  test.if(process.arch === 'x64')(
    'whose FITRIM does not come back are an error to who waits',
    async () => {
      using agent = await cell.serving(EXECUTABLE, ['--command-timeout=2'], hanging)
      using client = await agent.connect()
      const { error } = await ask(client, 'guest-fstrim')
      expect(error?.desc).toMatch(/^Cannot wait for guest-fstrim: it has not ended after \d+ s$/)
      expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
      expect(await agent.stop()).toBe(0)
    },
    SLOW_MS,
  )

  test(
    'are told of as by qemu-ga',
    async () => {
      const [ours, theirs] = await Promise.all(
        [EXECUTABLE, QEMU_GA].map(async (executable) => {
          using agent = await cell.serving(executable)
          const info = await call<Record<string, unknown>[]>(agent.socket, 'guest-get-fsinfo')
          await agent.kill()
          // Other numbers after other writes; the last is newer than 7.2.
          return info.map(({ 'used-bytes': _, 'total-bytes-privileged': __, ...rest }) => rest)
        }),
      )
      expect(ours?.map(({ mountpoint }) => mountpoint)).toEqual(
        TYPES.map((type) => `/mnt/${type}`).reverse(),
      )
      expect(ours).toEqual(theirs as never)
    },
    SLOW_MS,
  )
})
