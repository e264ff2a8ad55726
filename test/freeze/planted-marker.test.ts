// SPDX-License-Identifier: Apache-2.0
/** The marker of a freeze, where another user has laid something in its place. */
import { describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { fileSystemsForAll, freezeList, thaw } from '../harness/freezing.ts'
import { canMount } from '../harness/loop-mounts.ts'
import { Scratch, serving } from '../harness/program.ts'
import { hasSomebody, otherDoes } from '../harness/somebody.ts'

const held = fileSystemsForAll()

describe.if(canMount && hasSomebody)('a freeze', () => {
  test.each([
    ['a link', (path: string, victim: string) => `ln -s ${victim} ${path}`],
    ['a dangling link', (path: string, victim: string) => `ln -s ${victim}2 ${path}`],
    ['a FIFO', (path: string) => `mkfifo ${path}`],
    ['a file', (path: string) => `echo > ${path}`],
  ])('marks itself in the place of %s, and not through it', async (_, plant) => {
    using scratch = new Scratch()
    fs.chmodSync(scratch.path, 0o1777)
    const victim = scratch.file('victim')
    fs.writeFileSync(victim, 'root', { mode: 0o600 })
    using agent = await serving({ directory: scratch.path })
    const marker = scratch.file('qga.state.isfrozen')
    otherDoes(plant(marker, victim))
    expect(await freezeList(agent.socket, held.all.ext4)).toBe(1)
    const stat = fs.lstatSync(marker)
    expect([stat.isFile(), stat.uid, stat.mode & 0o777]).toEqual([true, 0, 0o600])
    expect(await thaw(agent.socket)).toBe(1)
    expect(fs.existsSync(marker)).toBe(false)
    expect(fs.readdirSync(scratch.path).filter((name) => name.startsWith('victim'))).toEqual([
      'victim',
    ])
    expect(fs.readFileSync(victim, 'utf8')).toBe('root')
  })
})
