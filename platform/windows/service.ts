// SPDX-License-Identifier: Apache-2.0
/**
 * The agent as a Windows service. The manager hears at once that it runs: a port that is missing is waited for,
 * and no reason to fail. What the log would have on standard error goes to the Event Log.
 */
import * as fs from 'node:fs'
import { dispatchService, type ServiceStatus } from '../../native/service-main.ts'
import type { Backend, Starter } from '../../src/agent/backend.ts'
import type { Config } from '../../src/config.ts'
import { createEventLog, eventSink } from './event-log.ts'
import { refuseStrangers } from './ownership.ts'
import { parseLogLines } from './parse/log-line.ts'
import { createSink } from './sink.ts'

export const SERVICE_NAME = 'qemu-ga'

const STDERR = 2
const SERVICE_CONTROL_STOP = 1
const SERVICE_CONTROL_INTERROGATE = 4
const SERVICE_CONTROL_SHUTDOWN = 5
const ACCEPTS_STOP_AND_SHUTDOWN = 1 | 4
const NO_ERROR = 0
const ERROR_CALL_NOT_IMPLEMENTED = 120
const START_HINT_MS = 30_000
/** A thaw may be part of the stop. */
const STOP_HINT_MS = 30_000
const STOP_REPORT_MS = 5000

type Serve = (backend: Backend, config: Config, starter: Starter) => Promise<void>

/** @param backend what it serves with, but for where its log goes */
export async function runAsService(backend: Backend, config: Config, serve: Serve): Promise<void> {
  const started = Promise.withResolvers<(status: ServiceStatus) => void>()
  // Neither the dispatcher nor its callbacks keep the process running.
  setInterval(() => {}, 2 ** 30)
  const dispatched = dispatchService(SERVICE_NAME, {
    started: (report) => {
      report({ state: 'starting', hintMs: START_HINT_MS })
      started.resolve(report)
    },
    control: (code) => {
      if (code === SERVICE_CONTROL_INTERROGATE) return NO_ERROR
      if (code !== SERVICE_CONTROL_STOP && code !== SERVICE_CONTROL_SHUTDOWN)
        return ERROR_CALL_NOT_IMPLEMENTED
      void started.promise.then(stop)
      return NO_ERROR
    },
  })
  const report = await Promise.race([started.promise, dispatched.then(() => undefined)])
  if (report === undefined) {
    process.stderr.write(`${NO_MANAGER}\n`)
    process.exit(1)
  }
  process.on('exit', (code) => report({ state: 'stopped', exitCode: Number(code) }))
  const events = createEventLog()
  const variant: Backend = {
    ...backend,
    prepare: async (settings) => {
      await backend.prepare?.(settings)
      // What the agent is told there it does as SYSTEM.
      for (const path of [settings.statedir, backend.defaults.configPath]) {
        if (fs.existsSync(path)) refuseStrangers(path)
      }
    },
    createSink: (fd) => (fd === STDERR ? eventSink(events) : createSink(fd)),
  }
  await serve(
    variant,
    { ...config, 'retry-path': true },
    {
      report: (text) => {
        for (const event of parseLogLines(text)) events.tellNow(event.type, event.text)
      },
      serving: () => report({ state: 'running', accepts: ACCEPTS_STOP_AND_SHUTDOWN }),
    },
  )
}

const NO_MANAGER =
  'Cannot run as a service: -d is for the service manager to start; "qga install" makes the service, and without -d the agent stays in the foreground'

/** What a SIGTERM does elsewhere, while the manager is told that it still goes on. */
function stop(report: (status: ServiceStatus) => void): void {
  const stopping = () => report({ state: 'stopping', hintMs: STOP_HINT_MS })
  stopping()
  setInterval(stopping, STOP_REPORT_MS)
  // Asked before the agent has begun.
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(0)
}
