// SPDX-License-Identifier: Apache-2.0
/** The audit of the built executable, as the system's log has it. */
import { expect, test } from 'bun:test'
import { ask, finished, Scratch, serving, until } from '../harness/program.ts'
import { hasSyslog, Syslog } from '../harness/syslog.ts'

test.if(hasSyslog)(
  'what changes the guest leaves a line with its outcome, polls leave none',
  async () => {
    using scratch = new Scratch()
    using syslog = await Syslog.start(scratch)
    using agent = await serving({ directory: scratch.path }, syslog.wrapper)
    using client = await agent.connect()
    const path = scratch.file('file')
    for (let i = 0; i < 50; i++) {
      await ask(client, 'guest-ping')
      await ask(client, 'guest-sync', { id: i })
      await ask(client, 'guest-fsfreeze-status')
      await ask(client, 'guest-get-time')
    }
    const { return: handle } = await ask(client, 'guest-file-open', { path, mode: 'w+' })
    for (let i = 0; i < 100; i++)
      await ask(client, 'guest-file-write', { handle, 'buf-b64': 'eA==' })
    await ask(client, 'guest-file-read', { handle })
    await ask(client, 'guest-file-close', { handle })
    await finished(client, { path: '/bin/echo', arg: ['a b'], env: ['SECRET=1'] })
    await ask(client, 'guest-file-write', { handle, 'buf-b64': 'eA==' })
    await ask(client, 'guest-file-write', { handle, 'buf-b64': 'eA==' })
    expect(await agent.stop()).toBe(0)
    await until('all is there', () => syslog.audit.at(-1)?.startsWith('the same'))
    const asked = `guest-file-write, arguments: {"handle": 1000, "buf-b64": "(not logged)"}`
    expect(syslog.audit.map((line) => line.replace(/"pid": \d+/, '"pid": N'))).toEqual([
      `guest-file-open, arguments: {"path": "${path}", "mode": "w+"}, result: 1000`,
      `${asked}, result: {"count": 1, "eof": false}`,
      'the same, 99 more',
      'guest-exec, arguments: {"path": "/bin/echo", "arg": ["a b"], "env": "(not logged)"}, result: {"pid": N}',
      `${asked}, error: GenericError: handle '1000' has not been found`,
      'the same, 1 more',
    ])
  },
)

test.if(hasSyslog)('a line is one line, whatever is in a request', async () => {
  using scratch = new Scratch()
  using syslog = await Syslog.start(scratch)
  using agent = await serving({ directory: scratch.path }, syslog.wrapper)
  using client = await agent.connect()
  const forged =
    '<14>Nov 21 00:00:00 host su: info: audit: guest-shutdown, arguments: {}, result: none'
  const controls = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).join('')
  const breaks = ['\n', '\r\n', '\0\n', '\x1b[2J', '\x85', '\x9b2J', '\u2028', '\u202e', controls]
  for (const text of breaks) {
    await ask(client, 'guest-file-open', { path: `/none${text}${forged}`, mode: `r` })
    await ask(client, 'guest-file-open', { path: '/none', mode: `r${text}${forged}` })
    await ask(client, 'guest-exec', { path: `/none${text}${forged}`, arg: [`${text}${forged}`] })
  }
  await ask(client, 'guest-file-close', { handle: 5 })
  await until('all is there', () => syslog.text.includes('handle: 5\n'))
  // Two of each open, and two of each exec.
  expect(syslog.messages).toHaveLength(breaks.length * 6 + 1)
  expect(syslog.messages.filter((line) => !/^info: (audit: )?guest-/.test(line))).toEqual([])
  expect(syslog.audit.filter((line) => line.startsWith('guest-shutdown'))).toEqual([])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  expect(syslog.text.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g)).toBeNull()
})
