// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { manualPage } from '../../docs/manual.ts'
import { OPTIONS } from '../../src/option-table.ts'
import { contract } from '../../src/schema/contract.ts'
import { needs } from '../harness/needs.ts'
import { run } from '../harness/program.ts'

const PATH = new URL('../../docs/qga.8', import.meta.url).pathname

describe('docs/qga.8', () => {
  test('is what the options give: run `bun run docs` when this fails', async () => {
    expect(await Bun.file(PATH).text()).toBe(manualPage())
  })

  test.if(needs('groff'))(
    'is set without a warning, and shows every option and command',
    async () => {
      const { exitCode, stdout, stderr } = await run([
        'groff',
        '-man',
        '-Tascii',
        '-P-c',
        '-P-b',
        '-P-u',
        '-ww',
        PATH,
      ])
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      for (const { name } of contract) expect(stdout).toContain(name)
      for (const { long, help } of OPTIONS) {
        if (help !== undefined) expect(stdout).toContain(`--${long}`)
      }
    },
  )
})
