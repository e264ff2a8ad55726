// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { isOurs, otherAgents } from '../../../platform/windows/port-holders.ts'

test('other agents are told apart from everything else, and from this process', () => {
  const programs = new Map([
    [4, undefined],
    [process.pid, 'C:\\Program Files\\qga\\qga.exe'],
    [8, 'C:\\Program Files\\qga\\QGA.EXE'],
    [12, 'C:\\Program Files\\Qemu-ga\\qemu-ga.exe'],
    [16, 'D:\\qga-windows-x64.exe'],
    [20, 'C:\\Windows\\System32\\svchost.exe'],
    [24, 'C:\\qga\\notepad.exe'],
  ])
  const found = otherAgents({
    processIds: () => [...programs.keys()],
    programOf: (pid) => programs.get(pid),
  })
  expect(found.map(({ pid }) => pid)).toEqual([8, 12, 16])
  expect(found.map(isOurs)).toEqual([true, false, true])
})
