// SPDX-License-Identifier: Apache-2.0
/** Rules on Windows about programs and users, and who may change the configuration. */
import { describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { ask, outputOf, Scratch, SLOW_MS, until } from '../harness/program.ts'
import { refusal } from '../harness/refusal.ts'
import { hasSomebody, othersDirectory } from '../harness/somebody.ts'
import { hasTargets, WINDOWS_X64 } from '../harness/targets.ts'
import { compileForWindows, withWindowsAgent } from '../harness/windows-agent.ts'
import { driveZ, hasWine, runWindows, WindowsProgram, windowsPath } from '../harness/wine.ts'
import { wineForAll } from '../harness/wine-for-all.ts'

const OPEN = 'guest-file-open'

describe.if(hasTargets && hasWine && hasSomebody)('on Windows', () => {
  wineForAll()

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
      await withWindowsAgent(scratch, options, async (client) => {
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
      const doctor = await runWindows(
        [WINDOWS_X64, 'doctor', '--', '--allow-exec=C:/tools/writable.exe,C:/tools/alias.exe'],
        scratch.file('doctor'),
      )
      for (const doubt of [
        'C:/tools/alias.exe matches nothing, for it is C:\\tools\\tell.exe',
        'C:/tools/writable.exe is refused: it can be changed by WD',
      ]) {
        expect(doctor.output).toContain(`allow-exec: ${doubt}`)
      }
      // Where others may lay a library beside it, the program is not run.
      fs.chmodSync(tools, 0o777)
      const open = await runWindows(
        [WINDOWS_X64, 'doctor', '--', '--allow-exec=C:/tools/,C:/tools/tell.exe'],
        scratch.file('doctor'),
      )
      for (const entry of ['C:/tools/', 'C:/tools/tell.exe'])
        expect(open.output).toContain(`${entry} is refused: "C:\\tools" can be changed by WD`)
      await withWindowsAgent(scratch, options, async (client) => {
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
      await withWindowsAgent(scratch, options, async (client) => {
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
