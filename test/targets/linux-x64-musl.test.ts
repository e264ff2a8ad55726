// SPDX-License-Identifier: Apache-2.0
/** The executable for musl on musl's own C library. Its C++ library is glibc's, helped out: Debian has no other. */
import { describe, expect, test } from 'bun:test'
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { startAgent } from '../harness/agent.ts'
import { expectKoffiToWork, hasNamespaces, inMountNamespace } from '../harness/koffi.ts'
import { needs, toolPath } from '../harness/needs.ts'
import { ask, run, Scratch, SLOW_MS } from '../harness/program.ts'
import { hasTargets, LINUX_X64_MUSL } from '../harness/targets.ts'

const MUSL = '/lib/ld-musl-x86_64.so.1'
const LIBRARIES = '/usr/lib/x86_64-linux-gnu'
const BUSYBOX = '/bin/busybox'
const isPossible =
  hasTargets && hasNamespaces && needs('cc') && needs('chroot') && needs(MUSL) && needs(BUSYBOX)

describe.if(isPossible)('the executable for musl', () => {
  test(
    'answers, and loads koffi from memory',
    async () => {
      using scratch = new Scratch()
      const root = await makeRoot(scratch)
      const wrapper = inMountNamespace(`
        mount -t proc none ${root}/proc
        mount --bind /dev ${root}/dev
        mount --bind ${scratch.file('state')} ${root}${scratch.file('state')}`)
      using agent = await startAgent([...wrapper, toolPath('chroot') as string, root, '/qga'], {
        directory: scratch.file('state'),
      })
      using client = await agent.connect()
      expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
      expect(await ask(client, 'guest-get-timezone')).toHaveProperty('return')
      await client.close()
      await expectKoffiToWork(agent)
      expect(await agent.stop()).toBe(0)
    },
    SLOW_MS,
  )

  /** A system with nothing of glibc but a C++ library. */
  async function makeRoot(scratch: Scratch): Promise<string> {
    const root = scratch.file('root')
    for (const name of ['lib', 'bin', 'proc', 'dev', 'tmp']) {
      mkdirSync(join(root, name), { recursive: true })
    }
    for (const path of [scratch.file('state'), join(root, scratch.file('state'))]) {
      mkdirSync(path, { recursive: true })
    }
    copyFileSync(LINUX_X64_MUSL, join(root, 'qga'))
    copyFileSync(BUSYBOX, join(root, 'bin/echo'))
    copyFileSync(MUSL, join(root, MUSL))
    symlinkSync('ld-musl-x86_64.so.1', join(root, 'lib/libc.musl-x86_64.so.1'))
    for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
      copyFileSync(join(LIBRARIES, name), join(root, 'lib', name))
    }
    const [source, help] = [join(import.meta.dir, 'not-in-musl.c'), 'lib/ld-linux-x86-64.so.2']
    const built = await run(['cc', '-shared', '-fPIC', '-nostdlib', '-o', join(root, help), source])
    expect(built).toMatchObject({ exitCode: 0 })
    return root
  }
})
