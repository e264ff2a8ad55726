// SPDX-License-Identifier: Apache-2.0
/** Blocks of memory that can be switched: the kernel's admin-guide/mm/memory-hotplug. */
import * as fs from 'node:fs'
import { errnoError, errorCode, errorNumber, systemError } from '../../src/errno.ts'
import { OsError } from '../../src/errors.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/memory.ts'
import { numberedEntries } from './parse/numbered.ts'
import { directoryError, readSwitch, type Switch, writeSwitch } from './sysfs.ts'

const STATE: Switch = { name: 'state', bytes: 10 }
const REMOVABLE: Switch = { name: 'removable', bytes: 1 }
const BLOCK_SIZE: Switch = { name: 'block_size_bytes', bytes: 20 }

const ENOENT = 2

type Int = number | bigint
type MemoryHandlers = Handlers<typeof schema, 'linux'>
type Response = Awaited<ReturnType<MemoryHandlers['guest-set-memory-blocks']>>[number]

/** @param memory the directory of the blocks, with a slash at its end */
export function createMemoryHandlers(memory = '/sys/devices/system/memory/'): MemoryHandlers {
  /** The number of a path: upstream prints it signed. */
  const directoryOf = (index: Int) => `${memory}memory${BigInt.asIntN(64, BigInt(index))}/`

  function read(index: Int, file: Switch): string | undefined {
    return readSwitch(directoryOf(index), file, {
      directory: `Could not open '${directoryOf(index)}'`,
      open: `open sysfs file "${file.name}"`,
      read: `pread sysfs file "${file.name}"`,
    })
  }

  const isOnline = (state: string) => state.startsWith('online')

  async function set(index: Int, wanted: boolean): Promise<Omit<Response, 'phys-index'>> {
    const failed = (error: unknown) => ({
      response: 'operation-failed' as const,
      'error-code': errorNumber(error),
    })
    const missing = directoryError(directoryOf(index))
    if (missing !== undefined) {
      const isGone = errorCode(missing) === 'ENOENT'
      return { ...failed(missing), ...(isGone && { response: 'not-found' as const }) }
    }
    try {
      const state = read(index, STATE)
      if (state === undefined) {
        // Without the file the block is online and stays so.
        if (wanted) return { response: 'success' }
        return { response: 'operation-not-supported', 'error-code': ENOENT }
      }
      if (isOnline(state) !== wanted) {
        const action = 'write sysfs file "state"'
        await writeSwitch(`${directoryOf(index)}${STATE.name}`, wanted ? 'online' : 'offline', {
          open: action,
          write: action,
        })
      }
      return { response: 'success' }
    } catch (error) {
      return failed(error)
    }
  }

  return {
    'guest-get-memory-blocks': () => {
      let entries: fs.Dirent[]
      try {
        entries = fs.readdirSync(memory, { withFileTypes: true })
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return []
        throw systemError(`Can't open directory"${memory}"`, error)
      }
      const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
      const blocks = numberedEntries('memory', names).map((index) => {
        const state = read(index, STATE)
        if (state === undefined) return { 'phys-index': index, online: true, 'can-offline': false }
        const removable = read(index, REMOVABLE) ?? '0'
        return {
          'phys-index': index,
          online: isOnline(state),
          'can-offline': !removable.startsWith('0'),
        }
      })
      if (blocks.length === 0) throw new OsError('guest reported zero memory blocks!', 'ENOENT')
      return blocks
    },

    'guest-set-memory-blocks': async ({ 'mem-blks': blocks }) => {
      const missing = directoryError(memory)
      const responses: Response[] = []
      for (const { 'phys-index': index, online } of blocks) {
        if (missing === undefined) {
          responses.push({ 'phys-index': index, ...(await set(index, online)) })
          continue
        }
        const isGone = errorCode(missing) === 'ENOENT'
        responses.push({
          'phys-index': index,
          response: isGone ? 'operation-not-supported' : 'operation-failed',
          'error-code': errorNumber(missing),
        })
      }
      return responses
    },

    'guest-get-memory-block-info': () => {
      const action = `sysfs file "${BLOCK_SIZE.name}"`
      const text = readSwitch(memory, BLOCK_SIZE, {
        directory: `open("${memory}")`,
        open: `open ${action}`,
        read: `pread ${action}`,
      })
      if (text === undefined) throw errnoError(`open ${action}`, ENOENT)
      const digits = /^\s*(?:0x)?([0-9a-f]+)/i.exec(text)?.[1]
      return { size: digits === undefined ? 0 : BigInt(`0x${digits}`) }
    },
  }
}
