// SPDX-License-Identifier: Apache-2.0
/** `qga call` and `qga exec` of the built executable, with the exit codes that scripts go by. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Agent } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { run, Scratch, serving } from '../harness/program.ts'

let agent: Agent
let scratch: Scratch
beforeAll(async () => {
  scratch = new Scratch()
  agent = await serving({ options: ['-b', 'guest-get-time'] })
})
afterAll(() => {
  agent[Symbol.dispose]()
  scratch[Symbol.dispose]()
})

async function qga(...args: string[]) {
  const { exitCode, stdout, stderr } = await run([EXECUTABLE, ...args], {
    env: { QGA_SOCKET: agent.socket, PATH: '/usr/bin:/bin' },
  })
  return { exitCode, stdout, stderr }
}

describe('qga call', () => {
  test('prints the result for people, and on one line with --json', async () => {
    expect(await qga('call', 'guest-sync', 'id=9223372036854775807')).toEqual({
      exitCode: 0,
      stdout: '9223372036854775807\n',
      stderr: '',
    })
    const path = scratch.file('note')
    writeFileSync(path, 'text\n')
    const opened = await qga('call', 'guest-file-open', `path=${path}`)
    const read = ['call', 'guest-file-read', `handle=${opened.stdout.trim()}`]
    expect((await qga(...read, 'count=2')).stdout).toContain('"buf-b64": "te"')
    expect((await qga(...read, '--json')).stdout).toBe(
      '{"count": 3, "buf-b64": "eHQK", "eof": true}\n',
    )
  })

  test('writes bytes from plain text', async () => {
    const path = scratch.file('out')
    const { stdout } = await qga('call', 'guest-file-open', `path=${path}`, 'mode=w')
    await qga('call', 'guest-file-write', `handle=${stdout.trim()}`, 'buf-b64=a = b\n')
    expect(readFileSync(path, 'utf8')).toBe('a = b\n')
  })

  test.each([
    [1, ['guest-file-close', 'handle=1'], "qga call: handle '1' has not been found\n"],
    [
      1,
      ['guest-get-time'],
      'qga call: Command guest-get-time has been disabled: the command is not allowed\n',
    ],
    [1, ['no-such-command'], 'qga call: The command no-such-command has not been found\n'],
    [2, [], 'qga call: which command?\n'],
    [2, ['guest-sync', 'id=x'], 'qga call: id takes an integer, not "x"\n'],
    [2, ['--no-such-option'], "qga call: Unknown option '--no-such-option'"],
    [
      3,
      ['-p', '/nonexistent', 'guest-ping'],
      'qga call: Cannot connect to "/nonexistent": no such file or directory\n',
    ],
  ])('exits with %i for %p', async (exitCode, args, message) => {
    const called = await qga('call', ...args)
    expect(called.exitCode).toBe(exitCode)
    expect(called.stderr).toStartWith(message)
    expect(called.stdout).toBe('')
  })

  test('explains itself', async () => {
    const { exitCode, stdout } = await qga('call', '--help')
    expect([exitCode, stdout.split('\n', 1)[0]]).toEqual([
      0,
      'Usage: qga call [-p SOCKET] [--json] [--timeout SECONDS] COMMAND [NAME=VALUE | NAME:=JSON]...',
    ])
  })
})

describe('qga exec', () => {
  test('passes on what the program writes and how it ends', async () => {
    expect(await qga('exec', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7')).toEqual({
      exitCode: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    })
    expect((await qga('exec', '--', 'sh', '-c', 'kill -9 $$')).exitCode).toBe(137)
    expect((await qga('exec', '--json', '--', 'echo', 'x')).stdout).toBe(
      '{"exited": true, "exitcode": 0, "out-data": "eAo=", "out-truncated": false}\n',
    )
  })

  test('gives the program a file to read and an environment', async () => {
    const path = scratch.file('input')
    writeFileSync(path, 'read me')
    expect((await qga('exec', '-i', path, '--', 'cat')).stdout).toBe('read me')
    expect((await qga('exec', '-e', 'A=1', '-e', 'B=2', '--', '/usr/bin/env')).stdout).toBe(
      'A=1\nB=2\n',
    )
  })

  test('exits with 125 when the program could not be run', async () => {
    const missing = await qga('exec', '--', 'no-such-program')
    expect(missing).toEqual({
      exitCode: 125,
      stdout: '',
      stderr:
        'qga exec: Failed to execute child process “no-such-program” (No such file or directory)\n',
    })
    expect((await qga('exec', '-p', '/nonexistent', '--', 'true')).exitCode).toBe(125)
    expect((await qga('exec', '-i', '/nonexistent', '--', 'true')).exitCode).toBe(2)
  })
})
