// SPDX-License-Identifier: Apache-2.0
/** The Windows executable under Wine: the channel, and how it starts and ends. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needs } from '../harness/needs.ts'
import { ask, Scratch, SLOW_MS, until } from '../harness/program.ts'
import { RawClient } from '../harness/raw-client.ts'
import { hasTargets, WINDOWS_X64 } from '../harness/targets.ts'
import {
  devicePath,
  driveZ,
  hasWine,
  runWindows,
  WindowsProgram,
  windowsScript,
  windowsTemp,
} from '../harness/wine.ts'
import { wineForAll } from '../harness/wine-for-all.ts'

const RELAY = join(import.meta.dir, 'pipe-relay.ts')
const TERMINAL = join(import.meta.dir, 'terminal.py')

describe.if(hasTargets && hasWine)('the Windows executable', () => {
  wineForAll()

  test(
    'prints its version, and needs nothing for it',
    async () => {
      using scratch = new Scratch()
      const agent = new WindowsProgram([WINDOWS_X64, '--version'], scratch.file('output'))
      expect(await agent.exited).toBe(0)
      expect(agent.output).toMatch(/^QEMU Guest Agent 11\.1\.0 \(qga .*\)\n$/)
    },
    SLOW_MS,
  )

  test(
    'ends with upstream’s lines when there is no device',
    async () => {
      using scratch = new Scratch()
      const agent = start(scratch, ['-p', '\\\\.\\pipe\\nobody'])
      expect(await agent.exited).toBe(1)
      const lines = agent.output.trim().split('\n')
      expect(lines.map((line) => line.replace(/^\d+\.\d{6}: critical: /, ''))).toEqual([
        'error opening path \\\\.\\pipe\\nobody: File not found.',
        'error opening channel',
        'failed to create guest agent channel',
        'failed to initialize guest agent channel',
        'error initializing guest agent',
      ])
    },
    SLOW_MS,
  )

  test(
    'says which agent has the device already, and doctor too',
    async () => {
      using scratch = new Scratch()
      // A file can be held as a port is; Wine lets many have a terminal.
      writeFileSync(scratch.file('device'), '')
      const options = ['-t', driveZ(scratch.path), '-p', driveZ(scratch.file('device'))]
      const first = new WindowsProgram(
        [WINDOWS_X64, ...options, '-v', '-l', driveZ(scratch.file('log'))],
        scratch.file('first'),
      )
      await until('the first agent serves', () => existsSync(scratch.file('qga.state')))
      const holder = String.raw`process \d+ \(Z:\\.*\\qga-windows-x64\.exe\)`
      let second = { exitCode: -1, output: '' }
      await until('the first agent has the device', async () => {
        second = await runWindows(
          ['cmd', '/c', 'type', driveZ(scratch.file('device'))],
          scratch.file('second'),
        )
        return second.exitCode !== 0
      })
      second = await runWindows([WINDOWS_X64, ...options], scratch.file('second'))
      expect(second.exitCode).toBe(1)
      expect(second.output).toMatch(new RegExp(`Another agent runs: ${holder}`))
      const doctor = await runWindows(
        [WINDOWS_X64, 'doctor', '--', ...options],
        scratch.file('doctor'),
      )
      expect(doctor.output).toMatch(
        new RegExp(`ok +channel: .* is held, and ${holder} is an agent`),
      )
      first.kill()
    },
    SLOW_MS,
  )

  describe('on a named pipe', () => {
    const scratch = new Scratch()
    const name = `qga-${process.pid}`
    let relay: WindowsProgram
    let agent: WindowsProgram
    let port = 0

    beforeAll(async () => {
      // The pipe comes after the agent that wants it.
      agent = start(scratch, ['-p', `\\\\.\\pipe\\${name}`, '--retry-path'])
      await until('the agent waits', () => agent.output.includes('will retry'))
      relay = new WindowsProgram(windowsScript(RELAY, name), scratch.file('port'))
      const told = () => /^(\d+)\n/m.exec(relay.output)?.[1]
      await until('the pipe is there', told)
      port = Number(told())
    }, SLOW_MS)

    afterAll(() => {
      agent.kill()
      relay.kill()
      scratch[Symbol.dispose]()
    })

    test(
      'answers what it can',
      async () => {
        using client = await RawClient.connect(port)
        expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
        expect(await ask(client, 'guest-sync', { id: 7 })).toEqual({ return: 7 })
        expect(await ask(client, 'guest-set-vcpus', { vcpus: [] })).toMatchObject({
          error: { class: 'CommandNotFound' },
        })
      },
      SLOW_MS,
    )

    test(
      'answers everything and in order, however much is asked at once',
      async () => {
        using client = await RawClient.connect(port)
        const ids = Array.from({ length: 3000 }, (_, i) => i)
        const request = (id: number) => `{"execute":"guest-info","id":${id}}\n`
        client.send(ids.map(request).join(''))
        for (const id of ids) expect(JSON.parse(await client.line())).toMatchObject({ id })
      },
      SLOW_MS,
    )

    test(
      'takes a request of several reads',
      async () => {
        using client = await RawClient.connect(port)
        client.send(`{"execute":"guest-ping","id":"${'x'.repeat(300_000)}"}\n`)
        expect((await client.line()).length).toBeGreaterThan(300_000)
      },
      SLOW_MS,
    )

    test(
      'serves the next client when one has gone in the middle of a request',
      async () => {
        for (let i = 0; i < 3; i++) {
          using client = await RawClient.connect(port)
          expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
          client.send('{"execute":"guest-p')
          await client.close()
        }
        using client = await RawClient.connect(port)
        expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
      },
      SLOW_MS,
    )

    test('has koffi in a directory that others cannot enter', async () => {
      using client = await RawClient.connect(port)
      expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
      const temp = windowsTemp()
      const made = readdirSync(temp).filter((entry) => entry.startsWith('qga-'))
      expect(made).not.toEqual([])
      for (const entry of made) expect(statSync(join(temp, entry)).mode & 0o007).toBe(0)
    })
  })

  test.if(needs('python3')).each([
    ['Global\\org.qemu.guest_agent.0', []],
    // Wine has the low numbers for this machine's own lines.
    ['com17', ['-m', 'isa-serial', '-p', 'COM17']],
  ])(
    'serves on %s, told %j',
    async (name, options) => {
      using scratch = new Scratch()
      const link = devicePath(name)
      rmSync(link, { force: true })
      const terminal = Bun.spawn(['python3', TERMINAL, link, scratch.file('s')])
      await until('the device is there', () => existsSync(scratch.file('s')))
      const agent = start(scratch, options)
      for (let i = 0; i < 2; i++) {
        using client = await RawClient.connect(scratch.file('s'))
        expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
        await client.close()
      }
      agent.kill()
      terminal.kill()
      rmSync(link)
    },
    SLOW_MS,
  )

  function start(scratch: Scratch, options: readonly string[]): WindowsProgram {
    const command = [WINDOWS_X64, '-t', driveZ(scratch.path), ...options]
    return new WindowsProgram(command, scratch.file('output'))
  }
})
