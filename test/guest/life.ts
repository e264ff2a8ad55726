// SPDX-License-Identifier: Apache-2.0
/** One guest from its boot to its end: what is fast and harmless first. */
import { expect } from 'bun:test'
import { accountChecks } from './accounts.ts'
import { channelChecks } from './channels.ts'
import { check } from './checks.ts'
import { figureChecks } from './figures.ts'
import { freezeChecks } from './freeze.ts'
import { diskChecks, hardwareChecks } from './hardware.ts'
import type { Image } from './image.ts'
import { socketChecks } from './sockets.ts'
import { BOOT_MS, type GuestAgent, Vm } from './vm.ts'

/** @param beside is begun when nothing is measured any more */
export async function wholeLife(image: Image, beside: () => Promise<void>): Promise<void> {
  await using vm = new Vm(image)
  if (!(await check('the guest boots', () => vm.up()))) return
  const reference = await vm.agent('reference')
  await check('Debian’s agent answers', () => reference.sync())

  await check('virtio-serial: the agent was there before the host', async () => {
    await using agent = await vm.agent()
    await agent.sync(BOOT_MS)
    expect(await agent.ask('guest-ping')).toEqual({ return: {} })
  })
  await figureChecks(vm, reference)
  await Promise.all([beside(), laterLife(vm, reference)])
}

async function laterLife(vm: Vm, reference: GuestAgent): Promise<void> {
  await channelChecks(vm, reference)
  await socketChecks(vm, reference)
  await hardwareChecks(vm, reference)
  await diskChecks(vm, reference)
  await accountChecks(vm, reference)
  await freezeChecks(vm, reference)
  await check('guest-shutdown with mode powerdown', async () => {
    await using agent = await vm.agent()
    await agent.sync()
    agent.raw.send('{"execute":"guest-shutdown"}\n')
    await vm.event('SHUTDOWN')
    await vm.ended()
    expect(vm.console).toContain('reboot: Power down')
  })
}
