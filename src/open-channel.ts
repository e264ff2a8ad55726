// SPDX-License-Identifier: Apache-2.0
/** The channel at the start, and with --retry-path until it is there. */
import type { Backend } from './agent/backend.ts'
import type { Session } from './agent/channel.ts'
import type { Config } from './config.ts'
import { AgentError, messages, Unsupported } from './errors.ts'
import type { Log } from './log.ts'

/** Seconds between attempts; the last repeats. */
const RETRY_SECONDS = [1, 2, 5] as const
/** The first failure is told, and then one a minute. */
const TELL_MS = 60_000

export interface Unopened {
  /** There will be no second attempt; the reasons come innermost first. */
  failed(reasons: string[]): void
  waiting(): void
}

/** Opens the channel, again and again when the configuration says so. */
export async function openChannel(
  backend: Backend,
  config: Config,
  session: Session,
  log: Log,
  unopened: Unopened,
): Promise<void> {
  let toldAt = Number.NEGATIVE_INFINITY
  for (let tries = 0; ; tries++) {
    try {
      return await backend.openChannel(config, session)
    } catch (error) {
      if (!(error instanceof AgentError)) throw error
      if (!config['retry-path']) return unopened.failed(reasonsFor(error))
      if (performance.now() - toldAt > TELL_MS) {
        toldAt = performance.now()
        log.write('critical', `${messages(error)[0]}; will retry`)
      }
      unopened.waiting()
      const milliseconds = (RETRY_SECONDS[tries] ?? 5) * 1000
      await (backend.channelAppeared?.(config, milliseconds) ?? Bun.sleep(milliseconds))
    }
  }
}

/** Upstream tells a method that it does not know apart from one that failed. */
function reasonsFor(error: AgentError): string[] {
  const created = error instanceof Unsupported ? [] : ['failed to create guest agent channel']
  return [...messages(error), ...created, 'failed to initialize guest agent channel']
}
