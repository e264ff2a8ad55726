// SPDX-License-Identifier: Apache-2.0
/** From the arguments to what is printed, or to an agent that serves. */
import * as fs from 'node:fs'
import type { Backend } from './agent/backend.ts'
import { commandNames } from './commands.ts'
import { withAbsolutePaths } from './config.ts'
import { serve } from './serve.ts'
import { startup } from './startup.ts'
import { VERSION_LINE } from './version.ts'

const STDOUT = 1
const STDERR = 2

/** @param typed the arguments as the process got them */
export async function runAgent(backend: Backend, typed: readonly string[]): Promise<void> {
  const child = backend.daemon?.asChild(typed)
  const outcome = startup({
    program: process.argv0,
    args: child?.args ?? typed,
    configPath: process.env['QGA_CONF'],
    defaults: backend.defaults,
    versionLine: VERSION_LINE,
    pid: process.pid,
    inheritedMethod: () => backend.inheritedMethod?.(),
    foreignPart: backend.foreignPart,
  })
  // The command that was typed has said it already.
  if (child === undefined && outcome.stderr !== '') fs.writeSync(STDERR, outcome.stderr)
  switch (outcome.kind) {
    case 'exit':
      fs.writeSync(STDOUT, outcome.stdout)
      return process.exit(outcome.exitCode)
    case 'list-commands':
      fs.writeSync(
        STDOUT,
        commandNames(backend)
          .map((name) => `${name}\n`)
          .join(''),
      )
      return process.exit(0)
    case 'service': {
      const { runServiceCommand } = await import('./admin/service-command.ts')
      return process.exit(await runServiceCommand(backend, outcome.command, outcome.args))
    }
    case 'run': {
      const { config, warnings } = outcome
      if (child !== undefined) {
        return await serve(backend, withAbsolutePaths(config, process.cwd()), warnings, child)
      }
      if (config.daemon && backend.daemon !== undefined) {
        return process.exit(await backend.daemon.start(typed))
      }
      if (config.daemon && backend.service !== undefined) {
        return await backend.service(config, (variant, settings, starter) =>
          serve(variant, settings, warnings, starter),
        )
      }
      return await serve(backend, config, warnings)
    }
  }
}
