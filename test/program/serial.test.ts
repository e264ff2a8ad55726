// SPDX-License-Identifier: Apache-2.0
/** The executable on a pseudo-terminal: what a serial line is to it, less the speed. */
import { expect, test } from 'bun:test'
import { readlinkSync, symlinkSync } from 'node:fs'
import { EXECUTABLE } from '../harness/executable.ts'
import { needs } from '../harness/needs.ts'
import { cpuSecondsInOneSecond } from '../harness/process-stat.ts'
import { logLines, run, Scratch, SLOW_MS, until } from '../harness/program.ts'
import { canHang, silentMount } from '../harness/silent-mount.ts'
import { agentAt, synced } from '../harness/terminal-agent.ts'
import { TerminalHost } from '../harness/terminal-host.ts'

test.if(needs('python3'))(
  'a serial line carries bytes: it turns none into a signal, an echo or another',
  async () => {
    using scratch = new Scratch()
    using host = await TerminalHost.start(scratch.file('tty'))
    using agent = agentAt(scratch, 'isa-serial')
    await synced(host)
    host.send('{"execute":"guest-ping",\r"id":"\x7f\xfc"}\n')
    expect(await host.line()).toBe('{"return": {}, "id": "\\u007F\\u00FC"}')
    // On a terminal: end of input, interruption, quitting, going on and stopping.
    host.send('\u0004\u0003\u001c\u0011\u0013\n')
    await synced(host)
    expect(await agent.stop()).toBe(0)
  },
  SLOW_MS,
)

test.if(needs('python3'))(
  'virtio-serial answers on any device, and leaves it as it is',
  async () => {
    using scratch = new Scratch()
    using host = await TerminalHost.start(scratch.file('tty'), 'raw')
    using agent = agentAt(scratch, 'virtio-serial')
    await synced(host)
    expect(await cpuSecondsInOneSecond(agent.pid)).toBeLessThan(0.2)
    expect(await agent.stop()).toBe(0)
  },
  SLOW_MS,
)

test.if(needs('python3'))(
  'a reply of 16 MiB arrives whole, and the idle agent costs nothing',
  async () => {
    using scratch = new Scratch()
    using host = await TerminalHost.start(scratch.file('tty'))
    using agent = agentAt(scratch, 'isa-serial')
    await synced(host)
    host.send('{"execute":"guest-file-open","arguments":{"path":"/dev/zero"}}\n')
    const { return: handle } = JSON.parse(await host.line())
    const count = 12 * 1024 * 1024
    host.send(`${JSON.stringify({ execute: 'guest-file-read', arguments: { handle, count } })}\n`)
    const reply = JSON.parse(await host.line())
    expect(reply.return.count).toBe(count)
    expect(Buffer.from(reply.return['buf-b64'], 'base64').equals(Buffer.alloc(count))).toBe(true)
    expect(await cpuSecondsInOneSecond(agent.pid)).toBeLessThan(0.2)
  },
  SLOW_MS,
)

test.if(needs('python3'))(
  'a line that hangs up is opened again when there is one',
  async () => {
    using scratch = new Scratch()
    using host = await TerminalHost.start(scratch.file('tty'))
    using agent = agentAt(scratch, 'isa-serial')
    await synced(host)
    host.send('{"execute":"guest-')
    await host.again()
    await synced(host)
    expect(await cpuSecondsInOneSecond(agent.pid)).toBeLessThan(0.2)
    expect(await agent.stop()).toBe(0)
  },
  SLOW_MS,
)

test.if(needs('python3'))(
  '--retry-path waits for a line that comes late',
  async () => {
    using scratch = new Scratch()
    using agent = agentAt(scratch, 'isa-serial', ['-r', '-l', scratch.file('log')])
    await until('the failure is logged', () => Bun.file(scratch.file('log')).size > 0)
    using host = await TerminalHost.start(scratch.file('tty'))
    await synced(host)
    expect(logLines(scratch.read('log'))).toEqual([
      `critical: error opening channel '${scratch.file('tty')}': No such file or directory; will retry`,
    ])
    expect(await agent.stop()).toBe(0)
  },
  SLOW_MS,
)

test.each([
  ['isa-serial', 'none', 'No such file or directory'],
  ['virtio-serial', 'none', 'No such file or directory'],
  ['virtio-serial', 'dir', 'Is a directory'],
  ['virtio-serial', '/dev/virtio-ports/none', 'No such file or directory'],
])('-m %s ends the start where the device %s cannot be opened', async (method, name, reason) => {
  using scratch = new Scratch()
  symlinkSync('/', scratch.file('dir'))
  expect(readlinkSync(scratch.file('dir'))).toBe('/')
  const path = name.startsWith('/') ? name : scratch.file(name)
  const ended = await run([EXECUTABLE, ...scratch.options, '-m', method, '-p', path])
  expect(ended.exitCode).toBe(1)
  expect(logLines(ended.stderr)).toEqual([
    `critical: error opening channel '${path}': ${reason}`,
    'critical: failed to create guest agent channel',
    'critical: failed to initialize guest agent channel',
    'critical: error initializing guest agent',
  ])
})

test.if(needs('python3') && canHang)(
  'a file system that does not answer keeps no serial line',
  async () => {
    using scratch = new Scratch()
    using mount = await silentMount(scratch)
    using host = await TerminalHost.start(scratch.file('tty'))
    using agent = agentAt(scratch, 'isa-serial', [], mount.namespace.enter)
    await synced(host)
    host.send(
      `{"execute":"guest-file-open","arguments":{"path":"${mount.path}/file"}}{"execute":"guest-sync","arguments":{"id":9}}\n`,
    )
    expect(await host.line()).toBe('{"return": 9}')
    host.send('{"execute":"guest-ping"}\n')
    expect(await host.line()).toBe('{"return": {}}')
    await mount.answer()
    host.send('{"execute":"guest-sync","arguments":{"id":10}}\n')
    expect(await host.line()).toBe('{"return": 10}')
    expect(await agent.stop()).toBe(0)
  },
  SLOW_MS,
)
