// SPDX-License-Identifier: Apache-2.0
/** The form of the lists beside: what the C agent is known to do badly, and how we stand to each. docs/weaknesses.md is made of them. */

export type Standing = 'mended' | 'in part' | 'not mended' | 'cannot apply' | 'not verified'

export interface Weakness {
  readonly number: number
  /** Of the C agent, in a few words. */
  readonly weakness: string
  readonly standing: Standing
  /** What we do; for what is not mended or not verified also the reason. */
  readonly qga: string
  readonly shownBy: readonly ShownBy[]
}

/** A file below test/ and how the title of a test in it begins. It fails when the weakness comes back. */
export type ShownBy = `${string}.ts: ${string}`

type Row = (number: number, weakness: string, qga: string, ...shownBy: ShownBy[]) => Weakness
type ShownRow = (
  number: number,
  weakness: string,
  qga: string,
  first: ShownBy,
  ...others: ShownBy[]
) => Weakness

const row =
  (standing: Standing): Row =>
  (number, weakness, qga, ...shownBy) => ({ number, weakness, standing, qga, shownBy })

/** No such behaviour is left, and a test would fail on it. */
export const mended: ShownRow = row('mended')
/** Some of it is left: the text says what, and why. */
export const inPart: ShownRow = row('in part')
/** We behave as the C agent does, and say why; a test may hold us to that. */
export const notMended: Row = row('not mended')
/** There is nothing in our code that could behave so. */
export const cannotApply: Row = row('cannot apply')
/** Only a system that we do not have can show it. */
export const notVerified: Row = row('not verified')

/** The file, from the project's root, and the beginning of the title. */
export function testOf(shownBy: ShownBy): { readonly file: string; readonly title: string } {
  const colon = shownBy.indexOf(': ')
  return { file: `test/${shownBy.slice(0, colon)}`, title: shownBy.slice(colon + 2) }
}
