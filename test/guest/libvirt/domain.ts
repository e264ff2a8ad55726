// SPDX-License-Identifier: Apache-2.0
/** A guest that libvirt runs, and virsh for it. */
import { existsSync, readFileSync } from 'node:fs'
import { HOME, type LibvirtHost } from './host.ts'

/** Emulated processors, on a busy machine. */
const BOOT_MS = 300_000
const ANSWER_S = '100'

interface Status {
  readonly exited: boolean
  readonly exitcode?: number
  readonly 'out-data'?: string
}

export class Domain {
  readonly host: LibvirtHost
  readonly name: string

  private constructor(host: LibvirtHost, name: string) {
    this.host = host
    this.name = name
  }

  /** @param append to the kernel's command line */
  static async create(host: LibvirtHost, name: string, append: string): Promise<Domain> {
    const domain = new Domain(host, name)
    host.write(`${name}.xml`, definition(name, append))
    for (const disk of ['root', 'tools']) {
      const backing = ['-b', `${HOME}/${disk}.img`, '-F', 'raw', `${HOME}/${name}-${disk}.qcow2`]
      await domain.run('qemu-img', 'create', '-q', '-f', 'qcow2', ...backing)
    }
    await domain.run('virsh', 'create', `${HOME}/${name}.xml`)
    return domain
  }

  /** Runs a command that has to succeed, and returns what it printed, with `GUEST` for the name of the domain. */
  async run(...command: string[]): Promise<string> {
    const { code, out, error } = await this.host.run(command)
    if (code !== 0) throw new Error(this.#anonymous(error || out))
    return this.#anonymous(out)
  }

  /** A command of virsh on the domain. */
  virsh(command: string, ...args: string[]): Promise<string> {
    return this.run('virsh', command, this.name, ...args)
  }

  /** A command of virsh that has to fail; the error. */
  async refused(command: string, ...args: string[]): Promise<string> {
    const { code, out, error } = await this.host.run(['virsh', command, this.name, ...args])
    if (code === 0) throw new Error(`virsh ${command} ${args.join(' ')} succeeded: ${out}`)
    return this.#anonymous(error)
  }

  /** `virsh qemu-agent-command` */
  async call<T>(execute: string, args?: object): Promise<T> {
    const request = JSON.stringify({ execute, ...(args && { arguments: args }) })
    // libvirt's own limit is 5 s, which an emulated guest on a busy machine may need.
    const reply = await this.virsh('qemu-agent-command', '--timeout', ANSWER_S, request)
    return (JSON.parse(reply) as { return: T }).return
  }

  /** Standard output of a shell command in the guest, which has to succeed. */
  async sh(command: string): Promise<string> {
    const started = await this.call<{ pid: number }>('guest-exec', {
      path: '/bin/sh',
      arg: ['-c', command],
      'capture-output': true,
    })
    for (;;) {
      const status = await this.call<Status>('guest-exec-status', started)
      if (status.exited && status.exitcode !== 0) throw new Error(`${command} in the guest failed`)
      if (status.exited) return Buffer.from(status['out-data'] ?? '', 'base64').toString()
    }
  }

  /** Whether the agent answers within libvirt's own limit. */
  async answers(): Promise<boolean> {
    const ping = ['virsh', 'qemu-agent-command', this.name, '{"execute":"guest-ping"}']
    return (await this.host.run(ping)).code === 0
  }

  /** Until the agent answers. */
  up(): Promise<void> {
    return this.until('the agent answers', () => this.answers())
  }

  async until(claim: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + BOOT_MS
    while (!(await condition())) {
      if (performance.now() > deadline) {
        throw new Error(`Cannot wait any longer until ${claim}; console:\n${this.#console()}`)
      }
      // Each question is a process, which takes from what the guest could have.
      await Bun.sleep(300)
    }
  }

  /** `running`, `pmsuspended`; undefined when it has gone, for a domain that was only created leaves nothing. */
  async state(): Promise<string | undefined> {
    const { code, out } = await this.host.run(['virsh', 'domstate', this.name])
    return code === 0 ? out.trim() : undefined
  }

  #console(): string {
    const path = this.host.path(`${this.name}.console`)
    return existsSync(path) ? readFileSync(path, 'latin1') : ''
  }

  #anonymous(text: string): string {
    return text.trim().replaceAll(this.name, 'GUEST')
  }
}

/** Both guests are the same machine, to the address of the network card. */
function definition(name: string, append: string): string {
  const disk = (file: string, target: string, bus: string, serial: string) =>
    `<disk type='file' device='disk'><driver name='qemu' type='qcow2' discard='unmap'/>
      <source file='${HOME}/${name}-${file}.qcow2'/><target dev='${target}' bus='${bus}'/><serial>${serial}</serial></disk>`
  return `<domain type='qemu'>
  <name>${name}</name><memory unit='MiB'>768</memory><vcpu>2</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type>
    <kernel>${HOME}/kernel</kernel><initrd>${HOME}/initrd</initrd>
    <cmdline>console=ttyS0 quiet panic=1 ${append}</cmdline></os>
  <features><acpi/></features>
  <cpu mode='custom' match='exact'><model fallback='forbid'>Nehalem</model></cpu>
  <pm><suspend-to-mem enabled='yes'/></pm>
  <on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    ${disk('root', 'vda', 'virtio', 'ROOT42')}
    <controller type='scsi' model='virtio-scsi'/><controller type='usb' model='none'/>
    ${disk('tools', 'sda', 'scsi', 'SCSI42')}
    <serial type='file'><source path='${HOME}/${name}.console'/></serial>
    <interface type='user'><mac address='52:54:00:12:34:56'/><model type='virtio'/></interface>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <memballoon model='none'/>
  </devices>
</domain>
`
}
