// SPDX-License-Identifier: Apache-2.0
/** The clients on libvirt alone: `bun run test/guest/clients.ts`, with `--write` for the table in docs/clients.md. */
import { summary } from './checks.ts'
import { makeImage } from './image.ts'
import { libvirtTable } from './libvirt.ts'

const start = performance.now()
await libvirtTable(makeImage(), process.argv.includes('--write'))
process.exit(summary(start))
