// SPDX-License-Identifier: Apache-2.0
/** The bindings themselves, on Windows; test/targets/windows-inside.test.ts has this file run under Wine. */
import { afterAll, describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onInterfaceArrival } from '../../native/device-arrival.ts'
import { bindEarly, strangersAt, whileHeld } from '../../native/early-windows.ts'
import { openEventLog, reportEvent, reportEventNow } from '../../native/event-log.ts'
import { processIds, programOf } from '../../native/processes.ts'
import {
  deleteRegistryKey,
  registryKeys,
  registryText,
  registryValue,
  setRegistryValue,
} from '../../native/registry.ts'
import { enablePrivilege, protectFile } from '../../native/security.ts'
import { dispatchService } from '../../native/service-main.ts'
import { createService, redefineService, setManners } from '../../native/service-setup.ts'
import { canCreateServices, deleteService, queryService } from '../../native/services.ts'
import { win32Error } from '../../native/win32-error.ts'
import { guid, NativeMemory, wideTextAt } from '../../native/windows-memory.ts'
import { closeDirectory } from '../../platform/windows/closed-directory.ts'
import { start } from '../../platform/windows/exec.ts'
import { createNetworkHandlers } from '../../platform/windows/network.ts'
import { createProcessorHandlers } from '../../platform/windows/processor.ts'
import { createStorageHandlers } from '../../platform/windows/storage.ts'
import { createSystemHandlers } from '../../platform/windows/system.ts'
import { createTimeHandlers } from '../../platform/windows/time.ts'

const SERVICE = `qga-test-${process.pid}`
const KEY = `SOFTWARE\\${SERVICE}`

