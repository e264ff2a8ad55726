// SPDX-License-Identifier: Apache-2.0
/**
 * Calls about files, made on the work pool. One that a file system does not answer keeps its thread:
 * that file system is asked nothing more until it has answered, and only so many threads may get lost.
 */
import * as fs from 'node:fs'
import { type MountinfoLine, parseMountinfo } from './parse/mounts.ts'

/** A call that is out longer is taken for one that hangs. */
const STALLED_MS = 1000

/** A call that is out. */
export interface Call {
  readonly path: Buffer
  readonly startedAt: number
  /** Where its file is, as far as was looked. */
  device?: string
}

/** Why a call is not made. */
export class NotAsked extends Error {}

export class Stalls {
  readonly #max: number
  readonly #mountinfo: () => Buffer
  readonly #calls = new Set<Call>()

  /**
   * @param max how many calls may hang
   * @param mountinfo reads the table of mounts
   */
  constructor(max: number, mountinfo: () => Buffer) {
    this.#max = max
    this.#mountinfo = mountinfo
  }

  /**
   * Notes that a call about a file is being made; give what it returns to `end`.
   * @throws NotAsked when it would hang too
   */
  begin(path: Buffer): Call {
    const call: Call = { path, startedAt: performance.now() }
    // The usual case: one call after the other.
    if (this.#calls.size > 0) this.#check(call)
    this.#calls.add(call)
    return call
  }

  end(call: Call): void {
    this.#calls.delete(call)
  }

  #check(call: Call): void {
    const stalled = [...this.#calls].filter(
      (other) => call.startedAt - other.startedAt > STALLED_MS,
    )
    if (stalled.length === 0) return
    if (stalled.length >= this.#max) {
      throw new NotAsked(`${stalled.length} calls about other files have not come back`)
    }
    const lines = parseMountinfo(this.#mountinfo())
    for (const one of [...stalled, call]) one.device ??= deviceOf(one.path, lines)
    const same = stalled.find(({ device }) => device === call.device)
    if (same === undefined) return
    const seconds = Math.floor((call.startedAt - same.startedAt) / 1000)
    throw new NotAsked(`its file system has not answered for ${seconds} s`)
  }
}

/** By its name alone: to follow links could hang as well. */
function deviceOf(path: Buffer, lines: readonly MountinfoLine[]): string {
  const name = path[0] === SLASH ? path : Buffer.concat([Buffer.from(`${process.cwd()}/`), path])
  let device = ''
  let longest = 0
  for (const { mountPoint, major, minor } of lines) {
    // Of two at one place the later one is seen.
    if (mountPoint.length < longest || !isBelow(name, mountPoint)) continue
    longest = mountPoint.length
    device = `${major}:${minor}`
  }
  return device
}

const SLASH = 0x2f

function isBelow(name: Buffer, directory: Buffer): boolean {
  if (!name.subarray(0, directory.length).equals(directory)) return false
  const next = name[directory.length]
  return directory.length === 1 || next === undefined || next === SLASH
}

/** A quarter of the work pool; as much is for what patience.ts asks. */
const stalls = new Stalls(4, () => fs.readFileSync('/proc/self/mountinfo'))

export type Done<T> = (error: Error | null, value?: T) => void

/** A node:fs call about a file as a promise, without the layers of one that is asynchronous itself. */
export function aboutFile<T>(name: Buffer, call: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const begun = stalls.begin(name)
    call((error, value) => {
      stalls.end(begun)
      if (error) reject(error)
      else resolve(value as T)
    })
  })
}
