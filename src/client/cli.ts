// SPDX-License-Identifier: Apache-2.0
/** `qga call`, `qga exec` and `qga cp`: the client on a command line. */
import { parseArgs } from 'node:util'
import type { Command } from '../schema/command.ts'
import { contract } from '../schema/contract.ts'
import { parseArguments, UsageError } from './arguments.ts'
import { Client, RefusedError } from './client.ts'
import { COMMON, EXIT, help, parseTimeout, socketPath } from './common.ts'
import { ConnectionLost } from './connection.ts'
import { CopyError, Interrupted, Mismatch } from './copy.ts'
import { copyCommand } from './copy-command.ts'
import { runInGuest } from './exec.ts'
import { jsonLine, prettyText } from './print.ts'

/** `qga exec` keeps apart what happened to the program and what happened to us, as env(1) does. */
const NOT_RUN = 125

/** @returns the exit code */
export async function runClient(args: readonly string[]): Promise<number> {
  const [verb, ...rest] = args
  try {
    if (verb === 'cp') return await copyCommand(rest)
    return verb === 'call' ? await call(rest) : await exec(rest)
  } catch (error) {
    const code = exitCodeFor(error)
    process.stderr.write(`qga ${verb}: ${error instanceof Error ? error.message : error}\n`)
    if (code === EXIT.usage)
      process.stderr.write(`Try 'qga ${verb} --help' for more information.\n`)
    return verb === 'exec' && code !== EXIT.usage ? NOT_RUN : code
  }
}

function exitCodeFor(error: unknown): number {
  if (error instanceof RefusedError || error instanceof CopyError || error instanceof Mismatch) {
    return EXIT.refused
  }
  if (error instanceof Interrupted) return EXIT.interrupted
  if (error instanceof ConnectionLost) return EXIT.lost
  // node:util throws TypeErrors with a code for options that it does not know.
  const isParseError = error instanceof TypeError && 'code' in error
  if (error instanceof UsageError || isParseError) return EXIT.usage
  throw error
}

async function call(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { ...COMMON, timeout: { type: 'string' } },
    allowPositionals: true,
  })
  if (values.help) return help()
  const [name, ...words] = positionals
  if (name === undefined) throw new UsageError('which command?')
  const command = (contract as readonly Command[]).find((candidate) => candidate.name === name)
  const parsed = parseArguments(words, command)
  const timeoutMs = parseTimeout(values.timeout)
  using client = await Client.connect(socketPath(values.path))
  const result = await client.callUntyped(name, parsed, timeoutMs)
  if (result !== undefined)
    process.stdout.write(values.json ? jsonLine(result) : prettyText(result))
  return EXIT.ok
}

async function exec(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      ...COMMON,
      env: { type: 'string', short: 'e', multiple: true },
      input: { type: 'string', short: 'i' },
    },
    allowPositionals: true,
  })
  if (values.help) return help()
  const [program, ...rest] = positionals
  if (program === undefined) throw new UsageError('which program? write it behind --')
  const input = values.input === undefined ? undefined : await readInput(values.input)
  using client = await Client.connect(socketPath(values.path))
  const result = await runInGuest(client, {
    command: [program, ...rest],
    env: values.env ?? [],
    ...(input && { input }),
  })
  if (values.json) process.stdout.write(jsonLine(result))
  else {
    process.stdout.write(result['out-data'] ?? '')
    process.stderr.write(result['err-data'] ?? '')
    if (result['out-truncated'] || result['err-truncated']) {
      process.stderr.write('qga exec: the agent kept no more of the output\n')
    }
  }
  return Number(result.exitcode ?? 128 + Number(result.signal))
}

async function readInput(path: string): Promise<Uint8Array> {
  const file = path === '-' ? Bun.stdin : Bun.file(path)
  try {
    return new Uint8Array(await file.arrayBuffer())
  } catch (error) {
    throw new UsageError(`Cannot read "${path}": ${error instanceof Error ? error.message : error}`)
  }
}
