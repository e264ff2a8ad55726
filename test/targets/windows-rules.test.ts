// SPDX-License-Identifier: Apache-2.0
/** Rules on Windows, and what a user of the guest does to get round them. Wine takes Linux's links for its own. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { ask, outputOf, Scratch, SLOW_MS, until } from '../harness/program.ts'
import { RawClient } from '../harness/raw-client.ts'
import { refusal } from '../harness/refusal.ts'
import { hasSomebody, otherDoes, othersDirectory } from '../harness/somebody.ts'
import { hasTargets, WINDOWS_X64 } from '../harness/targets.ts'
import { compileForWindows, startWindowsAgent } from '../harness/windows-agent.ts'
import {
  driveZ,
  hasWine,
  startWine,
  stopWine,
  WINE_START_MS,
  WindowsProgram,
  windowsPath,
} from '../harness/wine.ts'

const OPEN = 'guest-file-open'

describe.if(hasTargets && hasWine && hasSomebody)('on Windows', () => {
  beforeAll(startWine, WINE_START_MS)
  afterAll(stopWine, SLOW_MS)

  /** An agent with options, and a client of it, for the length of a test. */
  async function withAgent(
    scratch: Scratch,
    options: readonly string[],
    use: (client: RawClient) => Promise<void>,
  ): Promise<void> {
    const agent = await startWindowsAgent(scratch, 'rules', options)
    try {
      using client = await RawClient.connect(agent.port)
      await use(client)
    } finally {
      agent.kill()
    }
  }

  /** What a file holds, or why it is not told. */
  async function content(client: RawClient, path: string): Promise<string> {
    const { return: handle, error } = await ask(client, OPEN, { path })
    if (error !== undefined) return error.desc
    const read = await ask(client, 'guest-file-read', { handle })
    await ask(client, 'guest-file-close', { handle })
    const { 'buf-b64': data } = read.return as { 'buf-b64': string }
    return Buffer.from(data, 'base64').toString()
  }

  /** Opens a file, writes an `x` to it and closes it; why it could not be opened. */
  async function put(client: RawClient, path: string, mode: string): Promise<string | undefined> {
    const { return: handle, error } = await ask(client, OPEN, { path, mode })
    if (error !== undefined) return error.desc
    await ask(client, 'guest-file-write', { handle, 'buf-b64': 'eA==' })
    await ask(client, 'guest-file-close', { handle })
    return undefined
  }

  describe('files', () => {
    const scratch = new Scratch()
    const own = othersDirectory(scratch, 'in')
    const inside = driveZ(own)
    const outside = driveZ(scratch.path)
    fs.writeFileSync(`${own}/file`, 'open')
    fs.writeFileSync(scratch.file('secret'), 'secret', { mode: 0o600 })
    const rules = [`--allow-file-read=${inside}\\`, `--allow-file-write=${inside}\\`]
    afterAll(() => scratch[Symbol.dispose]())

    const secret = () => scratch.read('secret')

    test(
      'that no rule names are refused, whether they are there or not, before anything happens',
      () =>
        withAgent(scratch, rules, async (client) => {
          const refused = async (path: string, mode: string, key: string) =>
            expect(await ask(client, OPEN, { path, mode })).toEqual(
              refusal(OPEN, `'${path}' is not in ${key}`),
            )
          for (const mode of ['r', 'rb', 'r+'])
            await refused(`${outside}\\secret`, mode, 'allow-file-read')
          for (const mode of ['w', 'a', 'wb'])
            await refused(`${outside}\\secret`, mode, 'allow-file-write')
          for (const path of [
            ...[`${outside}\\none`, `${outside}\\none\\none`, inside, 'secret', 'C:secret'],
            ...[`${inside}\\..\\secret`, `${inside}/../secret`, `${inside}\\none\\..\\..\\secret`],
            // Devices, pipes, and what would have the agent log on to a server.
            ...['NUL', 'CON', `${inside}\\..\\NUL`, 'COM1'],
            ...['\\\\.\\pipe\\x', '\\\\.\\C:', '\\\\?\\GLOBALROOT\\Device\\Null'],
            ...['\\\\127.0.0.1\\c$\\x', '//127.0.0.1/share/x', '\\\\?\\UNC\\127.0.0.1\\share\\x'],
          ]) {
            await refused(path, 'r', 'allow-file-read')
          }
          await refused(`${outside}\\new`, 'w', 'allow-file-write')
          await refused(`${outside}\\none\\new`, 'w', 'allow-file-write')
          expect(secret()).toBe('secret')
          expect(fs.readdirSync(scratch.path)).not.toContain('new')
        }),
      SLOW_MS,
    )

    test(
      'that a rule names are read, made, appended to and cut, in whatever spelling',
      () =>
        withAgent(scratch, rules, async (client) => {
          for (const path of [
            ...[`${inside}\\file`, `${inside}/FILE`, `${inside.toLowerCase()}\\..\\IN\\file`],
            ...[`\\\\?\\${inside}\\file`, `${inside}\\file.`],
          ]) {
            expect([path, await content(client, path)]).toEqual([path, 'open'])
          }
          const made = `${inside}\\made`
          for (const mode of ['a', 'w', 'a', 'a'])
            expect(await put(client, made, mode)).toBeUndefined()
          expect(fs.readFileSync(`${own}/made`, 'utf8')).toBe('xxx')
          expect(await put(client, made, 'r+')).toBeUndefined()
          expect(fs.readFileSync(`${own}/made`, 'utf8')).toBe('xxx')
          expect(await put(client, made, 'w+')).toBeUndefined()
          expect(fs.readFileSync(`${own}/made`, 'utf8')).toBe('x')
          // Longer ones have no final path in Wine.
          fs.mkdirSync(`${own}/sub`)
          const long = `${inside}\\sub\\`.padEnd(255, 'x')
          expect(await put(client, long, 'w')).toBeUndefined()
          expect(await content(client, long)).toBe('x')
          const none = `${inside}\\none`
          expect(await content(client, none)).toBe(`failed to open file '${none}': File not found.`)
          const directory = await ask(client, OPEN, { path: `${inside}\\sub` })
          expect(directory.error?.class).toBe('GenericError')
        }),
      SLOW_MS,
    )

    test(
      'links lead nowhere else, whoever made them',
      async () => {
        otherDoes(`cd ${own}
          ln -s ../secret link; ln -s link twice; ln -s ${scratch.path} up
          ln -s ../dangling dangling; ln -s /dev/null device`)
        await withAgent(scratch, rules, async (client) => {
          for (const name of ['link', 'twice', 'up\\secret']) {
            const path = `${inside}\\${name}`
            const reason = `'${path}' is not in allow-file-read: it is '${outside}\\secret'`
            expect(await ask(client, OPEN, { path })).toEqual(refusal(OPEN, reason))
            for (const mode of ['w', 'a', 'r+'])
              expect(await put(client, path, mode)).toContain(`it is '${outside}\\secret'`)
          }
          expect(await put(client, `${inside}\\up\\new`, 'w')).toContain(`it is '${outside}\\new'`)
          expect(await put(client, `${inside}\\dangling`, 'w')).toContain('failed to open file')
          expect(await put(client, `${inside}\\device`, 'w')).toBeDefined()
        })
        expect(secret()).toBe('secret')
        expect(fs.existsSync(scratch.file('new'))).toBe(false)
        expect(fs.existsSync(scratch.file('dangling'))).toBe(false)
      },
      SLOW_MS,
    )

    test(
      'a second name of a file is refused where others may give names',
      async () => {
        fs.linkSync(scratch.file('secret'), `${own}/second`)
        fs.mkdirSync(windowsPath('rules'), { recursive: true })
        fs.writeFileSync(windowsPath('rules/one'), 'one')
        fs.rmSync(windowsPath('rules/two'), { force: true })
        fs.linkSync(windowsPath('rules/one'), windowsPath('rules/two'))
        const options = [`--allow-file-read=${inside}\\,C:/rules/`]
        await withAgent(scratch, options, async (client) => {
          const path = `${inside}\\second`
          expect(await content(client, path)).toContain(
            `'${path}' is not safe: it has 2 names, and "`,
          )
          expect(await content(client, 'C:\\rules\\two')).toBe('one')
        })
        fs.rmSync(windowsPath('rules'), { recursive: true })
      },
      SLOW_MS,
    )

    test(
      'may be read and not written, or one only; without rules nothing changes',
      async () => {
        fs.writeFileSync(`${own}/file2`, '')
        const one = `${inside}\\file`
        const options = [`--allow-file-read=${one.replaceAll('\\', '/')}`, '--allow-file-write=']
        await withAgent(scratch, options, async (client) => {
          expect(await content(client, one)).toBe('open')
          const written = await ask(client, OPEN, { path: one, mode: 'r+' })
          expect(written).toEqual(refusal(OPEN, `'${one}' is not in allow-file-write`))
          expect(await content(client, `${one}2`)).toContain('is not in allow-file-read')
          expect(await content(client, `${one}:stream`)).toContain('is not in allow-file-read')
        })
        await withAgent(scratch, [], async (client) => {
          expect(await content(client, `${inside}\\..\\secret`)).toBe('secret')
        })
      },
      SLOW_MS,
    )
  })

  test(
    'programs: those that a rule names run, others and those that others could replace do not',
    async () => {
      using scratch = new Scratch()
      const theirs = othersDirectory(scratch, 'theirs')
      compileForWindows(scratch, 'child.c', 'child.exe')
      fs.copyFileSync(scratch.file('child.exe'), `${theirs}/child.exe`)
      const tools = windowsPath('tools')
      fs.mkdirSync(tools, { recursive: true })
      for (const name of ['tell.exe', 'writable.exe', 'other.exe'])
        fs.copyFileSync(scratch.file('child.exe'), `${tools}/${name}`)
      fs.chmodSync(`${tools}/writable.exe`, 0o777)
      fs.writeFileSync(`${tools}/tell.cmd`, '@echo %~1\r\n')
      fs.symlinkSync('tell.exe', `${tools}/alias.exe`)
      const allowed = ['tell.exe', 'writable.exe', 'tell.cmd'].map((name) => `C:/tools/${name}`)
      const options = [`--allow-exec=${allowed.join(',')},${driveZ(theirs)}\\`]
      await withAgent(scratch, options, async (client) => {
        const run = (path: string) => outputOf(client, path, 'args', 'x')
        for (const path of ['C:\\tools\\tell.exe', 'c:/TOOLS/Tell', 'C:\\tools\\alias.exe'])
          expect([path, await run(path)]).toEqual([path, 'x\n'])
        expect(await outputOf(client, 'C:\\tools\\tell.cmd', 'a b')).toBe('a b\r\n')
        for (const path of [
          ...['C:\\tools\\other.exe', 'cmd', 'cmd.exe', 'C:\\windows\\system32\\cmd.exe', 'none'],
          ...['C:\\tools\\..\\tools\\other', 'C:\\none\\none.exe', '\\\\127.0.0.1\\c$\\x.exe'],
          ...['\\\\.\\pipe\\x', 'NUL', 'tools\\tell.exe'],
        ]) {
          expect(await ask(client, 'guest-exec', { path })).toEqual(
            refusal('guest-exec', `'${path}' is not in allow-exec`),
          )
        }
        const path = 'C:\\tools\\writable.exe'
        const unsafe = `'${path}' is not safe: it can be changed by WD`
        expect(await ask(client, 'guest-exec', { path })).toEqual(refusal('guest-exec', unsafe))
        const foreign = await ask(client, 'guest-exec', { path: `${driveZ(theirs)}\\child.exe` })
        expect(foreign.error?.desc).toMatch(/is not safe: "Z:\\.*" can be changed by /)
        const request = { path: 'C:\\tools\\tell.exe', env: ['PATH=C:\\'] }
        expect(await ask(client, 'guest-exec', request)).toEqual(
          refusal('guest-exec', "allow-exec leaves no room for 'env'"),
        )
      })
      // Where others may lay a library beside it, the program is not run.
      fs.chmodSync(tools, 0o777)
      await withAgent(scratch, options, async (client) => {
        const { error } = await ask(client, 'guest-exec', { path: 'C:\\tools\\tell.exe' })
        expect(error?.desc).toContain('is not safe: "C:\\tools" can be changed by WD')
      })
      fs.rmSync(tools, { recursive: true })
    },
    2 * SLOW_MS,
  )

  test(
    'allow-users holds, in whatever case; log and state are opened',
    async () => {
      using scratch = new Scratch()
      const log = scratch.file('agent.log')
      const options = ['--allow-users=somebody', '-v', '-l', driveZ(log)]
      await withAgent(scratch, options, async (client) => {
        const set = (username: string) =>
          ask(client, 'guest-set-user-password', { username, password: 'eA==', crypted: false })
        expect(await set('other')).toEqual(
          refusal('guest-set-user-password', "'other' is not in allow-users"),
        )
        // To ask Windows for a password of its own would end Wine's program.
        const keys = { username: 'SomeBody', keys: ['ssh-rsa x'] }
        const { error } = await ask(client, 'guest-ssh-add-authorized-keys', keys)
        expect(error?.class).toBe('GenericError')
        const { return: handle } = await ask(client, OPEN, {
          path: driveZ(scratch.file('new')),
          mode: 'w',
        })
        expect(handle).toBe(1000)
        await until('it is logged', () => scratch.read('agent.log').includes(OPEN))
        expect(scratch.read('qga.state')).toContain('fd_counter=1001')
      })
    },
    SLOW_MS,
  )

  test(
    'a rule that can match nothing ends the start, and so does a configuration that others can change',
    async () => {
      using scratch = new Scratch()
      const refused = async (...options: string[]) => {
        const agent = new WindowsProgram([WINDOWS_X64, ...options], scratch.file('output'))
        expect(await agent.exited).toBe(1)
        const [line, ...more] = agent.output.trim().split('\n')
        expect(more).toEqual([])
        return line
      }
      for (const value of ['relative', '/a', 'C:\\a\\..\\b', 'C:/a,,C:/b'])
        expect(await refused(`--allow-file-read=${value}`)).toContain('expected absolute paths')
      const directory = windowsPath('conf')
      fs.mkdirSync(directory, { recursive: true })
      fs.writeFileSync(`${directory}/own.conf`, '[general]\n')
      const dump = [WINDOWS_X64, '-D', '-c', 'C:\\conf\\own.conf']
      const used = new WindowsProgram(dump, scratch.file('used'))
      expect(await used.exited).toBe(0)
      fs.chmodSync(`${directory}/own.conf`, 0o666)
      expect(await refused('-D', '-c', 'C:\\conf\\own.conf')).toEndWith(
        'error loading configuration from path: C:\\conf\\own.conf, it can be changed by WD',
      )
      fs.chmodSync(`${directory}/own.conf`, 0o644)
      fs.chmodSync(directory, 0o777)
      for (const name of ['own.conf', 'none.conf'])
        expect(await refused('-D', '-c', `C:\\conf\\${name}`)).toContain(
          `C:\\conf\\${name}, "C:\\conf" can be changed by WD`,
        )
      fs.rmSync(directory, { recursive: true })
    },
    SLOW_MS,
  )
})
