// SPDX-License-Identifier: Apache-2.0
/**
 * Every place where the agent keeps something, when another user of the guest has been there first: in
 * directories that everybody can write to, as /tmp is, and in the other user's own.
 */
import { describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { PLAIN_ENV } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { ask, logLines, run, Scratch, serving, until } from '../harness/program.ts'
import {
  hasSomebody,
  letOtherWrite,
  OTHER,
  otherDoes,
  othersDirectory,
} from '../harness/somebody.ts'

const VICTIM = 'what belongs to root\n'

/** `shared` is as /tmp; `victim` is root's, and may be read by all. */
class Place extends Scratch {
  constructor() {
    super()
    othersDirectory(this, 'theirs')
    fs.mkdirSync(this.file('shared'))
    fs.chmodSync(this.file('shared'), 0o1777)
    fs.writeFileSync(this.file('victim'), VICTIM, { mode: 0o644 })
  }

  get victim(): string {
    return this.read('victim')
  }

  /** What the other user lays at a path, and what is said of it where a regular file is wanted. */
  plant(kind: Plant, path: string): void {
    if (kind === 'a hard link') {
      fs.linkSync(this.file('victim'), path)
      return
    }
    const commands = {
      'a link': `ln -s ${this.file('victim')} ${path}`,
      'a dangling link': `ln -s ${this.file('made')} ${path}`,
      'a FIFO': `mkfifo ${path}`,
      'a directory': `mkdir ${path}`,
      'a file': `echo '[global]' > ${path}`,
    }
    otherDoes(commands[kind])
  }
}

type Plant = 'a link' | 'a dangling link' | 'a FIFO' | 'a directory' | 'a file' | 'a hard link'

const LINK = 'Too many levels of symbolic links'
const OTHERS = 'It belongs to another user'
const NAMES = 'It has 2 names'

/** What is said of each where the agent writes. */
const WHERE_WRITTEN: readonly [Plant, string][] = [
  ['a link', LINK],
  ['a dangling link', LINK],
  ['a FIFO', 'No such device or address'],
  ['a directory', 'Is a directory'],
  ['a file', OTHERS],
  ['a hard link', NAMES],
]

/** Ends with the reason, or the kernel's own refusal (proc_sys_fs(5), protected_*); leaves root's file as it is, and makes nothing. */
async function expectRefused(
  place: Place,
  command: readonly string[],
  what: string,
  reason: string,
): Promise<void> {
  const { exitCode, stderr } = await run(command)
  const [first = ''] = logLines(stderr)
  expect([`critical: ${what}${reason}`, `critical: ${what}Permission denied`]).toContain(first)
  expect(exitCode).toBe(1)
  expect(place.victim).toBe(VICTIM)
  expect(fs.existsSync(place.file('made'))).toBe(false)
}

const foreground = (place: Place) => [
  EXECUTABLE,
  ...['-m', 'unix-listen', '-p', place.file('s'), '-t', place.path],
]

describe.if(hasSomebody)('planted by another user', () => {
  test.each(WHERE_WRITTEN)(
    '%s in the place of the pid file ends the start',
    async (kind, reason) => {
      using place = new Place()
      const path = place.file('shared/pid')
      place.plant(kind, path)
      const command = [...foreground(place), '-d', '-f', path]
      await expectRefused(place, command, `Could not create '${path}': `, reason)
    },
  )

  test.each(WHERE_WRITTEN)('%s in the place of the log ends the start', async (kind, reason) => {
    using place = new Place()
    const path = place.file('shared/log')
    place.plant(kind, path)
    const what = 'unable to open specified log file: '
    await expectRefused(place, [...foreground(place), '-v', '-l', path], what, reason)
  })

  test.each(WHERE_WRITTEN.map(([kind]) => kind))(
    '%s in the place of a log that is opened again is not written to',
    async (kind) => {
      using place = new Place()
      const path = place.file('shared/log')
      using agent = await serving({ directory: place.path, options: ['-v', '-l', path] })
      using client = await agent.connect()
      fs.renameSync(path, `${path}.1`)
      place.plant(kind, path)
      const before = kind === 'a file' ? fs.readFileSync(path, 'utf8') : ''
      process.kill(agent.pid, 'SIGHUP')
      // What cannot go to the log goes to standard error.
      await until('the next line is somewhere', async () => {
        await ask(client, 'guest-info')
        return agent.stderr().includes('command: guest-info')
      })
      expect(place.victim).toBe(VICTIM)
      expect(fs.existsSync(place.file('made'))).toBe(false)
      if (kind === 'a file') expect(fs.readFileSync(path, 'utf8')).toBe(before)
    },
  )

  test.each<[Plant, string]>([
    ['a link', LINK],
    ['a FIFO', 'Not a regular file'],
    ['a directory', 'Is a directory'],
    ['a file', OTHERS],
    ['a hard link', NAMES],
  ])('%s in the place of the state ends the start', async (kind, reason) => {
    using place = new Place()
    const directory = place.file('shared')
    place.plant(kind, `${directory}/qga.state`)
    const what = `error loading persistent state from path: ${directory}/qga.state, `
    const command = [EXECUTABLE, '-m', 'unix-listen', '-p', place.file('s'), '-t', directory]
    await expectRefused(place, command, what, reason)
  })

  test.each<Plant>(['a link', 'a dangling link', 'a FIFO', 'a file', 'a hard link'])(
    '%s in the place of a new state is not written through',
    async (kind) => {
      using place = new Place()
      using agent = await serving({ directory: place.file('shared') })
      using client = await agent.connect()
      place.plant(kind, `${agent.directory}/qga.state.${agent.pid}`)
      expect(await ask(client, 'guest-file-open', { path: '/dev/null' })).toEqual({ return: 1000 })
      const stat = fs.lstatSync(`${agent.directory}/qga.state`)
      expect([stat.isFile(), stat.uid, stat.mode & 0o777]).toEqual([true, 0, 0o600])
      expect(place.victim).toBe(VICTIM)
      expect(fs.existsSync(place.file('made'))).toBe(false)
    },
  )

  test.each<Plant>([
    ...(['a link', 'a dangling link', 'a FIFO', 'a directory', 'a file', 'a hard link'] as const),
  ])('%s in the place of the marker does not make an agent believe in a freeze', async (kind) => {
    using place = new Place()
    place.plant(kind, place.file('shared/qga.state.isfrozen'))
    using agent = await serving({ directory: place.file('shared') })
    using client = await agent.connect()
    expect(await ask(client, 'guest-get-host-name')).toHaveProperty('return')
  })

  test.each<[Plant, string]>([
    ['a link', 'Failed to bind socket to'],
    ['a FIFO', 'Failed to bind socket to'],
    ['a directory', 'Failed to unlink socket'],
    ['a file', 'Failed to bind socket to'],
  ])('%s in the place of the socket ends the start', async (kind, what) => {
    using place = new Place()
    const path = place.file('shared/s')
    place.plant(kind, path)
    const command = [EXECUTABLE, '-m', 'unix-listen', '-p', path, '-t', place.path]
    const reason = kind === 'a directory' ? 'Is a directory' : 'Address already in use'
    await expectRefused(place, command, `${what} ${path}: `, reason)
    expect(fs.lstatSync(path).uid).not.toBe(0)
  })

  test.each([
    [
      'belongs to another user',
      (path: string) => otherDoes(`echo > ${path}`),
      'it does not belong',
    ],
    [
      'can be written by all',
      (path: string) => writable(path, 0o646),
      'it can be written by others',
    ],
    [
      'can be written by a group',
      (path: string) => {
        writable(path, 0o664)
        fs.chownSync(path, 0, OTHER)
      },
      'it can be written by others',
    ],
    [
      'can be written by a user of its list',
      (path: string) => {
        writable(path, 0o644)
        letOtherWrite(path)
        otherDoes(`echo '[general]' > ${path}`)
      },
      'it can be written by others',
    ],
    [
      'is a link of another user',
      (path: string) => {
        writable(`${path}.root`, 0o644)
        otherDoes(`ln -s ${path}.root ${path}`)
      },
      'it does not belong',
    ],
  ])('a configuration that %s ends the start', async (_, make, reason) => {
    using place = new Place()
    const path = place.file('shared/conf')
    make(path)
    for (const options of [
      ['-c', path],
      ['-c', path, '-D'],
      ['-c', path, '-V'],
    ]) {
      const { exitCode, stderr } = await run([EXECUTABLE, ...options])
      expect(stderr).toContain(`error loading configuration from path: ${path}, ${reason}`)
      expect(stderr.trim().split('\n')).toHaveLength(1)
      expect(exitCode).toBe(1)
    }
    const environment = { ...PLAIN_ENV, QGA_CONF: path }
    expect((await run([EXECUTABLE], { env: environment })).stderr).toContain(reason)
  })

  test('a configuration in a directory of another user ends the start, also when it is missing', async () => {
    using place = new Place()
    const path = place.file('theirs/conf')
    const said = `error loading configuration from path: ${path}, "${place.file('theirs')}" does not belong to root`
    // Whoever removes it has the host do what it refused.
    expect((await run([EXECUTABLE], { env: { ...PLAIN_ENV, QGA_CONF: path } })).stderr).toContain(
      said,
    )
    writable(path, 0o644)
    expect((await run([EXECUTABLE, '-c', path])).stderr).toContain(said)
  })

  test('a configuration of root’s in a directory as /tmp is read', async () => {
    using place = new Place()
    writable(place.file('shared/conf'), 0o644)
    expect((await run([EXECUTABLE, '-c', place.file('shared/conf'), '-D'])).exitCode).toBe(0)
  })

  test('programs in the directory that the agent is in are not run in the place of its own', async () => {
    using place = new Place()
    const directory = place.file('theirs')
    otherDoes(
      `cd ${directory}; printf '#!/bin/sh\\ntouch ${directory}/ran\\n' > chpasswd; chmod +x chpasswd`,
    )
    // Without the machine's accounts: there is no /usr/sbin in this PATH.
    const env = { PATH: ':.:none', LANG: 'C' }
    using agent = await serving({ directory: place.path, env }, ['/usr/bin/env', '-C', directory])
    using client = await agent.connect()
    const args = { username: 'nobody-of-that-name', password: 'eA==', crypted: false }
    const { error } = await ask(client, 'guest-set-user-password', args)
    expect(error?.desc).toContain("failed to exec 'chpasswd': No such file or directory")
    expect(fs.existsSync(`${directory}/ran`)).toBe(false)
  })
})

function writable(path: string, mode: number): void {
  fs.writeFileSync(path, '[general]\n')
  fs.chmodSync(path, mode)
}
