// SPDX-License-Identifier: Apache-2.0
/** Writes differences.md from the list that the conformance tests hold us to: `bun run docs/differences.ts`. */
import { type Difference, differences } from '../test/conformance/differences.ts'

export function differencesPage(list: Readonly<Record<string, Difference>> = differences): string {
  const sections = Object.entries(list).map(([id, { upstream, ours, why }]) =>
    [`## ${id}`, `- qemu-ga: ${upstream}`, `- qga: ${ours}`, `- Why: ${why}`].join('\n'),
  )
  return `<!-- Generated from test/conformance/differences.ts by \`bun run docs/differences.ts\`; do not edit. -->
# Where qga differs from qemu-ga on purpose

What a client can notice, compared with qemu-ga 11.1.3 on Linux. The conformance tests play recorded
sessions to our executable: they fail when a difference appears that is not here, and when one of
these has gone.

${sections.join('\n\n').replaceAll('\n- qemu-ga', '\n\n- qemu-ga')}
`
}

if (import.meta.main) await Bun.write(new URL('differences.md', import.meta.url), differencesPage())
