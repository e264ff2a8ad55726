// SPDX-License-Identifier: Apache-2.0
/** One line for each command that changes the guest: what was asked, without its secrets, and what came of it. */
import type { Command } from '../schema/command.ts'
import { shortened, shownArguments, shownText, withoutSecrets } from './redact.ts'

export type Outcome =
  | { readonly value: unknown }
  | { readonly wireClass: string; readonly message: string }

export interface Audit {
  tell(command: Command, args: unknown, outcome: Outcome): void
  /** Tells what was held back. */
  flush(): void
}

/** Lines that say the same are counted for so long: a file that is copied is a thousand writes. */
const REPEATS_MS = 10_000
const OUTCOME_MAX = 512

/** @param account takes lines; must neither wait nor throw */
export function createAudit(account: (message: string) => void): Audit {
  let last = ''
  let repeats = 0
  let timer: Timer | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (repeats > 0) account(`audit: the same, ${repeats} more`)
    repeats = 0
  }

  return {
    tell: (command, args, outcome) => {
      const line = auditLine(command, args, outcome)
      if (line === last) {
        repeats++
        timer ??= setTimeout(flush, REPEATS_MS)
        return
      }
      flush()
      last = line
      account(line)
    },
    flush,
  }
}

function auditLine(command: Command, args: unknown, outcome: Outcome): string {
  const came =
    'message' in outcome
      ? `error: ${outcome.wireClass}: ${withoutSecrets(command, args, outcome.message)}`
      : `result: ${result(command, outcome.value)}`
  return `audit: ${command.name}, arguments: ${shownArguments(command, args)}, ${shortened(came, OUTCOME_MAX)}`
}

function result(command: Command, value: unknown): string {
  return command.reply === 'errors-only' ? 'none' : shownText(value)
}
