// SPDX-License-Identifier: Apache-2.0
/** libvirt's session: a plain guest-sync, then lines that each have to be an object that it knows. */
import { expect, test } from 'bun:test'
import { serving } from '../harness/program.ts'
import type { RawClient } from '../harness/raw-client.ts'

/** Any other line makes it close the agent with "Unknown JSON reply". */
const KNOWN = ['QMP', 'event', 'return', 'error']
/** What it takes at most for a reply. */
const REPLY_MAX = 10 * 1024 * 1024

async function next(client: RawClient): Promise<Record<string, unknown>> {
  const line = await client.line()
  expect(line.length).toBeLessThan(REPLY_MAX)
  const reply = JSON.parse(line) as Record<string, unknown>
  expect(KNOWN.some((key) => key in reply)).toBe(true)
  return reply
}

/** Its id is the time in milliseconds. */
async function sync(client: RawClient): Promise<void> {
  const id = Date.now()
  client.send(`{"execute":"guest-sync", "arguments":{"id":${id}}}\n`)
  expect(await next(client)).toEqual({ return: id })
}

async function command<T>(client: RawClient, execute: string): Promise<T> {
  await sync(client)
  client.send(`{"execute":"${execute}"}\n`)
  return (await next(client))['return'] as T
}

test('a session begins clean, whatever the one before left', async () => {
  using agent = await serving()
  const before = await agent.connect()
  before.send('{"execute":"guest-get-ti')
  await before.close()
  using client = await agent.connect()
  await sync(client)
})

test('a sync after a time-out comes behind the late answer', async () => {
  using agent = await serving()
  using client = await agent.connect()
  await sync(client)
  client.send('{"execute":"guest-get-fsinfo"}\n')
  client.send('{"execute":"guest-sync", "arguments":{"id":17}}\n')
  expect(Array.isArray((await next(client))['return'])).toBe(true)
  expect(await next(client)).toEqual({ return: 17 })
})

test('what is not there or not allowed is of the class that it calls unsupported', async () => {
  using agent = await serving({ options: ['-b', 'guest-get-time'] })
  using client = await agent.connect()
  for (const name of ['guest-get-time', 'guest-nothing']) {
    await sync(client)
    client.send(`{"execute":"${name}"}\n`)
    expect((await next(client))['error']).toHaveProperty('class', 'CommandNotFound')
  }
})

test('answers have what it refuses to do without', async () => {
  using agent = await serving()
  using client = await agent.connect()
  type Objects = readonly Record<string, unknown>[]

  for (const { name, 'ip-addresses': addresses = [] } of await command<
    { name: unknown; 'ip-addresses'?: Objects }[]
  >(client, 'guest-network-get-interfaces')) {
    expect(name).toBeString()
    for (const address of addresses) {
      expect(address['ip-address-type']).toBeOneOf(['ipv4', 'ipv6'])
      expect(address['ip-address']).toBeString()
      expect(address['prefix']).toBeInteger()
    }
  }

  for (const fs of await command<Objects>(client, 'guest-get-fsinfo')) {
    for (const member of ['mountpoint', 'name', 'type']) expect(fs[member]).toBeString()
    for (const disk of fs['disk'] as Objects) {
      for (const member of ['bus', 'target', 'unit']) expect(disk[member]).toBeInteger()
      const controller = disk['pci-controller'] as Record<string, unknown>
      for (const member of ['domain', 'bus', 'slot', 'function']) {
        expect(controller[member]).toBeInteger()
      }
    }
  }

  const processors = await command<Objects>(client, 'guest-get-vcpus')
  expect(processors.length).toBeGreaterThan(0)
  for (const processor of processors) {
    expect(processor['logical-id']).toBeInteger()
    expect(processor['online'] === true || processor['can-offline'] === true).toBe(true)
  }

  for (const disk of await command<Objects>(client, 'guest-get-disks')) {
    expect(disk['name']).toBeString()
    expect(disk['partition']).toBeBoolean()
  }
  for (const user of await command<Objects>(client, 'guest-get-users')) {
    expect(user['user']).toBeString()
    expect(user['login-time']).toBeNumber()
  }
  expect(await command<object>(client, 'guest-get-timezone')).toHaveProperty('offset')
  expect(await command<object>(client, 'guest-get-host-name')).toHaveProperty('host-name')
})
