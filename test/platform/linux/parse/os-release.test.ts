// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { parseOsRelease } from '../../../../platform/linux/parse/os-release.ts'

test.each([
  ['ID=debian', 'debian'],
  ['ID="Debian GNU/Linux"', 'Debian GNU/Linux'],
  ["ID='Debian GNU/Linux'", 'Debian GNU/Linux'],
  ['ID=', ''],
  ['ID=""', ''],
  ['ID=12 bookworm', '12'],
  ['ID=12;13', '12'],
  ['ID="a\\"b\\$c\\\\d\\`e\\\'f"', 'a"b$c\\d`e\'f'],
  ['ID="a\\nb"', 'a\\nb'],
  ['ID="a" # comment', 'a'],
  ['ID="unterminated', 'unterminated'],
  ['  ID=indented', 'indented'],
  ['ID=first\nID=last', 'last'],
  ['a line that assigns nothing\n=x\n[group]\n# ID=comment\nID=x', 'x'],
  ['ID=x\r\nNAME=y\r', 'x'],
  ['ID="é"', 'é'],
])('%j', (text, id) => {
  expect(parseOsRelease(text).get('ID')).toBe(id)
})

test('takes no variable whose name only ends like one that counts', () => {
  expect(parseOsRelease('export ID=x\nMY_ID=y').has('ID')).toBe(false)
})
