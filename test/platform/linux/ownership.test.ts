// SPDX-License-Identifier: Apache-2.0
/** Every way to a file that somebody else could change is told by its first such part. */
import { describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { foreignPart } from '../../../platform/linux/ownership.ts'
import { needs } from '../../harness/needs.ts'
import { letOtherWrite, OTHER } from '../../harness/somebody.ts'
import { tempDir } from '../../harness/temp-dir.ts'

function place() {
  const directory = tempDir()
  const at = (name: string) => `${directory.path}/${name}`
  fs.mkdirSync(at('sub'))
  fs.writeFileSync(at('sub/file'), '')
  fs.symlinkSync('sub/file', at('link'))
  fs.symlinkSync('..', at('sub/up'))
  return { at, [Symbol.dispose]: () => directory[Symbol.dispose]() }
}

describe('foreignPart()', () => {
  test('finds nothing where all is ours, in a sticky directory, and where there is nothing', () => {
    using own = place()
    for (const name of ['sub/file', 'link', 'sub/up/link', 'none', 'none/none', '']) {
      expect(foreignPart(own.at(name))).toBeUndefined()
    }
    expect(foreignPart('/')).toBeUndefined()
  })

  test('goes through links without end for a while only', () => {
    using own = place()
    fs.symlinkSync('loop', own.at('loop'))
    expect(foreignPart(own.at('loop'))).toBeUndefined()
  })

  test('finds what others can write', () => {
    using own = place()
    fs.chmodSync(own.at('sub/file'), 0o646)
    const file = `"${own.at('sub/file')}" can be written by others than root`
    expect(foreignPart(own.at('sub/file'))).toBe('it can be written by others than root')
    expect(foreignPart(own.at('link'))).toBe(file)
    fs.chmodSync(own.at('sub'), 0o777)
    const directory = `"${own.at('sub')}" can be written by others than root`
    expect(foreignPart(own.at('sub/file'))).toBe(directory)
    expect(foreignPart(own.at('link'))).toBe(directory)
    expect(foreignPart(own.at('sub/none'))).toBe(directory)
  })

  test.if(needs('root') && needs('/usr/bin/python3'))(
    'finds what belongs to others, or to a group of others',
    () => {
      using own = place()
      fs.chmodSync(own.at('sub/file'), 0o664)
      expect(foreignPart(own.at('sub/file'))).toBeUndefined()
      letOtherWrite(own.at('sub/file'))
      expect(foreignPart(own.at('sub/file'))).toBe('it can be written by others than root')
      fs.chownSync(own.at('sub/file'), 0, OTHER)
      expect(foreignPart(own.at('sub/file'))).toBe('it can be written by others than root')
      fs.lchownSync(own.at('link'), OTHER, OTHER)
      expect(foreignPart(own.at('link'))).toBe('it does not belong to root')
      fs.chownSync(own.at('sub'), OTHER, OTHER)
      expect(foreignPart(own.at('sub/up/link'))).toBe(`"${own.at('sub')}" does not belong to root`)
    },
  )
})
