// SPDX-License-Identifier: Apache-2.0
/** Writes commands.md from the contract: `bun run docs`. */
import type { Command } from '../src/schema/command.ts'
import type { Condition } from '../src/schema/condition.ts'
import { contract } from '../src/schema/contract.ts'
import { type Described, describe, type Member, membersOf } from '../src/schema/describe.ts'
import { LEVELS, type Level, verification } from './verification.ts'

type Named = Extract<Described, { name: string }>

export function commandsPage(commands: readonly Command[] = contract): string {
  return `<!-- Generated from src/schema by \`bun run docs\`; do not edit. -->
# Commands

A command exists where its condition holds. \`?\` marks an optional member, \`[ ]\` a list, \`base64\` a
\`str\` that carries base64; types with a capital are below.

${table(['Command', 'Since', 'Condition', 'Arguments', 'Result', 'Notes'], commands.map(commandRow))}

## What is verified where

${Object.entries(LEVELS)
  .map(([level, meaning]) => `- ${level}: ${meaning}`)
  .join('\n')}

${table(['Command', 'Linux', 'Windows'], commands.map(verificationRow))}

## Types

${table(['Type', 'Kind', 'Values'], namedTypes(commands).map(typeRow))}
`
}

function commandRow(command: Command): readonly string[] {
  const members = membersOf(command.args)
  return [
    code(command.name),
    command.since,
    command.if === undefined ? '' : conditionText(command.if),
    members.length === 0 ? '' : code(memberList(members)),
    command.reply === 'errors-only' ? '' : code(typeText(describe(command.returns))),
    notes(command).join('; '),
  ]
}

function verificationRow({ name }: Command): readonly string[] {
  const on = (levels: Readonly<Record<string, Level>>) => levels[name] ?? ''
  return [code(name), on(verification.linux), on(verification.windows)]
}

function notes(command: Command): readonly string[] {
  const found: string[] = []
  if (command.whileFrozen) found.push('usable while frozen')
  if (command.reply === 'errors-only') found.push('silent on success')
  if (command.reply === 'delimited') found.push('0xFF before the reply')
  if (command.secret) found.push(`never logged: ${command.secret.map(code).join(', ')}`)
  return found
}

function typeRow(type: Named): readonly string[] {
  return [code(type.name), type.kind, values(type)]
}

function values(type: Named): string {
  switch (type.kind) {
    case 'enum':
      return type.values
        .map((value) => {
          const condition = type.if[value]
          return condition ? `${code(value)} (if ${conditionText(condition)})` : code(value)
        })
        .join(', ')
    case 'alternate':
      return type.branches.map((branch) => code(typeText(branch))).join(' or ')
    case 'union': {
      const { tag, branches } = type
      const added = Object.entries(branches).map(
        ([value, members]) => `; with ${code(value)} also ${code(memberList(members))}`,
      )
      return code(memberList([tag])) + added.join('')
    }
  }
}

/** Every enum, alternate and union in order of first use, those inside others included. */
function namedTypes(commands: readonly Command[]): readonly Named[] {
  const found = new Map<string, Named>()
  const visit = (type: Described): void => {
    if ('name' in type) found.set(type.name, type)
    for (const part of parts(type)) visit(part)
  }
  for (const { args, returns } of commands) {
    visit(describe(args))
    visit(describe(returns))
  }
  return [...found.values()]
}

function parts(type: Described): readonly Described[] {
  switch (type.kind) {
    case 'list':
      return [type.of]
    case 'alternate':
      return type.branches
    case 'struct':
      return type.members.map((member) => member.type)
    case 'union':
      return [type.tag, ...Object.values(type.branches).flat()].map((member) => member.type)
    default:
      return []
  }
}

function typeText(type: Described): string {
  if (type.kind === 'list') return `[${typeText(type.of)}]`
  if (type.kind === 'struct') return `{${memberList(type.members)}}`
  if (type.kind === 'str' && type.base64) return 'base64'
  return 'name' in type ? type.name : type.kind
}

function memberList(members: readonly Member[]): string {
  return members
    .map(({ name, optional, type }) => `${name}${optional ? '?' : ''}: ${typeText(type)}`)
    .join(', ')
}

function conditionText(condition: Condition): string {
  if (typeof condition === 'string') return condition
  if ('not' in condition) return `not ${conditionPart(condition.not)}`
  const [parts, word] = 'any' in condition ? [condition.any, 'or'] : [condition.all, 'and']
  return parts.map(conditionPart).join(` ${word} `)
}

function conditionPart(part: Condition): string {
  return typeof part === 'string' ? part : `(${conditionText(part)})`
}

function code(text: string): string {
  return `\`${text}\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

if (import.meta.main) await Bun.write(new URL('commands.md', import.meta.url), commandsPage())
