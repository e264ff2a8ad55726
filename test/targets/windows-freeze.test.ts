// SPDX-License-Identifier: Apache-2.0
/** Freeze and thaw of the Windows executable, with its own provider, and a VSS that is played by the book. */
import { beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { SLOW_MS, until } from '../harness/program.ts'
import { hasTargets } from '../harness/targets.ts'
import { CLIENT, compileCpp, hasCompiler } from '../harness/vss-double.ts'
import { freezingGuestForAll } from '../harness/windows-freezing.ts'
import { hasWine, WindowsProgram } from '../harness/wine.ts'

const VOLUME_C = '\\\\?\\Volume{00000000-0000-0000-0000-000000000043}\\'
const LIMIT = "couldn't hold writes: fsfreeze is limited up to 10 seconds"
/** Without those who come and go. */
const steps = (notes: readonly string[]) => notes.filter((note) => !/^[+-]\w+$/.test(note))

describe.if(hasTargets && hasWine && hasCompiler)('a freeze on Windows', () => {
  const held = freezingGuestForAll()
  const client = held.scratch.file('client.exe')

  beforeAll(() => compileCpp(client, [CLIENT]))

  beforeEach(() => held.guest.vss.plan())

  /** Nothing is left over from what a test did. */
  async function expectAllGivenBack(): Promise<void> {
    await held.guest.allGivenBack()
    expect(await held.guest.call('guest-fsfreeze-status')).toBe('thawed')
    expect(await held.guest.call('guest-fsfreeze-thaw')).toBe(0)
  }

  test(
    'goes the documented way from freeze to thaw',
    async () => {
      const count = await held.guest.call('guest-fsfreeze-freeze')
      expect(count).toBeGreaterThan(0)
      expect(await held.guest.call('guest-fsfreeze-status')).toBe('frozen')
      expect(await held.guest.call('guest-get-host-name')).toMatch(/^error: .* has been disabled/)
      expect(await held.guest.call('guest-fsfreeze-thaw')).toBe(count)
      expect(await held.guest.call('guest-get-host-name')).toHaveProperty('host-name')
      await expectAllGivenBack()
      const volumes = held.guest.vss.notes.filter((note) => note.startsWith('AddToSnapshotSet'))
      expect(volumes).toHaveLength(count as number)
      expect(volumes).toContain(`AddToSnapshotSet(${VOLUME_C}, 3629d4ed)`)
      expect(steps(held.guest.vss.notes).filter((note) => !volumes.includes(note))).toEqual([
        'InitializeForBackup()',
        'SetBackupState(1, 1, 1, 0)',
        'SetContext(0200002b)',
        'GatherWriterMetadata',
        'AddComponent(10000000, 20000000, 2, -, component 0)',
        'AddComponent(10000001, 20000001, 2, logisch\\ä, component 0)',
        'PrepareForBackup',
        'GatherWriterStatus',
        'FreeWriterStatus',
        'DoSnapshotSet',
        'CommitSnapshots begins',
        'CommitSnapshots ends with 00000000',
        'BackupComplete',
        'GatherWriterStatus',
        'FreeWriterStatus',
      ])
    },
    SLOW_MS,
  )

  test(
    'of a list takes each mount point once, and passes over what is none',
    async () => {
      const mountpoints = ['c:\\', 'C:', 'Q:\\', 'C:\\windows', 'ä\u4e2d:\\']
      expect(await held.guest.call('guest-fsfreeze-freeze-list', { mountpoints })).toBe(1)
      expect(await held.guest.call('guest-fsfreeze-thaw')).toBe(1)
      await expectAllGivenBack()
    },
    SLOW_MS,
  )

  test('of an empty list is none', async () => {
    expect(await held.guest.call('guest-fsfreeze-freeze-list', { mountpoints: [] })).toBe(0)
    expect(held.guest.vss.notes).toEqual([])
    await expectAllGivenBack()
  })

  test(
    'passes over a volume that VSS cannot freeze, unless it is named',
    async () => {
      held.guest.vss.plan('fail AddToSnapshotSet.1 8004230c')
      const all = held.guest.vss
      const count = (await held.guest.call('guest-fsfreeze-freeze')) as number
      const asked = all.notes.filter((note) => note.startsWith('AddToSnapshotSet('))
      expect(count).toBe(asked.length - 1)
      expect(await held.guest.call('guest-fsfreeze-thaw')).toBe(count)
      const named = await held.guest.call('guest-fsfreeze-freeze-list', { mountpoints: ['C:\\'] })
      expect(named).toBe(
        'error: failed to add C:\\ to snapshot set: Windows error 0x8004230c: VSS_E_VOLUME_NOT_SUPPORTED',
      )
      await expectAllGivenBack()
    },
    SLOW_MS,
  )

  test(
    'whose writes were held too long ends by itself; the next thaw says so, once',
    async () => {
      const began = performance.now()
      await held.guest.call('guest-fsfreeze-freeze')
      await until(
        'the guest is thawed',
        async () => (await held.guest.call('guest-fsfreeze-status')) === 'thawed',
      )
      expect(performance.now() - began).toBeGreaterThan(10_000)
      expect(await held.guest.call('guest-get-host-name')).toHaveProperty('host-name')
      expect(await held.guest.call('guest-fsfreeze-thaw')).toStartWith(`error: ${LIMIT}: `)
      await expectAllGivenBack()
    },
    SLOW_MS,
  )

  test(
    'whose provider dies is none any more; the next freeze forgets it',
    async () => {
      held.guest.vss.plan('set provider-dies 300')
      await held.guest.call('guest-fsfreeze-freeze')
      await until(
        'the guest is thawed',
        async () => (await held.guest.call('guest-fsfreeze-status')) === 'thawed',
      )
      await held.guest.allGivenBack()
      held.guest.vss.plan()
      expect(await held.guest.call('guest-fsfreeze-freeze')).toBeGreaterThan(0)
      expect(await held.guest.call('guest-fsfreeze-thaw')).toBeGreaterThan(0)
      await expectAllGivenBack()
    },
    SLOW_MS,
  )

  test(
    'keeps ordinary users from its events',
    async () => {
      await held.guest.call('guest-fsfreeze-freeze')
      const { output } = await held.guest.run(client, 'events')
      expect(await held.guest.call('guest-fsfreeze-thaw')).toBeGreaterThan(0)
      const lists = output.trim().split('\n')
      expect(lists).toHaveLength(3)
      for (const list of lists) {
        expect(list).toMatch(
          /^Global\\QGAVSSEvent-\w+: D:P\(A;;0x1f0003;;;SY\)\(A;;0x1f0003;;;BA\)$/,
        )
      }
      await expectAllGivenBack()
    },
    SLOW_MS,
  )

  test(
    'waits for the events of one before it, which would say that it is frozen already',
    async () => {
      const holder = new WindowsProgram([client, 'requester', '0'], held.scratch.file('holder.log'))
      await until('its events are there', () => holder.output.includes('made'))
      held.guest.send('guest-fsfreeze-freeze')
      await Bun.sleep(500)
      expect(held.guest.vss.notes).toEqual([])
      holder.kill()
      expect((await held.guest.reply()).return).toBeGreaterThan(0)
      expect(await held.guest.call('guest-fsfreeze-thaw')).toBeGreaterThan(0)
      await expectAllGivenBack()
    },
    SLOW_MS,
  )

  test(
    'that is under way keeps nobody from a sync',
    async () => {
      held.guest.vss.plan('delay GatherWriterMetadata.async 4000')
      held.guest.send('guest-fsfreeze-freeze')
      held.guest.send('guest-sync', { id: 7 })
      // The freeze goes on, and its reply is nobody's.
      expect((await held.guest.reply()).return).toBe(7)
      expect(held.guest.vss.notes.join()).not.toContain('PrepareForBackup')
      expect(await held.guest.call('guest-fsfreeze-status')).toBe('frozen')
      expect(await held.guest.call('guest-fsfreeze-thaw')).toBeGreaterThan(0)
      await expectAllGivenBack()
    },
    SLOW_MS,
  )

  test(
    'ends with an agent that is killed; the next one freezes',
    async () => {
      await held.guest.call('guest-fsfreeze-freeze')
      held.guest.killAgent()
      held.guest.vss.plan()
      await held.guest.startAgent()
      expect(await held.guest.call('guest-fsfreeze-status')).toBe('thawed')
      expect(await held.guest.call('guest-fsfreeze-freeze')).toBeGreaterThan(0)
      expect(await held.guest.call('guest-fsfreeze-thaw')).toBeGreaterThan(0)
      await expectAllGivenBack()
    },
    SLOW_MS,
  )
})
