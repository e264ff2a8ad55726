// SPDX-License-Identifier: Apache-2.0
import type { Session } from '../../src/agent/channel.ts'
import type { Config } from '../../src/config.ts'
import { Unsupported } from '../../src/errors.ts'
import { listenUnix } from './unix-listen.ts'

/** @throws OsError or Unsupported in upstream's words */
export async function openChannel(config: Config, session: Session): Promise<void> {
  if (config.method === 'unix-listen') return await listenUnix(config.path ?? '', session)
  throw new Unsupported(`unsupported channel method/type: ${config.method}`)
}
