// SPDX-License-Identifier: Apache-2.0
import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidArguments } from '../src/errors.ts'
import { type Invocation, type Startup, startup } from '../src/startup.ts'
import { needs, toolPath } from './harness/needs.ts'
import { observedDefaults, observedStarts, withoutParticulars } from './harness/observed-starts.ts'
import { OWN_DEFAULTS } from './harness/own-defaults.ts'

const folder = mkdtempSync(join(tmpdir(), 'qga-startup-'))
const conf = join(folder, 'conf')
afterAll(() => rmSync(folder, { recursive: true }))

function writeConf(content: string): void {
  writeFileSync(conf, content, 'latin1')
}

function start(args: readonly string[], more: Partial<Invocation> = {}): Startup {
  return startup({
    program: 'PROG',
    args,
    configPath: undefined,
    defaults: observedDefaults,
    versionLine: 'QEMU Guest Agent 11.1.0 (qga 1.2.3)',
    pid: 42,
    ...more,
  })
}

function failure(args: readonly string[], more: Partial<Invocation> = {}): string {
  const result = start(args, more)
  if (result.kind !== 'exit') throw new Error(`the start went on: ${result.kind}`)
  expect([result.exitCode, result.stdout]).toEqual([1, ''])
  return withoutParticulars(result.stderr, conf)
}

/** One line, in GLib's form. */
function critical(message: string): string {
  return `\n** (process:PID): CRITICAL **: HH:MM:SS.mmm: ${message}\n`
}

describe('startup() does as 11.1.3 was observed to do with', () => {
  for (const { args, file, exitCode, stdout, stderr } of observedStarts) {
    test(JSON.stringify([args, file ?? 'no file']), () => {
      if (file !== undefined) writeConf(file)
      const isNamed = args.some((arg) => arg.includes('CONF'))
      const result = start(
        args.map((arg) => arg.replace('CONF', conf)),
        { configPath: file === undefined || isNamed ? undefined : conf },
      )
      const shown =
        result.kind === 'exit'
          ? [result.exitCode, withoutParticulars(result.stdout, conf).replace(/ \(qga.*\)/, '')]
          : [0, result.kind === 'list-commands' ? 'COMMANDS\n' : 'RUN']
      expect([...shown, withoutParticulars(result.stderr, conf)]).toEqual([
        exitCode,
        stdout,
        stderr,
      ])
    })
  }
})

describe.if(needs('qemu-ga'))('the installed qemu-ga still does as observed with', () => {
  const program = toolPath('qemu-ga') as string
  // None of these starts an agent: each ended by itself when it was observed.
  for (const { args, file, exitCode, stdout, stderr } of observedStarts.filter((o) => o.also72)) {
    test(JSON.stringify([args, file ?? 'no file']), () => {
      if (file !== undefined) writeConf(file)
      const run = Bun.spawnSync([program, ...args], {
        argv0: 'PROG',
        env: { QGA_CONF: file === undefined ? '/nonexistent/qemu-ga.conf' : conf },
        stdin: 'ignore',
        timeout: 10_000,
      })
      const comparable = (text: string) =>
        withoutParticulars(text, conf).replace('allow-rpcs=\n', '')
      expect([run.exitCode, comparable(run.stdout.toString())]).toEqual([
        exitCode,
        comparable(stdout),
      ])
      // 7.2 scans its arguments, and complains about them, once; it has no allow list.
      expect(new Set(comparable(run.stderr.toString()).split('\n'))).toEqual(
        new Set(stderr.split('\n')),
      )
    })
  }
})

test('startup() gives a checked configuration', () => {
  writeConf('[general]\nverbose=true\nblock-rpcs=a,b\nmax-exec-jobs=7\n')
  const result = start(['-c', conf, '-m', 'unix-listen', '-p', '/run/q', '--file-create-mode=0600'])
  expect(result).toEqual({
    kind: 'run',
    config: {
      daemon: false,
      method: 'unix-listen',
      path: '/run/q',
      pidfile: '/var/run/qemu-ga.pid',
      statedir: '/var/run',
      verbose: true,
      'retry-path': false,
      'block-rpcs': ['b', 'a'],
      'allow-rpcs': [],
      ...OWN_DEFAULTS,
      'file-create-mode': 0o600,
      'max-exec-jobs': 7,
    },
    warnings: [],
    stderr: '',
  })
})

test('startup() reads one file: that of -c, else of QGA_CONF, else the usual one', () => {
  const [named, environment, usual] = ['named', 'environment', 'usual'].map((name) => {
    const path = join(folder, name)
    writeFileSync(path, `[general]\npath=/${name}\n`)
    return path
  }) as [string, string, string]
  const defaults = { ...observedDefaults, configPath: usual }
  const pathFrom = (args: string[], configPath?: string) => {
    const result = start(args, { configPath, defaults })
    return result.kind === 'run' ? result.config.path : result
  }
  expect(pathFrom(['-c', named], environment)).toBe('/named')
  expect(pathFrom([], environment)).toBe('/environment')
  expect(pathFrom([])).toBe('/usual')
  expect(pathFrom([], '')).toBe('/dev/virtio-ports/org.qemu.guest_agent.0')
})

