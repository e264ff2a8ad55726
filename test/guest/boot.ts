// SPDX-License-Identifier: Apache-2.0
/** Hosts that are there before the agent, and the ways that a guest ends. */
import { expect } from 'bun:test'
import { check } from './checks.ts'
import type { Image } from './image.ts'
import { BOOT_MS, Vm } from './vm.ts'

const PING = '{"execute":"guest-ping"}\n'

export async function beforeAgents(image: Image): Promise<void> {
  await check('a request sent before the guest has booted is answered; halt', async () => {
    await using vm = new Vm(image, { append: 'late' })
    await using agent = await vm.agent()
    agent.raw.send(PING)
    expect(await agent.raw.line(BOOT_MS)).toBe('{"return": {}}')
    agent.raw.send('{"execute":"guest-shutdown","arguments":{"mode":"halt"}}\n')
    await vm.until('the guest has halted', () => vm.console.includes('System halted'))
    expect(agent.raw.unfinished).toBe('')
  })

  await check('guest-suspend-ram, awake again by the monitor, and mode reboot', async () => {
    await using vm = new Vm(image)
    await vm.up()
    await using agent = await vm.agent()
    await agent.sync()
    agent.raw.send('{"execute":"guest-suspend-ram"}\n')
    await vm.event('SUSPEND')
    await vm.qmp('system_wakeup')
    // To have slept well is not told; the byte 0xFF before a sync is, as upstream tells it.
    expect((await agent.sync()).filter((line) => !line.includes('stray'))).toEqual([])
    expect(await agent.ask('guest-ping')).toEqual({ return: {} })
    agent.raw.send('{"execute":"guest-shutdown","arguments":{"mode":"reboot"}}\n')
    await vm.event('SHUTDOWN')
    await vm.ended()
    expect(vm.console).toContain('reboot: Restarting system')
  })
}
