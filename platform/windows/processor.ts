// SPDX-License-Identifier: Apache-2.0
import { processorCores } from '../../native/kernel32-system.ts'
import { OsError } from '../../src/errors.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/processor.ts'
import { LoadAverage } from './load.ts'
import { countProcessors } from './parse/processors.ts'

export function createProcessorHandlers(
  cores: () => Buffer = processorCores,
  load = new LoadAverage(),
): Handlers<typeof schema, 'windows'> {
  return {
    'guest-get-vcpus': () => {
      const count = countProcessors(cores())
      if (count === 0) throw new OsError('Guest reported zero VCPUs', 'EIO')
      return Array.from({ length: count }, (_, id) => ({
        'logical-id': id,
        online: true,
        'can-offline': false,
      }))
    },

    'guest-get-load': async () => {
      const [load1m, load5m, load15m] = await load.read()
      return { load1m, load5m, load15m }
    },
  }
}
