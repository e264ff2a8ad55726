// SPDX-License-Identifier: Apache-2.0
/** The options of the service, which are in its command line. */
import { queryService, type ServiceFacts } from '../../../native/services.ts'
import { argumentList } from '../parse/argument-list.ts'
import { commandLine } from '../parse/command-line.ts'
import { SERVICE_NAME } from '../service.ts'
import { EXECUTABLE } from './places.ts'

/** What every service of ours has: it is for the manager to start, and waits for its port. */
const FIXED = ['-d', '--retry-path'] as const
const FIXED_SPELLINGS: ReadonlySet<string> = new Set([...FIXED, '--daemonize', '-r'])

export interface InstalledService extends ServiceFacts {
  readonly program: string
  /** Without those that every service has. */
  readonly args: readonly string[]
  readonly isOurs: boolean
}

/** The service of the name that every agent has; undefined when there is none. */
export function installedService(): InstalledService | undefined {
  const facts = queryService(SERVICE_NAME)
  if (facts === undefined) return undefined
  const [program = '', ...args] = argumentList(facts.command.trimStart())
  return {
    ...facts,
    program,
    args: args.filter((arg) => !FIXED_SPELLINGS.has(arg)),
    isOurs: program.toLowerCase() === EXECUTABLE.toLowerCase(),
  }
}

export function serviceCommand(args: readonly string[]): string {
  // The manager takes the part before the first blank for the program when it is not in quotation marks.
  return `"${EXECUTABLE}" ${commandLine([...FIXED, ...args])}`
}
