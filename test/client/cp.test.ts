// SPDX-License-Identifier: Apache-2.0
/** `qga cp` of the built executable, both ways, through an agent of the built executable. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import type { Agent } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { run, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'

const MIB = 1024 * 1024
const WAYS = ['to the guest', 'to the host'] as const

let agent: Agent
let bare: Agent
let scratch: Scratch
beforeAll(async () => {
  scratch = new Scratch()
  agent = await serving()
  bare = await serving({ options: ['-b', 'guest-exec'] })
})
afterAll(() => {
  agent[Symbol.dispose]()
  bare[Symbol.dispose]()
  scratch[Symbol.dispose]()
})

const environment = (to: Agent) => ({ QGA_SOCKET: to.socket, PATH: '/usr/bin:/bin' })

async function cp(args: readonly string[], to = agent) {
  const { exitCode, stdout, stderr } = await run([EXECUTABLE, 'cp', ...args], {
    env: environment(to),
  })
  return { exitCode, stdout, stderr }
}

/** Both ends are on this machine: what is in the guest is a matter of spelling. */
function named(way: (typeof WAYS)[number], from: string, to: string): [string, string] {
  return way === 'to the guest' ? [from, `guest:${to}`] : [`guest:${from}`, to]
}

function random(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536))
  return bytes
}

let count = 0
/** A source with random content, and where to copy it. */
function files(size: number): { from: string; to: string; content: Buffer } {
  const content = random(size)
  const from = scratch.file(`from-${++count}`)
  fs.writeFileSync(from, content)
  return { from, to: scratch.file(`to-${count}`), content }
}

/** Which of these the agent has open: what a killed client left is open for ever. */
function openIn(of: Agent, paths: readonly string[]): string[] {
  return fs
    .readdirSync(`/proc/${of.pid}/fd`)
    .map((fd) => fs.readlinkSync(`/proc/${of.pid}/fd/${fd}`))
    .filter((path) => paths.includes(path))
}

/** Starts a copy and halts the agent in the middle of it. */
async function halted(args: readonly string[], part: string, of: Agent) {
  const client = Bun.spawn([EXECUTABLE, 'cp', ...args], {
    env: environment(of),
    stdout: 'ignore',
    stderr: 'pipe',
  })
  await until('the copy is under way', () => fs.existsSync(part) && fs.statSync(part).size > MIB)
  process.kill(of.pid, 'SIGSTOP')
  return client
}

