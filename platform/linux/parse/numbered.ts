// SPDX-License-Identifier: Apache-2.0

/**
 * The numbers of directory entries such as `cpu0 cpu1 cpufreq online` → 0, 1; rising, each once.
 * The order of a directory means nothing.
 */
export function numberedEntries(prefix: string, names: readonly string[]): number[] {
  const numbers = names.flatMap((name) => {
    const digits = name.startsWith(prefix) ? /^\d+/.exec(name.slice(prefix.length))?.[0] : undefined
    return digits === undefined ? [] : Number(digits)
  })
  return [...new Set(numbers)].sort((a, b) => a - b)
}
