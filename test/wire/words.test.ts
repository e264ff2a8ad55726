// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { read } from './read.ts'

describe('names that come again', () => {
  test('are told from thousands of others, whatever place they share', () => {
    const names = Array.from({ length: 5000 }, (_, i) => `name-${i % 2500}`)
    const values = read(names.map((name) => `{"execute":"${name}"}`))
    expect(values).toEqual(names.map((execute) => ({ execute })))
  })

  test('are told from names that begin or end alike, at any length', () => {
    const names = Array.from({ length: 80 }, (_, i) => 'a'.repeat(i >> 1))
    const values = read(names.map((name) => `{"${name}":1}`))
    expect(values).toEqual(names.map((name) => ({ [name]: 1 })))
  })
})
