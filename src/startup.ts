// SPDX-License-Identifier: Apache-2.0
/**
 * From the command line to a checked configuration, or to what is printed instead. The order is
 * upstream's: the file is read before any option acts, so a broken one fails even --version.
 */
import { readFileSync, statSync } from 'node:fs'
import {
  type BadValue,
  builtInSettings,
  type Config,
  mergeSettings,
  parseConfig,
  type Settings,
  type SystemDefaults,
  useInheritedSocket,
  withDevicePath,
} from './config.ts'
import { type FileSettings, readConfigFile } from './config-file.ts'
import { dumpConf } from './dump-conf.ts'
import { earlyLogLine } from './early-log.ts'
import { errorCode, strerror } from './errno.ts'
import { InvalidArguments } from './errors.ts'
import { KeyFileError, parseKeyFile } from './key-file.ts'
import { findConfigPath, helpText, readOptions } from './options.ts'

export interface Invocation {
  /** argv[0] as typed. */
  readonly program: string
  readonly args: readonly string[]
  /** $QGA_CONF. */
  readonly configPath: string | undefined
  readonly defaults: SystemDefaults
  /** `QEMU Guest Agent 11.1.0 (qga 1.0.0)` */
  readonly versionLine: string
  readonly pid: number
  /**
   * The method of the socket that a service manager handed over, if it did. Asked when the options
   * are known to be sound; throws InvalidArguments when the socket cannot be used.
   */
  readonly inheritedMethod?: () => string | undefined
  /** What on the way to a file others could change; nobody looks when absent. */
  readonly foreignPart?: (path: string) => string | undefined
}

/** `stderr` is to be written in any case, and is nearly always empty. */
export type Startup =
  | {
      readonly kind: 'run'
      readonly config: Config
      readonly warnings: readonly string[]
      readonly stderr: string
    }
  | {
      readonly kind: 'exit'
      readonly stdout: string
      readonly stderr: string
      readonly exitCode: 0 | 1
    }
  /** Print the name of every registered command, one a line, and exit with 0. */
  | { readonly kind: 'list-commands'; readonly stderr: string }
  /** Do to the service what the command says, with these options. */
  | {
      readonly kind: 'service'
      readonly command: string
      readonly args: readonly string[]
      readonly stderr: string
    }

export function startup(invocation: Invocation): Startup {
  const { program, args, defaults, versionLine, pid } = invocation
  const scan = findConfigPath(program, args, defaults)
  try {
    const file = loadConfigFile(scan.configPath, invocation)
    const outcome = readOptions(program, scan.args, defaults)
    const { stderr } = scan
    switch (outcome.kind) {
      case 'help':
        return {
          kind: 'exit',
          stdout: helpText(program, versionLine, defaults),
          stderr,
          exitCode: 0,
        }
      case 'version':
        return { kind: 'exit', stdout: `${versionLine}\n`, stderr, exitCode: 0 }
      case 'list-commands':
        return { kind: 'list-commands', stderr }
      case 'service':
        return { ...outcome, stderr }
      case 'refused':
        return {
          kind: 'exit',
          stdout: `Unknown option, try '${program} --help' for more information.\n`,
          stderr: `${stderr}${outcome.diagnostic}\n`,
          exitCode: 1,
        }
      case 'settings': {
        const merged = mergeSettings([builtInSettings(defaults), file.settings, outcome.settings])
        const settings = withChannel(merged, invocation)
        const parsed = parseConfig(settings, defaults)
        if ('bad' in parsed) {
          throw new InvalidArguments(blame(parsed.bad, outcome.settings, file.path))
        }
        if (outcome.isDump) {
          return { kind: 'exit', stdout: dumpConf(settings), stderr, exitCode: 0 }
        }
        const { config } = parsed
        const hasAllowList = 'allow-rpcs' in file.settings || 'allow-rpcs' in outcome.settings
        const isEmpty = hasAllowList && config['allow-rpcs'].length === 0
        const warnings = isEmpty ? [...file.warnings, EMPTY_ALLOW_LIST] : file.warnings
        return { kind: 'run', config, warnings, stderr }
      }
    }
  } catch (error) {
    if (!(error instanceof InvalidArguments)) throw error
    const line = earlyLogLine('CRITICAL', error.message, pid, new Date())
    return { kind: 'exit', stdout: '', stderr: `${scan.stderr}${line}`, exitCode: 1 }
  }
}

/** Upstream takes it so, too; whoever wrote it may have meant the opposite. */
const EMPTY_ALLOW_LIST = 'allow-rpcs names no command: that allows every command, not none'

function withChannel(settings: Settings, { inheritedMethod, defaults }: Invocation): Settings {
  const method = inheritedMethod?.()
  return method === undefined
    ? withDevicePath(settings, defaults)
    : useInheritedSocket(settings, method)
}

/** The file that -c names has to be there; the others may be missing. */
function loadConfigFile(
  named: string | undefined,
  { configPath, defaults, foreignPart }: Invocation,
): FileSettings & { readonly path: string } {
  const path = named ?? configPath ?? defaults.configPath
  // Whoever can write it, or put another in its place, decides what the host may do.
  const foreign = foreignPart?.(path)
  if (foreign !== undefined) throw new InvalidArguments(`${cannotLoad(path)}, ${foreign}`)
  try {
    // Looked at before it is opened: opening a FIFO would wait for its other end.
    if (!statSync(path).isFile()) throw new KeyFileError('Not a regular file')
    return { path, ...readConfigFile(parseKeyFile(readFileSync(path)), path) }
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' && named === undefined) return { path, settings: {}, warnings: [] }
    if (code === undefined && !(error instanceof KeyFileError)) throw error
    const reason = code === undefined ? (error as KeyFileError).message : strerror(code)
    throw new InvalidArguments(`${cannotLoad(path)}, ${reason}`, { cause: error })
  }
}

function cannotLoad(path: string): string {
  return `error loading configuration from path: ${path}`
}

function blame({ key, value, expected }: BadValue, options: Settings, path: string): string {
  return options[key] === undefined
    ? `${cannotLoad(path)}, Key file contains key “${key}” with value “${value}”: ${expected}`
    : `option '--${key}' has the value '${value}': ${expected}`
}
