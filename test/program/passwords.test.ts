// SPDX-License-Identifier: Apache-2.0
/** The real chpasswd on the accounts of a sandbox. */
import { expect, test } from 'bun:test'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { needs, toolPath } from '../harness/needs.ts'
import { ask, Scratch, SLOW_MS, serving } from '../harness/program.ts'
import { hasSandbox, SOMEBODY, sandboxEnv, sandboxed } from '../harness/sandbox.ts'

const { name } = SOMEBODY
const isPossible = hasSandbox && needs('chpasswd') && needs('perl')

function hashIn(scratch: Scratch): string {
  const lines = readFileSync(scratch.file('etc/shadow'), 'utf8').split('\n')
  return lines.find((line) => line.startsWith(`${name}:`))?.split(':')[1] ?? ''
}

/** crypt(3) of a password with the salt of a hash: the hash again when it is the password's. */
function crypt(password: string, hash: string): string {
  const script = 'print crypt($ENV{PASSWORD}, $ENV{HASH})'
  const env = { PASSWORD: password, HASH: hash }
  return Bun.spawnSync([toolPath('perl') ?? '', '-e', script], { env }).stdout.toString()
}

test.if(isPossible)(
  'program-timeout ends a program that does not',
  async () => {
    using scratch = new Scratch()
    mkdirSync(scratch.file('programs'))
    writeFileSync(scratch.file('programs/chpasswd'), '#!/bin/sh\necho waiting\nsleep 600\n', {
      mode: 0o755,
    })
    const options = ['--program-timeout=1']
    const directory = scratch.path
    using agent = await serving(
      { directory, env: sandboxEnv(directory), options },
      sandboxed(directory),
    )
    using client = await agent.connect()
    const password = Buffer.from('secret').toString('base64')
    const args = { username: name, password, crypted: false }
    expect((await ask(client, 'guest-set-user-password', args)).error?.desc).toBe(
      'child process has failed to set user password: chpasswd did not end within 1 seconds: waiting\n',
    )
    expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
  },
  SLOW_MS,
)

test.if(isPossible)('a password is set, plain or crypted, and no one else’s', async () => {
  using scratch = new Scratch()
  mkdirSync(scratch.file('programs'))
  copyFileSync(toolPath('chpasswd') ?? '', scratch.file('programs/chpasswd'))
  const wrapper = sandboxed(scratch.path)
  using agent = await serving(
    { directory: scratch.path, env: sandboxEnv(scratch.path), options: ['-v'] },
    wrapper,
  )
  using client = await agent.connect()
  const others = () =>
    readFileSync(scratch.file('etc/shadow'), 'utf8').replace(new RegExp(`^${name}:.*\\n`, 'm'), '')
  const before = others()
  const set = (username: string, password: string, crypted: boolean) =>
    ask(client, 'guest-set-user-password', {
      username,
      password: Buffer.from(password).toString('base64'),
      crypted,
    })

  const plain = 'p\u00e4ss:word with "blanks" $(and more)'
  expect(await set(name, plain, false)).toEqual({ return: {} })
  expect(hashIn(scratch)).toStartWith('$')
  expect(crypt(plain, hashIn(scratch))).toBe(hashIn(scratch))
  expect(crypt('another', hashIn(scratch))).not.toBe(hashIn(scratch))

  const hash = crypt('secret two', '$6$salt$')
  expect(await set(name, hash, true)).toEqual({ return: {} })
  expect(hashIn(scratch)).toBe(hash)

  const unknown = await set('qga-nobody', 'secret three', false)
  expect(unknown.error?.desc).toStartWith('child process has failed to set user password: chpasswd')
  expect(others()).toBe(before)
  for (const secret of [plain, hash, 'secret three']) {
    expect(agent.stderr()).not.toContain(secret)
    expect(agent.stderr()).not.toContain(Buffer.from(secret).toString('base64'))
  }
})
