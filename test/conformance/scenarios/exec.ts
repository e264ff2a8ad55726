// SPDX-License-Identifier: Apache-2.0
/** guest-exec and guest-exec-status: starting, capturing, ending. */
import { base64, call, type Exchange, exchanges, type Scenario, type Step } from '../scenario.ts'

const BOTH = 'echo out; echo err >&2; exit 3'
const ONE = {
  stdout:
    '{"return": {"exited": true, "exitcode": 3, "out-data": "b3V0Cg==", "out-truncated": false}}',
  stderr:
    '{"return": {"exited": true, "exitcode": 3, "err-data": "ZXJyCg==", "err-truncated": false}}',
}
const MERGED =
  '{"return": {"exited": true, "exitcode": 3, "out-data": "b3V0CmVycgo=", "out-truncated": false}}'
const captured = { 'capture-output': true }
const STREAM_MAX = 16 * 1024 * 1024

export const execCapture: Scenario = {
  topic: 'exec-capture',
  files: { gate: 'fifo' },
  steps: [
    { note: 'nothing is kept', ...shell(BOTH) },
    status(),
    ...[true, false].flatMap((mode): Step[] => [
      { note: `capture-output ${mode}`, ...shell(BOTH, { 'capture-output': mode }) },
      status(),
    ]),
    { note: 'no output', ...shell('exit 0', { 'capture-output': true }) },
    status(),
    { note: 'one stream of two', ...shell('echo only >&2', { 'capture-output': true }) },
    status(),
    { note: 'bytes', ...shell("printf '\\000\\377\\n\\r'", { 'capture-output': true }) },
    status(),
    { note: 'all that is kept', ...zeros(STREAM_MAX) },
    status(),
    { note: 'and a byte more', ...zeros(STREAM_MAX + 1) },
    status(),
    { note: 'on stderr', ...shell(`head -c ${STREAM_MAX + 1} /dev/zero >&2`, captured) },
    status(),
    { note: 'while it runs', ...run('cat', { arg: ['@DIR@/gate'] }) },
    { ...status(), untilExited: false },
    { ...status(), untilExited: false },
    {
      send: execute('sh', { arg: ['-c', 'echo go >@DIR@/gate'] }),
      keep: { name: 'other', member: 'pid' },
    },
    status(),
    {
      note: 'while a child of it holds the pipe',
      ...shell('echo first; cat @DIR@/gate &', captured),
    },
    { ...status(), untilExited: false },
    {
      send: execute('sh', { arg: ['-c', 'echo second >@DIR@/gate'] }),
      keep: { name: 'other', member: 'pid' },
    },
    status(),
  ],
}

export const execUnreadInput: Scenario = {
  topic: 'exec-unread-input',
  steps: Array.from({ length: 10 }, () => [
    run('true', { 'input-data': base64('x'.repeat(70_000)) }),
    status(),
  ]).flat(),
}

/** Younger than 7.2.22. */
export const execModes: Scenario = {
  topic: 'exec-modes',
  only: '11.1.3',
  steps: ['none', 'separated', 'merged', 'stdout', 'stderr'].flatMap((mode): Step[] => [
    { start: {} },
    { note: `capture-output ${mode}`, ...shell(BOTH, { 'capture-output': mode }) },
    status(),
  ]),
}

/** After one capture of a single stream upstream loses the end of the next one. */
export const execStreams: Scenario = {
  topic: 'exec-streams',
  only: '11.1.3',
  steps: ['stdout', 'stderr'].flatMap((mode): Step[] => [
    { start: {} },
    shell(BOTH, { 'capture-output': mode }),
    status(),
    shell(BOTH, { 'capture-output': mode }),
    {
      ...status(),
      giveUpMs: 1000,
      differs: { id: 'exec-single-stream', ours: [ONE[mode as keyof typeof ONE]] },
    },
    { note: 'and the output of another', ...shell(BOTH, { 'capture-output': 'merged' }) },
    { ...status(), differs: { id: 'exec-single-stream', ours: [MERGED] } },
  ]),
}

