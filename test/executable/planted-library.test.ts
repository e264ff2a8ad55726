// SPDX-License-Identifier: Apache-2.0
/** The proven hole of koffi's own loader: its fallback is a path of the machine that built the executable. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { resolve } from 'node:path'
import { PLAIN_ENV, startAgent } from '../harness/agent.ts'
import {
  expectKoffiToWork,
  hasNamespaces,
  hasStrace,
  inMountNamespace,
  traced,
  WITHOUT_MEMFD,
} from '../harness/koffi.ts'
import { needs } from '../harness/needs.ts'
import { run, Scratch, SLOW_MS } from '../harness/program.ts'

const CHECKOUT = resolve(import.meta.dir, '../..')
const SOURCES = ['src', 'native', 'platform', 'package.json', 'tsconfig.json', 'build.ts']
const MODULES = ['koffi', 'zod', '@koromix', '@oven/bun-linux-x64']
const OTHER_USER = '65534:65534'
/** Where koffi's loader, or one like it, would look. */
const PLANTS = [
  'node_modules/@koromix/koffi-linux-x64/linux_x64/koffi.node',
  'node_modules/@koromix/koffi-linux-x64/koffi.node',
  'node_modules/koffi/build/koffi/linux_x64/koffi.node',
  'node_modules/koffi/koffi.node',
  'native/koffi.node',
  'koffi.node',
  'dist/koffi.node',
]

describe.if(needs('cc') && hasNamespaces && hasStrace)('an executable built elsewhere', () => {
  const scratch = new Scratch()
  const built = scratch.file('built')
  const executable = scratch.file('moved/dist/qga-linux-x64')
  const marker = scratch.file('planted-code-ran')

  beforeAll(async () => {
    await build()
    renameSync(built, scratch.file('moved'))
    await plant()
  }, SLOW_MS)

  afterAll(() => scratch[Symbol.dispose]())

  async function build(): Promise<void> {
    for (const name of SOURCES)
      cpSync(`${CHECKOUT}/${name}`, `${built}/${name}`, { recursive: true })
    for (const name of MODULES) {
      const path = `node_modules/${name}`
      cpSync(`${CHECKOUT}/${path}`, `${built}/${path}`, { recursive: true, dereference: true })
    }
    const ended = await run([process.execPath, 'run', 'build.ts'], { cwd: built })
    expect(ended).toMatchObject({ exitCode: 0 })
  }

  async function plant(): Promise<void> {
    const source = `
      #include <fcntl.h>
      __attribute__((constructor)) static void run(void) { open("${marker}", O_CREAT | O_WRONLY, 0644); }`
    await Bun.write(scratch.file('planted.c'), source)
    const library = scratch.file('planted.so')
    await run(['cc', '-shared', '-fPIC', '-o', library, scratch.file('planted.c')])
    for (const name of PLANTS) {
      mkdirSync(resolve(built, name, '..'), { recursive: true })
      cpSync(library, `${built}/${name}`)
    }
    await run(['chown', '-R', OTHER_USER, built])
    // The plant is a sharp one.
    await run(['python3', '-c', `import ctypes; ctypes.CDLL("${built}/${PLANTS[0]}")`])
    expect(existsSync(marker)).toBe(true)
    await Bun.file(marker).unlink()
  }

  test('has no path of where it was built in it', () => {
    const bytes = readFileSync(executable)
    for (const path of [built, scratch.path]) expect(bytes.includes(path)).toBe(false)
  })

  const full = 'mount -t tmpfs -o size=4k none "$TMPDIR"; head -c 4096 /dev/zero > "$TMPDIR/full"'
  const memfdRefused = traced('/dev/null', ...WITHOUT_MEMFD)
  test.each([
    ['as usual', [], true],
    ['with a full TMPDIR', inMountNamespace(full), true],
    ['without memfd_create', memfdRefused, true],
    ['with neither', [...inMountNamespace(full), ...memfdRefused], true],
    ['with no place for koffi', [...inMountNamespace(nowhere()), ...memfdRefused], false],
  ] as const)(
    'does not load what another user has put there, %s',
    async (_, wrapper, works) => {
      using own = new Scratch()
      mkdirSync(own.file('tmp'))
      const env = { ...PLAIN_ENV, TMPDIR: own.file('tmp'), BUN_TMPDIR: own.file('tmp') }
      for (const cwd of [built, `${built}/dist`]) {
        using agent = await startAgent(['env', '-C', cwd, ...wrapper, executable], {
          directory: own.path,
          env,
        })
        if (works) await expectKoffiToWork(agent)
        else await expect(expectKoffiToWork(agent)).rejects.toThrow()
        expect(await agent.stop()).toBe(0)
      }
      expect(existsSync(marker)).toBe(false)
    },
    SLOW_MS,
  )

  /** Every place refuses programs, but the executable's, which cannot be written. */
  function nowhere(): string {
    const exe = scratch.file('moved/dist')
    const noexec = ['/run', '/dev/shm', '/var/lib', '/tmp'].map(
      (path) => `mount --bind ${path} ${path}; mount -o remount,bind,noexec ${path}`,
    )
    const executableStays = `mount --bind ${exe} ${exe}; mount -o remount,bind,ro,exec ${exe}`
    // The planted library could be loaded all the same.
    const plantStays = `mount --bind ${built} ${built}; mount -o remount,bind,exec ${built}`
    return [...noexec, executableStays, plantStays].join('\n')
  }
})