test('startup() reports what the system says about a file', () => {
  const [loop, long] = [join(folder, 'loop'), 'x'.repeat(300)]
  symlinkSync(loop, loop)
  const cannot = 'error loading configuration from path'
  expect(failure([], { configPath: loop })).toBe(
    critical(`${cannot}: ${loop}, Too many levels of symbolic links`),
  )
  expect(failure(['-c', long])).toBe(critical(`${cannot}: ${long}, File name too long`))
})

test('startup() refuses an undecodable list, where upstream crashes', () => {
  writeConf('[general]\nallow-rpcs=\\q\n')
  expect(failure(['-D', '-c', conf])).toBe(
    critical(
      'error loading configuration from path: CONF, Key file contains key “allow-rpcs” which has a value that cannot be interpreted.',
    ),
  )
})

test('startup() reports the first of several bad values, and nothing else', () => {
  writeConf('[general]\npath=\\q\nmethod=\\q\n')
  expect(failure(['-c', conf])).toBe(
    critical(
      'error loading configuration from path: CONF, Key file contains key “method” which has a value that cannot be interpreted.',
    ),
  )
})

test('startup() refuses a key that the system has no use for', () => {
  const defaults = { ...observedDefaults, unsupportedKeys: ['allow-exec'] as const }
  expect(failure(['--allow-exec=/bin/true'], { defaults })).toBe(
    critical(
      "option '--allow-exec' has the value '/bin/true': this key is not supported on this system",
    ),
  )
  expect(start(['-D'], { defaults }).kind).toBe('exit')
})

test('startup() tells a rule that allows nothing from none', () => {
  writeConf('[general]\npath=/x\nallow-exec=\nallow-users=a,b\n')
  const result = start(['-c', conf])
  expect(result.kind === 'run' && result.config).toMatchObject({
    'allow-exec': [],
    'allow-users': ['b', 'a'],
  })
  expect(result.kind === 'run' && 'allow-file-read' in result.config).toBe(false)
})

test('startup() names file, key and value when one of our own keys is wrong', () => {
  writeConf('[general]\nmax-exec-jobs=many\n')
  expect(failure(['-D', '-c', conf])).toBe(
    critical(
      'error loading configuration from path: CONF, Key file contains key “max-exec-jobs” with value “many”: expected a whole number from 1 to 1000000',
    ),
  )
  expect(failure(['-D', '-c', conf, '--max-exec-jobs=0'])).toBe(
    critical(
      "option '--max-exec-jobs' has the value '0': expected a whole number from 1 to 1000000",
    ),
  )
  expect(start(['-D', '-c', conf, '--max-exec-jobs=1'])).toMatchObject({ exitCode: 0 })
})

test('startup() hands warnings on to the log, and prints none', () => {
  writeConf('[general]\ndaemonize=true\n')
  expect(start(['-c', conf])).toMatchObject({
    kind: 'run',
    warnings: [`${conf}: unknown key “daemonize” is ignored; did you mean “daemon”?`],
    stderr: '',
  })
  expect(start(['-c', conf, '-D'])).toMatchObject({ exitCode: 0, stderr: '' })
})

test('startup() lets an inherited socket replace method and path', () => {
  const inheritedMethod = () => 'vsock-listen'
  const dump = start(['-D', '-m', 'isa-serial', '-p', '/x'], { inheritedMethod })
  expect(dump).toMatchObject({ stdout: expect.stringContaining('\nmethod=vsock-listen\npidfile=') })
  expect(start([], { inheritedMethod })).not.toHaveProperty('config.path')
})

test('startup() asks for an inherited socket after the options, and reports its failure', () => {
  const inheritedMethod = () => {
    throw new InvalidArguments('unsupported listen fd type')
  }
  expect(start(['-V'], { inheritedMethod })).toMatchObject({ exitCode: 0 })
  expect(failure(['-D'], { inheritedMethod })).toBe(critical('unsupported listen fd type'))
})

test('startup() leaves an error that is nobody’s mistake to its caller', () => {
  const inheritedMethod = () => {
    throw new TypeError('a bug')
  }
  expect(() => start([], { inheritedMethod })).toThrow(new TypeError('a bug'))
})

test('startup() prints help even beside a wrong value, as nothing after -h is looked at', () => {
  expect(start(['-h', '--max-exec-jobs=x', '-z'])).toMatchObject({
    exitCode: 0,
    stderr: "PROG: invalid option -- 'z'\n",
    stdout: expect.stringMatching(/^Usage: PROG \[-m/),
  })
})
