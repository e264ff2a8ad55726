// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { linkSync, statSync, writeFileSync } from 'node:fs'
import { doubtAboutNames } from '../../../platform/linux/target.ts'
import { tempDir } from '../../harness/temp-dir.ts'

test('a file with a second name is doubted where the kernel lets everybody make one', () => {
  using directory = tempDir()
  const path = `${directory.path}/file`
  writeFileSync(path, '')
  expect(doubtAboutNames(statSync(path), () => false)).toBeUndefined()
  linkSync(path, `${path}2`)
  expect(doubtAboutNames(statSync(path), () => true)).toBeUndefined()
  expect(doubtAboutNames(statSync(path), () => false)).toBe(
    'it has 2 names, and fs.protected_hardlinks is off',
  )
  expect(doubtAboutNames(statSync(directory.path), () => false)).toBeUndefined()
})
