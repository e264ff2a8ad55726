// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { memoryHierarchy } from './memory-group.ts'
import { Scratch } from './program.ts'

const limitsIn = (root: string) =>
  memoryHierarchy(root)
    ?.limits(20)
    .map(([name]) => name)

describe('memoryHierarchy()', () => {
  test('is that of version 1 where it has the controller', () => {
    using scratch = new Scratch()
    mkdirSync(scratch.file('memory'))
    writeFileSync(scratch.file('memory/memory.limit_in_bytes'), '')
    writeFileSync(scratch.file('cgroup.subtree_control'), 'memory\n')
    expect(memoryHierarchy(scratch.path)?.directory).toBe(scratch.file('memory'))
    expect(limitsIn(scratch.path)).toEqual(['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'])
  })

  test('is that of version 2 where the root hands the controller down', () => {
    using scratch = new Scratch()
    writeFileSync(scratch.file('cgroup.subtree_control'), 'cpuset cpu io memory pids\n')
    expect(memoryHierarchy(scratch.path)?.directory).toBe(scratch.path)
    expect(limitsIn(scratch.path)).toEqual(['memory.max', 'memory.swap.max'])
  })

  test.each(['', 'cpu pids\n'])('is none where the root hands down %j', (controllers) => {
    using scratch = new Scratch()
    writeFileSync(scratch.file('cgroup.subtree_control'), controllers)
    expect(memoryHierarchy(scratch.path)).toBeUndefined()
  })

  test('is none where there are no groups', () => {
    using scratch = new Scratch()
    expect(memoryHierarchy(scratch.path)).toBeUndefined()
  })
})
