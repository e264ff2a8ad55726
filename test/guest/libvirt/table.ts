// SPDX-License-Identifier: Apache-2.0
/** The table of docs/clients.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PAGE = join(import.meta.dir, '../../../docs/clients.md')
const BEGIN = '<!-- What follows is written by `bun run test:guest libvirt --write`. -->\n'

export interface Row {
  readonly name: string
  readonly passesWithTheirs: boolean
  readonly passesWithOurs: boolean
  /** `the same`, or how it differs. */
  readonly compared: string
}

export function render(rows: readonly Row[]): string {
  const passes = (claim: boolean) => (claim ? 'passes' : 'fails')
  return [
    '| | qemu-ga | qga | the results |\n|---|---|---|---|\n',
    ...rows.map(
      ({ name, passesWithTheirs, passesWithOurs, compared }) =>
        `| \`${name}\` | ${passes(passesWithTheirs)} | ${passes(passesWithOurs)} | ${compared} |\n`,
    ),
  ].join('')
}

export function documentedTable(): string {
  return split().table
}

export function document(table: string): void {
  writeFileSync(PAGE, `${split().before}${BEGIN}${table}`)
}

function split(): { before: string; table: string } {
  const [before, table] = readFileSync(PAGE, 'utf8').split(BEGIN)
  if (before === undefined || table === undefined) throw new Error(`Cannot find the table: ${PAGE}`)
  return { before, table }
}
