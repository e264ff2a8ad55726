// SPDX-License-Identifier: Apache-2.0
import { hasNetwork, hasSandbox } from '../harness/sandbox.ts'
import type { Scenario } from './scenario.ts'

/** Whether this machine has what the scenario's sandbox needs. */
export function isPlayable({ sandbox }: Scenario): boolean {
  return sandbox === undefined || (sandbox.network === undefined ? hasSandbox : hasNetwork)
}
