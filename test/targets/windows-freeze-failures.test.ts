// SPDX-License-Identifier: Apache-2.0
/** Whatever of VSS fails, and wherever: the guest is thawed, the error says what it was, and the next freeze works. */
import { describe, expect, test } from 'bun:test'
import { SLOW_MS, until } from '../harness/program.ts'
import { hasTargets } from '../harness/targets.ts'
import { hasCompiler } from '../harness/vss-double.ts'
import { freezingGuestForAll } from '../harness/windows-freezing.ts'
import { hasWine } from '../harness/wine.ts'

const LIMIT = "couldn't hold writes: fsfreeze is limited up to 10 seconds"
const NO_EVENT = 'DoSnapshotSet exited without Frozen event: Windows error 0x80004005: '
const code = (hex: string) => `: Windows error 0x${hex}: `

/** What fails, with what; what the freeze says. */
const FREEZES: readonly (readonly [step: string, hresult: string, said: string])[] = [
  ['CreateVssBackupComponents', '80070005', 'failed to create VSS backup components'],
  ['InitializeForBackup', '80042302', 'failed to initialize for backup'],
  ['SetBackupState', '80042301', 'failed to set backup state'],
  ['SetContext', '8004231b', 'failed to set backup context'],
  ['GatherWriterMetadata', '80042318', 'failed to gather writer metadata'],
  ['GatherWriterMetadata.async', '80042319', 'failed to gather writer metadata'],
  ['GetWriterMetadataCount', '80042302', 'failed to get writer metadata count'],
  ['GetWriterMetadata', '80042308', 'failed to get writer metadata of 0/2'],
  ['GetIdentity', '80042302', 'failed to get identity of writer 0/2'],
  ['GetFileCounts', '80042302', 'failed to get file counts of System Writer'],
  ['GetComponent', '80042302', 'failed to get component 0/2 of System Writer'],
  ['GetComponentInfo', '80042302', 'failed to get component info 0/2 of System Writer'],
  ['AddComponent', '80042302', 'failed to add component (component 0)'],
  ['StartSnapshotSet', '80042301', 'failed to start snapshot set'],
  ['AddToSnapshotSet', '80042312', 'failed to add C:\\ to snapshot set'],
  ['PrepareForBackup', '80042301', 'failed to prepare for backup'],
  ['PrepareForBackup.async', '80042302', 'failed to prepare for backup'],
  ['GatherWriterStatus', '80042318', 'failed to gather writer status'],
  ['GatherWriterStatus.async', '80042318', 'failed to gather writer status'],
  ['DoSnapshotSet', '8004231f', 'failed to do snapshot set'],
]