export const exec: Scenario = {
  topic: 'exec',
  files: {
    plain: { content: 'echo plain "$(basename "$0")" "$@"\n', mode: 0o755 },
    'own-script': { content: '#!/bin/sh\necho script "$@"\n', mode: 0o755 },
    data: { content: 'no program', mode: 0o644 },
    broken: { content: '#!/nonexistent/interpreter\n', mode: 0o755 },
    d: 'directory',
  },
  env: { PATH: '/usr/bin:/bin', FROM_AGENT: 'yes' },
  steps: [
    { note: 'how it ended', ...run('true') },
    status(),
    ...['exit 1', 'exit 255', 'exit 256', 'kill -9 $$', 'kill -TERM $$', 'kill -ABRT $$'].flatMap(
      (script) => [shell(script), status()],
    ),
    { note: 'the result is fetched once', ...run('true') },
    status(),
    { ...status(), untilExited: false },
    { note: 'no such process', send: call('guest-exec-status', { pid: 0 }) },
    ...exchanges(
      call('guest-exec-status', { pid: -1 }),
      call('guest-exec-status', { pid: 1 }),
      '{"execute":"guest-exec-status","arguments":{"pid":9223372036854775807}}',
    ),
    { note: 'arguments', ...run('printf', { arg: ['%s|', 'a b', '', "'", '"', '\u00e9', '$x'] }) },
    status(),
    { note: 'no arguments', ...run('echo', { arg: [] }) },
    status(),
    { note: 'the program is argv[0]', ...run('sh', { arg: ['-c', 'echo "$0"'] }) },
    status(),
    { note: 'the environment is inherited', ...shell('echo "$FROM_AGENT"', captured) },
    status(),
    { note: 'or given whole', ...env(['A=1', 'B=x=y', 'C=']) },
    status(),
    { note: 'an empty one', ...env([]) },
    status(),
    { note: 'the same name twice, no name, no value', ...env(['A=1', 'A=2', '=x', 'nothing']) },
    {
      ...status(),
      differs: {
        id: 'exec-environment',
        ours: [
          '{"return": {"exited": true, "exitcode": 0, "out-data": "QT0xCg==", "out-truncated": false}}',
        ],
      },
    },
    { note: 'its PATH finds the program', ...run('own-script', { env: ['PATH=@DIR@'] }) },
    status(),
    { send: execute('echo', { env: ['PATH=@DIR@'] }) },
    { note: 'without one: the usual places', ...run('echo', { env: ['A=1'], arg: ['x'] }) },
    status(),
    { note: 'the working directory', ...shell('[ "$(pwd)" = @DIR@ ] && echo here', captured) },
    status(),
    { note: 'a script without a first line', ...run('@DIR@/plain', { arg: ['x', 'y z'] }) },
    status(),
    { note: 'a script with one', ...run('@DIR@/own-script', { arg: ['x'] }) },
    status(),
    { note: 'a relative path', ...run('./own-script', { arg: ['y'] }) },
    status(),
    { note: 'what cannot be started', send: execute('/nonexistent/program') },
    ...exchanges(
      execute('no-such-program'),
      execute('@DIR@/data'),
      execute('@DIR@/d'),
      execute('@DIR@/data/x'),
      execute('@DIR@/broken'),
      execute(''),
      execute('/nonexistent/\u00e9\u20ac'),
    ),
    { send: execute('/nonexistent/a\0b') },
    { send: execute('own-script') },
    { note: 'input', ...cat(base64('hello\n')) },
    status(),
    { note: 'no input at all', ...run('cat') },
    status(),
    { note: 'empty input', ...cat('') },
    status(),
    { note: 'input in lines', ...cat('aGVs\nbG8=\n') },
    status(),
    { note: 'more than a pipe holds', ...cat(base64('0123456789abcdef'.repeat(4_500))) },
    status(),
    { note: 'no base64: nothing is started', send: execute('cat', { 'input-data': '*' }) },
    { send: execute('/nonexistent/program', { 'input-data': 'Q Q=' }) },
    {
      note: 'malformed base64',
      send: execute('/nonexistent/program', { 'input-data': 'QQ' }),
      differs: {
        id: 'base64',
        ours: [
          '{"error": {"class": "GenericError", "desc": "Base64 data contains invalid characters"}}',
        ],
      },
    },
    { note: 'a result outlives its client', ...shell('exit 4') },
    { connect: true },
    status(),
  ],
}

function execute(path: string, more: object = {}): string {
  return call('guest-exec', { path, ...more })
}

/** Starts a program; its process id is kept for `status()`. */
function run(path: string, more: object = captured): Exchange {
  return { send: execute(path, { ...captured, ...more }), keep: { name: 'pid', member: 'pid' } }
}

function shell(script: string, more: object = {}): Exchange {
  return {
    send: execute('sh', { arg: ['-c', script], ...more }),
    keep: { name: 'pid', member: 'pid' },
  }
}

function env(variables: readonly string[]): Exchange {
  return run('/usr/bin/env', { env: variables })
}

function cat(input: string): Exchange {
  return run('cat', { 'input-data': input })
}

function zeros(count: number): Exchange {
  return shell(`head -c ${count} /dev/zero`, captured)
}

/** The result of what was started last. */
function status(): Exchange {
  return {
    send: '{"execute":"guest-exec-status","arguments":{"pid":@pid@}}',
    untilExited: true,
  }
}
