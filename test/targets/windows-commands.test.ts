// SPDX-License-Identifier: Apache-2.0
/**
 * What the Windows executable says of the machine, under Wine: the answers are held against what Linux says of
 * the same one. Nothing here switches, sets or freezes anything: Wine would pass it on.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import * as os from 'node:os'
import { ask, Scratch, SLOW_MS } from '../harness/program.ts'
import { RawClient } from '../harness/raw-client.ts'
import { hasTargets } from '../harness/targets.ts'
import { startWindowsAgent, type WindowsAgent } from '../harness/windows-agent.ts'
import {
  hasWine,
  startWine,
  stopWine,
  WINE_START_MS,
  windowsPath,
  windowsUser,
} from '../harness/wine.ts'

describe.if(hasTargets && hasWine)('on Windows', () => {
  const scratch = new Scratch()
  let agent: WindowsAgent
  let client: RawClient

  beforeAll(async () => {
    await startWine()
    agent = await startWindowsAgent(scratch, 'commands', ['--exclude-interfaces', 'veth*'])
    client = await RawClient.connect(agent.port)
  }, WINE_START_MS)

  afterAll(async () => {
    client[Symbol.dispose]()
    agent.kill()
    await stopWine()
    scratch[Symbol.dispose]()
  }, SLOW_MS)

  async function call<T>(command: string, args?: object): Promise<T> {
    const reply = await ask(client, command, args)
    if (reply.error !== undefined) throw new Error(reply.error.desc)
    return reply.return as T
  }

  test('guest-get-host-name', async () => {
    const { 'host-name': name } = await call<Record<string, string>>('guest-get-host-name')
    expect(name).toBe(os.hostname().split('.')[0]?.slice(0, 15).toUpperCase())
  })

  test('guest-get-osinfo', async () => {
    expect(await call<object>('guest-get-osinfo')).toMatchObject({
      id: 'mswindows',
      name: 'Microsoft Windows',
      'kernel-version': '10.0',
      machine: 'x86_64',
      version: 'Microsoft Windows 10',
      'version-id': '10',
      'pretty-name': expect.stringMatching(/^(Microsoft )?Windows 10/),
      variant: 'client',
      'variant-id': 'client',
    })
  })

  test('guest-get-time', async () => {
    const before = BigInt(Date.now()) * 1_000_000n
    const time = BigInt(await call<number>('guest-get-time'))
    const after = BigInt(Date.now() + 1) * 1_000_000n
    // JSON.parse rounds the nanoseconds.
    expect(time >= before - 1000n && time <= after + 1000n).toBe(true)
  })

  test('guest-get-timezone', async () => {
    const { offset, zone } = await call<{ offset: number; zone: string }>('guest-get-timezone')
    expect(offset).toBe(0 - 60 * new Date().getTimezoneOffset())
    expect(zone).not.toBe('')
  })

  test('guest-get-vcpus', async () => {
    const cpus = await call<readonly object[]>('guest-get-vcpus')
    const online = readdirSync('/sys/devices/system/cpu').filter((name) => /^cpu\d+$/.test(name))
    expect(cpus).toEqual(
      online.map((_, id) => ({ 'logical-id': id, online: true, 'can-offline': false })),
    )
  })

  test('guest-network-get-interfaces', async () => {
    const found = await call<readonly { name: string }[]>('guest-network-get-interfaces')
    const mine = os.networkInterfaces()
    for (const [name, addresses = []] of Object.entries(mine)) {
      if (name.startsWith('veth')) continue
      const answer = found.find((each) => each.name === name)
      const expected = addresses.map(({ address, family, cidr, scopeid }) => ({
        'ip-address': scopeid ? `${address}%${scopeid}` : address,
        'ip-address-type': family === 'IPv4' ? 'ipv4' : 'ipv6',
        prefix: Number(cidr?.split('/')[1]),
      }))
      expect(answer).toMatchObject({
        'ip-addresses': expect.arrayContaining(expected.slice(0, 1)),
        statistics: { 'rx-bytes': expect.any(Number) },
      })
      const mac = addresses[0]?.mac
      if (mac && mac !== '00:00:00:00:00:00')
        expect(answer).toMatchObject({ 'hardware-address': mac })
    }
    expect(found.some(({ name }) => name.startsWith('veth'))).toBe(false)
  })

  test('guest-network-get-route', async () => {
    type Route = Record<'destination' | 'mask' | 'gateway' | 'iface', string>
    const found = await call<readonly Route[]>('guest-network-get-route')
    const hex = (text: string) => Buffer.from(text, 'hex').reverse().join('.')
    const rows = readFileSync('/proc/net/route', 'utf8').trim().split('\n').slice(1)
    for (const row of rows) {
      const [iface = '', destination = '', gateway = '', , , , , mask = ''] = row.split('\t')
      const expected = { iface, destination: hex(destination), gateway: hex(gateway) }
      expect(found).toContainEqual(expect.objectContaining({ ...expected, mask: hex(mask) }))
    }
  })

  test('guest-get-fsinfo', async () => {
    const found = await call<readonly Record<string, unknown>[]>('guest-get-fsinfo')
    const drive = found.find(({ mountpoint }) => mountpoint === 'C:\\')
    expect(drive).toMatchObject({
      name: expect.stringMatching(/^\\\\\?\\Volume\{[0-9a-f-]+\}\\$/),
      type: 'NTFS',
      'total-bytes': expect.any(Number),
      'used-bytes': expect.any(Number),
      disk: [],
    })
  })

  test('guest-get-users', async () => {
    const domain = os.hostname().split('.')[0]?.slice(0, 15).toUpperCase()
    // Wine knows its user, and not since when.
    expect(await call('guest-get-users')).toEqual([
      { user: windowsUser(), domain, 'login-time': 0 },
    ])
  })

  test.each([
    // Wine has neither disks nor devices to tell of.
    'guest-get-disks',
    'guest-get-devices',
  ])('%s', async (command) => {
    expect(await call(command)).toEqual([])
  })

  test.each([
    ['guest-suspend-ram', undefined, 'suspend-to-ram not supported by OS'],
    [
      'guest-shutdown',
      { mode: 'off' },
      "Parameter 'mode' expects 'halt', 'powerdown', or 'reboot'",
    ],
    ['guest-set-time', { time: -1 }, 'Time -1 is invalid'],
    [
      'guest-set-user-password',
      { username: 'nobody', password: 'eA==', crypted: true },
      "'crypted' must be off on this host",
    ],
    [
      'guest-ssh-get-authorized-keys',
      { username: 'no-such-user' },
      'User no-such-user was not found',
    ],
    ['guest-get-load', undefined, 'PdhAddEnglishCounterW failed with 0xc0000bb9.'],
  ])('%s %j is refused', async (command, args, said) => {
    await expect(call(command, args)).rejects.toThrow(said)
  })

  test('guest-fstrim tells that a program is missing', async () => {
    const { paths } = await call<{ paths: object[] }>('guest-fstrim')
    expect(paths).toContainEqual({
      path: 'C:\\',
      error: 'Failed to execute child process (No such file or directory)',
    })
  })

  test('guest-ssh-*: keys are added, told and removed', async () => {
    const username = windowsUser()
    const keys = ['ssh-ed25519 AAAA one', 'ssh-rsa BBBB zwei ä']
    const places = ['ProgramData/ssh', `users/${username}/.ssh`].map(windowsPath)
    for (const place of places) rmSync(place, { recursive: true, force: true })
    await expect(call('guest-ssh-get-authorized-keys', { username })).rejects.toThrow(
      'No such file or directory',
    )
    await call('guest-ssh-add-authorized-keys', { username, keys })
    await call('guest-ssh-add-authorized-keys', { username, keys: keys.slice(1) })
    const told = await call<{ keys: string[] }>('guest-ssh-get-authorized-keys', { username })
    expect(told.keys).toEqual(keys.toReversed())
    const [place = ''] = places.filter((each) => statSync(each, { throwIfNoEntry: false }))
    const [file = ''] = readdirSync(place)
    expect(file).toMatch(/^(administrators_)?authorized_keys$/)
    expect(readFileSync(`${place}/${file}`, 'utf8')).toBe(`${keys.join('\n')}\n`)
    expect(statSync(`${place}/${file}`).mode & 0o007).toBe(0)
    await call('guest-ssh-remove-authorized-keys', { username, keys: keys.slice(0, 1) })
    expect(readFileSync(`${place}/${file}`, 'utf8')).toBe(`${keys[1]}\n`)
  })

  test('guest-info names all 37 commands', async () => {
    const info = await call<{ supported_commands: { name: string }[] }>('guest-info')
    const names = info.supported_commands.map(({ name }) => name)
    expect(names).toHaveLength(37)
    expect(names).toContain('guest-get-devices')
  })
})
