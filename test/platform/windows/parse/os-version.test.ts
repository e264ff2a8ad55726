// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import {
  OS_VERSION,
  osInfo,
  parseOsVersion,
} from '../../../../platform/windows/parse/os-version.ts'
import { struct } from '../struct.ts'

const [WORKSTATION, SERVER] = [1, 3]
const [X64, ARM64] = [9, 12]

function told(numbers: readonly [number, number, number], kind: number, machine = X64, name = 'x') {
  const [major, minor, build] = numbers
  const bytes = struct(284, {
    [OS_VERSION.major]: major,
    [OS_VERSION.minor]: minor,
    [OS_VERSION.build]: build,
    [OS_VERSION.productType]: { u8: kind },
  })
  return osInfo(parseOsVersion(bytes), machine, name)
}

test.each([
  [[6, 1, 7601], WORKSTATION, 'Microsoft Windows 7', '7'],
  [[6, 3, 9600], WORKSTATION, 'Microsoft Windows 8.1', '8.1'],
  [[10, 0, 19045], WORKSTATION, 'Microsoft Windows 10', '10'],
  [[10, 0, 22631], WORKSTATION, 'Microsoft Windows 11', '11'],
  [[6, 3, 9600], SERVER, 'Microsoft Windows Server 2012 R2', '2012r2'],
  [[10, 0, 17763], SERVER, 'Microsoft Windows Server 2019', '2019'],
  [[10, 0, 26100], SERVER, 'Microsoft Windows Server 2025', '2025'],
  // Older than every table, and newer.
  [[10, 0, 9], WORKSTATION, 'N/A', 'N/A'],
  [[10, 0, 9], SERVER, 'N/A', 'N/A'],
  [[11, 0, 1], WORKSTATION, 'N/A', 'N/A'],
] as const)('%p of kind %p is %s', (numbers, kind, version, id) => {
  expect(told(numbers, kind)).toMatchObject({ version, 'version-id': id })
})

test('Windows 11 is not called Windows 10', () => {
  expect(told([10, 0, 22000], WORKSTATION, X64, 'Windows 10 Pro')['pretty-name']).toBe(
    'Windows 11 Pro',
  )
  expect(told([10, 0, 20348], SERVER, X64, 'Windows 10')['pretty-name']).toBe('Windows 10')
})

test('machines have the names of uname', () => {
  expect(told([10, 0, 22000], WORKSTATION, ARM64).machine).toBe('aarch64')
  expect(told([10, 0, 22000], WORKSTATION, X64).machine).toBe('x86_64')
})
