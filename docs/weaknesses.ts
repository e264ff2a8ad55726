// SPDX-License-Identifier: Apache-2.0
/** Writes weaknesses.md from the lists in test/weaknesses: `bun run docs`. */
import { LISTS, type WeaknessList } from '../test/weaknesses/lists.ts'
import { type Standing, testOf, type Weakness } from '../test/weaknesses/weakness.ts'

const STANDINGS: Readonly<Record<Standing, string>> = {
  mended: 'a test fails when it comes back',
  'in part': 'some of it is left, and the text says what and why',
  'not mended': 'we behave so too, for the reason that is given',
  'cannot apply': 'there is nothing in our code that could behave so',
  'not verified': 'only a system that the project has not can show it',
}

export function weaknessesPage(lists: readonly WeaknessList[] = LISTS): string {
  const meanings = Object.entries(STANDINGS).map(([standing, text]) => `- **${standing}**: ${text}`)
  return `<!-- Generated from test/weaknesses/ by \`bun run docs/weaknesses.ts\`; do not edit. -->
# What the C agent does badly, and how qga stands to it

Behaviour of qemu-ga 7.2 to 11.1 that was seen, or read in its source, and what its users complain of.
Tests are named by their file and by how their title begins.

${meanings.join('\n')}

${lists.map(section).join('\n')}`
}

function section({ title, rows }: WeaknessList): string {
  return `## ${title}

${summary(rows)}

| | weakness | qga | shown by |
|--:|---|---|---|
${rows.map(line).join('\n')}
`
}

function summary(rows: readonly Weakness[]): string {
  const counted = Object.keys(STANDINGS).flatMap((standing) => {
    const count = rows.filter((row) => row.standing === standing).length
    return count === 0 ? [] : `${count} ${standing}`
  })
  return `${rows.length}: ${counted.join(', ')}.`
}

function line({ number, weakness, standing, qga, shownBy }: Weakness): string {
  const tests = shownBy.map(testOf).map(({ file, title }) => `\`${file}\` "${title}"`)
  return `| ${number} | ${cell(weakness)} | **${standing}.** ${cell(qga)} | ${cell(tests.join('<br>'))} |`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

if (import.meta.main) await Bun.write(new URL('weaknesses.md', import.meta.url), weaknessesPage())
