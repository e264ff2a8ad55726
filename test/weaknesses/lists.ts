// SPDX-License-Identifier: Apache-2.0
import { service } from './service.ts'
import { truth } from './truth.ts'
import type { Weakness } from './weakness.ts'
import { windowsService } from './windows-service.ts'
import { windowsTruth } from './windows-truth.ts'
import { vulnerabilities, wishes } from './wishes.ts'

export interface WeaknessList {
  readonly title: string
  readonly rows: readonly Weakness[]
}

export const LISTS: readonly WeaknessList[] = [
  { title: 'The agent itself, and on Linux', rows: [...service, ...truth] },
  { title: 'On Windows', rows: [...windowsService, ...windowsTruth] },
  { title: 'What those who run guests complain of', rows: wishes },
  { title: 'Vulnerabilities', rows: vulnerabilities },
]
