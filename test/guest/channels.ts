// SPDX-License-Identifier: Apache-2.0
/** Ports whose hosts come, go, do not read, and are unplugged. */
import { expect } from 'bun:test'
import { check, figure } from './checks.ts'
import { rests } from './rest.ts'
import { AGENT_PORT, type GuestAgent, type Vm } from './vm.ts'

const PING = '{"execute":"guest-ping"}\n'
const MIB = 1024 * 1024
/** guest-file-read takes no more at a time; in base64 they are 64 MiB. */
const LARGEST_READ = 48 * MIB
const ENVELOPE = '{"return": {"count": 50331648, "buf-b64": "", "eof": false}}'.length

export async function channelChecks(vm: Vm, reference: GuestAgent): Promise<void> {
  await check('virtio-serial: no udev has named the port', async () => {
    expect(await reference.sh('ls /dev/virtio-ports 2>&1')).toContain('No such file')
  })
  await check('isa-serial answers', async () => {
    await using agent = await vm.agent('isa')
    await agent.sync()
    expect(await agent.ask('guest-ping')).toEqual({ return: {} })
  })
  await check('virtio-serial: twenty hosts one after the other, some in the middle of a word', () =>
    hosts(vm),
  )
  await check(
    'virtio-serial: 64 MiB for a host that lets them wait, and all is done meanwhile',
    () => largeReply(vm, reference),
  )
  await check('virtio-serial: what a host left unread is not the next one’s', () =>
    leftUnread(vm, reference),
  )
  await check('virtio-serial: a host that is away costs no processor time', () =>
    rests(vm, reference),
  )
  await check('virtio-serial: the port is unplugged and comes back', () => unplugged(vm))
  await check('virtio-serial: a second agent on the port ends and says why', async () => {
    const told = await reference.sh('/usr/local/bin/qga -t /tmp 2>&1; echo "status $?"')
    expect(told).toContain("error opening channel '/dev/virtio-ports/org.qemu.guest_agent.0'")
    expect(told).toContain('Device or resource busy')
    expect(told).toEndWith('status 1\n')
    await using agent = await vm.agent()
    await agent.sync()
  })
}

/** Every second one leaves half a request behind. Each begins as all hosts do. */
async function hosts(vm: Vm): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await using agent = await vm.agent()
    await agent.sync()
    expect(await agent.ask('guest-ping')).toEqual({ return: {} })
    agent.raw.send(i % 2 === 0 ? '{"execute":"guest-pi' : PING)
  }
}

async function largeReply(vm: Vm, reference: GuestAgent): Promise<void> {
  await using agent = await vm.agent()
  await agent.sync()
  const handle = await agent.call<number>('guest-file-open', { path: '/dev/zero' })
  // More than fits into a pipe: this program ends when the agent goes on reading what it says.
  const script = `sleep 1; dd if=/dev/zero bs=1M count=4 2>/dev/null; touch /run/said-all`
  const { pid } = await agent.call<{ pid: number }>('guest-exec', {
    path: '/bin/sh',
    arg: ['-c', script],
    'capture-output': true,
  })
  agent.raw.pause()
  agent.raw.send(`${JSON.stringify(readOf(handle))}\n`)
  await vm.until(
    'the program has said all',
    async () => (await reference.sh('ls /run/said-all 2>/dev/null')) !== '',
  )
  await rests(vm, reference)
  agent.raw.resume()
  const start = performance.now()
  const line = await agent.raw.line(120_000)
  const seconds = (performance.now() - start) / 1000
  figure(`64 MiB by virtio-serial: ${(64 / seconds).toFixed(0)} MiB/s`)
  expect(line).toHaveLength(ENVELOPE + (LARGEST_READ / 3) * 4)
  expect(/^\{"return": \{"count": 50331648, "buf-b64": "A+", "eof": false\}\}$/.test(line)).toBe(
    true,
  )
  const status = await agent.call<{ 'out-data': string }>('guest-exec-status', { pid })
  expect(Buffer.from(status['out-data'], 'base64')).toHaveLength(4 * MIB)
  await agent.call('guest-file-close', { handle })
}

async function leftUnread(vm: Vm, reference: GuestAgent): Promise<void> {
  let handle: number
  {
    await using first = await vm.agent()
    await first.sync()
    handle = await first.call<number>('guest-file-open', { path: '/dev/zero' })
    first.raw.send(`${JSON.stringify(readOf(handle))}\n`)
    // It goes when a part of the reply is there.
    await vm.until('the reply has begun', () => first.raw.unfinished.length > MIB)
  }
  // The kernel tells of a host that goes, but not of one that goes and another that is there already.
  await vm.until('the guest has seen it go', async () =>
    (await reference.sh(`${MOUNT_DEBUGFS}; cat ${PORT_STATE}`)).includes('host_connected: 0'),
  )
  await Bun.sleep(SEEN_MS)
  await using second = await vm.agent()
  // What the kernel had taken already still comes, and is a small part of it.
  const before = (await second.sync()).reduce((sum, line) => sum + line.length, 0)
  expect(before).toBeLessThan(MIB)
  expect(await second.ask('guest-ping')).toEqual({ return: {} })
  await second.call('guest-file-close', { handle })
}

const MOUNT_DEBUGFS = 'mount -t debugfs none /sys/kernel/debug 2>/dev/null'
/** virtio_console's own word: the first port of a kind that has a number is the agent's. */
const PORT_STATE = '/sys/kernel/debug/virtio-ports/vport*p1'
/** From the kernel to the agent, emulated and on a busy machine. */
const SEEN_MS = 500

function readOf(handle: number): object {
  return { execute: 'guest-file-read', arguments: { handle, count: LARGEST_READ } }
}

async function unplugged(vm: Vm): Promise<void> {
  await vm.qmp('device_del', { id: 'port' })
  await vm.event('DEVICE_DELETED')
  await vm.qmp('device_add', AGENT_PORT)
  await using agent = await vm.agent()
  await agent.sync()
  expect(await agent.ask('guest-ping')).toEqual({ return: {} })
}
