// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { OsError } from '../../src/errors.ts'
import { agentUnderTest, errorOf } from './agent-under-test.ts'

describe('answer()', () => {
  test('puts return before id, and id before error', async () => {
    const agent = agentUnderTest({ 'guest-sync': ({ id }) => id })
    const requests =
      '{"execute":"guest-sync","arguments":{"id":5},"id":{"a":[1.50]}} {"execute":"x","id":null}'
    expect(await agent.ask(requests)).toEqual([
      '{"return": 5, "id": {"a": [1.50]}}',
      '{"id": null, "error": {"class": "CommandNotFound", "desc": "The command x has not been found"}}',
    ])
  })

  test('puts 0xFF before a successful guest-sync-delimited and before nothing else', async () => {
    const agent = agentUnderTest({ 'guest-sync-delimited': ({ id }) => id })
    const [reply] = await agent.ask('{"execute":"guest-sync-delimited","arguments":{"id":1}}')
    expect(reply).toBe('\xff{"return": 1}')
    const [failed] = await agent.ask('{"execute":"guest-sync-delimited"}')
    expect(failed?.[0]).toBe('{')
  })

  test('echoes the id as soon as there is an object, but not of what is none', async () => {
    const agent = agentUnderTest()
    const [lacking, unexpected, fault] = await agent.ask('{"id":1} {"id":2,"x":1} [{"id":3}]')
    expect(JSON.parse(lacking as string)).toMatchObject({ id: 1, error: {} })
    expect(JSON.parse(unexpected as string)).toMatchObject({ id: 2, error: {} })
    expect(JSON.parse(fault as string)).not.toHaveProperty('id')
  })

  test('is silent when an errors-only command succeeds, and speaks when it fails', async () => {
    const agent = agentUnderTest({
      'guest-shutdown': ({ mode }: { mode?: string }) => {
        if (mode === 'x') throw new OsError('mode is invalid', 'EINVAL')
      },
    })
    expect(await agent.ask('{"execute":"guest-shutdown","id":1}')).toEqual([''])
    expect(await errorOf(agent, 'guest-shutdown', '{"mode":"x"}')).toBe(
      'GenericError: mode is invalid',
    )
  })

  test('reports a disabled command before its wrong arguments', async () => {
    const agent = agentUnderTest({}, { block: ['guest-sync'] })
    expect(await errorOf(agent, 'guest-sync', '{}')).toBe(
      'CommandNotFound: Command guest-sync has been disabled: the command is not allowed',
    )
  })

  test('answers an empty command name', async () => {
    expect(await errorOf(agentUnderTest(), '', '{}')).toBe(
      'CommandNotFound: The command  has not been found',
    )
  })

  test('does not know commands by what every object has', async () => {
    expect(await errorOf(agentUnderTest(), 'constructor', '{}')).toBe(
      'CommandNotFound: The command constructor has not been found',
    )
  })

  test.each([
    [
      'throws',
      () => {
        throw new TypeError('a bug')
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('a bug'))],
    ['answers what cannot be written', () => ({ f: () => {} })],
    ['answers late what cannot be written', async () => Symbol('s')],
  ])('turns a handler that %s into an internal error, logs it and lives on', async (_, handler) => {
    const agent = agentUnderTest({ 'guest-get-time': handler })
    expect(await errorOf(agent, 'guest-get-time', '{}')).toBe('GenericError: Internal error')
    expect(agent.lines.some((line) => line.startsWith('critical: internal error: TypeError'))).toBe(
      true,
    )
    expect(await agent.ask('{"execute":"guest-ping"}')).toEqual(['{"return": {}}'])
  })
})

describe('the log', () => {
  test('has one line a command, without what is secret', async () => {
    const agent = agentUnderTest()
    await agent.ask(
      '{"execute":"guest-set-user-password","arguments":{"username":"root","password":"c2VjcmV0","crypted":false}}',
    )
    const lines = agent.lines.filter((line) => line.startsWith('debug: '))
    expect(lines).toEqual([
      'debug: read data, command: guest-set-user-password, arguments: {"username": "root", "password": "(not logged)", "crypted": false}',
    ])
  })

  test('shows nothing of members that the contract does not know', async () => {
    const agent = agentUnderTest()
    await agent.ask('{"execute":"guest-set-user-password","arguments":{"pasword":"needle"}}')
    await agent.ask('{"execute":"guest-set-user-pasword","arguments":{"password":"needle"}}')
    await agent.ask('{"execute":"guest-ping","arguments":{"needle":1}}')
    expect(agent.lines.join('\n')).not.toContain('needle')
    expect(agent.lines).toContain(
      'debug: read data, command: guest-ping, arguments: {} and 1 unknown',
    )
  })
})
