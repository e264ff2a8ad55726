// SPDX-License-Identifier: Apache-2.0
/** Processes that get so much memory from the kernel and no more: one that takes more is killed. */
import { constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAccessible } from './access.ts'

const ROOT = '/sys/fs/cgroup'

interface Hierarchy {
  readonly directory: string
  /** Files of a group and what goes into them, in this order; the second where the kernel counts swap. */
  limits(bytes: number): readonly (readonly [string, number])[]
}

/** The hierarchy with the memory controller, of either version of cgroups(7), if groups may be made in it. */
export function memoryHierarchy(root = ROOT): Hierarchy | undefined {
  const old = join(root, 'memory')
  if (existsSync(join(old, 'memory.limit_in_bytes')) && isAccessible(old, constants.W_OK)) {
    return {
      directory: old,
      limits: (bytes) => [
        ['memory.limit_in_bytes', bytes],
        ['memory.memsw.limit_in_bytes', bytes],
      ],
    }
  }
  // What the root does not hand down its groups do not have; to change that would be to change the machine.
  const handedDown = join(root, 'cgroup.subtree_control')
  if (!existsSync(handedDown) || !isAccessible(root, constants.W_OK)) return undefined
  if (!readFileSync(handedDown, 'utf8').trim().split(' ').includes('memory')) return undefined
  return {
    directory: root,
    limits: (bytes) => [
      ['memory.max', bytes],
      ['memory.swap.max', 0],
    ],
  }
}

/** `await using` removes it, as soon as nothing is left in it. */
export class MemoryGroup {
  readonly #directory: string

  constructor(bytes: number, hierarchy = memoryHierarchy()) {
    if (hierarchy === undefined) throw new Error('Cannot make a group: there is no hierarchy')
    this.#directory = join(hierarchy.directory, `qga-test-${process.pid}`)
    mkdirSync(this.#directory)
    for (const [name, value] of hierarchy.limits(bytes)) {
      const file = join(this.#directory, name)
      if (existsSync(file)) writeFileSync(file, String(value))
    }
  }

  /** A process that writes its number there belongs to it. */
  get processes(): string {
    return join(this.#directory, 'cgroup.procs')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let tries = 100; !remove(this.#directory) && tries > 0; tries--) await Bun.sleep(20)
  }
}

function remove(group: string): boolean {
  try {
    rmdirSync(group)
    return true
  } catch {
    return false
  }
}
