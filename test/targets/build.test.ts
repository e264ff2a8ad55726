// SPDX-License-Identifier: Apache-2.0
/** What the build makes: the same bytes anywhere; from `bun run build --all`, what the sums say. */
import { describe, expect, test } from 'bun:test'
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { needs } from '../harness/needs.ts'
import { run, Scratch, SLOW_MS } from '../harness/program.ts'
import { hasTargets, LINUX_ARM64, LINUX_X64_MUSL, SUMS, WINDOWS_X64 } from '../harness/targets.ts'

const CHECKOUT = resolve(import.meta.dir, '../..')

test(
  'the executable is the same, byte for byte, from two places',
  async () => {
    using scratch = new Scratch()
    const first = await buildIn(scratch.file('one'))
    const second = await buildIn(scratch.file('another place/of/checkouts'))
    expect(first.length).toBeGreaterThan(0)
    expect(first.equals(second)).toBe(true)
  },
  SLOW_MS,
)

/** The bytes of the executable for Linux x86-64, made from a copy of the sources. */
async function buildIn(directory: string): Promise<Buffer> {
  mkdirSync(directory, { recursive: true })
  for (const name of ['src', 'native', 'platform', 'package.json', 'tsconfig.json', 'build.ts']) {
    cpSync(join(CHECKOUT, name), join(directory, name), { recursive: true })
  }
  symlinkSync(join(CHECKOUT, 'node_modules'), join(directory, 'node_modules'))
  const built = await run([process.execPath, 'run', 'build.ts'], { cwd: directory })
  expect(built).toMatchObject({ exitCode: 0, stderr: '' })
  return readFileSync(join(directory, 'dist/qga-linux-x64'))
}

describe.if(hasTargets)('the executables for all systems', () => {
  test('are what the sums say', async () => {
    const ended = await run(['sha256sum', '-c', SUMS], { cwd: dirname(SUMS) })
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ended.stdout.match(/: OK$/gm)).toHaveLength(4)
  })

  test.each([LINUX_ARM64, LINUX_X64_MUSL, WINDOWS_X64])(
    'have no path of the machine that built them in them: %s',
    (path) => {
      const bytes = readFileSync(path)
      for (const word of [CHECKOUT, 'node_modules/koffi', '@koromix/']) {
        expect({ word, isThere: bytes.includes(word) }).toEqual({ word, isThere: false })
      }
    },
  )

  test.if(needs('readelf'))(
    'for musl needs a C++ library of musl, and nothing of glibc',
    async () => {
      const { stdout } = await run(['readelf', '-d', LINUX_X64_MUSL])
      const needed = Array.from(stdout.matchAll(/\(NEEDED\).*\[(.*)\]/g), ([, name]) => name)
      expect(needed.sort()).toEqual(['libc.musl-x86_64.so.1', 'libstdc++.so.6'])
    },
  )
})
