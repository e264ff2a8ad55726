// SPDX-License-Identifier: Apache-2.0
/** `qga install --profile` of the built executable, and the agent that reads what it has written. */
import { describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { PROFILES } from '../../src/admin/profiles.ts'
import { contract } from '../../src/schema/contract.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { Image } from '../harness/image.ts'
import { ask, run, serving } from '../harness/program.ts'

const CONF = '/etc/qemu/qemu-ga.conf'
const NAMES = [...PROFILES.keys()]

const conf = (image: Image) => fs.readFileSync(image.at(CONF), 'utf8')

/** What an agent that reads a configuration lets its host do. */
async function enabled(path: string): Promise<readonly string[]> {
  using agent = await serving({ options: ['-c', path] })
  using client = await agent.connect()
  const { return: info } = await ask(client, 'guest-info')
  const { supported_commands: commands } = info as {
    supported_commands: { name: string; enabled: boolean }[]
  }
  return commands.flatMap(({ name, enabled: is }) => (is ? [name] : [])).sort()
}

async function profileFindings(path: string): Promise<readonly string[]> {
  const { stdout } = await run([EXECUTABLE, 'doctor', '--json', '--', '-c', path])
  const { findings } = JSON.parse(stdout) as {
    findings: { about: string; level: string; text: string }[]
  }
  return findings
    .filter(({ about }) => about === 'profile')
    .map(({ level, text }) => `${level}: ${text}`)
}

describe('qga install --profile', () => {
  test.each(NAMES)('%s lets the agent do what the profile has, and nothing else', async (name) => {
    using image = new Image()
    expect((await image.qga('install', '--profile', name)).exitCode).toBe(0)
    const all = contract.filter(({ name: each }) => each !== 'guest-get-devices')
    const wanted = PROFILES.get(name) ?? all.map(({ name: each }) => each)
    expect(await enabled(image.at(CONF))).toEqual([...wanted].sort())
    expect(await profileFindings(image.at(CONF))).toEqual([`ok: ${name} (${image.at(CONF)})`])
    expect(fs.statSync(image.at(CONF)).mode & 0o7777).toBe(0o644)
  })

  test('says what it does, does it once, goes from one to another, and is undone', async () => {
    using image = new Image()
    const dry = await image.qga('install', '--dry-run', '--profile', 'backup')
    expect(dry.lines).toContain(`would write ${CONF}`)
    expect(fs.existsSync(image.at(CONF))).toBe(false)
    const { lines } = await image.qga('install', '--profile', 'backup')
    expect(lines).toContain(`write ${CONF}`)
    expect((await image.qga('install', '--profile', 'backup')).lines).toEqual(['nothing to do'])
    expect((await image.qga('install')).lines).toEqual(['nothing to do'])
    for (const name of NAMES) {
      const next = await image.qga('install', '--profile', name)
      expect(next.lines).toEqual([`write ${CONF}`])
      expect(conf(image)).toContain(`# Profile ${name} of qga install;`)
    }
    expect((await image.qga('uninstall')).exitCode).toBe(0)
    expect(fs.existsSync(image.at(CONF))).toBe(false)
  })

  test('writes it for a package too', async () => {
    using image = new Image()
    image.put('/usr/lib/systemd/system/qga.service', '')
    const { lines } = await image.qga('install', '--settings', '--profile', 'minimal')
    expect(lines).toEqual([`write ${CONF}`, 'write /etc/default/qga'])
  })

  test('leaves a file that was made by hand, and says what it lacks', async () => {
    using image = new Image()
    image.put(CONF, '[general]\nverbose=true\n')
    const before = image.files
    const refused = await image.qga('install', '--profile', 'backup')
    expect(refused.exitCode).toBe(1)
    expect(refused.lines).toEqual([
      `cannot install: ${CONF} was not written by a profile, and stays: for the profile backup let its group [general] have allow-rpcs=${PROFILES.get('backup')}; or move it away and install again`,
    ])
    expect(image.files).toEqual(before)
    expect(conf(image)).toBe('[general]\nverbose=true\n')
  })

  test('leaves one of its own that was changed since, and uninstall does so too', async () => {
    using image = new Image()
    await image.qga('install', '--profile', 'full')
    fs.appendFileSync(image.at(CONF), 'verbose=true\n')
    const changed = conf(image)
    const refused = await image.qga('install', '--profile', 'full')
    expect(refused.lines[0]).toStartWith(
      `cannot install: ${CONF} was written by the profile full and changed since, and stays: for the profile full let its group [general] have no allow-rpcs and no block-rpcs;`,
    )
    expect(await profileFindings(image.at(CONF))).toEqual([
      `warning: full, but ${image.at(CONF)} has been changed since`,
    ])
    await image.qga('uninstall')
    expect(conf(image)).toBe(changed)
  })

  test('is refused where the agent would not read it, and by a name that is none', async () => {
    using image = new Image()
    image.put('/etc/default/qga', 'QGA_OPTIONS="--config=/dev/null"\n')
    const { lines } = await image.qga('install', '--profile', 'backup')
    expect(lines.at(-1)).toStartWith('cannot install: the service reads /dev/null (--config)')
    expect(await image.qga('install', '--profile', 'paranoid')).toMatchObject({
      exitCode: 1,
      stderr: 'qga install: --profile knows minimal, backup, full, not "paranoid"\n',
    })
  })
})
