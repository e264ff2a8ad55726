// SPDX-License-Identifier: Apache-2.0
/**
 * The agent where it is used: in emulated machines, whose root file system it runs from. `bun run test:guest`, or
 * with one of the parts behind it: life, boot, service, libvirt. `libvirt --write` writes the table of docs/clients.md.
 */
import { beforeAgents } from './boot.ts'
import { summary } from './checks.ts'
import { makeImage } from './image.ts'
import { libvirtTable } from './libvirt.ts'
import { wholeLife } from './life.ts'
import { serviceChecks } from './service.ts'
import { makeSystemImage } from './system-image.ts'

const start = performance.now()
const [part, option] = process.argv.slice(2)
const image = makeImage()
const boot = () => beforeAgents(image)
const service = () => serviceChecks(makeSystemImage(image))
if (part === 'life') await wholeLife(image, async () => {})
else if (part === 'boot') await boot()
else if (part === 'service') await service()
else if (part === 'libvirt') await libvirtTable(image, option === '--write')
else if (part === undefined) {
  const system = makeSystemImage(image)
  await wholeLife(image, () => serviceChecks(system))
  await boot()
  await libvirtTable(image)
} else throw new Error(`Cannot find the part "${part}"`)
process.exit(summary(start))
