// SPDX-License-Identifier: Apache-2.0
/** The health of NVMe disks, told by themselves. */
import * as fs from 'node:fs'
import { readSmartLog } from '../../native/nvme.ts'
import { prepareWorkPool } from '../../native/work-pool.ts'
import type { DiskSmart } from '../../src/schema/storage.ts'
import { parseNvmeSmart, SMART_LOG_BYTES } from './parse/nvme-smart.ts'
import type { Patience } from './patience.ts'

/** @returns undefined when the disk does not say, or not in time */
export async function readNvmeSmart(
  node: string,
  patience: Patience,
): Promise<DiskSmart | undefined> {
  prepareWorkPool()
  const log = await patience.ask(`smart ${node}`, () => smartLog(node))
  return log && { type: 'nvme', ...parseNvmeSmart(log) }
}

async function smartLog(node: string): Promise<Buffer> {
  const disk = await fs.promises.open(node, 'r')
  try {
    const log = Buffer.alloc(SMART_LOG_BYTES)
    await readSmartLog(disk.fd, log)
    return log
  } finally {
    await disk.close()
  }
}
