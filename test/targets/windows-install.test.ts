// SPDX-License-Identifier: Apache-2.0
/** `qga install` and `qga uninstall` on Windows, under Wine: services, files, and what stands in the way. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needs } from '../harness/needs.ts'
import { hasTargets, WINDOWS_X64 } from '../harness/targets.ts'
import { INSTALLED, SERVICE_MS, WindowsService } from '../harness/windows-service.ts'
import { driveZ, hasWine, stopWine, WINE_START_MS, windowsPath } from '../harness/wine.ts'

/** Wine has no COM+, where a provider has to be known. */
const WITHOUT_VSS = expect.stringMatching(
  /^register the VSS provider C:\\Program Files\\qga\\qga-vss\.dll\nInstallation of VSS provider is skipped\. fsfreeze will be disabled\. Cannot register the VSS provider: .*\n$/,
)

describe.if(hasTargets && hasWine && needs('python3'))('the Windows service', () => {
  const service = new WindowsService()
  beforeAll(() => service.startClean(), WINE_START_MS)

  afterAll(async () => {
    await service.remove()
    await stopWine()
    service.scratch[Symbol.dispose]()
  }, SERVICE_MS)

  test(
    'is installed, updated and removed',
    async () => {
      await service.qga('uninstall')
      const { output: plan } = await service.qga('install', '--dry-run')
      expect(plan).toContain(
        'would make the service qemu-ga: "C:\\Program Files\\qga\\qga.exe" -d --retry-path\n',
      )
      expect(existsSync(INSTALLED)).toBe(false)
      expect(await service.state()).toBeUndefined()

      // In upstream's words; the options before it are the service's. It runs although there is no port.
      service.unplug()
      expect(await service.qga('-t', 'C:\\state', '-s', 'install')).toMatchObject({
        exitCode: 0,
        output: expect.stringContaining('Service was installed successfully.\n'),
      })
      expect(await service.state()).toBe('RUNNING')
      expect(await service.qga('install')).toEqual({ exitCode: 0, output: WITHOUT_VSS })
      expect(existsSync(windowsPath('state/qga.state'))).toBe(true)
      await service.plugIn()
      await service.answers()

      writeFileSync(join(INSTALLED, 'koffi.node'), 'older')
      expect(await service.qga('install')).toEqual({
        exitCode: 0,
        output: expect.stringContaining(
          'write its library to C:\\Program Files\\qga\\koffi.node\nstart the service qemu-ga\nregister the VSS',
        ),
      })
      await service.answers()

      expect((await service.qga('-s', 'uninstall')).output).toEndWith(
        'Service was deleted successfully.\n',
      )
      expect(await service.state()).toBeUndefined()
      expect(existsSync(INSTALLED)).toBe(false)
      expect(await service.qga('uninstall')).toEqual({ exitCode: 0, output: 'nothing to do\n' })
    },
    SERVICE_MS,
  )

  test(
    'is given a profile, which goes with it',
    async () => {
      await service.qga('uninstall')
      const file = windowsPath('ProgramData/qemu-ga/qemu-ga.conf')
      const says = 'write the profile to C:\\ProgramData\\qemu-ga\\qemu-ga.conf\n'
      expect((await service.qga('install', '--profile', 'backup')).output).toContain(says)
      expect(readFileSync(file, 'utf8')).toStartWith('# Profile backup of qga install;')
      const again = await service.qga('install', '--profile', 'backup')
      expect(again).toEqual({ exitCode: 0, output: WITHOUT_VSS })
      await service.qga('uninstall')
      expect(existsSync(file)).toBe(false)
    },
    SERVICE_MS,
  )

  test(
    'takes the place of a service that was made by hand, with its options',
    async () => {
      await service.qga('uninstall')
      const other = `${driveZ(WINDOWS_X64)} -d -v -t C:\\other`
      const created = await service.run('sc', 'create', 'QEMU-GA', `binPath= ${other}`)
      expect(created).toMatchObject({ exitCode: 0 })
      const { exitCode, output } = await service.qga('install')
      expect({ exitCode, output }).toMatchObject({ exitCode: 0 })
      expect(output).toContain(`${driveZ(WINDOWS_X64)}) as -v -t C:\\other\n`)
      expect(output).toContain(
        'make the service qemu-ga: "C:\\Program Files\\qga\\qga.exe" -d --retry-path -v -t C:\\other\n',
      )
      expect(await service.state()).toBe('RUNNING')
      await service.qga('uninstall')
      expect(await service.state()).toBeUndefined()
    },
    SERVICE_MS,
  )

  test(
    'is not installed beside the C agent’s package',
    async () => {
      await service.qga('uninstall')
      const product =
        'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{12345678-0000-0000-0000-000000000000}'
      await service.run('reg', 'add', product, '/v', 'DisplayName', '/d', 'QEMU guest agent', '/f')
      await service.run('reg', 'add', product, '/v', 'DisplayVersion', '/d', '10.0.1', '/f')
      expect(await service.qga('install')).toEqual({
        exitCode: 1,
        output:
          'cannot install: the package "QEMU guest agent" 10.0.1 is installed: remove it first, with "msiexec /x {12345678-0000-0000-0000-000000000000}"\n',
      })
      expect(existsSync(INSTALLED)).toBe(false)
      await service.run('reg', 'delete', product, '/f')
    },
    SERVICE_MS,
  )
})
