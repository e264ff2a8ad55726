// SPDX-License-Identifier: Apache-2.0
/** The agent where it is used: in emulated machines, whose root file system it runs from. `bun run test:guest`. */
import { beforeAgents } from './boot.ts'
import { summary } from './checks.ts'
import { makeImage } from './image.ts'
import { libvirtTable } from './libvirt.ts'
import { wholeLife } from './life.ts'

const start = performance.now()
const image = makeImage()
await wholeLife(image)
await beforeAgents(image)
await libvirtTable(image)
process.exit(summary(start))
