// SPDX-License-Identifier: Apache-2.0
import { isExchange, type Step } from './scenario.ts'
import { escapeBytes, shorten } from './transcript.ts'

/** The lines by which a transcript tells what was done in a step. */
export function asked(step: Step): readonly string[] {
  if (isExchange(step)) return writesOf(step.send).map(sent)
  if ('look' in step) return [`? ${step.look} ${step.at}`]
  if ('connect' in step) return [...(step.leave ? [sent(step.leave)] : []), '! connect']
  const { env = {}, options = [] } = step.start
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  return [`! ${['start', ...settings, ...options].join(' ')}`]
}

export function writesOf(send: string | readonly string[]): readonly string[] {
  return typeof send === 'string' ? [send] : send
}

function sent(bytes: string): string {
  return `> ${escapeBytes(shorten(bytes))}`
}
