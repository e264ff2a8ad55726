// SPDX-License-Identifier: Apache-2.0
/** Rules about files on Windows, and what a user of the guest does to get round them. Wine takes Linux's links for its own. */
import { afterAll, describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { ask, contentOf, Scratch, SLOW_MS } from '../harness/program.ts'
import type { RawClient } from '../harness/raw-client.ts'
import { refusal } from '../harness/refusal.ts'
import { hasSomebody, otherDoes, othersDirectory } from '../harness/somebody.ts'
import { hasTargets } from '../harness/targets.ts'
import { withWindowsAgent } from '../harness/windows-agent.ts'
import { driveZ, hasWine, windowsPath } from '../harness/wine.ts'
import { wineForAll } from '../harness/wine-for-all.ts'

const OPEN = 'guest-file-open'

describe.if(hasTargets && hasWine && hasSomebody)('on Windows', () => {
  wineForAll()

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
        withWindowsAgent(scratch, rules, async (client) => {
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
        withWindowsAgent(scratch, rules, async (client) => {
          for (const path of [
            ...[`${inside}\\file`, `${inside}/FILE`, `${inside.toLowerCase()}\\..\\IN\\file`],
            ...[`\\\\?\\${inside}\\file`, `${inside}\\file.`],
          ]) {
            expect([path, await contentOf(client, path)]).toEqual([path, 'open'])
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
          expect(await contentOf(client, long)).toBe('x')
          const none = `${inside}\\none`
          expect(await contentOf(client, none)).toBe(
            `failed to open file '${none}': File not found.`,
          )
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
        await withWindowsAgent(scratch, rules, async (client) => {
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
        await withWindowsAgent(scratch, options, async (client) => {
          const path = `${inside}\\second`
          expect(await contentOf(client, path)).toContain(
            `'${path}' is not safe: it has 2 names, and "`,
          )
          expect(await contentOf(client, 'C:\\rules\\two')).toBe('one')
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
        await withWindowsAgent(scratch, options, async (client) => {
          expect(await contentOf(client, one)).toBe('open')
          const written = await ask(client, OPEN, { path: one, mode: 'r+' })
          expect(written).toEqual(refusal(OPEN, `'${one}' is not in allow-file-write`))
          expect(await contentOf(client, `${one}2`)).toContain('is not in allow-file-read')
          expect(await contentOf(client, `${one}:stream`)).toContain('is not in allow-file-read')
        })
        await withWindowsAgent(scratch, [], async (client) => {
          expect(await contentOf(client, `${inside}\\..\\secret`)).toBe('secret')
        })
      },
      SLOW_MS,
    )
  })
})
