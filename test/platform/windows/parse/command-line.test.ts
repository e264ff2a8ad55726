// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import {
  batchCommandLine,
  commandLine,
  environmentBlock,
  variable,
} from '../../../../platform/windows/parse/command-line.ts'

/** Expected lines by the rules of CommandLineToArgvW; that real programs read them so is shown under Wine. */
test.each([
  [['a.exe'], 'a.exe'],
  [['C:\\a b\\c.exe', 'x'], '"C:\\a b\\c.exe" x'],
  [[''], '""'],
  [['say "hi"'], '"say \\"hi\\""'],
  [['C:\\dir\\'], 'C:\\dir\\'],
  [['C:\\a dir\\'], '"C:\\a dir\\\\"'],
  [['a\\\\"b'], '"a\\\\\\\\\\"b"'],
  [['a\\b c'], '"a\\b c"'],
  [['tab\t'], '"tab\t"'],
])('commandLine(%j) is %s', (argv, line) => {
  expect(commandLine(argv)).toBe(line)
})

test.each<[string, (argument: string) => string]>([
  ['commandLine()', (argument) => commandLine([argument])],
  ['batchCommandLine()', (argument) => batchCommandLine('cmd.exe', 'a.bat', [argument])],
])('%s takes no longer than its backslashes are', (_, line) => {
  const backslashes = '\\'.repeat(100_000)
  const start = performance.now()
  expect(line(`${backslashes} ${backslashes}`)).toContain(
    `"${backslashes} ${backslashes.repeat(2)}"`,
  )
  expect(performance.now() - start).toBeLessThan(1000)
})

test('batchCommandLine() leaves cmd.exe nothing to act on', () => {
  const line = batchCommandLine('cmd.exe', 'C:\\a b.bat', ['x', 'a&b', '%PATH%', 'say "hi"', 'd\\'])
  expect(line).toBe(
    '"cmd.exe" /e:ON /v:OFF /d /c ""C:\\a b.bat" x "a&b" "%%cd:~,%PATH%%cd:~,%" "say ""hi""" "d\\\\""',
  )
})

test('environmentBlock() is sorted, ends with two NULs, and has each name once', () => {
  const block = (entries: readonly string[]) => environmentBlock(entries).toString('utf16le')
  expect(block(['b=2', 'A=1', 'a=second', 'nothing', '=C:=C:\\'])).toBe('=C:=C:\\\0A=1\0b=2\0\0')
  expect(block([])).toBe('\0\0')
})

test('variable() knows names in whatever case', () => {
  expect(variable(['X=1', 'Path=C:\\x'], 'PATH')).toBe('C:\\x')
  expect(variable(['X=1'], 'PATH')).toBeUndefined()
})
