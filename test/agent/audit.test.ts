// SPDX-License-Identifier: Apache-2.0
/** Which commands leave a line, what is in it, and what never is. */
import { describe, expect, test } from 'bun:test'
import { createAudit } from '../../src/agent/audit.ts'
import { InvalidArguments } from '../../src/errors.ts'
import type { Command } from '../../src/schema/command.ts'
import { contract } from '../../src/schema/contract.ts'
import { guestExec } from '../../src/schema/exec.ts'
import { guestFileWrite } from '../../src/schema/file.ts'
import { guestSshAddAuthorizedKeys } from '../../src/schema/ssh.ts'
import { agentUnderTest } from './agent-under-test.ts'

const commands: readonly Command[] = contract

const LOOKING =
  /^guest-(get|network-get|ssh-get|sync|ping|info|fsfreeze-status|exec-status|file-(close|read|seek|flush))/

test('every command that does not only look is audited', () => {
  const audited = commands.filter((command) => command.audited).map(({ name }) => name)
  expect(audited).toEqual(commands.map(({ name }) => name).filter((name) => !LOOKING.test(name)))
  expect(commands.filter(({ audited: is, polled }) => is && polled)).toEqual([])
})

function audited() {
  const lines: string[] = []
  return { lines, audit: createAudit((line) => void lines.push(line)) }
}

const accounts = (lines: readonly string[]) =>
  lines.filter((line) => line.startsWith('account: audit: ')).map((line) => line.slice(16))

describe('the audit', () => {
  test('has what was asked and what came of it, also of what was refused', async () => {
    const agent = agentUnderTest(
      {
        'guest-exec': () => ({ pid: 5 }),
        'guest-fstrim': () => Promise.reject(new InvalidArguments('no\ngood')),
        'guest-set-time': () => Promise.reject(new TypeError('a bug')),
      },
      { block: ['guest-shutdown'] },
    )
    await agent.ask('{"execute":"guest-exec","arguments":{"path":"/x","arg":["a\\n"]}}')
    await agent.ask('{"execute":"guest-fstrim"}')
    await agent.ask('{"execute":"guest-set-time"}')
    await agent.ask('{"execute":"guest-suspend-ram"}')
    await agent.ask('{"execute":"guest-shutdown","arguments":{"mode":"halt"}}')
    await agent.ask('{"execute":"guest-exec","arguments":[]}')
    await agent.ask('{"execute":"guest-ping"}{"execute":"guest-no-such-command"}{"execute":5}')
    expect(accounts(agent.lines)).toEqual([
      'guest-exec, arguments: {"path": "/x", "arg": ["a\\n"]}, result: {"pid": 5}',
      'guest-fstrim, arguments: {}, error: GenericError: no\ngood',
      'guest-set-time, arguments: {}, error: GenericError: Internal error',
      'guest-suspend-ram, arguments: {}, result: none',
      'guest-shutdown, arguments: {"mode": "halt"}, error: CommandNotFound: Command guest-shutdown has been disabled: the command is not allowed',
      `guest-exec, arguments: {}, error: GenericError: ${JSON.parse((await agent.ask('{"execute":"guest-exec","arguments":[]}'))[0] ?? '').error.desc}`,
    ])
  })

  test('has no secrets, whatever repeats them', () => {
    const { audit, lines } = audited()
    const keys = ['ssh-rsa AAAA me', '#needle']
    const message = "invalid OpenSSH public key: '#needle'"
    audit.tell(
      guestSshAddAuthorizedKeys,
      { username: 'a', keys, needle: 1 },
      {
        wireClass: 'GenericError',
        message,
      },
    )
    expect(lines).toEqual([
      `audit: guest-ssh-add-authorized-keys, arguments: {"username": "a", "keys": "(not logged)"} and 1 unknown, error: GenericError: invalid OpenSSH public key: '(not logged)'`,
    ])
  })

  test('is short, and cheap, whatever was sent', () => {
    const { audit, lines } = audited()
    const long = 'x'.repeat(50_000_000)
    let deep: unknown = long
    for (let i = 0; i < 100; i++) deep = { deep, [long.slice(0, 10)]: [deep] }
    for (const args of [
      { path: long },
      { path: 'p', arg: Array(100_000).fill('é') },
      { path: deep },
    ]) {
      audit.tell(guestExec, args, { wireClass: 'GenericError', message: long })
    }
    for (const line of lines) expect(line.length).toBeLessThan(1700)
    expect(lines).toHaveLength(3)
    for (const line of lines) expect(line).toContain(', error: GenericError: xxx')
  })

  test('hides nothing behind padding, nor behind the order of a request', () => {
    const { audit, lines } = audited()
    const blanks = ' '.repeat(100_000)
    const failed = { wireClass: 'GenericError', message: 'no' }
    audit.tell(guestExec, { path: '/bin/sh', arg: ['-c', `:${blanks}touch /evil`] }, failed)
    audit.tell(guestExec, { arg: Array(5000).fill('x'), env: ['A=B'], path: '/bin/evil' }, failed)
    audit.tell(guestExec, { path: `${'/'.repeat(1100)}etc/passwd` }, failed)
    for (const [i, shown] of ['touch /evil"]', '{"path": "/bin/evil", ', 'etc/passwd"'].entries())
      expect(lines[i]).toContain(shown)
    expect(lines[0]).toContain('{"path": "/bin/sh", "arg": ["-c", ": ')
    expect(lines[0]).toContain('[99756 more]')
    expect(lines[1]).toContain('"[4968 more]"')
    for (const line of lines) expect(line.length).toBeLessThan(1700)
  })

  test('counts what is the same, and tells when something else comes', () => {
    const { audit, lines } = audited()
    const write = (handle: number) =>
      audit.tell(guestFileWrite, { handle }, { value: { count: 1, eof: false } })
    for (let i = 0; i < 1000; i++) write(1000)
    write(1001)
    write(1001)
    audit.flush()
    audit.flush()
    const line = (handle: number) =>
      `audit: guest-file-write, arguments: {"handle": ${handle}}, result: {"count": 1, "eof": false}`
    expect(lines).toEqual([
      line(1000),
      'audit: the same, 999 more',
      line(1001),
      'audit: the same, 1 more',
    ])
  })
})
