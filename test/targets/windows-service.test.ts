// SPDX-License-Identifier: Apache-2.0
/**
 * The Windows executable as it is installed: started and stopped by the service manager, and asked from Linux
 * through the device of the usual name. A terminal stands in for the virtio-serial port.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { judge } from '../conformance/judge.ts'
import { createPlayer } from '../conformance/once.ts'
import { scenarios } from '../conformance/scenarios/all.ts'
import { readTranscript, TARGET } from '../conformance/transcripts.ts'
import { needs } from '../harness/needs.ts'
import { ask, finished } from '../harness/program.ts'
import { RawClient } from '../harness/raw-client.ts'
import { hasTargets } from '../harness/targets.ts'
import { compileForWindows } from '../harness/windows-agent.ts'
import { SERVICE_MS, WindowsService } from '../harness/windows-service.ts'
import { hasWine, stopWine, WINE_START_MS, windowsPath } from '../harness/wine.ts'

/** What is neither Linux's nor a matter of the agent's own start. */
const TOPICS = ['envelope', 'parse', 'parse-strings', 'parse-tokens', 'ids', 'sync']

const WARM_UPS_MAX = 6
const LOOKS_MAX = 30
/** The system's pool has a few threads more or less from one moment to the next; a leak would have hundreds. */
const POOL_THREADS = 4

