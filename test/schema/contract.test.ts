// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import * as z from 'zod/mini'
import { type Command, encodedMembers } from '../../src/schema/command.ts'
import type { Condition } from '../../src/schema/condition.ts'
import { contract } from '../../src/schema/contract.ts'
import { describe as describeSchema, membersOf } from '../../src/schema/describe.ts'
import { guestGetHostName } from '../../src/schema/system.ts'
import {
  membersFromFacts,
  membersFromSchema,
  type Plain,
  type PlainMember,
  plainFromFacts,
  plainFromSchema,
  readFacts,
} from './facts.ts'
import { memberSamples } from './samples.ts'

const facts = await readFacts('upstream-11.1')

const commands: readonly Command[] = contract

interface Declaration {
  readonly since: string
  readonly if: Condition | undefined
  readonly args: readonly PlainMember[]
  readonly returns: Plain
  readonly successResponse: boolean
}

/** Everything that the facts say of a command; an absent result is one without members. */
function fromFacts(name: string): Declaration | undefined {
  const command = facts.commands[name]
  return (
    command && {
      since: command.since,
      if: command.if,
      args: membersFromFacts(facts, command.args),
      returns: command.returns ? plainFromFacts(facts, command.returns) : { struct: [] },
      successResponse: command['success-response'] ?? true,
    }
  )
}

function fromContract(command: Command): Declaration {
  return {
    since: command.since,
    if: command.if,
    args: membersFromSchema(membersOf(command.args)),
    returns: plainFromSchema(describeSchema(command.returns)),
    successResponse: command.reply !== 'errors-only',
  }
}

describe('the contract', () => {
  test('has the commands of 11.1, in the order of its schema', () => {
    expect(commands.map(({ name }) => name)).toEqual(Object.keys(facts.commands))
  })

  for (const command of commands) {
    test(`declares ${command.name} as 11.1 does`, () => {
      expect<Declaration | undefined>(fromContract(command)).toStrictEqual(fromFacts(command.name))
    })
  }

  test('uses every type of the facts, so that none escapes the comparison', () => {
    const used = new Set<string>()
    const names = (ref: unknown): void => {
      if (typeof ref === 'object' && ref !== null) Object.values(ref).forEach(names)
      if (typeof ref !== 'string' || used.has(ref)) return
      const { structs, enums, alternates, unions } = facts
      const type = structs[ref] ?? enums[ref] ?? alternates[ref] ?? unions[ref]
      if (type === undefined) return
      used.add(ref)
      names(type)
    }
    names(facts.commands)
    const { structs, enums, alternates, unions } = facts
    expect([...used].sort()).toEqual(
      Object.keys({ ...structs, ...enums, ...alternates, ...unions }).sort(),
    )
  })

  test('keeps the six commands of upstream usable while frozen', () => {
    expect(commands.filter(({ whileFrozen }) => whileFrozen).map(({ name }) => name)).toEqual([
      'guest-sync-delimited',
      'guest-sync',
      'guest-ping',
      'guest-info',
      'guest-fsfreeze-status',
      'guest-fsfreeze-thaw',
    ])
  })

  test('names as secret only members that exist', () => {
    for (const command of commands) {
      const result = describeSchema(command.returns)
      const members = [
        ...membersOf(command.args),
        ...(result.kind === 'struct' ? result.members : []),
      ].map(({ name }) => name)
      expect(members).toEqual(expect.arrayContaining([...(command.secret ?? [])]))
    }
  })
})

describe('arguments', () => {
  const encoded = encodedMembers(contract)
  for (const { name, args } of commands) {
    const members = membersFromSchema(membersOf(args)).map((member) =>
      encoded.has(member.name) ? { ...member, type: 'encoded' } : member,
    )
    const [minimal, full] = memberSamples(members)
    const accepts = (value: unknown) => z.safeParse(args, value).success

    test(`of ${name}: a member that is unknown, missing or null is refused`, () => {
      expect(accepts(minimal)).toBe(true)
      expect(accepts(full)).toBe(true)
      expect(accepts({ ...full, unknown: 0 })).toBe(false)
      for (const member of members) {
        const { [member.name]: _, ...others } = full ?? {}
        expect(accepts(others)).toBe(member.optional)
        expect(accepts({ ...full, [member.name]: null })).toBe(false)
        expect(accepts({ ...full, [member.name]: undefined })).toBe(false)
      }
    })
  }

  test('refuse unknown members in nested structs too', () => {
    const nested = commands.flatMap((command) =>
      membersOf(command.args).flatMap(({ name, type }) =>
        type.kind === 'list' && type.of.kind === 'struct' ? [{ command, name, of: type.of }] : [],
      ),
    )
    expect(nested.map(({ name }) => name)).toEqual(['vcpus', 'mem-blks'])
    for (const { command, name, of } of nested) {
      const [, full] = memberSamples(membersFromSchema(of.members))
      const accepts = (item: unknown) => z.safeParse(command.args, { [name]: [item] }).success
      expect(accepts(full)).toBe(true)
      expect(accepts({ ...full, unknown: 0 })).toBe(false)
    }
  })
})

describe('results', () => {
  test('pass over members that they do not know', () => {
    const answer = { 'host-name': 'guest', x: 1 }
    expect(z.parse(guestGetHostName.returns, answer)).toEqual(answer)
  })
})
