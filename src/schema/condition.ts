// SPDX-License-Identifier: Apache-2.0
/**
 * QAPI `if` conditions. One expression serves twice: at run time it is data that the registry
 * evaluates against the symbols found at startup; in the types it decides which handlers a system owes.
 */

/** The symbols of upstream's schema. Those not fixed by the system are probed at startup. */
export type ConfigSymbol =
  | 'CONFIG_POSIX'
  | 'CONFIG_LINUX'
  | 'CONFIG_WIN32'
  | 'CONFIG_FREEBSD'
  | 'CONFIG_FSFREEZE'
  | 'CONFIG_FSTRIM'
  | 'CONFIG_LIBUDEV'
  | 'CONFIG_GETLOADAVG'
  | 'HAVE_GETIFADDRS'
  | 'HAVE_UTMPX'

export type Condition =
  | ConfigSymbol
  | { readonly any: readonly Condition[] }
  | { readonly all: readonly Condition[] }
  | { readonly not: Condition }

export function any<const C extends readonly Condition[]>(...any: C) {
  return { any }
}

export function all<const C extends readonly Condition[]>(...all: C) {
  return { all }
}

export function not<const C extends Condition>(not: C) {
  return { not }
}

/** What is known before the program runs; a symbol in neither list is probed. */
interface Known {
  linux: {
    yes: 'CONFIG_LINUX' | 'CONFIG_POSIX' | 'CONFIG_GETLOADAVG' | 'HAVE_GETIFADDRS' | 'HAVE_UTMPX'
    no: 'CONFIG_WIN32' | 'CONFIG_FREEBSD'
  }
  windows: { yes: 'CONFIG_WIN32'; no: Exclude<ConfigSymbol, 'CONFIG_WIN32'> }
}
export type Platform = keyof Known

/** Whether `C` can hold on `P` for some outcome of the probes. */
export type May<C, P extends Platform> = C extends string
  ? C extends Known[P]['no']
    ? false
    : true
  : C extends { any: infer L extends readonly unknown[] }
    ? true extends { [I in keyof L]: May<L[I], P> }[number]
      ? true
      : false
    : C extends { all: infer L extends readonly unknown[] }
      ? false extends { [I in keyof L]: May<L[I], P> }[number]
        ? false
        : true
      : C extends { not: infer N }
        ? Must<N, P> extends true
          ? false
          : true
        : true

/** Whether `C` holds on `P` whatever the probes find. */
type Must<C, P extends Platform> = C extends string
  ? C extends Known[P]['yes']
    ? true
    : false
  : C extends { any: infer L extends readonly unknown[] }
    ? true extends { [I in keyof L]: Must<L[I], P> }[number]
      ? true
      : false
    : C extends { all: infer L extends readonly unknown[] }
      ? false extends { [I in keyof L]: Must<L[I], P> }[number]
        ? false
        : true
      : C extends { not: infer N }
        ? May<N, P> extends true
          ? false
          : true
        : true

/** Evaluates a condition; an absent one holds. */
export function holds(condition: Condition | undefined, symbols: ReadonlySet<string>): boolean {
  if (condition === undefined) return true
  if (typeof condition === 'string') return symbols.has(condition)
  if ('any' in condition) return condition.any.some((part) => holds(part, symbols))
  if ('all' in condition) return condition.all.every((part) => holds(part, symbols))
  return !holds(condition.not, symbols)
}
