// SPDX-License-Identifier: Apache-2.0
/** A guest under QEMU's emulation, with the host's ends of its channels. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RawClient } from '../harness/raw-client.ts'
import { type Image, sh } from './image.ts'

export const BOOT_MS = 400_000
/** Emulated processors, on a busy machine. */
const ANSWER_MS = 180_000

/** As libvirt does: a sync that is not answered is sent again. */
const AGAIN_MS = 5000

export interface Answer {
  readonly return?: unknown
  readonly error?: { readonly class: string; readonly desc: string }
}

/** A channel of an agent, from the host's side. */
export class GuestAgent {
  readonly raw: RawClient

  private constructor(raw: RawClient) {
    this.raw = raw
  }

  static async connect(socket: string): Promise<GuestAgent> {
    return new GuestAgent(await RawClient.connect(socket))
  }

  async ask(execute: string, args?: object, deadlineMs = ANSWER_MS): Promise<Answer> {
    this.raw.send(Buffer.from(`${JSON.stringify({ execute, ...(args && { arguments: args }) })}\n`))
    return JSON.parse(await this.raw.line(deadlineMs)) as Answer
  }

  async call<T>(execute: string, args?: object): Promise<T> {
    const { error, return: result } = await this.ask(execute, args)
    if (error !== undefined) throw new Error(`${execute}: ${error.desc}`)
    return result as T
  }

  /** Drops what was meant for the host before this one, and returns it. */
  async sync(deadlineMs = ANSWER_MS): Promise<readonly string[]> {
    const id = Math.floor(Math.random() * 1e9)
    this.raw.send(`\xff{"execute":"guest-sync-delimited","arguments":{"id":${id}}}\n`)
    return await this.raw.linesBefore((line) => line.endsWith(`{"return": ${id}}`), deadlineMs)
  }

  /** The same with an agent that is being started anew: what the one before had been handed went with it. */
  async syncAgain(): Promise<void> {
    const deadline = performance.now() + BOOT_MS
    for (;;) {
      try {
        await this.sync(AGAIN_MS)
        return
      } catch (error) {
        if (performance.now() > deadline) throw error
      }
    }
  }

  /** Standard output of a shell command in the guest. */
  async sh(command: string): Promise<string> {
    const arg = ['-c', command]
    const started = await this.call<{ pid: number }>('guest-exec', {
      path: '/bin/sh',
      arg,
      'capture-output': true,
    })
    for (;;) {
      const status = await this.call<Status>('guest-exec-status', started)
      if (status.exited) return Buffer.from(status['out-data'] ?? '', 'base64').toString()
      await Bun.sleep(10)
    }
  }

  close(): Promise<void> {
    return this.raw.close()
  }

  /** QEMU serves one host at a time on a channel: whoever leaves it open keeps the next one waiting. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

interface Status {
  readonly exited: boolean
  readonly 'out-data'?: string
}

/** A port as the monitor takes it; its chardev has the same name. */
export function portDevice(chardev: string, name = chardev, id = chardev) {
  return { driver: 'virtserialport', bus: 'ports.0', chardev, name, id }
}

export const AGENT_PORT = portDevice('agent', 'org.qemu.guest_agent.0', 'port')

interface VmOptions {
  /** Behind the kernel's usual command line. */
  readonly append?: string
  /** Whether a reboot starts the machine anew, instead of ending it. */
  readonly isRebooting?: boolean
  readonly processors?: number
}

/** What each guest has: two disks beside its own that discard, three channels, and slots for memory. */
export class Vm {
  readonly folder = mkdtempSync(join(tmpdir(), 'qga-guest-'))
  readonly #qemu: Bun.Subprocess
  #qmp: RawClient | undefined
  #events: string[] = []

