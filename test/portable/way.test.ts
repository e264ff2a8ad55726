// SPDX-License-Identifier: Apache-2.0
/** The way to a file, in the forms of both systems. */
import { describe, expect, test } from 'bun:test'
import { posix, win32 } from 'node:path'
import { firstFlaw, type Part } from '../../src/portable/way.ts'

/** What lies where; all that is not named is sound, unless `only` says that nothing else is there. */
function looking(there: Readonly<Record<string, Part>>) {
  const seen: string[] = []
  const look = (path: string): Part | undefined => {
    seen.push(path)
    return path.endsWith('none') ? undefined : (there[path] ?? {})
  }
  return { seen, look }
}

describe('firstFlaw()', () => {
  test.each<[string, Readonly<Record<string, Part>>, string | undefined, readonly string[]]>([
    ['/a/b', {}, undefined, ['/', '/a', '/a/b']],
    ['/a/../b/./c', {}, undefined, ['/', '/b', '/b/c']],
    ['/', { '/': { flaw: 'is bad' } }, 'it is bad', ['/']],
    ['/a/b', { '/': { flaw: 'is bad' } }, '"/" is bad', ['/']],
    ['/a/b', { '/a': { flaw: 'is bad' } }, '"/a" is bad', ['/', '/a']],
    ['/a/b', { '/a/b': { flaw: 'is bad' } }, 'it is bad', ['/', '/a', '/a/b']],
    // Where a link leads is judged too, all the way.
    [
      '/a/b',
      { '/a': { link: '/x/y' }, '/x': { flaw: 'is bad' } },
      '"/x" is bad',
      ['/', '/a', '/', '/x'],
    ],
    ['/a/b', { '/a': { link: '../x//y' } }, undefined, ['/', '/a', '/', '/x', '/x/y', '/x/y/b']],
    // `..` after a link is of what the link leads to.
    [
      '/a/b',
      { '/a': { link: 'l/../c' }, '/l': { link: '/m/n' } },
      undefined,
      ['/', '/a', '/l', '/', '/m', '/m/n', '/m', '/m/c', '/m/c/b'],
    ],
    // A link is judged itself, before it is followed.
    ['/a', { '/a': { link: '/x', flaw: 'is bad' } }, 'it is bad', ['/', '/a']],
    ['/none/b', { '/none/b': { flaw: 'is bad' } }, undefined, ['/', '/none']],
  ])('goes to %s with %j there', (path, there, expected, way) => {
    const { seen, look } = looking(there)
    expect(firstFlaw(path, posix, look)).toBe(expected)
    expect(seen).toEqual([...way])
  })

  test.each<[string, Readonly<Record<string, Part>>, string | undefined, readonly string[]]>([
    ['C:\\a\\b', {}, undefined, ['C:\\', 'C:\\a', 'C:\\a\\b']],
    ['C:/a/b', {}, undefined, ['C:\\', 'C:\\a', 'C:\\a\\b']],
    ['C:\\a\\b', { 'C:\\a': { flaw: 'is bad' } }, '"C:\\a" is bad', ['C:\\', 'C:\\a']],
    [
      'C:\\a\\b',
      { 'C:\\a': { link: 'D:\\x' } },
      undefined,
      ['C:\\', 'C:\\a', 'D:\\', 'D:\\x', 'D:\\x\\b'],
    ],
    [
      'C:\\a\\b',
      { 'C:\\a': { link: '\\x' } },
      undefined,
      ['C:\\', 'C:\\a', 'C:\\', 'C:\\x', 'C:\\x\\b'],
    ],
    [
      'C:\\a\\b',
      { 'C:\\a': { link: '..\\x/y\\' } },
      undefined,
      ['C:\\', 'C:\\a', 'C:\\', 'C:\\x', 'C:\\x\\y', 'C:\\x\\y\\b'],
    ],
    ['\\\\s\\t\\a', { '\\\\s\\t\\': { flaw: 'is bad' } }, '"\\\\s\\t\\" is bad', ['\\\\s\\t\\']],
  ])('goes to %s on Windows with %j there', (path, there, expected, way) => {
    const { seen, look } = looking(there)
    expect(firstFlaw(path, win32, look)).toBe(expected)
    expect(seen).toEqual([...way])
  })

  test('ends where links lead in a circle', () => {
    const { seen, look } = looking({ '/a': { link: 'b' }, '/b': { link: 'a' } })
    expect(firstFlaw('/a', posix, look)).toBeUndefined()
    expect(seen.length).toBeLessThan(50)
  })
})