describe.each(WAYS)('qga cp %s', (way) => {
  test.each([0, 1, 5 * MIB + 1])('copies %d bytes, with and without guest-exec', async (size) => {
    for (const to of [agent, bare]) {
      const copy = files(size)
      const copied = await cp(['--json', ...named(way, copy.from, copy.to)], to)
      expect(JSON.parse(copied.stdout)).toMatchObject({
        bytes: size,
        'resumed-at': 0,
        sha256: new Bun.CryptoHasher('sha256').update(copy.content).digest('hex'),
        verified: true,
      })
      expect(copied.exitCode).toBe(0)
      expect(fs.readFileSync(copy.to).equals(copy.content)).toBe(true)
      expect(fs.existsSync(`${copy.to}.part`)).toBe(false)
      expect(openIn(to, [copy.from, copy.to, `${copy.to}.part`])).toEqual([])
    }
  })

  test(
    'goes on where a killed client was',
    async () => {
      const { from, to, content } = files(64 * MIB)
      const ends = named(way, from, to)
      const client = await halted(ends, `${to}.part`, agent)
      client.kill('SIGKILL')
      await client.exited
      process.kill(agent.pid, 'SIGCONT')
      expect(fs.existsSync(to)).toBe(false)
      // What was asked for before is done before the next client is heard.
      await cp([`guest:${scratch.file('none')}`, '-'])
      const present = fs.statSync(`${to}.part`).size
      expect(present).toBeLessThan(content.length)
      const { stdout } = await cp(['--json', '--resume', ...ends])
      expect(JSON.parse(stdout)).toMatchObject({ 'resumed-at': present, verified: true })
      expect(fs.readFileSync(to).equals(content)).toBe(true)
    },
    SLOW_MS,
  )

  test(
    'ends in order at Ctrl-C: the partial file stays, the handle is closed',
    async () => {
      const { from, to } = files(64 * MIB)
      const of = await serving()
      const client = await halted(named(way, from, to), `${to}.part`, of)
      client.kill('SIGINT')
      process.kill(of.pid, 'SIGCONT')
      const stderr = await client.stderr.text()
      expect(await client.exited).toBe(130)
      expect(stderr).toContain('.part" stays: the same command with --resume goes on there\n')
      expect(stderr).toEndWith('qga cp: interrupted\n')
      expect(fs.existsSync(`${to}.part`)).toBe(true)
      expect(openIn(of, [from, `${to}.part`])).toEqual([])
      of[Symbol.dispose]()
    },
    SLOW_MS,
  )

  test(
    'says how to go on when the agent has gone',
    async () => {
      const { from, to } = files(64 * MIB)
      const of = await serving()
      const client = await halted(named(way, from, to), `${to}.part`, of)
      await of.kill()
      const stderr = await client.stderr.text()
      expect(await client.exited).toBe(3)
      expect(stderr).toContain('.part" stays: the same command with --resume goes on there\n')
      expect(stderr).toEndWith(`qga cp: The agent at "${of.socket}" has gone\n`)
      of[Symbol.dispose]()
    },
    SLOW_MS,
  )

  test(
    'notices that the file changed underneath',
    async () => {
      const { from, to } = files(64 * MIB)
      const client = await halted(named(way, from, to), `${to}.part`, agent)
      // What is in the guest: the source of one way, the target of the other.
      const guest = way === 'to the guest' ? `${to}.part` : from
      const fd = fs.openSync(guest, 'r+')
      fs.writeSync(fd, 'changed underneath', 0)
      fs.closeSync(fd)
      process.kill(agent.pid, 'SIGCONT')
      const stderr = await client.stderr.text()
      expect(await client.exited).toBe(1)
      expect(stderr).toContain('.part" stays\nqga cp: Cannot verify "')
      expect([fs.existsSync(to), fs.existsSync(`${to}.part`)]).toEqual([false, true])
    },
    SLOW_MS,
  )

  test('does not go on after something else', async () => {
    const { from, to } = files(MIB)
    fs.writeFileSync(`${to}.part`, 'something else')
    const { exitCode, stderr } = await cp(['--resume', ...named(way, from, to)])
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('qga cp: Cannot resume: "')])
    expect(fs.readFileSync(`${to}.part`, 'utf8')).toBe('something else')
  })

  test('keeps the permissions of a file that it replaces', async () => {
    const { from, to } = files(1)
    fs.writeFileSync(to, 'secret', { mode: 0o600 })
    expect((await cp(named(way, from, to))).exitCode).toBe(0)
    expect(fs.statSync(to).mode & 0o777).toBe(0o600)
  })

  test('says what cannot be read or written', async () => {
    const { from } = files(MIB)
    const refused = async (source: string, target: string) => {
      const { exitCode, stderr } = await cp(named(way, source, target))
      expect(exitCode).toBe(1)
      return stderr.trimEnd().split('\n').at(-1)?.replaceAll('guest:', '')
    }
    expect(await refused('/nonexistent', scratch.file('x'))).toBe(
      'qga cp: Cannot read "/nonexistent": No such file or directory',
    )
    expect(await refused(scratch.path, scratch.file('x'))).toBe(
      `qga cp: Cannot read "${scratch.path}": it is a directory`,
    )
    expect(await refused(from, scratch.path)).toBe(
      `qga cp: Cannot write "${scratch.path}": it is a directory; name the file in it`,
    )
    expect(await refused(from, '/dev/full')).toBe(
      'qga cp: Cannot write "/dev/full": No space left on device',
    )
    expect(openIn(agent, [from, '/dev/full'])).toEqual([])
  })
})

describe('qga cp', () => {
  test('says that without guest-exec there is no partial file', async () => {
    const { from, to } = files(1)
    expect(await cp([from, `guest:${to}`], bare)).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: `qga cp: "guest:${to}" itself is written, no partial file, the file is read a second time for its checksum (no guest-exec: Command guest-exec has been disabled: the command is not allowed)\n`,
    })
    expect((await cp(['--quiet', from, `guest:${to}`], bare)).stderr).toBe('')
  })

  test('writes to standard output', async () => {
    const { from } = files(1)
    fs.writeFileSync(from, 'out')
    expect(await cp([`guest:${from}`, '-'])).toEqual({ exitCode: 0, stdout: 'out', stderr: '' })
  })

  test.each([
    [2, ['a', 'b'], 'one of SOURCE and TARGET is in the guest: write guest:/path'],
    [2, ['guest:a', 'guest:b'], 'one of SOURCE and TARGET is in the guest: write guest:/path'],
    [2, ['a'], 'write one SOURCE and one TARGET'],
    [2, ['a', 'guest:'], 'a path is empty'],
    [2, ['--resume', 'guest:a', '-'], '- cannot be resumed'],
    [3, ['-p', '/nonexistent', 'a', 'guest:b'], 'Cannot connect to "/nonexistent"'],
  ])('exits with %i for %p', async (exitCode, args, message) => {
    const ended = await cp(args)
    expect(ended.exitCode).toBe(exitCode)
    expect(ended.stderr).toStartWith(`qga cp: ${message}`)
  })
})
