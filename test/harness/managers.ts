// SPDX-License-Identifier: Apache-2.0
/** How management software talks to an agent, as far as it matters what comes between its lines. */
import { RawClient } from './raw-client.ts'

/** What Proxmox VE takes for an answer: two lines, the first behind 0xFF, and nothing after them. */
const TWO_LINES = /^.*\xff([^\n]+}\r?\n[^\n]+})\r?\n(.*)$/s

let id = Date.now()

/** A connection of its own, sync and command in one write; what came, decoded, and the time until the sync. */
export async function proxmox(socket: string, execute: string, args: object = {}) {
  using client = await RawClient.connect(socket)
  const sync = ++id
  const start = performance.now()
  client.send(
    `${JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id: sync } })}\n${JSON.stringify({ execute, arguments: args })}\n`,
  )
  const first = await client.line()
  const syncMs = performance.now() - start
  const text = `${first}\n${await client.line()}\n${client.unfinished}`
  const [, lines = '', rest = 'no match'] = TWO_LINES.exec(text) ?? []
  const [synced, reply] = lines.split('\n').map((line) => JSON.parse(line)) as [Reply, Reply]
  if (synced.return !== sync || rest !== '') throw new Error(`Cannot be an answer: ${text}`)
  return { reply, syncMs }
}

interface Reply {
  readonly return?: unknown
  readonly error?: { readonly class: string; readonly desc: string }
}

/** libvirt, and KubeVirt behind it: one connection, a plain sync when it begins and when it has given up, one command at a time. */
export class Libvirt {
  readonly client: RawClient

  private constructor(client: RawClient) {
    this.client = client
  }

  static async connect(socket: string): Promise<Libvirt> {
    const libvirt = new Libvirt(await RawClient.connect(socket))
    await libvirt.sync()
    return libvirt
  }

  /** @returns the milliseconds it took. Foreign lines are errors. */
  async sync(): Promise<number> {
    const start = performance.now()
    const sync = ++id
    this.client.send(`${JSON.stringify({ execute: 'guest-sync', arguments: { id: sync } })}\n`)
    const line = await this.client.line()
    if (line !== `{"return": ${sync}}`) throw new Error(`Cannot be in sync: ${line}`)
    return performance.now() - start
  }

  async call(execute: string, args?: object): Promise<Reply> {
    this.ask(execute, args)
    return JSON.parse(await this.client.line()) as Reply
  }

  /** Without waiting for the reply. */
  ask(execute: string, args?: object): void {
    this.client.send(`${JSON.stringify({ execute, ...(args && { arguments: args }) })}\n`)
  }

  [Symbol.dispose](): void {
    this.client[Symbol.dispose]()
  }
}

/** What KubeVirt looks at again and again. */
export const KUBEVIRT_POLL = [
  'guest-info',
  'guest-get-osinfo',
  'guest-get-host-name',
  'guest-get-users',
  'guest-get-timezone',
  'guest-network-get-interfaces',
  'guest-get-load',
] as const