describe.if(hasTargets && hasWine && needs('python3'))('the Windows service', () => {
  const service = new WindowsService()
  let facts = ''

  beforeAll(async () => {
    await service.startClean()
    const name = 'process-facts'
    facts = compileForWindows(service.scratch, `${name}.c`, `${name}.exe`, '-lntdll')
    await service.plugIn()
    expect(await service.qga('install', '--', '-t', 'C:\\state')).toMatchObject({ exitCode: 0 })
    await service.answers()
  }, WINE_START_MS)

  afterAll(async () => {
    await service.remove()
    await stopWine()
    service.scratch[Symbol.dispose]()
  }, SERVICE_MS)

  async function process(): Promise<Record<string, number>> {
    const { output } = await service.run(facts, 'qga.exe')
    const [line, ...more] = output.trim().split('\n')
    expect(more).toEqual([])
    return JSON.parse(line as string) as Record<string, number>
  }

  test(
    'loads koffi from where it was installed',
    async () => {
      const temporary = windowsPath('windows/temp')
      const unpacked = () => readdirSync(temporary).filter((name) => name.startsWith('qga-'))
      const before = unpacked()
      await service.run('net', 'stop', 'qemu-ga')
      await service.run('net', 'start', 'qemu-ga')
      await service.answers()
      expect(unpacked()).toEqual(before)
    },
    SERVICE_MS,
  )

  test(
    'doctor finds the service',
    async () => {
      const { exitCode, output } = await service.qga('doctor', '--json')
      const { findings, ready } = JSON.parse(output)
      expect(exitCode).toBe(ready ? 0 : 1)
      const about = (name: string) =>
        findings.filter((each: { about: string }) => each.about === name)
      expect(about('service')).toEqual([
        {
          about: 'service',
          level: 'ok',
          text: 'qemu-ga is running: "C:\\Program Files\\qga\\qga.exe" -d --retry-path -t C:\\state',
        },
      ])
    },
    SERVICE_MS,
  )

  describe('answers as the C agent', () => {
    const script = join(import.meta.dir, 'forward.py')
    const play = createPlayer(['python3', script, service.socket], 'SIGTERM')
    for (const scenario of scenarios.filter(({ topic }) => TOPICS.includes(topic))) {
      test(
        scenario.topic,
        async () => {
          const { entries } = readTranscript(scenario.topic, TARGET)
          // Errors tell the line, which nobody begins anew on a device.
          await service.run('net', 'stop', 'qemu-ga')
          await service.run('net', 'start', 'qemu-ga')
          const verdicts = judge(scenario, await play(scenario), entries)
          // A command that Linux does not have.
          expect(verdicts.filter(({ step }) => !step.includes('guest-get-devices'))).toEqual([])
        },
        SERVICE_MS,
      )
    }
  })

  test(
    'writes and reads files, and runs programs as the system’s user',
    async () => {
      using client = await RawClient.connect(service.socket)
      const path = 'C:\\windows\\temp\\grüße.txt'
      const opened = await ask(client, 'guest-file-open', { path, mode: 'w' })
      const handle = opened.return
      const content = Buffer.from('from Linux to Windows\n'.repeat(10_000))
      const written = { handle, 'buf-b64': content.toString('base64') }
      expect(await ask(client, 'guest-file-write', written)).toEqual({
        return: { count: content.length, eof: false },
      })
      expect(await ask(client, 'guest-file-close', { handle })).toEqual({ return: {} })
      expect(readFileSync(windowsPath('windows/temp/grüße.txt')).equals(content)).toBe(true)
      const status = await finished(client, {
        path: 'cmd',
        arg: ['/c', 'type', path, '&', 'exit', '259'],
        'capture-output': true,
      })
      expect(status.exitcode).toBe(259)
      expect(Buffer.from(status['out-data'] ?? '', 'base64').equals(content)).toBe(true)
      rmSync(windowsPath('windows/temp/grüße.txt'))
    },
    SERVICE_MS,
  )

  test(
    'serves twenty clients, one after the other',
    async () => {
      for (let i = 0; i < 20; i++) {
        using client = await RawClient.connect(service.socket)
        expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
        await client.close()
      }
    },
    SERVICE_MS,
  )

  test(
    'starts and stops twenty times',
    async () => {
      for (let i = 0; i < 20; i++) {
        expect((await service.run('net', 'stop', 'qemu-ga')).exitCode).toBe(0)
        expect((await service.run('net', 'start', 'qemu-ga')).exitCode).toBe(0)
        await service.answers()
      }
      expect(await service.state()).toBe('RUNNING')
    },
    SERVICE_MS,
  )

  test(
    'ten thousand calls leave nothing behind',
    async () => {
      using client = await RawClient.connect(service.socket)
      const before = await warmedUp(client)
      const residentBefore = residentKib()
      await calls(client, 10_000)
      let after = await process()
      for (let i = 0; i < LOOKS_MAX && !isSame(after, before); i++) after = await process()
      expect({ after, before, isSame: isSame(after, before) }).toMatchObject({ isSame: true })
      const resident = residentKib()
      expect(resident / residentBefore).toBeLessThan(1.05)
    },
    SERVICE_MS,
  )

  /** Once it has all that it will ever need. */
  async function warmedUp(client: RawClient): Promise<Record<string, number>> {
    let before = await process()
    for (let i = 0; i < WARM_UPS_MAX; i++) {
      await calls(client, 1000)
      const now = await process()
      const threads = Math.max(now['threads'] ?? 0, before['threads'] ?? 0)
      const isWarm = isSame(now, before)
      before = { ...now, threads }
      if (isWarm) break
    }
    return before
  }

  /** All kinds: from memory, through the registry and devices, with a file, with a program. */
  async function calls(client: RawClient, count: number): Promise<void> {
    const path = 'C:\\windows\\win.ini'
    const commands = ['ping', 'get-time', 'get-osinfo', 'info', 'get-host-name', 'get-timezone']
    for (let i = 0; i < count; i += 100) {
      // Together, for each way through a terminal takes its time.
      const requests = Array.from({ length: 94 }, (_, n) => {
        const id = i + n
        return { execute: `guest-${commands[n % commands.length]}`, id }
      })
      client.send(requests.map((request) => `${JSON.stringify(request)}\n`).join(''))
      for (const { id } of requests) {
        const reply = JSON.parse(await client.line())
        expect(reply).toMatchObject({ id })
        expect(reply).toHaveProperty('return')
      }
      for (const command of ['guest-get-fsinfo', 'guest-network-get-interfaces']) {
        expect(await ask(client, command)).toHaveProperty('return')
      }
      const { return: handle } = await ask(client, 'guest-file-open', { path })
      expect(await ask(client, 'guest-file-read', { handle })).toHaveProperty('return')
      expect(await ask(client, 'guest-file-close', { handle })).toHaveProperty('return')
      // To start one takes a second here.
      if (i % 1000 !== 0) continue
      const args = { path: 'cmd', arg: ['/c', 'exit 3'], 'capture-output': true }
      expect((await finished(client, args)).exitcode).toBe(3)
    }
  }

  function isSame(now: Record<string, number>, before: Record<string, number>): boolean {
    const { threads = 0 } = now
    const isSameCrowd = threads <= (before['threads'] ?? 0) + POOL_THREADS
    return isSameCrowd && Bun.deepEquals(now, { ...before, threads })
  }

  /** Of the process as Linux has it. */
  function residentKib(): number {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    for (const pid of pids) {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        if (!line.includes('Program Files\\qga\\qga.exe')) continue
        const status = readFileSync(`/proc/${pid}/status`, 'utf8')
        return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1])
      } catch {
        // It has ended meanwhile.
      }
    }
    throw new Error('Cannot find the service')
  }
})
