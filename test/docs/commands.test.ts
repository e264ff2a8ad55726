// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { commandsPage } from '../../docs/commands.ts'
import { command } from '../../src/schema/command.ts'
import { all, any, not } from '../../src/schema/condition.ts'
import { contract } from '../../src/schema/contract.ts'
import { args, encoded, enumeration, int, list, optional, struct } from '../../src/schema/qapi.ts'

describe('docs/commands.md', () => {
  test('is what the contract gives: run `bun run docs` when this fails', async () => {
    const file = Bun.file(new URL('../../docs/commands.md', import.meta.url))
    expect(await file.text()).toBe(commandsPage())
  })

  test('has a row for every command in both tables', () => {
    const rows: readonly string[] = commandsPage().match(/^\| `guest-[a-z-]+`/gm) ?? []
    const names = contract.map(({ name }) => `| \`${name}\``)
    expect(rows).toEqual([...names, ...names])
  })
})

test('commandsPage() tells all that a declaration says', () => {
  const mode = enumeration('Mode', ['slow', 'fast'], { fast: not('CONFIG_WIN32') })
  const declared = command({
    name: 'guest-example',
    since: '1.0',
    if: all('CONFIG_LINUX', any('CONFIG_FSTRIM', 'HAVE_UTMPX')),
    args: () => args({ key: encoded, mode: optional(mode) }),
    returns: () => list(struct({ size: int })),
    whileFrozen: true,
    secret: ['key'],
  })
  const page = commandsPage([declared])
  expect(page).toContain(
    '| `guest-example` | 1.0 | CONFIG_LINUX and (CONFIG_FSTRIM or HAVE_UTMPX) | `key: base64, mode?: Mode` ' +
      '| `[{size: int}]` | usable while frozen; never logged: `key` |\n',
  )
  expect(page).toContain('| `Mode` | enum | `slow`, `fast` (if not CONFIG_WIN32) |\n')
})
