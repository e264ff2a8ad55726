// SPDX-License-Identifier: Apache-2.0
/** The way to a file: who can change a part of it decides what its path means. */
/** What lies at one part of the way. */
export interface Part {
  /** What is wrong with it. */
  readonly flaw?: string | undefined
  /** Where it leads, when it is a link. */
  readonly link?: string | undefined
}

/** How a system writes paths: node:path's posix or win32. */
interface Paths {
  readonly sep: string
  parse(path: string): { readonly root: string }
  resolve(...paths: string[]): string
}

/** As many as Linux follows: path_resolution(7). Windows follows 63. */
const LINKS_MAX = 40

/**
 * Goes all the way to a file, through every directory and link.
 * @param look tells what is at a path, itself and not what it leads to; undefined when there is nothing
 * @returns the first flaw, `it has one` or `"/a" has one`; undefined when there is none, or no such file
 */
export function firstFlaw(
  path: string,
  paths: Paths,
  look: (path: string) => Part | undefined,
): string | undefined {
  const wanted = paths.resolve(path)
  const pending = parts(wanted, paths)
  let at = ''
  let links = 0
  for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
    const next = paths.resolve(at, part)
    const found = look(next)
    if (found === undefined) return undefined
    const { flaw, link } = found
    if (flaw !== undefined) return `${next === wanted ? 'it' : `"${next}"`} ${flaw}`
    if (link === undefined) at = next
    else if (++links > LINKS_MAX) return undefined
    else pending.unshift(...parts(link, paths))
  }
  return undefined
}

/** The root, if it begins there, and all below it. */
function parts(path: string, { parse, sep }: Paths): string[] {
  const { root } = parse(path)
  const below = path.slice(root.length).split(sep === '\\' ? /[/\\]/ : sep)
  return [root, ...below].filter((part) => part !== '')
}
