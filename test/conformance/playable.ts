// SPDX-License-Identifier: Apache-2.0
import { pending } from '../../platform/linux/backend.ts'
import type { Scenario } from './scenario.ts'

/** Whether our agent has the command no more than declared. */
export function isPending(command: string): boolean {
  return (pending as readonly string[]).includes(command)
}

/** Whether our agent has all the commands that a scenario needs. */
export function isPlayable(scenario: Scenario): boolean {
  return scenario.commands?.some(isPending) !== true
}
