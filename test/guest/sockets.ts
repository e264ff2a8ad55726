// SPDX-License-Identifier: Apache-2.0
/** Further agents in the guest, on sockets and on a port that comes later; asked from within. */
import { expect } from 'bun:test'
import { check } from './checks.ts'
import { type GuestAgent, portDevice, type Vm } from './vm.ts'

export async function socketChecks(vm: Vm, reference: GuestAgent): Promise<void> {
  await check('unix-listen answers in the guest', () =>
    asked(reference, 'unix-listen', '/run/unix/socket', 'UNIX-CONNECT:/run/unix/socket'),
  )
  await check('vsock-listen answers over the guest’s own loopback', () =>
    asked(reference, 'vsock-listen', '1:1234', 'VSOCK-CONNECT:1:1234'),
  )
  await check('vsock-listen hears nobody of the guest where it listens for the host', () =>
    unheard(reference),
  )
  await check('--retry-path: a port that is plugged in later is served', () => late(vm, reference))
}

/** Three clients, one after the other, the last with two requests in one go. */
async function asked(
  reference: GuestAgent,
  method: string,
  path: string,
  address: string,
): Promise<void> {
  const state = `/run/${method.split('-')[0]}`
  await start(reference, state, `-m ${method} -p ${path}`)
  const ping = String.raw`{"execute":"guest-ping"}\n`
  const ask = (requests: string) =>
    reference.sh(`printf '${requests}' | socat -t 20 - ${address} 2>/dev/null`)
  for (let tries = 0; (await ask(ping)) === ''; tries++) {
    if (tries > 100) throw new Error(await reference.sh(`cat ${state}/log`))
    await Bun.sleep(100)
  }
  expect(await ask(ping)).toBe('{"return": {}}\n')
  expect(await ask(ping + ping)).toBe('{"return": {}}\n{"return": {}}\n')
  await reference.sh(`kill $(cat ${state}/pid)`)
}

/** Connected, and let go without an answer: nobody else than the host has a say, root of the guest included. */
async function unheard(reference: GuestAgent): Promise<void> {
  const state = '/run/any'
  await start(reference, state, '-m vsock-listen -p 4294967295:1235')
  const ask = String.raw`printf '{"execute":"guest-ping"}\n' | socat -t 20 - VSOCK-CONNECT:1:1235 2>/dev/null; echo $?`
  for (let tries = 0; ; tries++) {
    const told = await reference.sh(ask)
    if (told === '0\n' || told.includes('return')) {
      expect(told).toBe('0\n')
      break
    }
    if (tries > 100) throw new Error(await reference.sh(`cat ${state}/log`))
    await Bun.sleep(100)
  }
  await reference.sh(`kill $(cat ${state}/pid)`)
}

async function start(reference: GuestAgent, state: string, options: string): Promise<void> {
  await reference.sh(
    `mkdir -p ${state}; /usr/local/bin/qga -t ${state} ${options} >${state}/log 2>&1 & echo $! >${state}/pid`,
  )
}

const LATE = portDevice('late')

async function late(vm: Vm, reference: GuestAgent): Promise<void> {
  await start(reference, '/run/late', `--retry-path -p /dev/virtio-ports/${LATE.name}`)
  await vm.until('the agent waits for it', async () =>
    (await reference.sh('cat /run/late/log')).includes('will retry'),
  )
  await vm.qmp('device_add', LATE)
  await using agent = await vm.agent('late')
  await agent.sync()
  expect(await agent.ask('guest-ping')).toEqual({ return: {} })
  await reference.sh('kill $(cat /run/late/pid)')
}
