// SPDX-License-Identifier: Apache-2.0
/** Passwords, keys, input, environments and contents of files reach no log, whatever is wrong with the request. */
import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { ask, Scratch, serving, until } from '../harness/program.ts'
import { hasSyslog, Syslog } from '../harness/syslog.ts'

/** Each found in the logs would tell which request it came from. */
let needles = 0
function needle(): string {
  needles++
  return `needle-${String(needles).padStart(4, '0')}-secret`
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Argument members with a secret in them, right and wrong in every way that comes to mind. */
function secretArguments(): Record<string, unknown>[] {
  const wrong = [0, true, null, {}, []]
  return [
    ...wrong.map((handle) => ({ handle, 'buf-b64': base64(needle()) })),
    { handle: 1000, 'buf-b64': base64(needle()) },
    { handle: 1000, 'buf-b64': needle() },
    { handle: 1000, 'buf-b64': [needle()] },
    { handle: 1000, 'buf-b64': { [needle()]: needle() } },
    { handle: 1000, 'buf-b65': base64(needle()) },
    { handle: 1000, 'BUF-B64': needle(), 'buf-b64': base64(needle()) },
    { path: '/bin/true', 'input-data': base64(needle()) },
    { path: '/bin/true', 'input-data': needle() },
    { path: '/bin/true', input_data: needle() },
    { path: '/bin/true', env: [needle()] },
    { path: '/bin/true', env: [`PASSWORD=${needle()}`] },
    { path: '/bin/true', env: needle() },
    { path: '/bin/true', env: { PASSWORD: needle() } },
    { path: '/bin/true', environment: [needle()] },
    { path: '/nonexistent', env: [needle()], 'input-data': base64(needle()) },
    { username: 'root', password: base64(needle()), crypted: 'no' },
    { username: 'root', password: needle(), crypted: false, surplus: 1 },
    { username: 'root', passwort: base64(needle()) },
    { username: 'root', keys: [needle()] },
    { username: 'root', keys: needle() },
    { username: 'root', key: [needle()] },
  ]
}

/** Not guest-set-user-password nor ssh commands by their right names: those are asked for with arguments that nobody accepts. */
const COMMANDS = [
  'guest-file-write',
  'guest-exec',
  'guest-ping',
  'guest-set-user-pasword',
  'guest-ssh-add-authorized-key',
  'guest-no-such-command',
]

/** Whole requests, and what is none. */
function lines(): string[] {
  const requests = COMMANDS.flatMap((execute) =>
    secretArguments().flatMap((args) => [
      { execute, arguments: args },
      { execute, ...args },
      { execute, argument: args },
      { execute, arguments: [args] },
      { execute, arguments: args, id: 1, surplus: needle() },
      { exec: execute, arguments: args },
    ]),
  )
  const refused = { username: 'nobody-of-that-name', crypted: 'no' }
  return [
    ...requests.map((request) => JSON.stringify(request)),
    JSON.stringify({
      execute: 'guest-set-user-password',
      arguments: { ...refused, password: base64(needle()) },
    }),
    JSON.stringify({
      execute: 'guest-ssh-add-authorized-keys',
      arguments: { ...refused, keys: [needle()] },
    }),
    `{"execute":"guest-exec","arguments":{"path":"/bin/true","env":["${needle()}`,
    `{"execute":"guest-set-user-password","arguments":{"password":"${base64(needle())}"}]`,
    `{"password":"${needle()}\\x"}`,
    `"${needle()}"`,
    needle(),
  ]
}

test.if(hasSyslog).each([[[]], [['-v']]])('secrets reach no log with %p', async (options) => {
  using scratch = new Scratch()
  using syslog = await Syslog.start(scratch)
  const log = scratch.file('log')
  using agent = await serving(
    { directory: scratch.path, options: ['-l', log, ...options] },
    syslog.wrapper,
  )
  using client = await agent.connect()
  const secret = needle()
  writeFileSync(scratch.file('secret'), secret)
  const opened = await ask(client, 'guest-file-open', { path: scratch.file('secret'), mode: 'r+' })
  expect(opened.return).toBe(1000)
  const read = await ask(client, 'guest-file-read', { handle: 1000 })
  expect(read.return).toMatchObject({ 'buf-b64': base64(secret) })
  for (const line of lines()) {
    // The byte in front ends what the line before has left open.
    client.send(`\xff${line}\n`)
  }
  const sync = `{"execute":"guest-sync","arguments":{"id":424242}}`
  client.send(`\xff${sync}\n`)
  await client.linesBefore((line) => line.includes('424242'))
  await ask(client, 'guest-file-close', { handle: 1000 })
  const last = 'guest-file-close called, handle: 1000'
  await until('all is accounted', () => syslog.text.includes(last))
  await agent.stop()

  expect(needles).toBeGreaterThan(100)
  const logs = [readFileSync(log, 'latin1'), agent.stderr(), syslog.text]
  if (options.length > 0) expect(logs[0]).toContain('guest-file-read')
  expect(logs.flatMap(leaks)).toEqual([])
})

/** What was found of needles, plain or as base64 has it at each of the three places. */
function leaks(text: string): readonly string[] {
  return text.match(/needle-\d*|bmVlZGxl|5lZWRsZ|uZWVkbG/g) ?? []
}