describe.if(process.platform === 'win32')('on Windows', () => {
  const directory = fs.mkdtempSync(join(tmpdir(), 'bindings-'))
  afterAll(() => fs.rmSync(directory, { recursive: true, force: true }))

  test('memory holds texts and GUIDs as the system has them', () => {
    using text = NativeMemory.text('grüße 🙂')
    expect(wideTextAt(text.address)).toBe('grüße 🙂')
    expect(wideTextAt(0n)).toBe('')
    const bytes = guid('00112233-4455-6677-8899-AABBCCDDEEFF')
    expect(bytes.toString('hex')).toBe('33221100554477668899aabbccddeeff')
  })

  test('error codes have words in English', () => {
    expect(win32Error('failed', 2).message).toMatch(/^failed: \w.* \w.*\.$/)
    // Those of the network functions, in a file of their own or not.
    expect(win32Error('failed', 2221).message).toMatch(/^failed: \w+ .*\w/)
    expect(win32Error('failed', 0x80012345).message).toBe('failed: error 0x80012345')
  })

  test('the registry: what is written is read, listed and deleted', () => {
    setRegistryValue(KEY, 'text', '%SystemRoot%\\x')
    setRegistryValue(KEY, 'number', 7)
    expect(registryText('failed', KEY, 'text').toLowerCase()).toBe('c:\\windows\\x')
    expect(registryValue(KEY, 'nothing')).toBeUndefined()
    expect(registryKeys('SOFTWARE')).toContain(SERVICE)
    deleteRegistryKey(KEY)
    deleteRegistryKey(KEY)
    expect(registryKeys('SOFTWARE')).not.toContain(SERVICE)
    expect(() => registryText('failed', KEY, 'text')).toThrow('failed: ')
  })

  test('who may change a directory is told, and it can be closed', async () => {
    const path = join(directory, 'open')
    fs.mkdirSync(path)
    await protectFile('failed', path, 'D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;WD)')
    expect(strangersAt(path)).toContain('WD')
    await closeDirectory(path)
    expect(strangersAt(path)).toEqual([])
    const made = join(directory, 'made', 'below')
    await closeDirectory(made)
    expect(strangersAt(made)).toEqual([])
    expect(() => strangersAt(join(directory, 'nothing'))).toThrow('Cannot tell who may change')
  })

  test('a file that is held cannot be written or deleted, and is compared', () => {
    const path = join(directory, 'held')
    const content = Buffer.from('content')
    fs.writeFileSync(path, content)
    const system = bindEarly()
    const used = whileHeld(system, path, content, (held) => {
      expect(() => fs.writeFileSync(held, 'other')).toThrow()
      expect(() => fs.renameSync(held, `${held}-away`)).toThrow()
      return 'used'
    })
    expect(used).toBe('used')
    for (const other of ['contents', 'conten', 'Content']) {
      const seen = whileHeld(system, path, Buffer.from(other), () => 'used')
      expect([other, seen]).toEqual([other, undefined])
    }
    fs.rmSync(path)
  })

  test('processes are listed, this one with its program', () => {
    expect(processIds()).toContain(process.pid)
    expect(programOf(process.pid)?.toLowerCase()).toBe(process.execPath.toLowerCase())
    expect(programOf(0xfffffffc)).toBeUndefined()
  })

  test('a service is made, changed, told of and deleted', () => {
    expect(canCreateServices()).toBe(true)
    expect(queryService(SERVICE)).toBeUndefined()
    const definition = { name: SERVICE, displayName: 'A test', dependencies: ['RpcSs'] }
    createService({ ...definition, command: '"C:\\a b.exe" -d' })
    expect(queryService(SERVICE)).toMatchObject({
      ...{ state: 'stopped', pid: 0, start: 2, command: '"C:\\a b.exe" -d' },
      account: 'LocalSystem',
    })
    redefineService({ ...definition, command: 'C:\\b.exe' })
    const manners = { description: 'described', isDelayed: true, restartsMs: [1], resetSeconds: 9 }
    setManners(SERVICE, manners)
    expect(queryService(SERVICE)?.command).toBe('C:\\b.exe')
    const key = `SYSTEM\\CurrentControlSet\\Services\\${SERVICE}`
    expect(registryValue(key, 'Description')).toBe('described')
    expect(() => createService({ ...definition, command: 'x' })).toThrow(
      'Failed to install service: ',
    )
    deleteService(SERVICE)
    expect(queryService(SERVICE)).toBeUndefined()
    expect(() => deleteService(SERVICE)).toThrow('No handle to service: ')
  })

  test('who was not started by the service manager is told so', async () => {
    const main = { started: () => {}, control: () => 0 }
    expect(await dispatchService(SERVICE, main)).toBe(false)
  })

  test('events are taken', async () => {
    const source = openEventLog('qemu-ga')
    await reportEvent(source, 'information', 'a test')
    reportEventNow(source, 'warning', 'x'.repeat(40_000))
  })

  test('word of devices can be asked for', () => {
    const isTold = onInterfaceArrival('6FDE7521-1B65-48AE-B628-80BE62016026', () => {})
    expect(typeof isTold).toBe('boolean')
  })

  test('privileges are switched on', () => {
    enablePrivilege('SeShutdownPrivilege')
    enablePrivilege('SeSystemtimePrivilege')
  })

  test('a program starts, and tells all 32 bits of its exit code', async () => {
    let output = ''
    const { launched } = start({
      ...{ path: 'cmd', args: ['/c', 'echo', 'hello', '&', 'exit', '259'] },
      ...{ stdout: 'capture', stderr: 'ignore' },
      onOutput: (_, bytes) => {
        output += Buffer.from(bytes).toString()
        return true
      },
    })
    expect(await launched.done).toEqual({ exitcode: 259 })
    expect(output.trim()).toBe('hello')
  })

  test('the machine answers', async () => {
    const system = createSystemHandlers()
    expect(await system['guest-get-osinfo']({})).toMatchObject({ id: 'mswindows' })
    expect(await system['guest-get-host-name']({})).not.toEqual({ 'host-name': '' })
    expect(await system['guest-get-timezone']({})).toHaveProperty('offset')
    expect(await createTimeHandlers()['guest-get-time']({})).toBeGreaterThan(0)
    expect(await createProcessorHandlers()['guest-get-vcpus']({})).not.toEqual([])
    const interfaces = await createNetworkHandlers([])['guest-network-get-interfaces']({})
    expect(interfaces).not.toEqual([])
    const volumes = await createStorageHandlers()['guest-get-fsinfo']({})
    expect(volumes.map(({ mountpoint }) => mountpoint)).toContain('C:\\')
  })
})
