// SPDX-License-Identifier: Apache-2.0
/** A freeze that takes its time: who asks for its outcome gets it, and all others are served. */
import { describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { calls, fileSystemsForAll, hook, status } from '../harness/freezing.ts'
import { canMount, isWritable } from '../harness/loop-mounts.ts'
import { KUBEVIRT_POLL, Libvirt, proxmox } from '../harness/managers.ts'
import { Scratch, SLOW_MS, serving, until } from '../harness/program.ts'

const held = fileSystemsForAll()
const SYNC_MAX_MS = 5000

/** Until the file `go` is there. */
const waiting = (scratch: Scratch) =>
  `[ $1 = thaw ] || while [ ! -e ${scratch.file('go')} ]; do sleep 0.05; done`

describe.if(canMount)('A freeze whose hook does not end', () => {
  test(
    'leaves others served, and its outcome to those who ask for it',
    async () => {
      using scratch = new Scratch()
      const options = [...hook(scratch, waiting(scratch)), '--fsfreeze-hook-timeout=600']
      using agent = await serving({ options })
      using freezing = await Libvirt.connect(agent.socket)
      freezing.ask('guest-fsfreeze-freeze-list', { mountpoints: [held.all.ext4] })
      await until('the hook runs', () => calls(scratch).length === 1)
      await freezing.client.close()

      const { reply, syncMs } = await proxmox(agent.socket, 'guest-ping')
      expect(reply).toEqual({ return: {} })
      expect(syncMs).toBeLessThan(SYNC_MAX_MS)
      console.log(`the sync behind a hook that sleeps took ${syncMs.toFixed(0)} ms`)
      using libvirt = await Libvirt.connect(agent.socket)
      for (const command of KUBEVIRT_POLL) {
        expect(await libvirt.call(command)).toHaveProperty('return')
      }
      await libvirt.client.close()

      const asked = proxmox(agent.socket, 'guest-fsfreeze-status')
      await Bun.sleep(200)
      writeFileSync(scratch.file('go'), '')
      expect((await asked).reply).toEqual({ return: 'frozen' })
      expect(await isWritable(held.all.ext4)).toBe(false)
      expect((await proxmox(agent.socket, 'guest-fsfreeze-thaw')).reply).toEqual({ return: 1 })
      expect(await isWritable(held.all.ext4)).toBe(true)
      expect(calls(scratch)).toEqual(['freeze', 'thaw'])
      expect((await proxmox(agent.socket, 'guest-ping')).reply).toEqual({ return: {} })
    },
    SLOW_MS,
  )

  test(
    'is thawed by a thaw that waits for it',
    async () => {
      using scratch = new Scratch()
      using agent = await serving({ options: hook(scratch, waiting(scratch)) })
      using freezing = await Libvirt.connect(agent.socket)
      freezing.ask('guest-fsfreeze-freeze-list', { mountpoints: [held.all.ext4] })
      await until('the hook runs', () => calls(scratch).length === 1)
      expect(await freezing.sync()).toBeLessThan(SYNC_MAX_MS)
      const thawed = freezing.call('guest-fsfreeze-thaw')
      writeFileSync(scratch.file('go'), '')
      expect(await thawed).toEqual({ return: 1 })
      expect(await isWritable(held.all.ext4)).toBe(true)
      await freezing.sync()
      expect(freezing.client.unfinished).toBe('')
    },
    SLOW_MS,
  )

  test(
    'is an error to what needs the mounts, and to no other',
    async () => {
      using scratch = new Scratch()
      const options = [...hook(scratch, waiting(scratch)), '--busy-timeout=1']
      using agent = await serving({ options })
      using freezing = await Libvirt.connect(agent.socket)
      freezing.ask('guest-fsfreeze-freeze-list', { mountpoints: [held.all.ext4] })
      await until('the hook runs', () => calls(scratch).length === 1)
      await freezing.sync()
      const { error } = await freezing.call('guest-fsfreeze-freeze-list', { mountpoints: [] })
      expect(error?.desc).toMatch(
        /^Cannot run guest-fsfreeze-freeze-list: guest-fsfreeze-freeze-list has been running for \d+ s$/,
      )
      writeFileSync(scratch.file('go'), '')
      expect(await freezing.call('guest-fsfreeze-thaw')).toEqual({ return: 1 })
    },
    SLOW_MS,
  )

  test(
    'ends with the time of the hook, and nobody is told but who asks',
    async () => {
      using scratch = new Scratch()
      const options = [...hook(scratch, waiting(scratch)), '--fsfreeze-hook-timeout=3']
      using agent = await serving({ options })
      using freezing = await Libvirt.connect(agent.socket)
      freezing.ask('guest-fsfreeze-freeze-list', { mountpoints: [held.all.ext4] })
      await until('the hook runs', () => calls(scratch).length === 1)
      expect(await freezing.sync()).toBeLessThan(SYNC_MAX_MS)
      expect(await freezing.call('guest-fsfreeze-status')).toEqual({ return: 'thawed' })
      await freezing.client.close()
      expect(await status(agent.socket)).toBe('thawed')
      expect(await isWritable(held.all.ext4)).toBe(true)
    },
    SLOW_MS,
  )
})
