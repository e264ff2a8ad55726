// SPDX-License-Identifier: Apache-2.0
/** What KubeVirt makes of the answers: it works on the text, not on JSON. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Agent } from '../harness/agent.ts'
import { serving, until } from '../harness/program.ts'

let agent: Agent
beforeAll(async () => {
  agent = await serving()
})
afterAll(() => agent[Symbol.dispose]())

/** It takes away `{"return":` and the last brace, and expects an object or a list right behind. */
const STRIPPED = /^\{"return": *([{[].*[\]}])\}$/s

async function text(request: string): Promise<string> {
  using client = await agent.connect()
  client.send(`${request}\n`)
  return await client.line()
}

async function stripped<T>(command: string): Promise<T> {
  const [, inner] = STRIPPED.exec(await text(`{"execute":"${command}"}`)) ?? []
  expect(inner).toBeDefined()
  return JSON.parse(inner as string) as T
}

const SUPPORTED =
  'ping get-time info shutdown network-get-interfaces get-fsinfo get-host-name get-users get-timezone get-osinfo'

test('an agent with these ten commands is supported', async () => {
  const { supported_commands: commands, version } = await stripped<{
    supported_commands: { name: string; enabled: boolean }[]
    version: string
  }>('guest-info')
  const enabled = commands.filter((command) => command.enabled).map(({ name }) => name)
  expect(enabled).toEqual(
    expect.arrayContaining(SUPPORTED.split(' ').map((name) => `guest-${name}`)),
  )
  expect(version).toMatch(/^\d+\.\d+\.\d+$/)
})

test('polled answers have the members that it reads', async () => {
  const disks =
    await stripped<{ mountpoint: string; disk: object[]; 'total-bytes': number }[]>(
      'guest-get-fsinfo',
    )
  for (const { mountpoint, disk, 'total-bytes': total } of disks) {
    expect([typeof mountpoint, Array.isArray(disk), Number.isInteger(total ?? 0)]).toEqual([
      'string',
      true,
      true,
    ])
  }
  const interfaces = await stripped<{ name: string }[]>('guest-network-get-interfaces')
  expect(interfaces[0]?.name).toBe('lo')
  expect(await stripped<object>('guest-get-osinfo')).toHaveProperty('kernel-release')
  expect(await stripped<object>('guest-get-timezone')).toHaveProperty('offset')
  expect(await stripped<object>('guest-get-host-name')).toHaveProperty('host-name')
  expect(Array.isArray(await stripped<unknown>('guest-get-users'))).toBe(true)
})

test('its status before a freeze is a word', async () => {
  expect(await text('{"execute":"guest-fsfreeze-status"}')).toBe('{"return": "thawed"}')
})

test('a probe runs, for its request is put together as text', async () => {
  // The command and its arguments are pasted into this.
  const request = `{"execute": "guest-exec", "arguments": { "path": "sh", "arg": [ "-c", "echo up" ], "capture-output":true } }`
  const { pid } = (JSON.parse(await text(request)) as { return: { pid: number } }).return
  expect(pid).not.toBe(0)
  let status = { exited: false, exitcode: -1, 'out-data': '' }
  await until('the probe has ended', async () => {
    const asked = `{"execute": "guest-exec-status", "arguments": { "pid": ${pid} } }`
    status = (JSON.parse(await text(asked)) as { return: typeof status }).return
    return status.exited
  })
  expect([status.exitcode, Buffer.from(status['out-data'], 'base64').toString()]).toEqual([
    0,
    'up\n',
  ])
})

test('a file that is not there is recognised by the words', async () => {
  const request = `{"execute": "guest-file-open", "arguments": { "path": "/nonexistent/file", "mode":"r" } }`
  expect(await text(request)).toContain('No such file or directory')
})
