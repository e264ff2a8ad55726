// SPDX-License-Identifier: Apache-2.0
/** CPUs: which are online, what they did, and how busy they were. cpu(7)'s tree in sysfs, proc_stat(5). */
import * as fs from 'node:fs'
import * as os from 'node:os'
import { attempt } from '../../src/errno.ts'
import { InvalidArguments } from '../../src/errors.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/processor.ts'
import { numberedEntries } from './parse/numbered.ts'
import { parseCpuTimes } from './parse/proc-stat.ts'
import { readSwitch, writeSwitch } from './sysfs.ts'

/** USER_HZ is 100 on every architecture that we run on: time(7). */
const MILLISECONDS_PER_TICK = 10n
const ONLINE = { name: 'online', bytes: 1 } as const

type Int = number | bigint

export interface ProcessorPlaces {
  readonly cpus: string
  readonly stat: string
}

const PLACES: ProcessorPlaces = { cpus: '/sys/devices/system/cpu', stat: '/proc/stat' }

export function createProcessorHandlers(
  account: (message: string) => void,
  { cpus, stat }: ProcessorPlaces = PLACES,
): Handlers<typeof schema, 'linux'> {
  /** Undefined for a CPU that cannot be switched, such as the first one. */
  function isOnline(id: Int, use: 'read' | 'write'): boolean | undefined {
    const words = {
      directory: `Could not open '${directoryOf(id)}'`,
      open: `could not open ${fileOf(id)}`,
      read: `pread("${fileOf(id)}")`,
    }
    const text = readSwitch(directoryOf(id), ONLINE, words, use)
    return text === undefined ? undefined : text !== '0'
  }
  const directoryOf = (id: Int) => `${cpus}/cpu${id}/`
  /** With upstream's two slashes. */
  const fileOf = (id: Int) => `${directoryOf(id)}/online`

  async function setOnline(id: Int, wanted: boolean): Promise<void> {
    const before = isOnline(id, 'write')
    if (before === undefined && !wanted) {
      throw new InvalidArguments(`logical processor #${id} can't be offlined`)
    }
    if (before === undefined || before === wanted) return
    await writeSwitch(`${directoryOf(id)}${ONLINE.name}`, wanted ? '1' : '0', {
      open: `could not open ${fileOf(id)}`,
      write: `pwrite("${fileOf(id)}")`,
    })
  }

  return {
    'guest-get-vcpus': () => {
      const names = attempt(`failed to list entries: ${cpus}`, () => fs.readdirSync(cpus))
      return numberedEntries('cpu', names).map((id) => {
        const online = isOnline(id, 'read')
        return { 'logical-id': id, online: online ?? true, 'can-offline': online !== undefined }
      })
    },

    'guest-set-vcpus': async ({ vcpus }) => {
      let done = 0
      for (const { 'logical-id': id, online } of vcpus) {
        try {
          await setOnline(id, online)
        } catch (error) {
          if (done === 0) throw error
          break
        }
        done++
      }
      return done
    },

    'guest-get-cpustats': () => {
      const text = attempt(`Could not open '${stat}'`, () => fs.readFileSync(stat, 'utf8'))
      const { cpus: times, isComplete } = parseCpuTimes(text, MILLISECONDS_PER_TICK)
      if (!isComplete) account('Parsing cpu stat from /proc/stat failed, see "man proc"')
      return [...times]
    },

    'guest-get-load': () => {
      const [load1m = 0, load5m = 0, load15m = 0] = os.loadavg()
      return { load1m, load5m, load15m }
    },
  }
}
