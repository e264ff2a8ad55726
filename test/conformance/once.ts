// SPDX-License-Identifier: Apache-2.0
import { type Played, play } from './play.ts'
import type { Scenario } from './scenario.ts'

/** Plays each scenario to one agent once, whoever asks first, and remembers. */
export function createPlayer(
  command: readonly string[],
  ending: 'SIGTERM' | 'SIGKILL',
): (scenario: Scenario) => Promise<readonly Played[]> {
  const played = new Map<string, Promise<readonly Played[]>>()
  return (scenario) => {
    const already = played.get(scenario.topic)
    if (already !== undefined) return already
    const playing = play(scenario, command, ending)
    played.set(scenario.topic, playing)
    return playing
  }
}
