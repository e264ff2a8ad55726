// SPDX-License-Identifier: Apache-2.0
/** Started in a directory that somebody else has prepared. */
import { expect, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Agent, startAgent } from '../harness/agent.ts'
import { expectKoffiToWork, lonelyExecutable } from '../harness/koffi.ts'
import { ask, outputOf, run, Scratch } from '../harness/program.ts'

/** Each file leaves a trace when it is acted on. */
function hostileFiles(directory: string): Record<string, string> {
  const mark = (name: string) =>
    `require('node:fs').writeFileSync(${JSON.stringify(`${directory}/ran-${name}`)}, '')\n`
  return {
    '.env': 'HOSTILE=1\nBUN_OPTIONS=--preload ./preload.js\n',
    '.env.local': 'HOSTILE=2\n',
    '.env.production': 'HOSTILE=3\n',
    'bunfig.toml': 'preload = ["./preload.js"]\n[run]\npreload = ["./preload.js"]\n',
    'preload.js': mark('preload'),
    'package.json': '{"name": "x", "type": "commonjs", "imports": {"#x": "./preload.js"}}\n',
    'tsconfig.json': '{"compilerOptions": {"paths": {"*": ["./preload.js"]}}}\n',
    'index.js': mark('index'),
    'node_modules/koffi/index.js': mark('koffi'),
    'node_modules/zod/mini/index.js': mark('zod'),
    'node_modules/@koromix/koffi-linux-x64/linux_x64/koffi.node': 'not a library',
    'libc.so.6': 'not a library',
  }
}

function plant(directory: string): void {
  for (const [name, text] of Object.entries(hostileFiles(directory))) {
    mkdirSync(dirname(`${directory}/${name}`), { recursive: true })
    writeFileSync(`${directory}/${name}`, text)
  }
}

function traces(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => name.startsWith('ran-'))
}

/** The agent's directory, which is also its cwd. */
function startedIn(scratch: Scratch, executable: string): Promise<Agent> {
  return startAgent([executable], { directory: scratch.path })
}

test('a copy of the executable alone in a directory has all it needs', async () => {
  using scratch = new Scratch()
  using agent = await startedIn(scratch, lonelyExecutable(scratch))
  await expectKoffiToWork(agent)
})

test('files of the directory it starts in are not acted on', async () => {
  using scratch = new Scratch()
  plant(scratch.path)
  using agent = await startedIn(scratch, lonelyExecutable(scratch))
  await expectKoffiToWork(agent)
  using client = await agent.connect()
  expect(await outputOf(client, '/usr/bin/env')).not.toContain('HOSTILE')
  expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
  expect(await agent.stop()).toBe(0)
  expect(traces(scratch.path)).toEqual([])
})

test('nor are files beside the executable', async () => {
  using scratch = new Scratch()
  const executable = lonelyExecutable(scratch)
  plant(dirname(executable))
  using agent = await startedIn(scratch, executable)
  await expectKoffiToWork(agent)
  expect(traces(dirname(executable))).toEqual([])
})

test('nor does printing the version act on them', async () => {
  using scratch = new Scratch()
  plant(scratch.path)
  const ended = await run([lonelyExecutable(scratch), '-V'], { cwd: scratch.path })
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
  expect(traces(scratch.path)).toEqual([])
  expect(existsSync(scratch.file('ran-preload'))).toBe(false)
})

test('arguments that Bun has too are only ours', async () => {
  using scratch = new Scratch()
  plant(scratch.path)
  const executable = lonelyExecutable(scratch)
  for (const option of ['--preload=./preload.js', '-e=1', '--inspect', 'preload.js']) {
    await run([executable, option, '-V'], { cwd: scratch.path })
  }
  expect(traces(scratch.path)).toEqual([])
})
