// SPDX-License-Identifier: Apache-2.0
/** What the executable asks of the file system, from the kernel's side. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { Agent, PLAIN_ENV } from '../harness/agent.ts'
import { expectKoffiToWork, hasStrace, lonelyExecutable, traced } from '../harness/koffi.ts'
import { ask, Scratch, until } from '../harness/program.ts'

const CHECKOUT = resolve(import.meta.dir, '../..')
/** Calls that look for something, or make or change it; those on descriptors are not of interest. */
const CALL = /^(\d+) +(\w+)\((?:AT_FDCWD(?:<[^>]*>)?, )?"([^"]*)"(.*)\) += (-?\d+)(?: (E\w+))?/
const CHANGES =
  /^(mkdir|rmdir|rename|unlink|link|symlink|chmod|chown|fchownat|fchmodat|truncate|mknod|utime|setxattr|bind)/

interface Call {
  readonly name: string
  readonly path: string
  readonly rest: string
  readonly error: string | undefined
}

describe.if(hasStrace)('the agent', () => {
  const scratch = new Scratch()
  const state = scratch.file('state')
  let calls: readonly Call[] = []

  beforeAll(async () => {
    for (const name of ['state', 'cwd', 'tmp', 'home']) mkdirSync(scratch.file(name))
    const executable = lonelyExecutable(scratch)
    const wrapper = ['env', '-C', scratch.file('cwd')]
    const env = {
      ...PLAIN_ENV,
      HOME: scratch.file('home'),
      TMPDIR: scratch.file('tmp'),
      BUN_TMPDIR: scratch.file('tmp'),
      BUN_INSTALL: scratch.file('home'),
    }
    const trace = traced(scratch.file('trace'), 'trace=%file,memfd_create,bind,connect')
    using agent = new Agent([...wrapper, ...trace, executable], {
      directory: state,
      env,
      options: ['-v', '-l', `${state}/log`],
    })
    await expectKoffiToWork(agent)
    using client = await agent.connect()
    for (const name of ['guest-get-timezone', 'guest-get-osinfo', 'guest-get-host-name']) {
      expect(await ask(client, name)).toHaveProperty('return')
    }
    expect(await agent.stop()).toBe(0)
    await until('the trace is whole', () => scratch.read('trace').includes('--- SIGTERM'))
    calls = parse(scratch.read('trace'))
  })

  afterAll(() => scratch[Symbol.dispose]())

  const below = (path: string, directory: string) => `${path}/`.startsWith(`${directory}/`)

  test('is traced', () => {
    expect(calls.length).toBeGreaterThan(50)
    expect(scratch.read('trace')).toMatch(/memfd_create\("koffi", [^)]*\) = \d/)
  })

  test('looks for nothing in the directory it starts in, nor opens anything relative', () => {
    const named = calls.filter(({ name, path }) => name !== 'memfd_create' && path !== '')
    expect(named.filter(({ path }) => !path.startsWith('/'))).toEqual([])
    const found = named.filter(({ path }) => below(path, scratch.file('cwd')))
    expect(found.map(describeCall)).toEqual([`getcwd ${scratch.file('cwd')}`])
  })

  test.each(['tmp', 'home', 'exe'])('looks for nothing in %s', (name) => {
    const found = calls.filter(({ path }) => below(path, scratch.file(name)))
    const own = [`execve ${scratch.file('exe/qga')}`]
    expect(found.map(describeCall).filter((call) => !own.includes(call))).toEqual([])
  })

  test('looks for nothing where it was built, nor for any module', () => {
    const found = calls.filter(
      ({ path }) => below(path, CHECKOUT) || path.includes('node_modules') || path.includes('.bun'),
    )
    expect(found).toEqual([])
  })

  test('makes and changes files in its state directory only', () => {
    const changed = calls.filter(
      ({ name, rest, error }) =>
        error === undefined && (CHANGES.test(name) || /O_CREAT|O_WRONLY|O_RDWR/.test(rest)),
    )
    const others = changed.filter(({ path }) => !below(path, state) && path !== '/dev/null')
    expect(others).toEqual([])
    expect(new Set(changed.map(({ path }) => path.replace(/\.\d+$/, '.PID')))).toEqual(
      new Set([`${state}/log`, `${state}/qga.state.PID`, `${state}/s`, '/dev/null']),
    )
  })

  test('starts nothing but what it is told to', () => {
    const started = calls.filter(({ name }) => name === 'execve').map(({ path }) => path)
    expect(started).toEqual([scratch.file('exe/qga'), '/bin/echo'])
  })

  test('connects to no network', () => {
    expect(scratch.read('trace')).not.toMatch(/connect\([^)]*AF_INET/)
  })
})

function parse(trace: string): Call[] {
  return trace.split('\n').flatMap((line) => {
    const bound = /^\d+ +(bind)\(.*sun_path="([^"]*)"(.*)\) += 0/.exec(line)
    const match = CALL.exec(line)
    if (bound !== null) return [call(bound[1], bound[2], bound[3], undefined)]
    const resultPath = /^\d+ +(getcwd)\("([^"]*)"/.exec(line)
    if (resultPath !== null) return [call(resultPath[1], resultPath[2], '', undefined)]
    return match === null ? [] : [call(match[2], match[3], match[4], match[6])]
  })
}

function call(name = '', path = '', rest = '', error: string | undefined): Call {
  return { name, path, rest, error }
}

function describeCall({ name, path }: Call): string {
  return `${name} ${path}`
}