describe.if(hasTargets && hasWine && hasCompiler)('on Windows', () => {
  const held = freezingGuestForAll()

  const freeze = () => held.guest.call('guest-fsfreeze-freeze')
  const thaw = () => held.guest.call('guest-fsfreeze-thaw')

  /** It is as if there had been no freeze, and the next one works. */
  async function expectAllWell(): Promise<void> {
    expect(await held.guest.call('guest-fsfreeze-status')).toBe('thawed')
    expect(await held.guest.call('guest-get-host-name')).toHaveProperty('host-name')
    await held.guest.allGivenBack()
    held.guest.vss.plan()
    expect(await freeze()).toBeGreaterThan(0)
    expect(await thaw()).toBeGreaterThan(0)
    expect(await thaw()).toBe(0)
    await held.guest.allGivenBack()
  }

  test.each(FREEZES)(
    'a freeze of which %s fails with %s',
    async (step, hresult, said) => {
      held.guest.vss.plan(`fail ${step} ${hresult}`)
      expect(await freeze()).toStartWith(`error: ${said}${code(hresult)}`)
      await expectAllWell()
    },
    SLOW_MS,
  )

  test(
    'the name of the error is told, and what Windows says of it',
    async () => {
      held.guest.vss.plan('fail StartSnapshotSet 80042318')
      expect(await freeze()).toBe(
        'error: failed to start snapshot set: Windows error 0x80042318: VSS_E_WRITER_INFRASTRUCTURE',
      )
      held.guest.vss.plan('fail InitializeForBackup 80070005')
      expect(await freeze()).toMatch(
        /^error: failed to initialize for backup: Windows error 0x80070005: Access.* \(E_ACCESSDENIED\)$/,
      )
      await expectAllWell()
    },
    SLOW_MS,
  )

  test(
    'a snapshot that ends before it is frozen: the reason and the failing writer are told',
    async () => {
      const failed = ['set writer-state 9', 'set writer-failure 0x800423f4']
      held.guest.vss.plan('fail DoSnapshotSet.async 80042315', ...failed)
      const said = await freeze()
      expect(said).toStartWith(`error: ${NO_EVENT}`)
      expect(said).toEndWith(
        ' (E_FAIL); 0x80042315 VSS_E_UNEXPECTED_WRITER_ERROR; ' +
          'writer "Schreiber é" failed at freeze: 0x800423f4 VSS_E_WRITERERROR_NONRETRYABLE',
      )
      await expectAllWell()
    },
    SLOW_MS,
  )

  test(
    'a commit that fails',
    async () => {
      held.guest.vss.plan('fail CommitSnapshots 80004005')
      const said = await freeze()
      expect(said).toStartWith(`error: ${NO_EVENT}`)
      expect(said).toEndWith(' (E_FAIL); 0x80004005 E_FAIL')
      await expectAllWell()
    },
    SLOW_MS,
  )

  test(
    'what cannot be asked how far it is',
    async () => {
      held.guest.vss.plan('fail QueryStatus 800706ba 1')
      // It passes by itself, and is tried again.
      expect(await freeze()).toBeGreaterThan(0)
      expect(await thaw()).toBeGreaterThan(0)
      await expectAllWell()
    },
    SLOW_MS,
  )

  test.each([
    ['StartSnapshotSet', '80042316'],
    ['DoSnapshotSet.async', '80042313'],
    ['CreateVssBackupComponents', '800706be'],
  ])(
    'a freeze of which %s fails twice with %s is made at the third attempt',
    async (step, hresult) => {
      held.guest.vss.plan(`fail ${step} ${hresult} 2`)
      expect(await freeze()).toBeGreaterThan(0)
      const failures = held.guest.vss.notes.filter(
        (note) => note === `${step} fails with ${hresult}`,
      )
      expect(failures).toHaveLength(2)
      expect(await thaw()).toBeGreaterThan(0)
      await expectAllWell()
    },
    SLOW_MS,
  )

  test(
    'another program’s backup that does not end is told',
    async () => {
      held.guest.vss.plan('fail StartSnapshotSet 80042316')
      expect(await freeze()).toBe(
        'error: failed to start snapshot set: Windows error 0x80042316: VSS_E_SNAPSHOT_SET_IN_PROGRESS',
      )
      await expectAllWell()
    },
    SLOW_MS,
  )

  test(
    'a context that only servers have is left out elsewhere',
    async () => {
      held.guest.vss.plan('fail SetContext 8004231b 1')
      expect(await freeze()).toBeGreaterThan(0)
      expect(await thaw()).toBeGreaterThan(0)
      expect(held.guest.vss.notes).toContain('SetContext(0200000b)')
      await expectAllWell()
    },
    SLOW_MS,
  )

  test(
    'no volume that can be frozen is an error, not a freeze of none',
    async () => {
      held.guest.vss.plan('fail AddToSnapshotSet 8004230e')
      expect(await freeze()).toStartWith(
        'error: failed to add C:\\ to snapshot set: Windows error 0x8004230e: VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER',
      )
      await expectAllWell()
    },
    SLOW_MS,
  )

  test(
    'a component that is there already is no error',
    async () => {
      held.guest.vss.plan('fail AddComponent 8004230d')
      expect(await freeze()).toBeGreaterThan(0)
      expect(await thaw()).toBeGreaterThan(0)
      await expectAllWell()
    },
    SLOW_MS,
  )

  test.each([
    ['released', '80042302', `failed to do snapshot set${code('80042302')}`],
    ['released', '80042314', `${LIMIT}${code('80042314')}`],
    ['released', '8004230f', `unexpected error in VSS provider${code('8004230f')}`],
    ['BackupComplete', '80042301', `failed to complete backup${code('80042301')}`],
    ['BackupComplete.async', '80042318', `failed to complete backup${code('80042318')}`],
  ])(
    'a thaw of which %s fails with %s says so, and thaws',
    async (step, hresult, said) => {
      held.guest.vss.plan(`fail ${step} ${hresult}`)
      expect(await freeze()).toBeGreaterThan(0)
      expect(await thaw()).toStartWith(`error: ${said}`)
      expect(await thaw()).toBe(0)
      expect(held.guest.vss.notes).toContain('AbortBackup')
      await expectAllWell()
    },
    SLOW_MS,
  )

  test(
    'a snapshot that is not found after the thaw is as it should be',
    async () => {
      held.guest.vss.plan('fail released 80042308')
      const count = await freeze()
      expect(await thaw()).toBe(count)
      await expectAllWell()
    },
    SLOW_MS,
  )

  test(
    'a provider that dies: the thaw says so, once',
    async () => {
      held.guest.vss.plan('set provider-dies 100')
      expect(await freeze()).toBeGreaterThan(0)
      const status = () => held.guest.call('guest-fsfreeze-status')
      await until('the guest is thawed', async () => (await status()) === 'thawed')
      expect(await thaw()).toStartWith(`error: failed to do snapshot set${code('800706be')}`)
      await expectAllWell()
    },
    SLOW_MS,
  )

  test(
    'writers that failed while frozen are in the log, and no error of the thaw',
    async () => {
      held.guest.vss.plan('set writer-state 10', 'set writer-failure 0x800423f2')
      const count = await freeze()
      expect(await thaw()).toBe(count)
      const line = 'failed at thaw: 0x800423f2 VSS_E_WRITERERROR_TIMEOUT'
      await until('it is in the log', () => held.guest.log.includes(line))
      await expectAllWell()
    },
    SLOW_MS,
  )

  test.each([
    'GatherWriterMetadata.async',
    'PrepareForBackup.async',
    'DoSnapshotSet.async',
    'CommitSnapshots',
    'AddToSnapshotSet',
    'released',
    'BackupComplete.async',
  ])(
    'a slow %s is waited for',
    async (step) => {
      held.guest.vss.plan(`delay ${step} 700`)
      const count = await freeze()
      expect(count).toBeGreaterThan(0)
      expect(await thaw()).toBe(count)
      await expectAllWell()
    },
    SLOW_MS,
  )
})
