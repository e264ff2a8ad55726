// SPDX-License-Identifier: Apache-2.0
/** What all our processes do while file systems are frozen, from the kernel's side. */
import { expect, test } from 'bun:test'
import { Agent } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { hasStrace, traced } from '../harness/koffi.ts'
import { canMount, LoopMounts } from '../harness/loop-mounts.ts'
import { ask, Scratch, SLOW_MS } from '../harness/program.ts'

const FIFREEZE = /ioctl\(.*(FIFREEZE|0xc0045877)/
/** The freezer says that it has thawed all. */
const THAWED = /write\(3<socket.*"\{\\"done\\":\{\\"count\\":2,\\"foreign\\"/
/** To wake a thread or answer a peer is no work for a disk; a path behind the descriptor is. */
const TO_A_FILE = /^\d+ +(write|pwrite64|writev|pwritev|ftruncate|fallocate|fsync)\(\d+<\//
const BY_NAME =
  /^\d+ +(open|openat|openat2|creat|execve|execveat|mkdir|mkdirat|unlink|unlinkat|rename|renameat|renameat2|link|symlink|chmod|truncate|memfd_create|fork|vfork)\(/
/** The runtime's look at its own memory; /proc cannot be frozen. */
const OWN_MEMORY = '"/proc/self/statm"'

test.if(canMount && hasStrace)(
  'nothing is opened, started or written between the first FIFREEZE and the last FITHAW',
  async () => {
    using scratch = new Scratch()
    using mounts = new LoopMounts()
    const mountpoints = [mounts.add('ext4', 'a'), mounts.add('ext4', 'b')]
    using agent = new Agent([...traced(scratch.file('trace'), 'trace=all'), EXECUTABLE], {
      options: ['-v', '-l', scratch.file('log')],
    })
    using client = await agent.connect()
    expect(await ask(client, 'guest-fsfreeze-freeze-list', { mountpoints })).toEqual({ return: 2 })
    for (let i = 0; i < 20; i++) {
      for (const name of ['guest-ping', 'guest-info', 'guest-fsfreeze-status', 'guest-exec']) {
        await ask(client, name)
      }
      await Bun.sleep(20)
    }
    expect(await ask(client, 'guest-fsfreeze-thaw')).toEqual({ return: 2 })
    const lines = scratch.read('trace').split('\n')
    const first = lines.findIndex((line) => FIFREEZE.test(line))
    const last = lines.findIndex((line) => THAWED.test(line))
    expect(last).toBeGreaterThan(first)
    const frozen = lines.slice(first, last).filter((line) => !line.includes(OWN_MEMORY))
    expect(frozen.length).toBeGreaterThan(100)
    expect(frozen.filter((line) => TO_A_FILE.test(line) || BY_NAME.test(line))).toEqual([])
    // The patterns do see such calls: those before and after.
    expect(lines.some((line) => BY_NAME.test(line))).toBe(true)
    expect(lines.some((line) => TO_A_FILE.test(line))).toBe(true)
  },
  SLOW_MS,
)
