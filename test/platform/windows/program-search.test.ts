// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { findProgram } from '../../../platform/windows/program-search.ts'

const SYSTEM = 'C:\\Windows\\System32'
const PATH = 'relative;"C:\\with blank";C:\\tools'
const FILES = new Set([
  `${SYSTEM}\\cmd.exe`,
  'C:\\tools\\cmd.exe',
  'C:\\tools\\x.bat',
  'C:\\tools\\x.cmd',
  'C:\\with blank\\y.exe',
  'relative\\z.exe',
  'C:\\tools\\plain',
])

test.each([
  ['cmd', `${SYSTEM}\\cmd.exe`],
  ['cmd.exe', `${SYSTEM}\\cmd.exe`],
  ['C:\\tools\\cmd', 'C:\\tools\\cmd.exe'],
  ['x', 'C:\\tools\\x.bat'],
  ['x.cmd', 'C:\\tools\\x.cmd'],
  ['y', 'C:\\with blank\\y.exe'],
  ['z', undefined],
  ['plain', undefined],
  ['', undefined],
])('findProgram(%j) is %p', (name, file) => {
  expect(findProgram(name, PATH, SYSTEM, (path) => FILES.has(path))).toBe(file)
})
