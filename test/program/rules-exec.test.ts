// SPDX-License-Identifier: Apache-2.0
/** Rules about programs and users, and what a user of the guest does to get round them. */
import { describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { needs } from '../harness/needs.ts'
import { ask, finished, outputOf, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'
import { refusal } from '../harness/refusal.ts'
import {
  exchanging,
  hasSomebody,
  letOtherWrite,
  otherDoes,
  othersDirectory,
} from '../harness/somebody.ts'

describe.if(hasSomebody)('programs', () => {
  /** Root's own, in a directory of root's. */
  function program(scratch: Scratch, name: string, text: string): string {
    fs.chmodSync(scratch.path, 0o755)
    fs.mkdirSync(scratch.file('bin'), { recursive: true })
    fs.writeFileSync(scratch.file(`bin/${name}`), text, { mode: 0o755 })
    return scratch.file(`bin/${name}`)
  }

  const start = (scratch: Scratch, ...list: string[]) =>
    serving({
      directory: scratch.path,
      options: [`--allow-exec=${list.join(',')}`],
      env: { PATH: `${scratch.file('bin')}:/usr/bin:/bin`, LANG: 'C' },
    })

  test('that a rule names run, by path, by name and by a link; others do not', async () => {
    using scratch = new Scratch()
    const path = program(scratch, 'tell', '#!/bin/sh\necho "$0" "$@"\n')
    fs.symlinkSync('tell', scratch.file('bin/alias'))
    using agent = await start(scratch, path)
    using client = await agent.connect()
    expect(await outputOf(client, path, 'x')).toBe(`${path} x\n`)
    expect(await outputOf(client, 'tell', 'x')).toBe(`${path} x\n`)
    expect(await outputOf(client, scratch.file('bin/alias'))).toBe(`${path}\n`)
    for (const other of ['/usr/bin/env', 'env', '/none', 'none', `${scratch.path}/bin/../bin/sh`]) {
      expect(await ask(client, 'guest-exec', { path: other })).toEqual(
        refusal('guest-exec', `'${other}' is not in allow-exec`),
      )
    }
  })

  test('keep the name by which they were asked for', async () => {
    using scratch = new Scratch()
    const path = fs.realpathSync('/bin/cat')
    fs.symlinkSync(path, scratch.file('alias'))
    using agent = await start(scratch, path)
    using client = await agent.connect()
    const args = { path: scratch.file('alias'), arg: ['/proc/self/cmdline'] }
    const { 'out-data': out = '' } = await finished(client, { ...args, 'capture-output': true })
    expect(Buffer.from(out, 'base64').toString().split('\0')[0]).toBe(scratch.file('alias'))
  })

  test('may be given no environment, for that can make another program of them', async () => {
    using scratch = new Scratch()
    const path = fs.realpathSync('/bin/true')
    using agent = await start(scratch, path)
    using client = await agent.connect()
    expect(await ask(client, 'guest-exec', { path, env: ['LD_PRELOAD=/x.so'] })).toEqual(
      refusal('guest-exec', "allow-exec leaves no room for 'env'"),
    )
    expect((await finished(client, { path })).exitcode).toBe(0)
  })

  test('that others could replace are refused, whatever the rule says', async () => {
    using scratch = new Scratch()
    const theirs = othersDirectory(scratch, 'theirs')
    otherDoes(`cp /bin/true ${theirs}/own`)
    fs.copyFileSync('/bin/true', `${theirs}/roots`)
    const writable = program(scratch, 'writable', '#!/bin/sh\n')
    fs.chmodSync(writable, 0o757)
    const listed = program(scratch, 'listed', '#!/bin/sh\n')
    letOtherWrite(listed)
    otherDoes(`echo 'echo mine' >> ${listed}`)
    using agent = await start(scratch, `${theirs}/`, writable, listed)
    using client = await agent.connect()
    const reason = `is not safe: "${theirs}" does not belong to root`
    for (const path of [`${theirs}/own`, `${theirs}/roots`]) {
      expect(await ask(client, 'guest-exec', { path })).toEqual(
        refusal('guest-exec', `'${path}' ${reason}`),
      )
    }
    for (const path of [writable, listed]) {
      expect(await ask(client, 'guest-exec', { path })).toEqual(
        refusal('guest-exec', `'${path}' is not safe: it can be written by others than root`),
      )
    }
  })

  test.if(needs('/usr/bin/python3'))(
    'are not exchanged between the check and the start',
    async () => {
      using scratch = new Scratch()
      const theirs = othersDirectory(scratch, 'theirs')
      const good = program(scratch, 'good', '#!/bin/sh\necho good\n')
      const evil = program(scratch, 'evil', '#!/bin/sh\necho evil\n')
      using agent = await start(scratch, good)
      using client = await agent.connect()
      otherDoes(`cd ${theirs}; ln -s ${good} way; ln -s ${evil} other`)
      using _ = exchanging(`${theirs}/way`, `${theirs}/other`)
      const seen = new Set<string>()
      for (let i = 0; i < 300; i++) {
        const reply = await ask(client, 'guest-exec', {
          path: `${theirs}/way`,
          'capture-output': true,
        })
        if (reply.error !== undefined) {
          seen.add(reply.error.class)
          continue
        }
        let out: string | undefined
        await until('it has ended', async () => {
          const { return: status } = await ask(client, 'guest-exec-status', reply.return as object)
          const { exited, 'out-data': data } = status as { exited: boolean; 'out-data'?: string }
          out = data
          return exited
        })
        seen.add(Buffer.from(out ?? '', 'base64').toString())
      }
      expect(seen).not.toContain('evil\n')
      // The race was one: both sides have won.
      expect(seen).toContain('good\n')
      expect(seen).toContain('CommandNotFound')
    },
    SLOW_MS,
  )
})

describe('users', () => {
  test('that no rule names keep their passwords and keys', async () => {
    using agent = await serving({ options: ['--allow-users=somebody-else'] })
    using client = await agent.connect()
    const reason = "'no-such-user' is not in allow-users"
    const username = 'no-such-user'
    for (const [command, args] of Object.entries({
      'guest-set-user-password': { username, password: 'eA==', crypted: false },
      'guest-ssh-add-authorized-keys': { username, keys: ['ssh-rsa x'] },
      'guest-ssh-remove-authorized-keys': { username, keys: ['ssh-rsa x'] },
    })) {
      expect(await ask(client, command, args)).toEqual(refusal(command, reason))
    }
    const allowed = { username: 'somebody-else', keys: ['ssh-rsa x'] }
    const { error } = await ask(client, 'guest-ssh-add-authorized-keys', allowed)
    expect(error?.desc).toStartWith("failed to lookup user 'somebody-else'")
  })
})

test('a rule that can match nothing ends the start', async () => {
  for (const value of ['relative', '/a/../b', '/a//b', '/a/.', '/a,,/b']) {
    const started = serving({ options: [`--allow-file-read=${value}`] })
    await expect(started).rejects.toThrow('expected absolute paths without "." and ".."')
  }
})
