// SPDX-License-Identifier: Apache-2.0
/** Calls that the kernel does not come back from, or refuses. */
import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  calls,
  fileSystemsForAll,
  freezeList,
  freezersOf,
  hook,
  status,
  thaw,
} from '../harness/freezing.ts'
import { canBeLate, lateMount } from '../harness/late-mount.ts'
import { canMount, isWritable, Writer } from '../harness/loop-mounts.ts'
import { KUBEVIRT_POLL, Libvirt, proxmox } from '../harness/managers.ts'
import { needs } from '../harness/needs.ts'
import { parent, processesWith } from '../harness/process-stat.ts'
import { ask, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'

const held = fileSystemsForAll()
const SYNC_MAX_MS = 5000
const FITHAW = 'c0045878'

describe.if(canMount)('A file system whose FIFREEZE does not come back', () => {
  test(
    'keeps the agent from nothing, and its freeze ends in time',
    async () => {
      using scratch = new Scratch()
      const options = ['--fsfreeze-timeout=3', ...hook(scratch)]
      using agent = await serving({ options })
      // What lies on another that somebody has frozen cannot be flushed.
      const dirty = new Writer(join(held.all.inner, 'dirty'))
      expect(await dirty.done()).toBe(true)
      expect(spawnSync('fsfreeze', ['-f', held.all.xfs]).status).toBe(0)
      try {
        using freezing = await Libvirt.connect(agent.socket)
        freezing.ask('guest-fsfreeze-freeze-list', { mountpoints: [held.all.inner] })
        await until('it freezes', () => freezersOf(agent).length === 2)
        await freezing.client.close()
        const { reply, syncMs } = await proxmox(agent.socket, 'guest-ping')
        expect(reply).toEqual({ return: {} })
        expect(syncMs).toBeLessThan(SYNC_MAX_MS)
        using libvirt = await Libvirt.connect(agent.socket)
        expect(await libvirt.call('guest-info')).toHaveProperty('return')
        await libvirt.client.close()
      } finally {
        expect(spawnSync('fsfreeze', ['-u', held.all.xfs]).status).toBe(0)
      }
      await until('the freeze has ended', async () => (await status(agent.socket)) === 'thawed')
      await until('the helpers have gone', () => freezersOf(agent).length === 0)
      using libvirt = await Libvirt.connect(agent.socket)
      for (const command of KUBEVIRT_POLL) {
        expect(await libvirt.call(command)).toHaveProperty('return')
      }
      expect(await isWritable(held.all.inner)).toBe(true)
      expect(calls(scratch).at(-1)).toBe('thaw')
    },
    SLOW_MS,
  )
})

/** To open has 30 seconds. */
const OPEN_GIVEN_UP_MS = 45_000

test.if(canBeLate)(
  'A file system that does not even open keeps the agent from nothing, and its freeze ends in time',
  async () => {
    using scratch = new Scratch()
    using mount = await lateMount(scratch)
    using agent = await serving({ options: hook(scratch) }, mount.namespace.enter)
    using freezing = await Libvirt.connect(agent.socket)
    const start = performance.now()
    freezing.ask('guest-fsfreeze-freeze-list', { mountpoints: [mount.late] })
    const opening = () => processesWith('--qga-freezer').filter((pid) => parent(pid) === agent.pid)
    await until('it opens', () => opening().length === 2)
    expect(await freezing.sync()).toBeLessThan(SYNC_MAX_MS)
    await freezing.client.close()
    while (calls(scratch).at(-1) !== 'thaw') {
      const { reply, syncMs } = await proxmox(agent.socket, 'guest-ping')
      expect(reply).toEqual({ return: {} })
      expect(syncMs).toBeLessThan(SYNC_MAX_MS)
      expect(performance.now() - start).toBeLessThan(OPEN_GIVEN_UP_MS)
      await Bun.sleep(500)
    }
    expect(await status(agent.socket)).toBe('thawed')
    expect(await agent.stop()).toBe(0)
  },
  OPEN_GIVEN_UP_MS + SLOW_MS,
)

const canRefuse = canMount && needs('python3') && process.arch === 'x64'

test.if(canRefuse)(
  'A file system that cannot be thawed is an error of the thaw, and the guest stays frozen',
  async () => {
    using scratch = new Scratch()
    const refusing = ['python3', join(import.meta.dir, '../harness/without-ioctl.py'), FITHAW]
    const options = ['--fsfreeze-timeout=0', ...hook(scratch)]
    using agent = await serving({ options }, refusing)
    expect(await freezeList(agent.socket, held.all.ext4)).toBe(1)
    try {
      await expect(thaw(agent.socket)).rejects.toThrow(
        `failed to thaw ${held.all.ext4}: Operation not permitted`,
      )
      expect(await status(agent.socket)).toBe('frozen')
      expect(calls(scratch)).toEqual(['freeze'])
    } finally {
      expect(spawnSync('fsfreeze', ['-u', held.all.ext4]).status).toBe(0)
    }
    expect(await agent.stop()).toBe(0)
  },
  SLOW_MS,
)

test.if(canMount)(
  'A marker that cannot be made is told, and the freeze ends in time without it',
  async () => {
    using scratch = new Scratch()
    const options = ['-v', '-l', scratch.file('log'), '--fsfreeze-timeout=2', ...hook(scratch)]
    using agent = await serving({ directory: scratch.path, options })
    mkdirSync(scratch.file('qga.state.isfrozen'))
    using client = await agent.connect()
    const mountpoints = [held.all.ext4]
    expect(await ask(client, 'guest-fsfreeze-freeze-list', { mountpoints })).toEqual({ return: 1 })
    await agent.kill()
    await until('the watchdog has gone', () => freezersOf(agent).length === 0)
    expect(await isWritable(held.all.ext4)).toBe(true)
    expect(calls(scratch)).toEqual(['freeze', 'thaw'])
    expect(scratch.read('log')).toContain(
      `unable to create ${scratch.file('qga.state.isfrozen')}, fsfreeze may not function properly`,
    )
  },
  SLOW_MS,
)
