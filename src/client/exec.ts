// SPDX-License-Identifier: Apache-2.0
/** `qga exec`: runs a program in the guest as if it were here. */
import type { Client, Result } from './client.ts'

export interface ExecRequest {
  readonly command: readonly [string, ...string[]]
  /** `NAME=value`; replaces the whole environment when there is one entry at least. */
  readonly env: readonly string[]
  readonly input?: Uint8Array
}

/** Milliseconds between questions whether it has ended: soon for short programs, rarely for long ones. */
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 1000

/**
 * @returns what guest-exec-status says once the program has ended
 * @throws RefusedError when it cannot be started, ConnectionLost
 */
export async function runInGuest(
  client: Client,
  request: ExecRequest,
): Promise<Result<'guest-exec-status'>> {
  const [path, ...arg] = request.command
  const { pid } = await client.call('guest-exec', {
    path,
    arg,
    ...(request.env.length > 0 && { env: request.env }),
    ...(request.input && { 'input-data': request.input }),
    'capture-output': true,
  })
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const status = await client.call('guest-exec-status', { pid })
    if (status.exited) return status
    await Bun.sleep(pause)
  }
}
