// SPDX-License-Identifier: Apache-2.0
/** Logging that never waits: lines go to a bounded queue, and from there to where the sink takes them. */

export type Level = 'error' | 'critical' | 'warning' | 'message' | 'info' | 'debug'

/** Where complete lines go; resolves when they are out. Must not throw. */
export type Sink = (text: string) => Promise<void>

/** What a caller can tell: to the log, by level; to the system's log, as an account of what was done. */
export interface Log {
  readonly isVerbose: boolean
  write(level: Level, message: string): void
  /** One line for the system log, independent of the level. */
  account(message: string): void
}

/** The system's log, for accounts of what was done. */
export interface Accounts {
  /** Never waits, never throws. */
  tell(message: string): void
  /** Resolves when the system has all of them, or they are lost. */
  flush(): Promise<void>
}

/** Lines that wait beyond this many bytes are dropped, and counted. */
const WAITING_MAX = 256 * 1024
const HELD_ACCOUNTS_MAX = 1000

export class LineLog implements Log {
  readonly isVerbose: boolean
  readonly #sink: Sink
  readonly #accounts: Accounts
  readonly #accountsWait: boolean
  #waiting: string[] = []
  #waitingBytes = 0
  #dropped = 0
  #isWriting = false
  #isHeld = false
  readonly #heldAccounts: string[] = []
  #lostAccounts = 0
  #current: Promise<void> = Promise.resolve()

  /**
   * @param isVerbose all levels; else only `error` and `critical`
   * @param accountsWait they are held with the lines
   */
  constructor(
    isVerbose: boolean,
    sink: Sink,
    { accounts, accountsWait }: { accounts: Accounts; accountsWait: boolean },
  ) {
    this.isVerbose = isVerbose
    this.#sink = sink
    this.#accounts = accounts
    this.#accountsWait = accountsWait
  }

  write(level: Level, message: string): void {
    if (!this.isVerbose && level !== 'error' && level !== 'critical') return
    const line = logLine(level, message)
    if (this.#waitingBytes + line.length > WAITING_MAX) {
      this.#dropped++
      return
    }
    this.#waiting.push(line)
    this.#waitingBytes += line.length
    void this.#drain()
  }

  account(message: string): void {
    if (!this.#isHeld || !this.#accountsWait) this.#accounts.tell(message)
    else if (this.#heldAccounts.length < HELD_ACCOUNTS_MAX) this.#heldAccounts.push(message)
    else this.#lostAccounts++
  }

  /** Keeps all lines in memory, and accounts that wait: file systems are frozen, and a write to one would never return. */
  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
    for (const message of this.#heldAccounts.splice(0)) this.#accounts.tell(message)
    if (this.#lostAccounts > 0) this.#accounts.tell(`${this.#lostAccounts} messages lost`)
    this.#lostAccounts = 0
    void this.#drain()
  }

  /** Resolves when all that was written is out. */
  async flush(): Promise<void> {
    while (this.#isWriting || (this.#waiting.length > 0 && !this.#isHeld)) {
      await this.#drain()
    }
  }

  #drain(): Promise<void> {
    if (this.#isWriting || this.#isHeld || this.#waiting.length === 0) return this.#current
    const text = this.#waiting.join('') + this.#droppedLine()
    this.#waiting = []
    this.#waitingBytes = 0
    this.#isWriting = true
    this.#current = this.#sink(text).then(() => {
      this.#isWriting = false
      void this.#drain()
    })
    return this.#current
  }

  #droppedLine(): string {
    if (this.#dropped === 0) return ''
    const line = logLine('warning', `${this.#dropped} lines dropped: the log is too slow`)
    this.#dropped = 0
    return line
  }
}

/** `SECONDS.MICROSECONDS: LEVEL: MESSAGE`, as upstream's log has it. */
export function logLine(level: Level, message: string): string {
  const microseconds = Number(Temporal.Now.instant().epochNanoseconds / 1000n)
  return `${(microseconds / 1e6).toFixed(6)}: ${level}: ${message}\n`
}
