// SPDX-License-Identifier: Apache-2.0
/** The package in a guest with systemd, udev and dpkg: from Debian's agent to ours, to the next one, to none. */
import { expect } from 'bun:test'
import { version } from '../../package.json'
import { check } from './checks.ts'
import type { Image } from './image.ts'
import { NEXT_VERSION } from './system-image.ts'
import { AGENT_PORT, BOOT_MS, type GuestAgent, Vm } from './vm.ts'

const FROZEN_MS = 5000
const deb = (version: string) => `/opt/qga_${version}_amd64.deb`

export async function serviceChecks(image: Image): Promise<void> {
  await using vm = new Vm(image, {
    isRebooting: true,
    append: 'systemd.condition-needs-update=0',
    // Two emulated ones that have to wait for each other, on a busy machine, do not always boot again.
    processors: 1,
  })
  const reference = await vm.agent('reference')
  const isUp = await check('systemd: the guest boots, and udev starts Debian’s agent', async () => {
    await reference.sync(BOOT_MS)
    await answers(vm)
    expect(await reference.sh('cat /proc/1/comm')).toBe('systemd\n')
    expect(await program(reference)).toBe('/usr/sbin/qemu-ga')
  })
  if (!isUp) return
  const isInstalled = await check(
    'systemd: the package takes the place of Debian’s, and serves at once',
    async () => {
      await dpkg(reference, `-i ${deb(version)}`)
      await answers(vm)
      expect(await program(reference)).toBe('/usr/sbin/qga')
      expect(await reference.sh(`dpkg-query -W -f '\${Status}' qga`)).toBe('install ok installed')
      expect(await reference.sh(`dpkg-query -W -f '\${Status}' qemu-guest-agent`)).toMatch(
        / config-files$/,
      )
    },
  )
  if (!isInstalled) return
  await check('systemd: qemu-guest-agent.service is our unit', async () => {
    const show = 'systemctl show -p Id -p Names -p ActiveState qemu-guest-agent.service'
    const told = await reference.sh(show)
    expect(told).toContain('Id=qga.service\n')
    expect(told).toMatch(/^Names=.*\bqemu-guest-agent\.service\b/m)
    expect(told).toContain('ActiveState=active\n')
    expect(await reference.sh('cd /tmp && qga doctor')).toContain('ready for backups')
  })
  await check('systemd: the agent is started again when it was killed', async () => {
    const before = await mainPid(reference)
    await reference.sh('systemctl kill -s KILL qga.service')
    await answers(vm)
    expect(await mainPid(reference)).not.toBe(before)
  })
  await check('systemd: the port’s removal ends the agent, and its return starts it', async () => {
    await vm.qmp('device_del', { id: 'port' })
    await vm.event('DEVICE_DELETED')
    await vm.until('the unit has ended', async () => (await mainPid(reference)) === '0')
    await vm.qmp('device_add', AGENT_PORT)
    await answers(vm)
  })
  await check('systemd: all is frozen, the journal’s file system too, and thawed', () =>
    frozen(vm, reference),
  )
  await check('systemd: a socket unit hands its socket over', async () => {
    await reference.sh('systemctl start sample.socket')
    const ping = String.raw`printf '{"execute":"guest-ping"}\n'`
    const told = await reference.sh(`${ping} | socat -t 60 - UNIX-CONNECT:/run/sample.socket`)
    expect(told).toBe('{"return": {}}\n')
    expect(await reference.sh('systemctl is-active sample.service')).toBe('active\n')
    await reference.sh('systemctl stop sample.socket sample.service')
  })
  await check('systemd: the next version takes over while the agent runs', async () => {
    const before = await mainPid(reference)
    await dpkg(reference, `-i ${deb(NEXT_VERSION)}`)
    await answers(vm)
    expect(await mainPid(reference)).not.toBe(before)
    expect(await program(reference)).toBe('/usr/sbin/qga')
    expect(await reference.sh(`dpkg-query -W -f '\${Version}' qga`)).toBe(NEXT_VERSION)
  })
  await check('systemd: guest-shutdown with mode reboot, and udev starts the agent', async () => {
    const boot = await reference.sh('cat /proc/sys/kernel/random/boot_id')
    {
      await using agent = await vm.agent()
      await agent.syncAgain()
      agent.raw.send('{"execute":"guest-shutdown","arguments":{"mode":"reboot"}}\n')
      await vm.event('RESET')
    }
    await reference.syncAgain()
    await answers(vm)
    expect(await reference.sh('cat /proc/sys/kernel/random/boot_id')).not.toBe(boot)
    expect(await program(reference)).toBe('/usr/sbin/qga')
  })
  await check('systemd: the package goes, and nothing of it stays on the disk', async () => {
    await dpkg(reference, '-P qga')
    expect(await reference.sh('systemctl is-active qga.service')).toBe('inactive\n')
    expect(await reference.sh('pidof qga')).toBe('')
    const left = 'find /etc /usr /var -xdev -iname "*qga*" -o -name "*qemu-guest-agent.service*"'
    expect(await reference.sh(left)).toBe('')
  })
}

/** The agent at the port, after it was started anew. */
async function answers(vm: Vm): Promise<void> {
  await using agent = await vm.agent()
  await agent.syncAgain()
  expect(await agent.ask('guest-ping')).toEqual({ return: {} })
}

/** The file that serves at the port. */
async function program(reference: GuestAgent): Promise<string> {
  const find = `
port=$(readlink -f /dev/virtio-ports/org.qemu.guest_agent.0)
for each in /proc/[0-9]*/fd/*; do
  [ "$(readlink $each)" = "$port" ] && readlink \${each%/fd/*}/exe
done`
  return (await reference.sh(find)).trim()
}

async function mainPid(reference: GuestAgent): Promise<string> {
  return (await reference.sh('systemctl show -P MainPID qga.service')).trim()
}

async function dpkg(reference: GuestAgent, what: string): Promise<void> {
  const told = await reference.sh(
    `export DEBIAN_FRONTEND=noninteractive; dpkg --force-unsafe-io ${what} </dev/null 2>&1; echo "status $?"`,
  )
  if (!told.endsWith('status 0\n')) throw new Error(`dpkg ${what}: ${told}`)
}

/** The reference agent's state lies in /run, so that it answers meanwhile. */
async function frozen(vm: Vm, reference: GuestAgent): Promise<void> {
  await using agent = await vm.agent()
  await agent.sync()
  expect(await agent.call<number>('guest-fsfreeze-freeze')).toBe(1)
  const end = performance.now() + FROZEN_MS
  while (performance.now() < end) expect(await agent.ask('guest-ping')).toEqual({ return: {} })
  await reference.sh('systemctl kill -s KILL qga.service')
  await agent.syncAgain()
  expect(await agent.call<string>('guest-fsfreeze-status')).toBe('frozen')
  expect(await agent.call<number>('guest-fsfreeze-thaw')).toBe(1)
  expect(await agent.call<string>('guest-fsfreeze-status')).toBe('thawed')
}
