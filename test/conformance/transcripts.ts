// SPDX-License-Identifier: Apache-2.0
/** Where the recorded transcripts are, and what is in them. */
import { readFileSync } from 'node:fs'
import { parseTranscript, type Transcript } from './transcript.ts'

/** The version whose behaviour is ours; its predecessor that distributions ship. */
export const TARGET = '11.1.3'
export const OLDER = '7.2.22'

export function transcriptUrl(topic: string, version: string): URL {
  return new URL(`../fixtures/linux/transcripts/${topic}.${version}.txt`, import.meta.url)
}

export function readTranscript(topic: string, version: string): Transcript {
  return parseTranscript(readFileSync(transcriptUrl(topic, version), 'utf8'))
}
