// SPDX-License-Identifier: Apache-2.0
/** Commands that hang: the next client is served, what does not need them works, and nothing is told late. */
import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { KUBEVIRT_POLL, Libvirt, proxmox } from '../harness/managers.ts'
import { ask, call, finished, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'
import { canHang, silentMount } from '../harness/silent-mount.ts'

/** The rule is one second; more than that is the machine's. */
const SYNC_MAX_MS = 5000

const READ_ONLY = [
  ...KUBEVIRT_POLL,
  ...(['guest-get-time', 'guest-get-fsinfo', 'guest-get-disks', 'guest-get-diskstats'] as const),
  ...(['guest-get-vcpus', 'guest-get-cpustats', 'guest-network-get-route'] as const),
]

/** All that managers ask for all day, and files and programs. */
async function everythingElseWorks(socket: string): Promise<void> {
  using libvirt = await Libvirt.connect(socket)
  for (const command of READ_ONLY) {
    expect(await libvirt.call(command)).toHaveProperty('return')
  }
  expect(await libvirt.call('guest-fsfreeze-status')).toEqual({ return: 'thawed' })
  const { return: handle } = await libvirt.call('guest-file-open', { path: '/proc/version' })
  const { return: read } = await libvirt.call('guest-file-read', { handle, count: 1000 })
  expect(Buffer.from((read as { 'buf-b64': string })['buf-b64'], 'base64')).toEqual(
    readFileSync('/proc/version'),
  )
  expect(await libvirt.call('guest-file-close', { handle })).toEqual({ return: {} })
  expect(await finished(libvirt.client, { path: '/bin/true' })).toEqual({
    exited: true,
    exitcode: 0,
  })
}

const managersAreServed = async (socket: string) => {
  const { reply, syncMs } = await proxmox(socket, 'guest-ping')
  expect(reply).toEqual({ return: {} })
  expect(syncMs).toBeLessThan(SYNC_MAX_MS)
  await everythingElseWorks(socket)
  return syncMs
}

/** A connection on which nothing comes but what is asked for. */
async function nothingIsLate(libvirt: Libvirt): Promise<void> {
  await libvirt.sync()
  await Bun.sleep(100)
  await libvirt.sync()
  expect(libvirt.client.unfinished).toBe('')
}

describe.if(canHang)('A file system that does not answer', () => {
  test(
    'keeps one command, and neither the next client nor what lies elsewhere',
    async () => {
      using scratch = new Scratch()
      using mount = await silentMount(scratch)
      using agent = await serving({}, mount.namespace.enter)
      await managersAreServed(agent.socket)
      using first = await Libvirt.connect(agent.socket)
      first.ask('guest-file-open', { path: `${mount.path}/file` })
      await first.client.close()
      const syncMs = await managersAreServed(agent.socket)
      console.log(`the sync behind a file system that hangs took ${syncMs.toFixed(0)} ms`)

      using libvirt = await Libvirt.connect(agent.socket)
      const again = await libvirt.call('guest-file-open', {
        path: `${mount.path}/other`,
        mode: 'w',
      })
      expect(again.error?.desc).toMatch(
        /^failed to open file '.*\/other' \(mode: 'w'\): its file system has not answered for \d+ s$/,
      )
      await mount.answer()
      await until('it is known to answer', async () => {
        const { error } = await libvirt.call('guest-file-open', { path: `${mount.path}/x` })
        return error !== undefined && !error.desc.includes('not answered')
      })
      await nothingIsLate(libvirt)
      await libvirt.client.close()
      await managersAreServed(agent.socket)
      expect(await agent.stop()).toBe(0)
    },
    SLOW_MS,
  )

  test(
    'keeps no more than a program that lies there from being started',
    async () => {
      using scratch = new Scratch()
      using mount = await silentMount(scratch)
      using agent = await serving({}, mount.namespace.enter)
      using libvirt = await Libvirt.connect(agent.socket)
      libvirt.ask('guest-exec', { path: `${mount.path}/program` })
      expect(await libvirt.sync()).toBeLessThan(SYNC_MAX_MS)
      const { error } = await libvirt.call('guest-exec', { path: `${mount.path}/program` })
      expect(error?.desc).toMatch(
        /^Failed to execute child process \u201C.*\u201D \(its file system has not answered for \d+ s\)$/,
      )
      await libvirt.client.close()
      await managersAreServed(agent.socket)
      expect(await agent.stop()).toBe(0)
    },
    SLOW_MS,
  )

  test(
    'is an error when the file commands’ time is over, without any sync',
    async () => {
      using scratch = new Scratch()
      using mount = await silentMount(scratch)
      using agent = await serving({ options: ['--file-timeout=1'] }, mount.namespace.enter)
      using client = await agent.connect()
      const { error } = await ask(client, 'guest-file-open', { path: `${mount.path}/file` })
      expect(error?.desc).toBe('Cannot wait for guest-file-open: it has not ended after 1 s')
      expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
    },
    SLOW_MS,
  )

  test(
    'asked for again and again leaves no file open behind',
    async () => {
      using scratch = new Scratch()
      using mount = await silentMount(scratch)
      using agent = await serving({ options: ['--max-file-handles=2'] }, mount.namespace.enter)
      for (let i = 0; i < 6; i++) {
        using client = await Libvirt.connect(agent.socket)
        client.ask('guest-file-open', { path: `${mount.path}/${i}` })
        await client.client.close()
      }
      await managersAreServed(agent.socket)
      await mount.answer()
      await until('there is room', async () => {
        using client = await agent.connect()
        const opened = [
          await ask(client, 'guest-file-open', { path: '/dev/null' }),
          await ask(client, 'guest-file-open', { path: '/dev/null' }),
        ]
        for (const { return: handle } of opened) {
          if (handle !== undefined)
            await ask(client, 'guest-file-close', { handle: handle as number })
        }
        return opened.every((reply) => reply.error === undefined)
      })
      expect(await agent.stop()).toBe(0)
    },
    SLOW_MS,
  )
})

test('A FIFO without another end keeps nobody waiting', async () => {
  using scratch = new Scratch()
  const fifo = scratch.file('fifo')
  expect(Bun.spawnSync(['mkfifo', fifo]).exitCode).toBe(0)
  using agent = await serving()
  using libvirt = await Libvirt.connect(agent.socket)
  const { error } = await libvirt.call('guest-file-open', { path: fifo, mode: 'w' })
  expect(error?.desc).toBe(`failed to open file '${fifo}' (mode: 'w'): No such device or address`)
  const { return: handle } = await libvirt.call('guest-file-open', { path: fifo })
  expect(await libvirt.call('guest-file-read', { handle })).toEqual({
    return: { count: 0, 'buf-b64': '', eof: true },
  })
  await nothingIsLate(libvirt)
  await libvirt.client.close()
  await managersAreServed(agent.socket)
})

test(
  'A program whose child keeps the pipe open keeps nobody else waiting',
  async () => {
    using scratch = new Scratch()
    using agent = await serving()
    using libvirt = await Libvirt.connect(agent.socket)
    const script = `sleep 600 & echo $! > ${scratch.file('pid')}; echo all`
    const started = await libvirt.call('guest-exec', {
      path: '/bin/sh',
      arg: ['-c', script],
      'capture-output': true,
    })
    await until('the child runs', () => {
      return existsSync(scratch.file('pid')) && scratch.read('pid').endsWith('\n')
    })
    await Bun.sleep(100)
    expect(await libvirt.call('guest-exec-status', started.return as object)).toEqual({
      return: { exited: false },
    })
    await libvirt.client.close()
    const syncMs = await managersAreServed(agent.socket)
    console.log(`the sync beside a program that goes on took ${syncMs.toFixed(0)} ms`)
    process.kill(Number(scratch.read('pid')), 'SIGKILL')
    await until('it has ended', async () => {
      const status = await call<{ exited: boolean; 'out-data'?: string }>(
        agent.socket,
        'guest-exec-status',
        started.return as object,
      )
      if (status.exited) expect(status['out-data']).toBe(btoa('all\n'))
      return status.exited
    })
  },
  SLOW_MS,
)

test('Input that programs do not read is bounded, and what they have read is not counted', async () => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('conf'), '[general]\nmax-exec-input=3000000\n')
  using agent = await serving({ options: ['-c', scratch.file('conf')] })
  using client = await agent.connect()
  const data = Buffer.alloc(2_000_000).toString('base64')
  const start = (path: string, ...arg: string[]) =>
    ask(client, 'guest-exec', { path, arg, 'input-data': data })
  const { pid } = (await start('/bin/sleep', '600')).return as { pid: number }
  expect((await start('/bin/cat')).error?.desc).toBe(
    'too much input that was not read: 4000000 bytes, the limit is max-exec-input=3000000',
  )
  process.kill(pid, 'SIGKILL')
  await until('there is room', async () => (await start('/bin/cat')).error === undefined)
})
