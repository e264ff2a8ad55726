// SPDX-License-Identifier: Apache-2.0
/** CPUs and memory blocks, on a tree of plain files in the place of /sys. */
import { call, type Exchange, exchanges, type FileKind, type Scenario } from '../scenario.ts'

const CPU = 'sys/devices/system/cpu'
const MEMORY = 'sys/devices/system/memory'

function files(contents: Readonly<Record<string, string>>): Record<string, FileKind> {
  return Object.fromEntries(Object.entries(contents).map(([name, content]) => [name, { content }]))
}

function setVcpus(...vcpus: readonly (readonly [id: number, online: boolean])[]): string {
  return call('guest-set-vcpus', {
    vcpus: vcpus.map(([id, online]) => ({ 'logical-id': id, online })),
  })
}

const getVcpus: Exchange = { send: call('guest-get-vcpus'), sortBy: 'logical-id' }

export const vcpus: Scenario = {
  topic: 'vcpus',
  sandbox: {},
  files: {
    [`${CPU}/cpu0`]: 'directory',
    ...files({
      [`${CPU}/cpu1/online`]: '1\n',
      [`${CPU}/cpu2/online`]: '0\n',
      [`${CPU}/cpu10/online`]: '1\n',
      [`${CPU}/cpufreq/online`]: '1\n',
      [`${CPU}/online`]: '0-1,10\n',
    }),
  },
  steps: [
    getVcpus,
    { note: 'as they are', send: setVcpus([1, true], [2, false]) },
    { look: 'content', at: `${CPU}/cpu1/online` },
    { note: 'switched', send: setVcpus([1, false], [2, true], [1, true]) },
    { look: 'content', at: `${CPU}/cpu1/online` },
    { look: 'content', at: `${CPU}/cpu2/online` },
    getVcpus,
    ...exchanges(
      setVcpus(),
      setVcpus([0, true]),
      setVcpus([0, false]),
      setVcpus([1, false], [0, false], [2, false]),
    ),
    { note: 'what came before the failure stays', look: 'content', at: `${CPU}/cpu1/online` },
    { look: 'content', at: `${CPU}/cpu2/online` },
    ...exchanges(setVcpus([99, true]), setVcpus([-1, true]), setVcpus([1, true], [99, true])),
  ],
}

/** The same where the kernel says things that nobody expects. */
export const strangeVcpus: Scenario = {
  topic: 'vcpus-strange',
  sandbox: {},
  files: {
    ...files({ [`${CPU}/cpu0/online`]: '' }),
    // A name with a number and no directory.
    [`${CPU}/cpu7/online`]: 'directory',
  },
  steps: exchanges(setVcpus([0, true]), setVcpus([7, true])),
}

export const noVcpus: Scenario = {
  topic: 'vcpus-none',
  sandbox: {},
  steps: exchanges(call('guest-get-vcpus'), setVcpus([0, true])),
}

const getBlocks: Exchange = { send: call('guest-get-memory-blocks'), sortBy: 'phys-index' }

function setBlocks(...blocks: readonly (readonly [index: number | string, online: boolean])[]) {
  const items = blocks.map(([index, online]) => `{"phys-index":${index},"online":${online}}`)
  return `{"execute":"guest-set-memory-blocks","arguments":{"mem-blks":[${items.join(',')}]}}`
}

export const memoryBlocks: Scenario = {
  topic: 'memory-blocks',
  sandbox: {},
  files: {
    ...files({
      [`${MEMORY}/block_size_bytes`]: '8000000\n',
      [`${MEMORY}/auto_online_blocks`]: 'online\n',
      [`${MEMORY}/memory0/state`]: 'online\n',
      [`${MEMORY}/memory0/removable`]: '0\n',
      [`${MEMORY}/memory5/state`]: 'online\n',
      [`${MEMORY}/memory5/removable`]: '1\n',
      [`${MEMORY}/memory32/state`]: 'offline\n',
      [`${MEMORY}/memory32/removable`]: '1\n',
      [`${MEMORY}/memory33/state`]: 'going-offline\n',
      [`${MEMORY}/memory40/removable`]: '1\n',
      [`${MEMORY}/memory41/state`]: 'online\n',
    }),
  },
  steps: [
    { send: call('guest-get-memory-block-info') },
    getBlocks,
    { send: setBlocks() },
    { note: 'as they are', send: setBlocks([0, true], [32, false]) },
    { note: 'switched', send: setBlocks([5, false], [32, true], [33, true]) },
    { look: 'content', at: `${MEMORY}/memory32/state` },
    { note: 'no such block', send: setBlocks([6, true], [5, true], [7, false]) },
    { send: setBlocks([-1, true], ['18446744073709551615', true]) },
    {
      note: 'a block without a state',
      send: setBlocks([40, true]),
      differs: {
        id: 'memory-block-success',
        ours: ['{"return": [{"phys-index": 40, "response": "success"}]}'],
      },
    },
    { send: setBlocks([40, false]) },
  ],
}

export const noMemoryBlocks: Scenario = {
  topic: 'memory-blocks-none',
  sandbox: {},
  steps: exchanges(
    call('guest-get-memory-blocks'),
    call('guest-get-memory-block-info'),
    setBlocks([0, true], [1, false]),
  ),
}

export const emptyMemoryBlocks: Scenario = {
  topic: 'memory-blocks-empty',
  sandbox: {},
  files: { [MEMORY]: 'directory', ...files({ [`${MEMORY}/block_size_bytes`]: '' }) },
  steps: exchanges(
    call('guest-get-memory-blocks'),
    call('guest-get-memory-block-info'),
    setBlocks([0, true]),
  ),
}

const STAT = `cpu  6 6 6 6 6 6 6 6 6 6
cpu0 1 2 3 4 5 6 7 8 9 10
cpu1 4705 150 1120 16250000000 520 30 45
cpu7 1 2 3 4
cpu8 1 2 3 4 5
cpu9 1 2 3 4 5 6 7 8
cpu10 1 2 3 4 5 6 7 8 9
intr 1 2 3
ctxt 5
`

/** Younger than 7.2.22's ways with the columns of old kernels. */
export const cpuStats: Scenario = {
  topic: 'cpustats',
  sandbox: {},
  files: files({ 'proc-stat': STAT }),
  steps: exchanges(call('guest-get-cpustats')),
}

export const shortCpuStats: Scenario = {
  topic: 'cpustats-short',
  sandbox: {},
  files: files({ 'proc-stat': 'cpu  1 2 3 4\ncpu0 1 2 3 4\ncpu1 1 2 3\ncpu2 1 2 3 4\n' }),
  steps: exchanges(call('guest-get-cpustats')),
}
