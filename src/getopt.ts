// SPDX-License-Identifier: Apache-2.0
/** GNU getopt_long(3) over a table: how the C agent reads its command line, diagnostics included. */

export interface OptionSpec {
  /** One letter, without its dash. */
  readonly short?: string
  /** Without its dashes. */
  readonly long?: string
  /** An optional argument has to be attached: `-Fvalue`, `--long=value`. */
  readonly argument: 'none' | 'required' | 'optional'
  /** The long name cannot be abbreviated, so that it takes no abbreviation away from the others. */
  readonly exact?: true
}

/** An option as it was given, or the complaint about one that cannot be taken. */
export type Given<Option extends OptionSpec> =
  | { readonly option: Option; readonly value?: string }
  | { readonly diagnostic: string }

export interface Scan<Option extends OptionSpec> {
  /** In the order of the command line. */
  readonly given: readonly Given<Option>[]
  /** The arguments as getopt leaves them: options first, then the operands. */
  readonly permuted: readonly string[]
}

/** `program` is argv[0] as typed; `args` is what follows it. */
export function getopt<Option extends OptionSpec>(
  program: string,
  args: readonly string[],
  table: readonly Option[],
): Scan<Option> {
  const given: Given<Option>[] = []
  const options: string[] = []
  const operands: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    if (arg === '--') {
      options.push(arg)
      operands.push(...args.slice(i + 1))
      break
    }
    if (!arg.startsWith('-') || arg === '-') {
      operands.push(arg)
      continue
    }
    options.push(arg)
    const next = args[i + 1]
    const read = arg.startsWith('--') ? readLong(arg, next, table) : readShort(arg, next, table)
    for (const item of read.given) {
      given.push('diagnostic' in item ? { diagnostic: `${program}: ${item.diagnostic}` } : item)
    }
    if (read.tookNext) {
      options.push(next as string)
      i++
    }
  }
  return { given, permuted: [...options, ...operands] }
}

interface Read<Option extends OptionSpec> {
  readonly given: readonly Given<Option>[]
  readonly tookNext?: boolean
}

function readLong<Option extends OptionSpec>(
  arg: string,
  next: string | undefined,
  table: readonly Option[],
): Read<Option> {
  const equals = arg.indexOf('=')
  const name = equals < 0 ? arg.slice(2) : arg.slice(2, equals)
  const attached = equals < 0 ? undefined : arg.slice(equals + 1)
  const candidates = named(name, table)
  const [option] = candidates
  if (option === undefined) return complaint(`unrecognized option '${arg}'`)
  if (candidates.length > 1) {
    const possibilities = candidates.map(({ long }) => `'--${long}'`).join(' ')
    return complaint(`option '${arg}' is ambiguous; possibilities: ${possibilities}`)
  }
  if (attached !== undefined) {
    return option.argument === 'none'
      ? complaint(`option '--${option.long}' doesn't allow an argument`)
      : { given: [{ option, value: attached }] }
  }
  if (option.argument !== 'required') return { given: [{ option }] }
  return next === undefined
    ? complaint(`option '--${option.long}' requires an argument`)
    : { given: [{ option, value: next }], tookNext: true }
}

/** The options that a long name can mean: the one that is spelled so, else all that begin so. */
function named<Option extends OptionSpec>(name: string, table: readonly Option[]): Option[] {
  const spelled = table.find(({ long }) => long === name)
  if (spelled !== undefined) return [spelled]
  return table.filter(({ long, exact }) => exact !== true && long?.startsWith(name))
}

function readShort<Option extends OptionSpec>(
  arg: string,
  next: string | undefined,
  table: readonly Option[],
): Read<Option> {
  const given: Given<Option>[] = []
  const letters = Array.from(arg.slice(1))
  for (const [i, letter] of letters.entries()) {
    const option = table.find(({ short }) => short === letter)
    if (option === undefined) {
      given.push({ diagnostic: `invalid option -- '${letter}'` })
      continue
    }
    const attached = letters.slice(i + 1).join('')
    if (option.argument === 'none' || (option.argument === 'optional' && attached === '')) {
      given.push({ option })
    } else if (attached !== '') {
      return { given: [...given, { option, value: attached }] }
    } else if (next !== undefined) {
      return { given: [...given, { option, value: next }], tookNext: true }
    } else {
      given.push({ diagnostic: `option requires an argument -- '${letter}'` })
    }
  }
  return { given }
}

function complaint(diagnostic: string): Read<never> {
  return { given: [{ diagnostic }] }
}
