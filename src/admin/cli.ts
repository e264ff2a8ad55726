// SPDX-License-Identifier: Apache-2.0
/** `qga install`, `qga uninstall` and `qga doctor`: what an administrator types in the guest. */
import { parseArgs } from 'node:util'
import type { Backend } from '../agent/backend.ts'
import { AgentError, messages, Unsupported } from '../errors.ts'
import { doctor } from './doctor.ts'
import { install, uninstall } from './install.ts'

/** A command line that makes no sense. */
const USAGE_ERROR = 2

const USAGE = `Usage: qga install [--dry-run] [--root DIR] [--init NAME]... [--profile NAME] [--read-only]
                   [--settings] [-- OPTION...]
       qga uninstall [--dry-run] [--root DIR]
       qga doctor [--json] [-- OPTION...]

  -n, --dry-run    say what would be done, and do nothing
      --root DIR   the system below DIR, such as an image that is being made
      --init NAME  systemd, openrc or runit (default: those that are there)
      --profile NAME
                   write a configuration file that allows the commands of a profile: minimal, backup
                   or full; one that was made by hand stays, and ends it
      --read-only  enable the service that looks, freezes, thaws and trims, and changes nothing
      --settings   only carry over the settings of an earlier agent, for packages
      --json       one line of JSON, for scripts
      OPTION       of doctor, the options of the agent to judge (default: those of the service);
                   of install, on Windows, the options of the service (default: those it has)

install and uninstall exit with 0, with 1 when something stands in the way, which they name before
anything is changed, and with 2 when the command line makes no sense. What is already so is left.
doctor freezes nothing. It exits with 0 when the guest is ready for backups, and 1 when not.
`

/** @returns the exit code */
export async function runAdministration(
  backend: Backend,
  args: readonly string[],
): Promise<number> {
  const [verb, ...rest] = args
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        'dry-run': { type: 'boolean', short: 'n' },
        'read-only': { type: 'boolean' },
        settings: { type: 'boolean' },
        root: { type: 'string' },
        profile: { type: 'string' },
        init: { type: 'string', multiple: true },
      },
      allowPositionals: verb !== 'uninstall',
    })
    if (values.help) {
      process.stdout.write(USAGE)
      return 0
    }
    const { administration } = backend
    if (administration === undefined) throw new Unsupported(`Cannot ${verb} on this system`)
    const system = await administration()
    const print = (line: string) => void process.stdout.write(`${line}\n`)
    if (verb === 'doctor') {
      return await doctor(backend, system, positionals, values.json === true, print)
    }
    const choice = {
      root: withoutSlash(values.root ?? ''),
      isDry: values['dry-run'] === true,
      managers: values.init,
      isReadOnly: values['read-only'] === true,
      onlySettings: values.settings === true,
      profile: values.profile,
      given: positionals,
    }
    const act = verb === 'install' ? install : uninstall
    return await act(backend, system.setup, choice, print)
  } catch (error) {
    // node:util throws TypeErrors with a code for options that it does not know.
    const isParseError = error instanceof TypeError && 'code' in error
    if (!isParseError && !(error instanceof AgentError)) throw error
    const reason = error instanceof AgentError ? messages(error).join('; ') : error.message
    process.stderr.write(`qga ${verb}: ${reason}\n`)
    return isParseError ? USAGE_ERROR : 1
  }
}

/** `/` is this system, as nothing is. */
function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '')
}
