// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { parseArguments, UsageError } from '../../src/client/arguments.ts'
import { guestSetUserPassword } from '../../src/schema/account.ts'
import type { Command } from '../../src/schema/command.ts'
import { guestExec } from '../../src/schema/exec.ts'
import { guestFileSeek, guestFileWrite } from '../../src/schema/file.ts'
import { comparable } from '../wire/read.ts'

describe('parseArguments()', () => {
  test.each<[Command | undefined, string[], unknown]>([
    [
      guestFileSeek,
      ['handle=1000', 'offset=-5', 'whence=end'],
      { handle: 1000n, offset: -5n, whence: 'end' },
    ],
    [guestFileSeek, ['whence=2'], { whence: 2n }],
    [
      guestFileWrite,
      ['handle=1', 'buf-b64=a=b'],
      { handle: 1n, 'buf-b64': new TextEncoder().encode('a=b') },
    ],
    [
      guestExec,
      ['path=ls', 'arg=-l', 'arg=/', 'capture-output=true'],
      { path: 'ls', arg: ['-l', '/'], 'capture-output': true },
    ],
    [
      guestExec,
      ['capture-output=merged', 'arg:=["x"]'],
      { 'capture-output': 'merged', arg: ['x'] },
    ],
    [guestSetUserPassword, ['crypted=false'], { crypted: false }],
    [guestSetUserPassword, ['x:={"n":18446744073709551615}'], { x: { n: 18446744073709551615n } }],
    [undefined, ['any=1'], { any: '1' }],
  ])('%# types what the contract knows', (command, words, args) => {
    expect(comparable({ __proto__: null, ...parseArguments(words, command) })).toEqual(args)
  })

  test.each<[Command, string, string]>([
    [guestFileSeek, 'handle', '"handle" is no argument: write name=value or name:=JSON'],
    [guestFileSeek, 'handle=1.5', 'handle takes an integer, not "1.5"'],
    [guestSetUserPassword, 'crypted=yes', 'crypted takes true or false, not "yes"'],
    [guestExec, 'arg:=[1', 'arg:= is followed by JSON that ends too early'],
    [guestExec, 'arg:=1 2', 'arg:= is followed by two values'],
  ])('%# refuses what cannot be meant', (command, word, message) => {
    expect(() => parseArguments([word], command)).toThrow(new UsageError(message))
  })
})
