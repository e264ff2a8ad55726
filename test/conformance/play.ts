// SPDX-License-Identifier: Apache-2.0
/** Plays a scenario to an agent and writes down what came back. */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Agent, PLAIN_ENV, startAgent } from '../harness/agent.ts'
import type { RawClient } from '../harness/raw-client.ts'
import { STAND_IN, sandboxEnv, sandboxed } from '../harness/sandbox.ts'
import { asked, writesOf } from './asked.ts'
import { nameFacts } from './facts.ts'
import { type Exchange, isExchange, type Look, type Scenario, type Step } from './scenario.ts'
import { type Entry, escapeBytes, shorten } from './transcript.ts'

/** An entry, and the reply lines before anything was put in their place. */
export interface Played extends Entry {
  readonly raw: readonly string[]
}

/** How long a process may take to end. */
const EXIT_MS = 20_000
const FIRST_MARKER = 7_000_001

/** @param ending SIGTERM has to give status 0; it can lock up the reference agent, so that one is killed */
export async function play(
  scenario: Scenario,
  command: readonly string[],
  ending: 'SIGTERM' | 'SIGKILL',
): Promise<readonly Played[]> {
  const directory = fs.mkdtempSync(join(tmpdir(), 'qga-'))
  try {
    makeFiles(directory, scenario.files ?? {})
    const session = new Session(scenario, command, directory, ending)
    try {
      await session.start(scenario)
      const played: Played[] = []
      for (const step of scenario.steps) {
        try {
          played.push(await session.step(step))
        } catch (cause) {
          throw new Error(`Cannot play ${asked(step)}: ${session.stderr()}`.slice(-1500), { cause })
        }
      }
      await session.stop()
      return played
    } finally {
      session[Symbol.dispose]()
    }
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

class Session {
  readonly #command: readonly string[]
  readonly #env: Readonly<Record<string, string>>
  readonly #directory: string
  readonly #ending: 'SIGTERM' | 'SIGKILL'
  readonly #kept = new Map<string, string>()
  #marker = FIRST_MARKER
  #agent: Agent | undefined
  #client: RawClient | undefined

  constructor(
    { sandbox }: Scenario,
    command: readonly string[],
    directory: string,
    ending: 'SIGTERM' | 'SIGKILL',
  ) {
    const wrapper = sandbox === undefined ? [] : sandboxed(directory, sandbox.network)
    this.#command = [...wrapper, ...command]
    this.#env = sandbox === undefined ? PLAIN_ENV : sandboxEnv(directory)
    this.#directory = directory
    this.#ending = ending
  }

  async start(how: Pick<Scenario, 'env' | 'options'>): Promise<void> {
    const env = mapValues({ ...this.#env, ...how.env }, (value) => this.#fill(value))
    const options = (how.options ?? []).map((option) => this.#fill(option))
    this.#agent = await startAgent(this.#command, { directory: this.#directory, env, options })
    this.#client = await this.#agent.connect()
  }

  async stop(): Promise<void> {
    await this.#client?.close()
    if (this.#ending === 'SIGKILL') {
      await this.#agent?.kill()
      fs.rmSync(join(this.#directory, 's'), { force: true })
      return
    }
    const status = await this.#agent?.stop()
    if (status !== 0) throw new Error(`The agent ended with ${status}: ${this.#agent?.stderr()}`)
  }

  stderr(): string {
    return this.#agent?.stderr() ?? ''
  }

  async step(step: Step): Promise<Played> {
    const note = step.note === undefined ? {} : { note: step.note }
    const raw = isExchange(step) ? await this.#exchange(step) : []
    return { ...note, asked: asked(step), answers: await this.#answers(step, raw), raw }
  }

  async #answers(step: Step, raw: readonly string[]): Promise<readonly string[]> {
    if (isExchange(step)) {
      const lines = this.#keep(step, raw).map((line) => nameFacts(line, step.facts ?? []))
      const sorted = lines.map((line) => sortItems(line, step.sortBy))
      return sorted.map((line) => `< ${escapeBytes(this.#plain(line))}`)
    }
    if ('look' in step) return [this.#look(step)]
    if ('start' in step) {
      await this.stop()
      await this.start(step.start)
    } else {
      if (step.leave !== undefined) this.#client?.send(step.leave)
      await this.#client?.close()
      this.#client = await this.#agent?.connect()
    }
    return []
  }

  async #exchange(step: Exchange): Promise<readonly string[]> {
    const deadline = performance.now() + (step.giveUpMs ?? EXIT_MS)
    for (;;) {
      for (const write of writesOf(step.send)) this.#client?.send(this.#fill(write))
      const replies = await this.#untilMarker()
      const isDone = !step.untilExited || !isRunning(replies)
      if (isDone || performance.now() > deadline) return replies
    }
  }

  /**
   * Everything up to the reply to a marker: the step is finished when that is here. No sync, for one that
   * waits says that the step is given up; and nothing that lists or a freeze can refuse in other words.
   */
  #untilMarker(): Promise<readonly string[]> {
    const id = this.#marker++
    const client = this.#client
    if (client === undefined) throw new Error('Not connected')
    client.send(`{"execute":"no-such-command","id":${id}}\n`)
    return client.linesBefore((line) => line.startsWith(`{"id": ${id}, "error": `))
  }

  #keep(step: Exchange, raw: readonly string[]): readonly string[] {
    if (step.keep === undefined) return raw
    const { name, member = 'return' } = step.keep
    const pattern = new RegExp(`("${member}": )([1-9][0-9]*)(?=[,}])`)
    return raw.map((line) =>
      line.replace(pattern, (_, before: string, digits: string) => {
        this.#kept.set(name, digits)
        return `${before}@${name}@`
      }),
    )
  }

  #look({ look, at }: Look): string {
    const path = join(this.#directory, at)
    if (!fs.existsSync(path)) return '= (nothing)'
    const seen = {
      size: () => String(fs.statSync(path).size),
      mode: () => (fs.statSync(path).mode & 0o7777).toString(8).padStart(4, '0'),
      content: () => escapeBytes(this.#plain(fs.readFileSync(path, 'latin1'))),
    }
    return `= ${seen[look]()}`
  }

  #fill(text: string): string {
    return text.replaceAll('@DIR@', this.#directory).replace(/@([a-z]+)@/g, (_, name: string) => {
      const value = this.#kept.get(name)
      if (value === undefined) throw new Error(`Nothing was kept as ${name}`)
      return value
    })
  }

  #plain(line: string): string {
    return shorten(line.replaceAll(this.#directory, '@DIR@'))
  }

  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]()
    this.#agent?.[Symbol.dispose]()
  }
}

function isRunning(replies: readonly string[]): boolean {
  return replies[0]?.includes('"exited": false') ?? false
}

/** Puts the objects of a reply's list, themselves flat, into the order of one of their members. */
function sortItems(line: string, member: string | undefined): string {
  if (member === undefined) return line
  const numberOf = (item: string) => Number(new RegExp(`"${member}": (\\d+)`).exec(item)?.[1])
  return line.replace(/(?<="return": \[).*(?=\])/, (items) =>
    items
      .split(/(?<=\}), (?=\{)/)
      .sort((a, b) => numberOf(a) - numberOf(b))
      .join(', '),
  )
}

function makeFiles(directory: string, files: NonNullable<Scenario['files']>): void {
  for (const [name, kind] of Object.entries(files)) {
    const path = join(directory, name)
    fs.mkdirSync(dirname(path), { recursive: true })
    if (kind === 'directory') fs.mkdirSync(path)
    else if (kind === 'stand-in') fs.writeFileSync(path, STAND_IN, { mode: 0o755 })
    else if (kind === 'fifo') Bun.spawnSync(['mkfifo', path])
    else if ('linkTo' in kind) fs.symlinkSync(kind.linkTo, path)
    else {
      fs.writeFileSync(path, kind.content, 'latin1')
      fs.chmodSync(path, kind.mode ?? 0o644)
    }
  }
}

function mapValues(
  record: Readonly<Record<string, string>>,
  map: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}
