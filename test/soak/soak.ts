// SPDX-License-Identifier: Apache-2.0
/** Managers that poll without end, and what the agent holds meanwhile. */
import { readdirSync, readFileSync } from 'node:fs'
import { Client, type Inbox, requestOf } from '../../bench/client.ts'
import { median } from '../../bench/statistics.ts'
import { statusLine } from '../harness/process-stat.ts'
import {
  EXEC_SECONDS,
  FILE_SECONDS,
  isDue,
  KUBEVIRT,
  LIBVIRT,
  type Poll,
  PROXMOX,
} from './schedule.ts'

export interface Held {
  readonly descriptors: number
  /** Without those that the runtime starts and ends as it likes. */
  readonly threads: number
  readonly children: number
  /** At rest: without the garbage of a moment. */
  readonly anonymousKiB: number
}

export interface Report {
  readonly calls: number
  readonly failures: number
  /** After the warm-up, and at the end. */
  readonly before: Held
  readonly after: Held
  /** Medians of resident memory in KiB: of the first tenth after the warm-up, and of the last. */
  readonly firstKiB: number
  readonly lastKiB: number
}

const WARM_UP = 0.1
/** So many calls the runtime is busy compiling, and takes memory for that. */
const WARM_UP_MIN = 10_000
const SAMPLES = 1000
const SETTLE_MS = 2500
/**
 * The engine's compilers and collectors, which go when they have had nothing to do for some seconds, and the work
 * pool, of whose sixteen one starts with the first work that finds all others busy. The kernel keeps 15 bytes of a name.
 */
const OF_RUNTIME = /^(JITWorker|JSCWarmUp|HeapHelper|ollector Thread|Bun Pool (\d|1[0-5]))$/

export function soak(socket: string, pid: number, inbox: Inbox, calls: number): Report {
  const managers = new Managers(socket, inbox)
  const warm = Math.min(Math.max(calls * WARM_UP, WARM_UP_MIN), calls / 2)
  while (managers.calls < warm) managers.oneSecond()
  managers.leave()
  const before = held(pid)
  const resident: number[] = []
  const step = (calls - warm) / SAMPLES
  for (let next = warm + step; managers.calls < calls; ) {
    managers.oneSecond()
    if (managers.calls < next) continue
    next += step
    resident.push(Number.parseInt(statusLine(pid, 'VmRSS') ?? '', 10))
  }
  managers.leave()
  const tenth = Math.ceil(resident.length / 10)
  return {
    calls: managers.calls,
    failures: managers.failures,
    before,
    after: held(pid),
    firstKiB: median(resident.slice(0, tenth)),
    lastKiB: median(resident.slice(-tenth)),
  }
}

/** When the agent, too, has noticed that the last client has gone. */
function held(pid: number): Held {
  Bun.sleepSync(SETTLE_MS)
  const tasks = readdirSync(`/proc/${pid}/task`).flatMap((task) => taskOf(pid, task) ?? [])
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: tasks.filter(({ name }) => !OF_RUNTIME.test(name)).length,
    children: tasks.reduce((sum, { children }) => sum + children, 0),
    anonymousKiB: Number.parseInt(statusLine(pid, 'RssAnon') ?? '', 10),
  }
}

/** A thread's name, and how many processes it has started that are still there; undefined when it has gone meanwhile. */
function taskOf(pid: number, task: string): { name: string; children: number } | undefined {
  try {
    const name = readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8').trim()
    const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
    return { name, children: children.split(' ').filter(Boolean).length }
  } catch {
    return undefined
  }
}

class Managers {
  calls = 0
  failures = 0
  readonly #socket: string
  readonly #inbox: Inbox
  /** libvirt's, which lasts until another client comes. */
  #libvirt: Client | undefined
  #second = 0
  #id = 0

  constructor(socket: string, inbox: Inbox) {
    this.#socket = socket
    this.#inbox = inbox
  }

  /** All that is due in one second of the managers' time. */
  oneSecond(): void {
    const second = this.#second++
    const due = (poll: Poll) => isDue(poll, second)
    for (const { execute } of [...KUBEVIRT, ...LIBVIRT].filter(due)) this.#byLibvirt(execute)
    if (second % EXEC_SECONDS === 0) this.#program()
    if (second % FILE_SECONDS === 0) this.#file()
    const proxmox = PROXMOX.filter(due)
    if (proxmox.length > 0) this.leave()
    for (const { execute } of proxmox) this.#byProxmox(execute)
  }

  leave(): void {
    this.#libvirt?.[Symbol.dispose]()
    this.#libvirt = undefined
  }

  #byLibvirt(execute: string, args?: object): unknown {
    if (this.#libvirt === undefined) {
      this.#libvirt = Client.connect(this.#socket, this.#inbox)
      const id = this.#id++
      if (this.#libvirt.call('guest-sync', { id }) !== id) throw new Error('Cannot be in sync')
    }
    const end = this.#libvirt.exchange(requestOf(execute, args))
    return this.#taken(execute, this.#inbox.bytes.toString('utf8', 0, end))
  }

  /** Sync and command in one write, two lines back. */
  #byProxmox(execute: string): void {
    using client = Client.connect(this.#socket, this.#inbox)
    const id = this.#id++
    const sync = requestOf('guest-sync-delimited', { id })
    client.send(Buffer.concat([sync, requestOf(execute, {})]))
    let end = 0
    let text = ''
    while (text.split('\n').length < 3) {
      end = client.receive(end)
      text = this.#inbox.bytes.toString('latin1', 0, end)
    }
    const [first = '', second = ''] = text.split('\n')
    if (first !== `\xff{"return": ${id}}`) throw new Error(`Cannot be in sync: ${first}`)
    this.#taken(execute, second)
  }

  #taken(execute: string, line: string): unknown {
    this.calls++
    const reply = JSON.parse(line) as { return?: unknown; error?: { desc: string } }
    if (reply.error === undefined) return reply.return
    if (execute !== 'guest-no-such-command') this.failures++
    return undefined
  }

  #program(): void {
    const { pid } = this.#byLibvirt('guest-exec', {
      path: '/bin/sh',
      arg: ['-c', 'echo out; echo err >&2'],
      'capture-output': true,
    }) as { pid: number }
    let status: { exited: boolean }
    do status = this.#byLibvirt('guest-exec-status', { pid }) as typeof status
    while (!status.exited)
  }

  /** In chunks of 1 MiB until its end. */
  #file(): void {
    const handle = this.#byLibvirt('guest-file-open', { path: '/proc/self/maps' })
    let eof = false
    while (!eof) {
      const args = { handle, count: 1024 * 1024 }
      eof = (this.#byLibvirt('guest-file-read', args) as { eof: boolean }).eof
    }
    this.#byLibvirt('guest-file-close', { handle })
  }
}
