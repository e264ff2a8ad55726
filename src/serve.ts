// SPDX-License-Identifier: Apache-2.0
/** The agent at work: log, state, commands, channel, signals, and how each may fail at the start. */
import * as fs from 'node:fs'
import { createAnswers } from './agent/answer.ts'
import type { Backend, PidFile, Starter } from './agent/backend.ts'
import { Idle } from './agent/idle.ts'
import { Policy, unknownNames } from './agent/policy.ts'
import { Server } from './agent/server.ts'
import { createCommands, listsOf, serverLimits } from './commands.ts'
import type { Config } from './config.ts'
import { earlyLogLine } from './early-log.ts'
import { AgentError, messages } from './errors.ts'
import { Frozen } from './frozen.ts'
import { LineLog, type Log, logLine } from './log.ts'
import { LogFile, openLog } from './log-file.ts'
import { openChannel } from './open-channel.ts'
import { encodedMembers } from './schema/command.ts'
import { contract } from './schema/contract.ts'
import { endOnSignals, isOnTerminal, surviveHangup } from './signals.ts'
import { State, wasLeftFrozen } from './state.ts'
import { VERSION_LINE } from './version.ts'
import { within } from './within.ts'

const SIGHUP = 1
/** A system's log that does not answer must not keep the process from ending. */
const ACCOUNTS_MAX_MS = 500
const STDERR = 2

/** Starts to serve, or ends the process with upstream's lines and status 1. */
export async function serve(
  backend: Backend,
  config: Config,
  warnings: readonly string[],
  starter?: Starter,
): Promise<void> {
  const onHangup = surviveHangup()
  const report = (text: string) =>
    starter === undefined ? void fs.writeSync(STDERR, text) : starter.report(text)
  const tellEarly = (level: 'WARNING' | 'CRITICAL', message: string) =>
    report(earlyLogLine(level, message, process.pid, new Date()))
  await backend.prepare?.(config).catch((error: unknown) => {
    if (!(error instanceof AgentError)) throw error
    for (const reason of messages(error)) tellEarly('CRITICAL', reason)
    process.exit(1)
  })
  const isFrozen = orFail(
    () => backend.thawsWithoutAgent !== true && wasLeftFrozen(config.statedir),
    (reason) => {
      tellEarly('CRITICAL', reason)
      return process.exit(1)
    },
  )
  if (isFrozen) tellEarly('WARNING', LEFT_FROZEN)

  /** Tells the reasons, innermost first, and ends. */
  const fail = (tell: (text: string) => void, ...reasons: string[]): never => {
    for (const reason of [...reasons, 'error initializing guest agent']) {
      tell(logLine('critical', reason))
    }
    return process.exit(1)
  }

  const { logfile } = config
  const { createSink, foreignPart } = backend
  const logFd =
    logfile === undefined || isFrozen
      ? undefined
      : orFail(
          () => openLog(logfile, foreignPart),
          (...reasons) => fail(report, ...reasons),
        )
  const tell = logFd === undefined ? report : (text: string) => void fs.writeSync(logFd, text)
  const file =
    logfile === undefined ? undefined : new LogFile(logfile, { createSink, foreignPart }, logFd)
  const program = process.argv0.slice(process.argv0.lastIndexOf('/') + 1)
  const accounts = backend.createAccounts(program)
  const log = new LineLog(config.verbose, file?.sink ?? backend.createSink(STDERR), {
    accounts,
    // Where the system thaws by itself that is soon; where an agent starts frozen it must load nothing for them.
    accountsWait: isFrozen || backend.thawsWithoutAgent === true,
  })
  if (isFrozen) log.hold()
  let pidFile: PidFile | undefined
  const lastSteps: (() => Promise<void>)[] = []
  // From here on there are traces to remove.
  const end = endOnSignals(log, lastSteps, () => pidFile?.remove())
  if (file !== undefined) onHangup(() => file.reopen())
  else if (isOnTerminal()) onHangup(() => void end(SIGHUP))
  log.write('debug', `${VERSION_LINE} started`)
  for (const warning of warnings) log.write('warning', warning)
  for (const name of unknownNames(listsOf(config), contract)) {
    log.write('warning', `no command is called "${name}": the entry in the lists does nothing`)
  }

  const warn = (message: string) => log.write('warning', message)
  const state = orFail(
    () => (isFrozen ? State.frozen : State.load)(config.statedir, warn),
    (...reasons) => fail(tell, ...reasons, 'failed to load persistent state'),
  )
  const idle = new Idle()
  const policy = new Policy(listsOf(config), { lists: config, forms: backend.defaults.ruleForms })
  policy.isFrozen = isFrozen
  const frozen = new Frozen(config.statedir, policy, log, () => {
    if (starter === undefined || pidFile !== undefined) return
    pidFile = orFail(
      () => backend.daemon?.acquirePidFile(config.pidfile),
      (...reasons) => void warn(reasons.join('; ')),
    )
  })
  const registry = createCommands(backend, policy, {
    config,
    frozen,
    log,
    beforeExit: (step) => void lastSteps.push(step),
    whenIdle: (release) => idle.whenIdle(release),
    nextHandle: () => state.nextHandle(),
    account: (message) => log.account(message),
  })

  // Before the socket is touched: a second instance must not take the first one's.
  if (starter !== undefined && !isFrozen) {
    pidFile = orFail(
      () => backend.daemon?.acquirePidFile(config.pidfile),
      (...reasons) => fail(tell, ...reasons),
    )
  }

  const answers = createAnswers(registry, policy, log)
  lastSteps.push(async () => {
    answers.flush()
    await within(ACCOUNTS_MAX_MS, accounts.flush())
  })
  const names = encodedMembers(contract)
  const server = new Server(
    { answers, idle, limits: serverLimits(config), log },
    { encoded: { parent: 'arguments', names }, tokenBytesMax: config['max-request-bytes'] },
  )
  await openChannel(backend, config, server, log, {
    failed: (reasons) => {
      pidFile?.remove()
      fail(tell, ...reasons)
    },
    // A boot script must not wait for a device that may never come.
    waiting: () => starter?.serving(),
  })
  surviveBugs(log)
  starter?.serving()
  // The start is over: from here on code is compiled when it runs often.
  Bun.unsafe.setJITPolicy(1)
}

const LEFT_FROZEN =
  'previous instance appears to have exited with frozen filesystems: only the commands that are safe then are enabled, and nothing is logged, until guest-fsfreeze-thaw'

function orFail<T, F>(step: () => T, fail: (reason: string, ...outer: string[]) => F): T | F {
  try {
    return step()
  } catch (error) {
    if (error instanceof AgentError) return fail(...messages(error))
    throw error
  }
}

/** Once it serves, no bug ends the agent: hosts would lose the guest for a request that one of them sent. */
function surviveBugs(log: Log): void {
  const survive = (error: unknown) => {
    log.write('critical', `internal error: ${error instanceof Error ? error.stack : error}`)
  }
  process.on('uncaughtException', survive)
  process.on('unhandledRejection', survive)
}
