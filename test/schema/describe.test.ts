// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import * as z from 'zod/mini'
import { encodedMembers } from '../../src/schema/command.ts'
import { contract } from '../../src/schema/contract.ts'
import {
  describe as describeSchema,
  memberAt,
  membersOf,
  typeName,
} from '../../src/schema/describe.ts'
import { guestExec } from '../../src/schema/exec.ts'
import { guestFileOpen, guestFileRead, guestFileSeek } from '../../src/schema/file.ts'
import { guestGetCpustats, guestSetVcpus } from '../../src/schema/processor.ts'
import { int, list, optional, str, struct } from '../../src/schema/qapi.ts'

describe('describe()', () => {
  test('names members in order, with their types', () => {
    const members = membersOf(guestFileOpen.args)
    expect(members.map(({ name, optional, type }) => [name, optional, typeName(type)])).toEqual([
      ['path', false, 'str'],
      ['mode', true, 'str'],
    ])
  })

  test('looks through lists, at their elements', () => {
    const type = describeSchema(list(list(struct({ a: optional(int) }))))
    expect(typeName(type)).toBe('[[struct]]')
    expect(type).toMatchObject({ of: { of: { members: [{ name: 'a', optional: true }] } } })
  })

  test('gives the branches of an alternate and the values of an enum', () => {
    expect(memberAt(guestFileSeek.args, ['whence'])?.type).toEqual({
      kind: 'alternate',
      name: 'GuestFileWhence',
      branches: [
        { kind: 'int' },
        { kind: 'enum', name: 'QGASeek', values: ['set', 'cur', 'end'], if: {} },
      ],
    })
  })

  test('gives the condition of an enum value', () => {
    expect(memberAt(guestExec.args, ['capture-output'])?.type).toMatchObject({
      branches: [{ kind: 'bool' }, { if: { merged: { not: 'CONFIG_WIN32' } } }],
    })
  })

  test('gives the members that the tag of a union adds, without the tag', () => {
    const union = memberAt(guestGetCpustats.returns, [0])?.type
    expect(union).toMatchObject({ kind: 'union', name: 'GuestCpuStats', tag: { name: 'type' } })
    const linux = union?.kind === 'union' ? union.branches['linux'] : undefined
    expect(linux?.map(({ name }) => name).slice(0, 2)).toEqual(['cpu', 'user'])
  })

  test('calls bytes a str, and says that they are base64', () => {
    expect(memberAt(guestFileRead.returns, ['buf-b64'])?.type).toEqual({
      kind: 'str',
      base64: true,
    })
    expect(describeSchema(str)).toEqual({ kind: 'str', base64: false })
  })

  test('refuses a schema that QAPI has no type for', () => {
    expect(() => describeSchema(z.date())).toThrow('No QAPI type')
  })
})

describe('memberAt()', () => {
  test('finds what an issue of zod points at', () => {
    const result = z.safeParse(guestSetVcpus.args, {
      vcpus: [{ 'logical-id': 0, online: true }, { 'logical-id': 'x' }],
    })
    const path = result.error?.issues[0]?.path ?? []
    expect(path).toEqual(['vcpus', 1, 'logical-id'])
    expect(memberAt(guestSetVcpus.args, path)?.type.kind).toBe('int')
  })

  test('is told of the first wrong item of a list only', () => {
    const vcpus = [{ 'logical-id': 'x' }, 1, 2, 3]
    const result = z.safeParse(guestSetVcpus.args, { vcpus })
    expect(result.error?.issues.map(({ path }) => path)).toEqual([['vcpus', 0, 'logical-id']])
  })

  test('gives the schema itself, without the wrapper of an optional member', () => {
    expect(memberAt(guestFileRead.args, ['count'])?.schema).toBe(int)
    expect(memberAt(guestFileRead.args, [])?.schema).toBe(guestFileRead.args)
  })

  test('finds the members of a union', () => {
    expect(memberAt(guestGetCpustats.returns, [0, 'idle'])?.type.kind).toBe('uint64')
    expect(memberAt(guestGetCpustats.returns, [0, 'type'])?.type.kind).toBe('enum')
  })

  test('gives nothing where the schema has nothing', () => {
    for (const path of [['x'], ['vcpus', 'logical-id'], ['vcpus', 0, 'online', 'x'], ['x', 'y']]) {
      expect(memberAt(guestSetVcpus.args, path)).toBeUndefined()
    }
  })
})

describe('encodedMembers()', () => {
  test('holds for every command: what one declares encoded no other has as text', () => {
    const encoded = encodedMembers(contract)
    for (const { args } of contract) {
      for (const { name, type } of membersOf(args)) {
        expect(type.kind === 'str' && type.base64).toBe(encoded.has(name))
      }
    }
  })
})
