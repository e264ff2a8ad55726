// SPDX-License-Identifier: Apache-2.0
/** The options of the command line: parsing, --help and hints in the configuration file follow from here. */
import type { ConfigKey, SystemDefaults } from './config.ts'
import type { OptionSpec } from './getopt.ts'

export interface Option extends OptionSpec {
  /** What the option sets. An option with neither key nor action is accepted and ignored. */
  readonly key?: ConfigKey
  readonly action?: 'config' | 'dump-conf' | 'help' | 'version' | 'service'
  /** What --help calls its argument. */
  readonly value?: string
  /** What --help says of it, {names} standing for the system's defaults. Without, it is not shown. */
  readonly help?: string
}

const LISTED = 'separated by commas, without blanks; may be repeated; "help" lists the commands'

/**
 * In upstream's order, which getopt's diagnostics show. Old names and our own options are `exact`,
 * so that every abbreviation keeps the meaning that it has upstream.
 */
// biome-ignore format: a table
export const OPTIONS: readonly Option[] = [
  { short: 'h', long: 'help', argument: 'none', action: 'help',
    help: 'show this text and exit' },
  { short: 'V', long: 'version', argument: 'none', action: 'version',
    help: 'show the version and exit' },
  { short: 'c', long: 'config', argument: 'required', action: 'config', value: 'FILE',
    help: 'configuration file, which has to exist; without -c $QGA_CONF or else {config} is read if it exists' },
  { short: 'D', long: 'dump-conf', argument: 'none', action: 'dump-conf',
    help: 'show what file and options come to, in the form of a configuration file, and exit' },
  { short: 'l', long: 'logfile', argument: 'required', key: 'logfile', value: 'FILE',
    help: 'append the log to FILE (default: standard error)' },
  { short: 'f', long: 'pidfile', argument: 'required', key: 'pidfile', value: 'FILE',
    help: 'pid file of the daemon (default: {pidfile})' },
  { short: 'F', long: 'fsfreeze-hook', argument: 'optional', key: 'fsfreeze-hook', value: 'PROGRAM',
    help: 'run PROGRAM with "freeze" before each freeze and with "thaw" after each thaw (default: {hook}); PROGRAM has to be attached, as in -F/some/hook' },
  { short: 'v', long: 'verbose', argument: 'none', key: 'verbose',
    help: 'log everything, not errors alone' },
  { short: 'm', long: 'method', argument: 'required', key: 'method', value: 'METHOD',
    help: 'channel to the host: virtio-serial, isa-serial, unix-listen or vsock-listen (default: {method})' },
  { short: 'p', long: 'path', argument: 'required', key: 'path', value: 'PATH',
    help: 'device, socket, or CID:PORT for vsock-listen, which hears the host alone (default for virtio-serial: {virtio-serial} and for isa-serial: {isa-serial})' },
  { short: 'd', long: 'daemonize', argument: 'none', key: 'daemon',
    help: 'run in the background' },
  { short: 'b', long: 'block-rpcs', argument: 'required', key: 'block-rpcs', value: 'LIST',
    help: `commands to refuse, ${LISTED}` },
  { long: 'blacklist', argument: 'required', key: 'block-rpcs', exact: true },
  { short: 'a', long: 'allow-rpcs', argument: 'required', key: 'allow-rpcs', value: 'LIST',
    help: `the only commands to allow, ${LISTED}` },
  // Taken everywhere, as upstream does; where there are no such commands nothing follows.
  { short: 's', argument: 'required' },
  { short: 't', long: 'statedir', argument: 'required', key: 'statedir', value: 'DIR',
    help: "directory for the agent's state (default: {statedir})" },
  { short: 'r', long: 'retry-path', argument: 'none', key: 'retry-path',
    help: 'wait for a channel that is missing or has gone' },
  { long: 'fsfreeze-timeout', argument: 'required', key: 'fsfreeze-timeout', value: 'SECONDS', exact: true,
    help: 'thaw when no thaw came so long after a freeze; 0 waits for ever (default: 600)' },
  { long: 'fsfreeze-hook-timeout', argument: 'required', key: 'fsfreeze-hook-timeout', value: 'SECONDS', exact: true,
    help: 'how long a run of the hook may take (default: 30)' },
  { long: 'file-create-mode', argument: 'required', key: 'file-create-mode', value: 'MODE', exact: true,
    help: 'permissions of new files, in octal (default: 0644)' },
  { long: 'max-file-handles', argument: 'required', key: 'max-file-handles', value: 'N', exact: true,
    help: 'files open at one time (default: 1024)' },
  { long: 'max-exec-jobs', argument: 'required', key: 'max-exec-jobs', value: 'N', exact: true,
    help: 'programs running or not asked about yet (default: 1024)' },
  { long: 'max-exec-output', argument: 'required', key: 'max-exec-output', value: 'BYTES', exact: true,
    help: 'output of programs kept until asked for (default: 268435456)' },
  { long: 'max-exec-input', argument: 'required', key: 'max-exec-input', value: 'BYTES', exact: true,
    help: 'input that programs have not read yet (default: 268435456)' },
  { long: 'max-unfinished-commands', argument: 'required', key: 'max-unfinished-commands', value: 'N', exact: true,
    help: 'commands that have not ended, with those that nobody waits for (default: 64)' },
  { long: 'command-timeout', argument: 'required', key: 'command-timeout', value: 'SECONDS', exact: true,
    help: 'answer a command with an error when it has not ended, and leave it alone; 0 waits for ever (default: 3600)' },
  { long: 'file-timeout', argument: 'required', key: 'file-timeout', value: 'SECONDS', exact: true,
    help: 'the same for guest-file-* (default: 300)' },
  { long: 'busy-timeout', argument: 'required', key: 'busy-timeout', value: 'SECONDS', exact: true,
    help: 'how long a command waits for another that holds what it needs (default: 60)' },
  { long: 'freeze-busy-timeout', argument: 'required', key: 'freeze-busy-timeout', value: 'SECONDS', exact: true,
    help: 'how long guest-fsfreeze-status and guest-fsfreeze-thaw wait for a freeze to end (default: 3600)' },
  { long: 'max-queued-requests', argument: 'required', key: 'max-queued-requests', value: 'N', exact: true,
    help: 'requests read ahead of the one that runs; then the channel waits (default: 64)' },
  { long: 'max-queued-bytes', argument: 'required', key: 'max-queued-bytes', value: 'BYTES', exact: true,
    help: 'the same in bytes (default: 1048576)' },
  { long: 'max-request-bytes', argument: 'required', key: 'max-request-bytes', value: 'BYTES', exact: true,
    help: 'size of one request without its blanks (default: 67108864)' },
  { long: 'max-exec-stream', argument: 'required', key: 'max-exec-stream', value: 'BYTES', exact: true,
    help: 'output kept of one stream of a program (default: 16777216)' },
  { long: 'exec-result-age', argument: 'required', key: 'exec-result-age', value: 'SECONDS', exact: true,
    help: 'how long a result that nobody fetches is kept when there is no room for another (default: 3600)' },
  { long: 'usage-timeout', argument: 'required', key: 'usage-timeout', value: 'SECONDS', exact: true,
    help: 'how long the usage of a file system or the health of a disk is waited for; it is left out then (default: 2)' },
  { long: 'program-timeout', argument: 'required', key: 'program-timeout', value: 'SECONDS', exact: true,
    help: 'how long the programs may take that set passwords, work on keys or end the system (default: 60)' },
  { long: 'suspend-timeout', argument: 'required', key: 'suspend-timeout', value: 'SECONDS', exact: true,
    help: 'the same for those that put the machine to sleep (default: 600)' },
  { long: 'exclude-interfaces', argument: 'required', key: 'exclude-interfaces', value: 'LIST', exact: true,
    help: 'network interfaces not to report, as globs such as veth*; separated by commas, without blanks; may be repeated (default: none)' },
  { long: 'allow-file-read', argument: 'required', key: 'allow-file-read', value: 'LIST', exact: true,
    help: 'the only files that guest-file-open may read: absolute paths, one that ends with / for all below it; separated by commas, without blanks (default: all)' },
  { long: 'allow-file-write', argument: 'required', key: 'allow-file-write', value: 'LIST', exact: true,
    help: 'the same for writing (default: all)' },
  { long: 'allow-exec', argument: 'required', key: 'allow-exec', value: 'LIST', exact: true,
    help: 'the only programs that guest-exec may run, in the same form; requests may bring no environment then (default: all)' },
  { long: 'allow-users', argument: 'required', key: 'allow-users', value: 'LIST', exact: true,
    help: 'the only users whose password and SSH keys may be changed (default: all)' },
  { long: 'vss-backup-type', argument: 'required', key: 'vss-backup-type', value: 'TYPE', exact: true,
    help: 'what a freeze on Windows tells databases that it is: full, incremental, differential, log or copy (default: as the registry has it, else full)' },
]

const SERVICE: Option = {
  ...{ short: 's', long: 'service', argument: 'required', action: 'service', value: 'COMMAND' },
  help: 'install or uninstall the service, with the options before this one, and exit',
}

/** With the service commands, where there are some. */
export function optionsFor({ hasServiceCommands }: SystemDefaults): readonly Option[] {
  if (hasServiceCommands !== true) return OPTIONS
  return OPTIONS.map((option) => (option.short === SERVICE.short ? SERVICE : option))
}
