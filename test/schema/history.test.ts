// SPDX-License-Identifier: Apache-2.0
/** A client written for an older schema of upstream works with today's contract. */
import { describe, expect, test } from 'bun:test'
import * as z from 'zod/mini'
import { type Command, encodedMembers } from '../../src/schema/command.ts'
import { contract } from '../../src/schema/contract.ts'
import { describe as describeSchema } from '../../src/schema/describe.ts'
import {
  membersFromFacts,
  type Plain,
  type PlainMember,
  plainFromFacts,
  plainFromSchema,
  readFacts,
} from './facts.ts'
import { memberSamples } from './samples.ts'

const SILENT = 'no reply on success any more, since the guest is gone before a client could read it'
const FSTRIM = '{} has become an object: it grew a report per file system in 2.4'
const NVME = '"nvme" is new: the bus existed, its name did not'

/** What upstream itself took from these clients, and why; nothing else may differ. */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'seed-1.1': {
    'guest-shutdown': SILENT,
    'guest-suspend-disk': SILENT,
    'guest-suspend-ram': SILENT,
    'guest-suspend-hybrid': SILENT,
  },
  'seed-1.5': { 'guest-fstrim': FSTRIM },
  'seed-2.1': { 'guest-fstrim': FSTRIM },
  'seed-2.5': { 'guest-get-fsinfo[].disk[].bus-type': NVME },
  'seed-7.1': {},
}

const commands = new Map<string, Command>(contract.map((command) => [command.name, command]))
const encoded = encodedMembers(contract)

for (const [seed, exceptions] of Object.entries(EXCEPTIONS)) {
  const facts = await readFacts(seed)
  const names = Object.keys(facts.commands)

  describe(`a client of ${seed}`, () => {
    test('finds every command', () => {
      expect(names.length).toBeGreaterThan(0)
      expect(names.filter((name) => !commands.has(name))).toEqual([])
    })

    for (const [name, { args }] of Object.entries(facts.commands)) {
      test(`sends ${name} with arguments as they were then`, () => {
        const members = membersFromFacts(facts, args).map(asArriving)
        const schema = commands.get(name)?.args ?? z.never()
        const refused = memberSamples(members).filter(
          (value) => !z.safeParse(schema, value).success,
        )
        expect(refused).toEqual([])
      })
    }

    test('finds in every result what it looks for, but for the known exceptions', () => {
      const losses = Object.entries(facts.commands).flatMap(([name, then]) => {
        const now = commands.get(name)
        if (now === undefined) return []
        const wasSilent = then['success-response'] === false
        if (now.reply === 'errors-only') return wasSilent ? [] : [name]
        const before: Plain = then.returns ? plainFromFacts(facts, then.returns) : { struct: [] }
        return lost(name, before, plainFromSchema(describeSchema(now.returns)))
      })
      expect(losses.sort()).toEqual(Object.keys(exceptions).sort())
    })
  })
}

/** base64 reaches the schema as the reader's own value. */
function asArriving(member: PlainMember): PlainMember {
  return encoded.has(member.name) ? { ...member, type: 'encoded' } : member
}

/** The paths at which a reader of `before` is surprised by `now`; new members surprise nobody. */
function lost(path: string, before: Plain, now: Plain): readonly string[] {
  if (typeof before === 'object' && typeof now === 'object') {
    if ('list' in before && 'list' in now) return lost(`${path}[]`, before.list, now.list)
    if ('struct' in before && 'struct' in now) {
      const becameObject = before.struct.length === 0 && now.struct.length > 0
      return becameObject ? [path] : lostMembers(path, before.struct, now.struct)
    }
    if ('union' in before && 'union' in now) {
      const branches = Object.entries(before.branches).flatMap(([value, members]) =>
        lostMembers(`${path}(${value})`, members, now.branches[value] ?? []),
      )
      return [...lostMembers(path, before.tag, now.tag), ...branches]
    }
  }
  return Bun.deepEquals(before, now, true) ? [] : [path]
}

function lostMembers(
  path: string,
  before: readonly PlainMember[],
  now: readonly PlainMember[],
): readonly string[] {
  return before.flatMap((member) => {
    const found = now.find(({ name }) => name === member.name)
    const at = `${path}.${member.name}`
    if (found === undefined || (found.optional && !member.optional)) return [at]
    return lost(at, member.type, found.type)
  })
}
