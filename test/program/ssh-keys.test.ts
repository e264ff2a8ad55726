// SPDX-License-Identifier: Apache-2.0
/** Keys of a user who exists in a sandbox alone, and what that user may have put in their place. */
import { describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { ask, Scratch, serving } from '../harness/program.ts'
import type { RawClient } from '../harness/raw-client.ts'
import { hasSandbox, SOMEBODY, sandboxEnv, sandboxed } from '../harness/sandbox.ts'

const { name, uid, gid, extraGroup } = SOMEBODY

class Guest {
  readonly scratch: Scratch
  readonly client: RawClient
  readonly #stop: () => void

  private constructor(scratch: Scratch, client: RawClient, stop: () => void) {
    this.scratch = scratch
    this.client = client
    this.#stop = stop
  }

  static async start(): Promise<Guest> {
    const scratch = new Scratch()
    const wrapper = sandboxed(scratch.path)
    const env = sandboxEnv(scratch.path)
    const agent = await serving({ directory: scratch.path, env }, wrapper)
    return new Guest(scratch, await agent.connect(), () => agent[Symbol.dispose]())
  }

  get home(): string {
    return this.scratch.file('home')
  }

  get file(): string {
    return `${this.home}/.ssh/authorized_keys`
  }

  /** Files and links of the user's own. */
  own(...paths: string[]): void {
    for (const path of paths) fs.lchownSync(path, uid, gid)
  }

  async add(...keys: string[]): Promise<string> {
    return said(await ask(this.client, 'guest-ssh-add-authorized-keys', { username: name, keys }))
  }

  async reset(...keys: string[]): Promise<string> {
    const args = { username: name, keys, reset: true }
    return said(await ask(this.client, 'guest-ssh-add-authorized-keys', args))
  }

  async remove(...keys: string[]): Promise<string> {
    const args = { username: name, keys }
    return said(await ask(this.client, 'guest-ssh-remove-authorized-keys', args))
  }

  async get(): Promise<unknown> {
    const reply = await ask(this.client, 'guest-ssh-get-authorized-keys', { username: name })
    return reply.return === undefined ? said(reply) : (reply.return as { keys: string[] }).keys
  }

  [Symbol.dispose](): void {
    this.client[Symbol.dispose]()
    this.#stop()
    this.scratch[Symbol.dispose]()
  }
}

function said(reply: Awaited<ReturnType<typeof ask>>): string {
  return reply.error?.desc ?? 'done'
}

const refused = (file: string, why: string) =>
  `failed to read '${file}': Failed to open file “${file}”: ${why}`
const LINK = 'Too many levels of symbolic links'

describe.if(hasSandbox)('guest-ssh-*', () => {
  test('adds, lists and removes, in a file and a directory of the user’s', async () => {
    using guest = await Guest.start()
    expect(await guest.add('ssh-ed25519 AAAA one', 'ssh-ed25519 BBBB zw\u00f6lf')).toBe('done')
    expect(await guest.get()).toEqual(['ssh-ed25519 BBBB zw\u00f6lf', 'ssh-ed25519 AAAA one'])
    for (const [path, mode] of [
      [guest.file, 0o100600],
      [`${guest.home}/.ssh`, 0o40700],
    ] as const) {
      const stat = fs.statSync(path)
      expect([stat.uid, stat.gid, stat.mode]).toEqual([uid, gid, mode])
    }
    expect(await guest.remove('ssh-ed25519 AAAA one')).toBe('done')
    expect(fs.readFileSync(guest.file, 'utf8')).toBe('ssh-ed25519 BBBB zw\u00f6lf\n')
    expect(fs.readdirSync(`${guest.home}/.ssh`)).toEqual(['authorized_keys'])
  })

  test('leaves a directory as it is, and tightens a file', async () => {
    using guest = await Guest.start()
    fs.mkdirSync(`${guest.home}/.ssh`, { mode: 0o755 })
    fs.writeFileSync(guest.file, 'one\n', { mode: 0o644 })
    guest.own(`${guest.home}/.ssh`, guest.file)
    expect(await guest.add('two')).toBe('done')
    expect(fs.statSync(`${guest.home}/.ssh`).mode & 0o777).toBe(0o755)
    expect(fs.statSync(guest.file).mode & 0o777).toBe(0o600)
  })

  test.each(['/etc/shadow', '/etc/passwd', 'somewhere/else'])(
    'refuses a link to %s, and nothing changes',
    async (target) => {
      using guest = await Guest.start()
      fs.mkdirSync(`${guest.home}/.ssh`)
      fs.symlinkSync(target, guest.file)
      guest.own(`${guest.home}/.ssh`, guest.file)
      const shadow = fs.readFileSync(guest.scratch.file('etc/shadow'))
      const why = refused(guest.file, LINK)
      expect(await guest.get()).toBe(why)
      expect(await guest.add('evil')).toBe(why)
      expect(await guest.reset('evil')).toBe(why)
      expect(await guest.remove('evil')).toBe(why)
      expect(fs.readlinkSync(guest.file)).toBe(target)
      expect(fs.readdirSync(`${guest.home}/.ssh`)).toEqual(['authorized_keys'])
      expect(fs.readFileSync(guest.scratch.file('etc/shadow'))).toEqual(shadow)
    },
  )

  test('refuses a directory that is a link into another home, even one that the user may write to', async () => {
    using guest = await Guest.start()
    const other = guest.scratch.file('other-home')
    fs.mkdirSync(other)
    fs.writeFileSync(`${other}/authorized_keys`, 'theirs\n', { mode: 0o666 })
    fs.symlinkSync(other, `${guest.home}/.ssh`)
    guest.own(other, `${guest.home}/.ssh`)
    const why = refused(guest.file, LINK)
    expect(await guest.get()).toBe(why)
    expect(await guest.add('evil')).toBe(why)
    expect(await guest.reset('evil')).toBe(why)
    expect(await guest.remove('theirs')).toBe(why)
    expect(fs.readFileSync(`${other}/authorized_keys`, 'utf8')).toBe('theirs\n')
    expect(fs.readdirSync(other)).toEqual(['authorized_keys'])
  })

  test('goes through a home that the administrator has linked elsewhere', async () => {
    using guest = await Guest.start()
    fs.renameSync(guest.home, guest.scratch.file('moved'))
    fs.symlinkSync(guest.scratch.file('moved'), guest.home)
    expect(await guest.add('one')).toBe('done')
    expect(fs.readFileSync(guest.scratch.file('moved/.ssh/authorized_keys'), 'utf8')).toBe('one\n')
  })

  test.each([
    ['a FIFO', (path: string) => void Bun.spawnSync(['mkfifo', path]), 'Not a regular file'],
    ['a directory', (path: string) => fs.mkdirSync(path), 'Is a directory'],
  ])('does not wait for %s', async (_, make, why) => {
    using guest = await Guest.start()
    fs.mkdirSync(`${guest.home}/.ssh`)
    make(guest.file)
    guest.own(`${guest.home}/.ssh`, guest.file)
    const message = `failed to read '${guest.file}': Error reading file “${guest.file}”: ${why}`
    expect(await guest.get()).toBe(message)
    expect(await guest.add('one')).toBe(message)
  })

  test('has no more rights than the user: a file of root’s is neither read nor replaced', async () => {
    using guest = await Guest.start()
    fs.mkdirSync(`${guest.home}/.ssh`, { mode: 0o755 })
    fs.writeFileSync(guest.file, 'secret\n', { mode: 0o600 })
    const why = refused(guest.file, 'Permission denied')
    expect(await guest.get()).toBe(why)
    expect(await guest.add('evil')).toBe(why)
    expect(await guest.reset('evil')).toContain('Failed to create file')
    expect(fs.readFileSync(guest.file, 'utf8')).toBe('secret\n')
  })

  test('has the rights of all the user’s groups, and of no group of root’s', async () => {
    using guest = await Guest.start()
    fs.mkdirSync(`${guest.home}/.ssh`, { mode: 0o755 })
    fs.writeFileSync(guest.file, 'shared\n', { mode: 0o640 })
    fs.chownSync(guest.file, 0, extraGroup)
    expect(await guest.get()).toEqual(['shared'])
    fs.chownSync(guest.file, 0, 0)
    expect(await guest.get()).toBe(refused(guest.file, 'Permission denied'))
  })

  test('leaves the agent itself who it was', async () => {
    using guest = await Guest.start()
    const groups = async () => {
      const reply = await ask(guest.client, 'guest-exec', { path: 'id', 'capture-output': true })
      for (;;) {
        const status = await ask(guest.client, 'guest-exec-status', reply.return as object)
        const { exited, 'out-data': out } = status.return as Record<string, string>
        if (exited) return Buffer.from(out ?? '', 'base64').toString()
        await Bun.sleep(2)
      }
    }
    const before = await groups()
    await guest.add('one')
    expect(await groups()).toBe(before)
    expect(before).toStartWith('uid=0(root) gid=0(root)')
  })

  test('does not make a home', async () => {
    using guest = await Guest.start()
    fs.rmSync(guest.home, { recursive: true })
    expect(await guest.add('one')).toBe(
      `failed to create directory '${guest.home}/.ssh': No such file or directory`,
    )
    expect(await guest.remove('one')).toBe('done')
    expect(fs.existsSync(guest.home)).toBe(false)
  })

  test('takes a thousand keys', async () => {
    using guest = await Guest.start()
    const keys = Array.from({ length: 1000 }, (_, i) => `ssh-rsa ${'A'.repeat(700)}${i}`)
    expect(await guest.add(...keys)).toBe('done')
    expect(await guest.get()).toEqual(keys.toReversed())
  })
})
