// SPDX-License-Identifier: Apache-2.0
/** The provider's registration, against a catalog of COM+ and an administration of VSS that are played; and what a freeze says when it is broken. */
import { beforeEach, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { SLOW_MS } from '../harness/program.ts'
import { hasTargets, VSS_PROVIDER } from '../harness/targets.ts'
import { hasCompiler } from '../harness/vss-double.ts'
import { freezingGuestForAll, INSTALLED } from '../harness/windows-freezing.ts'
import { hasWine, windowsPath } from '../harness/wine.ts'

const NAME = 'QEMU Guest Agent VSS Provider'
const PROVIDER =
  'HKLM\\SYSTEM\\CurrentControlSet\\Services\\VSS\\Providers\\{3629D4ED-EE09-4E0E-9A5C-6D8BA2872AEF}'
const SERVICE = `HKLM\\SYSTEM\\CurrentControlSet\\Services\\${NAME}`
const CLASS = 'HKLM\\Software\\Classes\\CLSID\\{6E6A3492-8D4D-440C-9619-5E5D0CC31CA8}'
const CATALOG = 'HKLM\\Software\\Classes\\CLSID\\{F618C514-DFB8-11D1-A2CF-00805FC79235}'
const APPLICATIONS = 'HKLM\\Software\\vss-double\\Applications'
const LIBRARY = windowsPath('qga/qga-vss.dll')
const MEND = '"qga -s vss-install" registers it'

describe.if(hasTargets && hasWine && hasCompiler)('the provider on Windows', () => {
  const held = freezingGuestForAll()

  // Each test begins with a provider that is registered, and ends so.
  beforeEach(() => held.guest.vss.plan())

  /** What the registry has there; empty when there is nothing. */
  async function registry(key: string): Promise<string> {
    const { exitCode, output } = await held.guest.run('reg', 'query', key, '/s')
    return exitCode === 0 ? output : ''
  }

  async function expectNothingRegistered(): Promise<void> {
    for (const key of [PROVIDER, CLASS, 'HKLM\\Software\\Classes\\QGAVSSProvider', APPLICATIONS]) {
      expect([key, await registry(key)]).toEqual([
        key,
        expect.not.stringMatching(/QGA|QEMU|3629D4ED|6E6A3492.*qga/),
      ])
    }
  }

  async function expectFreezing(): Promise<void> {
    expect(await held.guest.call('guest-fsfreeze-freeze')).toBeGreaterThan(0)
    expect(await held.guest.call('guest-fsfreeze-thaw')).toBeGreaterThan(0)
    await held.guest.allGivenBack()
  }

  test(
    'is registered as upstream’s is, in place of what was there',
    async () => {
      await held.guest.install('vss-install')
      await held.guest.allGivenBack()
      const notes = held.guest.vss.notes.filter((note) => !/^[+-]\w+$/.test(note))
      const made = /\{\w+-made-by-the-double\}/
      expect(notes.map((note) => note.replace(made, '{key}'))).toEqual([
        `ShutdownApplication(${NAME})`,
        'Remove from Applications',
        'SaveChanges of Applications',
        'Add to Applications',
        `put Name = ${NAME}`,
        `put Description = ${NAME}`,
        'put ApplicationAccessChecksEnabled = -1 (11)',
        'put Authentication = 6 (2)',
        'put AuthenticationCapability = 2 (2)',
        'put ImpersonationLevel = 2 (2)',
        'SaveChanges of Applications',
        `CreateServiceForApplication(${NAME}, ${NAME}, SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, [], .\\localsystem, [], 0)`,
        `InstallComponent(${NAME}, C:\\qga\\qga-vss.dll, C:\\qga\\qga-vss.tlb, [])`,
        'type 5 {6E6A3492-8D4D-440C-9619-5E5D0CC31CA8} with 1 interfaces',
        'UnregisterProvider',
        `RegisterProvider({6E6A3492-8D4D-440C-9619-5E5D0CC31CA8}, ${NAME}, 2, 11.1.0)`,
        'GetCollection(Roles, {key})',
        'Add to Roles',
        'put Name = Administrators',
        'put Description = Administrators group',
        'SaveChanges of Roles',
        'GetCollection(UsersInRole, {key})',
        'Add to UsersInRole',
        'put User = .\\Administrators',
        'Add to UsersInRole',
        'put User = SYSTEM',
        'SaveChanges of UsersInRole',
      ])
      const shown = await registry(CLASS)
      expect(shown).toContain('C:\\qga\\qga-vss.dll')
      expect(shown).toMatch(/ThreadingModel\s+REG_SZ\s+Apartment/)
      expect(readFileSync(LIBRARY).equals(readFileSync(VSS_PROVIDER))).toBe(true)
      await expectFreezing()
    },
    SLOW_MS,
  )

  test(
    'is removed, and that again',
    async () => {
      for (let times = 0; times < 2; times++) {
        await held.guest.install('vss-uninstall')
        await expectNothingRegistered()
        expect(readdirSync(windowsPath('qga'))).toEqual(['qga.exe'])
      }
      await held.guest.install('vss-install')
    },
    SLOW_MS,
  )

  test(
    'takes the place of an older library, and of one that is broken',
    async () => {
      writeFileSync(LIBRARY, 'not a library')
      expect(await held.guest.call('guest-fsfreeze-freeze')).toContain(
        'VSS_E_UNEXPECTED_PROVIDER_ERROR',
      )
      await held.guest.install('vss-install')
      expect(readdirSync(windowsPath('qga')).sort()).toEqual([
        'qga-vss.dll',
        'qga-vss.tlb',
        'qga.exe',
      ])
      await expectFreezing()
    },
    SLOW_MS,
  )

  test.each([
    [
      'unknown to VSS',
      PROVIDER,
      'VSS_E_PROVIDER_NOT_REGISTERED; the VSS provider {3629D4ED-EE09-4E0E-9A5C-6D8BA2872AEF} is not registered',
    ],
    [
      'unknown to COM',
      CLASS,
      'VSS_E_UNEXPECTED_PROVIDER_ERROR; the COM class {6E6A3492-8D4D-440C-9619-5E5D0CC31CA8} is not registered',
    ],
  ])(
    'that is %s is told by the freeze, and mended by an installation',
    async (_, key, said) => {
      await held.guest.run('reg', 'delete', key, '/f')
      const failure = await held.guest.call('guest-fsfreeze-freeze')
      expect(failure).toMatch(/^error: failed to add C:\\ to snapshot set: Windows error 0x800423/)
      expect(failure).toEndWith(`${said}; ${MEND}`)
      await held.guest.install('vss-install')
      await expectFreezing()
    },
    SLOW_MS,
  )

  test(
    'that is missing is told, and mended',
    async () => {
      rmSync(LIBRARY)
      await held.guest.run('reg', 'delete', SERVICE, '/f')
      expect(await held.guest.call('guest-fsfreeze-freeze')).toEndWith(
        `the library C:\\qga\\qga-vss.dll is missing; the service "${NAME}" is missing; ${MEND}`,
      )
      await held.guest.install('vss-install')
      await expectFreezing()
    },
    SLOW_MS,
  )

  test.each([
    ['fail SaveChanges 80110401', 'save the COM+ application: 0x80110401'],
    ['fail CreateServiceForApplication 80070005', 'make its service: 0x80070005 E_ACCESSDENIED'],
    ['fail InstallComponent 80110415', 'install the component: 0x80110415'],
    ['fail RegisterProvider 80042302', 'install the component: 0x80042302 VSS_E_UNEXPECTED'],
  ])(
    'that cannot be registered (%s) is not half registered',
    async (plan, said) => {
      await held.guest.install('vss-uninstall')
      held.guest.vss.plan(plan)
      const { exitCode, output } = await held.guest.run(INSTALLED, '-s', 'vss-install')
      expect(exitCode).toBe(1)
      expect(output).toStartWith(`Cannot register the VSS provider: cannot ${said}`)
      await expectNothingRegistered()
      held.guest.vss.plan()
      await held.guest.install('vss-install')
      await expectFreezing()
    },
    SLOW_MS,
  )

  test(
    'says so when there is no COM+',
    async () => {
      await held.guest.run('reg', 'delete', CATALOG, '/f')
      const { exitCode, output } = await held.guest.run(INSTALLED, '-s', 'vss-install')
      await held.guest.vss.registerClasses()
      expect(exitCode).toBe(1)
      expect(output).toStartWith(
        'Cannot register the VSS provider: cannot open the COM+ catalog: 0x80040154 REGDB_E_CLASSNOTREG',
      )
    },
    SLOW_MS,
  )

  test(
    'is registered and removed by rundll32 too, as installers do it',
    async () => {
      await held.guest.run('rundll32', 'C:\\qga\\qga-vss.dll,DLLCOMUnregister')
      await expectNothingRegistered()
      await held.guest.run('rundll32', 'C:\\qga\\qga-vss.dll,DLLCOMRegister')
      await expectFreezing()
    },
    SLOW_MS,
  )

  test(
    'keeps the backup type of the registry, which a setting overrides',
    async () => {
      const add = ['/v', 'VssOption', '/t', 'REG_DWORD', '/d', '5', '/f']
      await held.guest.run('reg', 'add', SERVICE, ...add)
      // An upgrade removes and installs.
      await held.guest.install('vss-uninstall')
      await held.guest.install('vss-install')
      held.guest.vss.plan()
      await expectFreezing()
      expect(held.guest.vss.notes).toContain('SetBackupState(1, 1, 5, 0)')
      held.guest.killAgent()
      await held.guest.startAgent('--vss-backup-type', 'log')
      held.guest.vss.plan()
      await expectFreezing()
      expect(held.guest.vss.notes).toContain('SetBackupState(1, 1, 4, 0)')
      await held.guest.run('reg', 'delete', SERVICE, '/v', 'VssOption', '/f')
    },
    SLOW_MS,
  )
})