  constructor(image: Image, { append = '', isRebooting = false, processors = 2 }: VmOptions = {}) {
    mkdirSync(this.folder, { recursive: true })
    const overlay = this.path('root.qcow2')
    sh(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', image.root, '-F', 'raw', overlay])
    for (const name of ['scsi.img', 'nvme.img']) {
      sh(['mke2fs', '-q', '-t', 'ext4', '-F', this.path(name), '64M'])
    }
    const unix = (name: string) => `socket,id=${name},path=${this.path(name)},server=on,wait=off`
    const disk = (name: string, format: string) =>
      `file=${this.path(name)},format=${format},if=none,id=${name},discard=unmap`
    this.#qemu = Bun.spawn(
      [
        ...['qemu-system-x86_64', '-M', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'Nehalem'],
        ...[
          '-smp',
          String(processors),
          '-m',
          '768M,slots=2,maxmem=2G',
          '-nodefaults',
          '-display',
          'none',
        ],
        ...[
          ...(isRebooting ? [] : ['-no-reboot']),
          '-kernel',
          image.kernel,
          '-initrd',
          image.initrd,
        ],
        ...['-append', `console=ttyS0 quiet panic=1 memhp_default_state=online_movable ${append}`],
        ...['-serial', `file:${this.path('console')}`],
        ...['-chardev', unix('isa'), '-device', 'isa-serial,chardev=isa'],
        ...['-chardev', unix('qmp'), '-mon', 'chardev=qmp,mode=control'],
        ...['-drive', disk('root.qcow2', 'qcow2'), '-device', 'virtio-blk-pci,drive=root.qcow2'],
        ...['-drive', disk('scsi.img', 'raw'), '-device', 'virtio-scsi-pci,id=scsi'],
        ...['-device', 'scsi-hd,drive=scsi.img,bus=scsi.0,serial=SCSI42'],
        ...['-drive', disk('nvme.img', 'raw'), '-device', 'nvme,drive=nvme.img,serial=NVME42'],
        ...['-device', 'virtio-serial-pci,id=ports'],
        ...['-chardev', unix('agent'), '-device', JSON.stringify(AGENT_PORT)],
        ...['-chardev', unix('reference'), '-device', JSON.stringify(portDevice('reference'))],
        // For a port that comes later.
        ...['-chardev', unix('late')],
        ...['-netdev', 'user,id=net', '-device', 'virtio-net-pci,netdev=net'],
      ],
      { stdin: 'ignore', stdout: 'inherit', stderr: 'inherit' },
    )
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  get console(): string {
    return existsSync(this.path('console')) ? readFileSync(this.path('console'), 'latin1') : ''
  }

  /** Once the guest has started its agents, which may not answer yet. */
  async up(): Promise<void> {
    await this.until('the guest is up', () => this.console.includes('the guest is up'), BOOT_MS)
  }

  /** @param name of the channel: agent, isa, reference */
  async agent(name = 'agent'): Promise<GuestAgent> {
    await this.until('QEMU listens', () => existsSync(this.path(name)))
    return GuestAgent.connect(this.path(name))
  }

  /** A command for the monitor. */
  async qmp(execute: string, args: object = {}): Promise<unknown> {
    this.#qmp ??= await this.#monitor()
    this.#qmp.send(`${JSON.stringify({ execute, arguments: args })}\n`)
    for (;;) {
      const line = await this.#qmp.line(ANSWER_MS)
      const message = JSON.parse(line) as Answer & { event?: string }
      if (message.error !== undefined) throw new Error(`${execute}: ${message.error.desc}`)
      if (message.event === undefined) return message.return
      this.#events.push(message.event)
    }
  }

  /** Waits for something that the monitor tells. */
  async event(name: string): Promise<void> {
    this.#qmp ??= await this.#monitor()
    while (!this.#events.includes(name)) {
      const { event } = JSON.parse(await this.#qmp.line(ANSWER_MS)) as { event?: string }
      if (event !== undefined) this.#events.push(event)
    }
    this.#events = []
  }

  async until(
    claim: string,
    condition: () => boolean | Promise<boolean>,
    deadlineMs = ANSWER_MS,
  ): Promise<void> {
    const deadline = performance.now() + deadlineMs
    while (!(await condition())) {
      if (this.#qemu.exitCode !== null) throw new Error(`QEMU has ended before ${claim}`)
      if (performance.now() > deadline) {
        throw new Error(`Cannot wait any longer until ${claim}; console:\n${this.console}`)
      }
      await Bun.sleep(20)
    }
  }

  /** The machine has been switched off, or has started anew. */
  async ended(): Promise<void> {
    const late = setTimeout(() => this.#qemu.kill('SIGKILL'), ANSWER_MS)
    await this.#qemu.exited
    clearTimeout(late)
    if (this.#qemu.exitCode !== 0) throw new Error(`QEMU ended with ${this.#qemu.exitCode}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#qemu.kill('SIGKILL')
    await this.#qemu.exited
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #monitor(): Promise<RawClient> {
    const client = await RawClient.connect(this.path('qmp'))
    await client.line()
    client.send('{"execute":"qmp_capabilities"}\n')
    await client.line()
    return client
  }
}
