// SPDX-License-Identifier: Apache-2.0
/** Freezes of the very root file system that the agent runs from. */
import { expect } from 'bun:test'
import { check, figure } from './checks.ts'
import type { GuestAgent, Vm } from './vm.ts'

const FROZEN_MS = 60_000
/** What of it goes to pings, to connections, and to larger replies. */
const OTHER_MS = 500

export async function freezeChecks(vm: Vm, reference: GuestAgent): Promise<void> {
  await check('all is frozen for a minute, with traffic, and thawed', () =>
    longFreeze(vm, reference),
  )
  await check('an agent that is killed while all is frozen comes back and thaws', () =>
    killed(vm, reference),
  )
  await check('a freeze that is forgotten ends at its limit', () => forgotten(vm, reference))
}

/** A file is written in the guest; whether the write has ended. */
async function writes(reference: GuestAgent, name: string): Promise<() => Promise<boolean>> {
  await reference.sh(`(echo written >/var/tmp/${name}; echo done >/run/${name}) >/dev/null 2>&1 &`)
  return async () => (await reference.sh(`cat /run/${name} 2>/dev/null`)) === 'done\n'
}

async function longFreeze(vm: Vm, reference: GuestAgent): Promise<void> {
  let agent = await vm.agent()
  await agent.sync()
  expect(await agent.call<number>('guest-fsfreeze-freeze')).toBe(3)
  const start = performance.now()
  const isWritten = await writes(reference, 'long')
  let count = 0
  let longest = 0
  while (performance.now() - start < FROZEN_MS) {
    for (let i = 0; i < 50; i++) {
      const asked = performance.now()
      expect(await agent.ask('guest-ping')).toEqual({ return: {} })
      longest = Math.max(longest, performance.now() - asked)
      count++
    }
    expect(await agent.call<string>('guest-fsfreeze-status')).toBe('frozen')
    expect((await agent.ask('guest-exec', { path: '/bin/true' })).error?.class).toBe(
      'CommandNotFound',
    )
    expect((await agent.ask('guest-info')).error).toBeUndefined()
    await agent.close()
    await Bun.sleep(OTHER_MS)
    agent = await vm.agent()
    await agent.sync()
  }
  expect(await isWritten()).toBe(false)
  expect(await agent.call<number>('guest-fsfreeze-thaw')).toBe(3)
  await vm.until('the write has ended', isWritten)
  expect(await agent.call<string>('guest-fsfreeze-status')).toBe('thawed')
  await agent.close()
  figure(`frozen for a minute: ${count} pings, the longest took ${Math.round(longest)} ms`)
}

async function killed(vm: Vm, reference: GuestAgent): Promise<void> {
  await using agent = await vm.agent()
  await agent.sync()
  expect(await agent.call<number>('guest-fsfreeze-freeze')).toBe(3)
  const isWritten = await writes(reference, 'killed')
  await killAgent(reference)
  await agent.close()
  await using next = await vm.agent()
  await next.syncAgain()
  expect(await next.call<string>('guest-fsfreeze-status')).toBe('frozen')
  expect(await isWritten()).toBe(false)
  expect(await next.call<number>('guest-fsfreeze-thaw')).toBe(3)
  await vm.until('the write has ended', isWritten)
  expect(await next.call<string>('guest-fsfreeze-status')).toBe('thawed')
}

async function killAgent(reference: GuestAgent): Promise<void> {
  await reference.sh('kill -9 $(cat /run/qga.pid)')
}

async function forgotten(vm: Vm, reference: GuestAgent): Promise<void> {
  await reference.sh(
    'echo "-c /run/qga.conf" >/run/qga.options; printf "[general]\\nfsfreeze-timeout=5\\n" >/run/qga.conf',
  )
  await killAgent(reference)
  await using agent = await vm.agent()
  await agent.syncAgain()
  expect(await agent.call<number>('guest-fsfreeze-freeze')).toBe(3)
  const isWritten = await writes(reference, 'forgotten')
  expect(await isWritten()).toBe(false)
  await vm.until('the write has ended', isWritten)
  await vm.until(
    'the agent knows',
    async () => (await agent.call<string>('guest-fsfreeze-status')) === 'thawed',
  )
  expect(await agent.call<number>('guest-fsfreeze-thaw')).toBe(0)
}
