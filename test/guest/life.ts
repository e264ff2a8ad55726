// SPDX-License-Identifier: Apache-2.0
/** One guest from its boot to its end: what is fast and harmless first. */
import { expect } from 'bun:test'
import { check, figure } from './checks.ts'
import { freezeChecks } from './freeze.ts'
import { diskChecks, hardwareChecks } from './hardware.ts'
import type { Image } from './image.ts'
import { type GuestAgent, Vm } from './vm.ts'

const PING = '{"execute":"guest-ping"}\n'

export async function wholeLife(image: Image): Promise<void> {
  await using vm = new Vm(image)
  await check('the guest boots', () => vm.up())
  const reference = await vm.agent('reference')
  await check('Debian’s agent answers', () => reference.sync())

  await check('virtio-serial: the agent was there before the host', async () => {
    const agent = await vm.agent()
    await agent.sync(120_000)
    expect(await agent.ask('guest-ping')).toEqual({ return: {} })
    await agent.close()
  })
  await memory(reference)
  await channelChecks(vm, reference)
  await check('guest-ping beside the C agent', () => pings(vm, reference))
  await hardwareChecks(vm, reference)
  await diskChecks(vm, reference)
  await freezeChecks(vm, reference)
  await check('guest-suspend-ram, and awake again by the monitor', () => suspend(vm))
  await check('guest-shutdown with mode powerdown', async () => {
    const agent = await vm.agent()
    agent.raw.send('{"execute":"guest-shutdown"}\n')
    await vm.event('SHUTDOWN')
    await vm.ended()
    expect(vm.console).toContain('reboot: Power down')
  })
}

async function memory(reference: GuestAgent): Promise<void> {
  await check('memory of the agent that has just answered', async () => {
    const status = await reference.sh(
      'cat /proc/$(pidof qga | tr " " "\\n" | sort -n | head -1)/status',
    )
    const mebibytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
    const [anonymous, resident] = [mebibytes('RssAnon'), mebibytes('VmRSS')]
    figure(
      `memory in the guest: ${anonymous.toFixed(1)} MiB anonymous, ${resident.toFixed(1)} MiB resident`,
    )
    expect(anonymous).toBeLessThan(10)
    expect(resident).toBeLessThan(40)
  })
}

async function channelChecks(vm: Vm, reference: GuestAgent): Promise<void> {
  await check('isa-serial answers', async () => {
    const agent = await vm.agent('isa')
    await agent.sync()
    expect(await agent.ask('guest-ping')).toEqual({ return: {} })
    await agent.close()
  })

  await check(
    'virtio-serial: twenty hosts one after the other, some in the middle of a word',
    async () => {
      for (let i = 0; i < 20; i++) {
        const agent = await vm.agent()
        expect(await agent.ask('guest-ping')).toEqual({ return: {} })
        agent.raw.send(i % 2 === 0 ? '{"execute":"guest-pi' : PING)
        await agent.close()
        // QEMU tells the guest of the one before it takes the next.
        await Bun.sleep(50)
      }
    },
  )

  await check(
    'virtio-serial: 16 MiB arrive whole, and what a host left unread is not the next one’s',
    async () => {
      const first = await vm.agent()
      const handle = await first.call<number>('guest-file-open', { path: '/dev/zero' })
      const read = { execute: 'guest-file-read', arguments: { handle, count: 12 * 1024 * 1024 } }
      first.raw.send(`${JSON.stringify(read)}\n`)
      const line = await first.raw.line(60_000)
      expect(line).toHaveLength(
        '{"return": {"count": 12582912, "buf-b64": "", "eof": false}}'.length + 16 * 1024 * 1024,
      )
      first.raw.send(`${JSON.stringify(read)}\n`)
      await Bun.sleep(200)
      await first.close()
      await Bun.sleep(200)
      const second = await vm.agent()
      await second.sync()
      expect(await second.ask('guest-ping')).toEqual({ return: {} })
      await second.call('guest-file-close', { handle })
      await second.close()
    },
  )

  await check('virtio-serial: a host that is away costs no processor time', async () => {
    const ticks = async () =>
      Number(
        await reference.sh(
          'cut -d" " -f14,15 /proc/$(pidof qga | tr " " "\\n" | sort -n | head -1)/stat | { read a b; echo $((a+b)); }',
        ),
      )
    const before = await ticks()
    await Bun.sleep(3000)
    // Hundredths of a second.
    expect((await ticks()) - before).toBeLessThan(60)
  })

  await check('virtio-serial: the port is unplugged and comes back', async () => {
    await vm.qmp('device_del', { id: 'port' })
    await Bun.sleep(500)
    await vm.qmp('device_add', {
      driver: 'virtserialport',
      bus: 'ports.0',
      chardev: 'agent',
      name: 'org.qemu.guest_agent.0',
      id: 'port',
    })
    const agent = await vm.agent()
    await agent.sync()
    expect(await agent.ask('guest-ping')).toEqual({ return: {} })
    await agent.close()
  })
}

/** In turns, so that what slows this machine slows both. */
async function pings(vm: Vm, reference: GuestAgent): Promise<void> {
  const ours = await vm.agent()
  const times = { ours: [] as number[], theirs: [] as number[] }
  for (let round = 0; round < 11; round++) {
    for (const [agent, into] of [
      [ours, times.ours],
      [reference, times.theirs],
    ] as const) {
      for (let i = 0; i < 200; i++) {
        const start = performance.now()
        await agent.ask('guest-ping')
        // The first round warms up.
        if (round > 0) into.push(performance.now() - start)
      }
    }
  }
  await ours.close()
  const at = (sorted: number[], share: number) =>
    sorted[Math.floor(sorted.length * share)] as number
  const [our, their] = [times.ours, times.theirs].map((all) => all.toSorted((a, b) => a - b)) as [
    number[],
    number[],
  ]
  const ratio = at(our, 0.5) / at(their, 0.5)
  const us = (ms: number) => `${Math.round(ms * 1000)} µs`
  figure(
    `guest-ping in the guest: median ${us(at(our, 0.5))}, of the C agent ${us(at(their, 0.5))}, ratio ${ratio.toFixed(2)}; ` +
      `99 of 100 within ${us(at(our, 0.99))} and ${us(at(their, 0.99))}`,
  )
  expect(ratio).toBeLessThan(1.15)
}

async function suspend(vm: Vm): Promise<void> {
  const agent = await vm.agent()
  agent.raw.send('{"execute":"guest-suspend-ram"}\n')
  await vm.event('SUSPEND')
  await vm.qmp('system_wakeup')
  await agent.sync()
  expect(await agent.ask('guest-ping')).toEqual({ return: {} })
  await agent.close()
}
