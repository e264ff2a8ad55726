// SPDX-License-Identifier: Apache-2.0
/** koffi is loaded from memory, else from a file without a name where one can be made and executed, else not at all. */
import { expect, test } from 'bun:test'
import { mkdirSync, readFileSync } from 'node:fs'
import { PLAIN_ENV, startAgent } from '../harness/agent.ts'
import {
  expectKoffiToWork,
  hasNamespaces,
  hasStrace,
  inMountNamespace,
  lonelyExecutable,
  traced,
  WITHOUT_MEMFD,
} from '../harness/koffi.ts'
import { ask, Scratch, SLOW_MS, serving } from '../harness/program.ts'

const TMPDIRS = {
  full: 'mount -t tmpfs -o size=4k none "$TMPDIR"; head -c 4096 /dev/zero > "$TMPDIR/full"',
  noexec: 'mount -t tmpfs -o noexec none "$TMPDIR"',
  'read-only': 'mount -t tmpfs -o ro none "$TMPDIR"',
  missing: 'rmdir "$TMPDIR"',
}

function withTmpdir(path: string): Record<string, string> {
  mkdirSync(path)
  return { ...PLAIN_ENV, TMPDIR: path, BUN_TMPDIR: path }
}

test.if(hasNamespaces).each(Object.entries(TMPDIRS))(
  'a TMPDIR that is %s does not matter',
  async (_, script) => {
    using scratch = new Scratch()
    const env = withTmpdir(scratch.file('tmp'))
    using agent = await serving({ directory: scratch.path, env }, inMountNamespace(script))
    await expectKoffiToWork(agent)
  },
)

test.if(hasNamespaces && hasStrace).each(Object.entries(TMPDIRS))(
  'a TMPDIR that is %s does not matter without memfd_create either',
  async (_, script) => {
    using scratch = new Scratch()
    const env = withTmpdir(scratch.file('tmp'))
    const trace = traced(scratch.file('trace'), ...WITHOUT_MEMFD)
    using agent = await serving({ directory: scratch.path, env }, [
      ...inMountNamespace(script),
      ...trace,
    ])
    await expectKoffiToWork(agent)
    await agent.stop()
    expect(unnamedFiles(scratch)).toEqual(['/run'])
  },
  SLOW_MS,
)

const NOEXEC = (path: string) =>
  `mount --bind ${path} ${path}; mount -o remount,bind,noexec ${path}`

const WITHOUT_RUN = `${NOEXEC('/run')}; ${NOEXEC('/dev/shm')}`

/** Makes the places unusable one after the other: what is left is taken. */
const places = (exe: string) => [
  { left: '/run', script: ':' },
  { left: '/dev/shm', script: NOEXEC('/run') },
  { left: exe, script: WITHOUT_RUN },
  {
    left: '/var/lib',
    script: `${WITHOUT_RUN}; mount --bind ${exe} ${exe}; mount -o remount,bind,ro ${exe}`,
  },
  {
    left: '/tmp',
    script: `${WITHOUT_RUN}; ${NOEXEC('/var/lib')}
      mount --bind ${exe} ${exe}; mount -o remount,bind,ro ${exe}`,
  },
]

test.if(hasNamespaces && hasStrace).each([0, 1, 2, 3, 4])(
  'without memfd_create and the first %d directories the next is taken',
  async (number) => {
    using scratch = new Scratch()
    const executable = lonelyExecutable(scratch)
    const { left, script } = places(scratch.file('exe'))[number] as { left: string; script: string }
    const trace = traced(scratch.file('trace'), ...WITHOUT_MEMFD)
    using agent = await startAgent([...inMountNamespace(script), ...trace, executable], {
      directory: scratch.path,
    })
    await expectKoffiToWork(agent)
    await agent.stop()
    expect(unnamedFiles(scratch).at(-1)).toBe(left)
  },
  SLOW_MS,
)

test.if(hasNamespaces && hasStrace)(
  'with no place at all the agent does what needs no koffi, and says what is wrong',
  async () => {
    using scratch = new Scratch()
    const executable = lonelyExecutable(scratch)
    const exe = scratch.file('exe')
    const script = `${WITHOUT_RUN}; ${NOEXEC('/var/lib')}; ${NOEXEC('/tmp')}
      mount --bind ${exe} ${exe}; mount -o remount,bind,ro,exec ${exe}`
    const trace = traced(scratch.file('trace'), ...WITHOUT_MEMFD)
    const options = ['-v', '-l', scratch.file('log')]
    using agent = await startAgent([...inMountNamespace(script), ...trace, executable], {
      directory: scratch.path,
      options,
    })
    using client = await agent.connect()
    const args = { path: '/bin/true', 'capture-output': true }
    const refused = await ask(client, 'guest-exec', args)
    expect(refused.error).toEqual({ class: 'GenericError', desc: 'Internal error' })
    expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
    expect(await ask(client, 'guest-get-host-name')).toHaveProperty('return')
    expect(await ask(client, 'guest-file-open', { path: '/dev/null' })).toEqual({ return: 1000 })
    expect(await agent.stop()).toBe(0)
    const log = readFileSync(scratch.file('log'), 'utf8')
    expect(log).toContain('Cannot load koffi from memfd: memfd_create failed; O_TMPFILE in /run: ')
    expect(log).not.toContain('node_modules')
  },
  SLOW_MS,
)

/** The directories in which a file without a name was opened, in their order. */
function unnamedFiles(scratch: Scratch): readonly string[] {
  const found = scratch
    .read('trace')
    .matchAll(/openat\([^"]*"([^"]+)", [^)]*O_TMPFILE[^)]*\) = \d/g)
  return Array.from(found, ([, directory]) => directory as string)
}
