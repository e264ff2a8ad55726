// SPDX-License-Identifier: Apache-2.0
/** What the agent is told before it starts: built-in, file's and options' settings, merged and then checked once. */
import * as z from 'zod/mini'
import { InvalidArguments } from './errors.ts'

/**
 * The keys of [general] in the order of --dump-conf, upstream's before our own. Values arrive as
 * the file and the options spell them; only our own have a form to check, since upstream checks
 * none of its.
 */
export const Config = z.object({
  daemon: z.boolean(),
  method: z.string(),
  /** Absent when the channel is an inherited socket. */
  path: z.exactOptional(z.string()),
  /** Absent: standard error. */
  logfile: z.exactOptional(z.string()),
  pidfile: z.string(),
  /** Absent: no hook. */
  'fsfreeze-hook': z.exactOptional(z.string()),
  statedir: z.string(),
  verbose: z.boolean(),
  'retry-path': z.boolean(),
  'block-rpcs': z.array(z.string()),
  /** Empty: everything is allowed. */
  'allow-rpcs': z.array(z.string()),
  /** Seconds from the reply to a freeze until the guest thaws itself; 0: never, as upstream. */
  'fsfreeze-timeout': z._default(wholeNumber(0, 86_400), 600),
  /** Seconds that a run of the hook may take. */
  'fsfreeze-hook-timeout': z._default(wholeNumber(1, 86_400), 30),
  /** The permissions of files that guest-file-open creates; 0666 is what upstream gives them. */
  'file-create-mode': z._default(filePermissions(), 0o644),
  'max-file-handles': z._default(wholeNumber(1, 1_000_000), 1024),
  /** Running, or finished and not yet asked for. */
  'max-exec-jobs': z._default(wholeNumber(1, 1_000_000), 1024),
  /** Bytes of output kept for guest-exec-status, of all jobs together. */
  'max-exec-output': z._default(wholeNumber(1, Number.MAX_SAFE_INTEGER), 268_435_456),
  /** Bytes of guest-exec's input that programs have not taken yet, of all jobs together. */
  'max-exec-input': z._default(wholeNumber(1, Number.MAX_SAFE_INTEGER), 268_435_456),
  /** Commands that have not ended, those included that nobody waits for any more. */
  'max-unfinished-commands': z._default(wholeNumber(1, 1_000_000), 64),
  /** Seconds until a command is answered with an error although it goes on; 0: never. */
  'command-timeout': z._default(wholeNumber(0, 86_400), 3600),
  /** The same for guest-file-*. */
  'file-timeout': z._default(wholeNumber(0, 86_400), 300),
  /** Seconds that a command waits for another one which holds what it needs. */
  'busy-timeout': z._default(wholeNumber(0, 86_400), 60),
  /** The same for what asks for the outcome of a freeze; a client is known that asks for an hour. */
  'freeze-busy-timeout': z._default(wholeNumber(0, 86_400), 3600),
  /** Requests, and bytes of them, that are read ahead of the one that runs; then the channel waits. */
  'max-queued-requests': z._default(wholeNumber(8, 1_000_000), 64),
  'max-queued-bytes': z._default(wholeNumber(4096, Number.MAX_SAFE_INTEGER), 1_048_576),
  /** Bytes of all tokens of one request; upstream's limit is the most there can be. */
  'max-request-bytes': z._default(wholeNumber(4096, 67_108_864), 67_108_864),
  /** Bytes kept of one output stream of a program; upstream's limit. */
  'max-exec-stream': z._default(wholeNumber(1, 1_073_741_824), 16_777_216),
  /** Seconds that a result which nobody fetches is kept when there is no room for another. */
  'exec-result-age': z._default(wholeNumber(0, 31_536_000), 3600),
  /** Seconds that the usage of a file system, or the health of a disk, is waited for; left out then. */
  'usage-timeout': z._default(wholeNumber(1, 3600), 2),
  /** Seconds that a program of the guest may take for a command: chpasswd, shutdown, what works as a user. */
  'program-timeout': z._default(wholeNumber(1, 86_400), 60),
  /** The same for those that put the machine to sleep: its memory goes to disk meanwhile. */
  'suspend-timeout': z._default(wholeNumber(1, 86_400), 600),
  /** Globs: what guest-network-get-interfaces leaves out. */
  'exclude-interfaces': z._default(z.array(z.string()), []),
  /** What guest-file-open may read and write, guest-exec run, and whose password and keys may change. Absent: everything. */
  'allow-file-read': z.exactOptional(z.array(z.string())),
  'allow-file-write': z.exactOptional(z.array(z.string())),
  'allow-exec': z.exactOptional(z.array(z.string())),
  'allow-users': z.exactOptional(z.array(z.string().check(z.minLength(1, 'expected user names')))),
  /** What databases make of a freeze on Windows. Absent: as the registry has it, else a full backup. */
  'vss-backup-type': z.exactOptional(backupType()),
})

export type Config = z.output<typeof Config>
export type ConfigKey = keyof typeof Config.shape

export const CONFIG_KEYS = Object.keys(Config.shape) as readonly ConfigKey[]

/** Which of the three forms a key has, in the file and on the command line. */
export function formOf(key: ConfigKey): 'switch' | 'list' | 'text' {
  const declared = Config.shape[key]
  const isWrapped =
    declared instanceof z.ZodMiniDefault || declared instanceof z.ZodMiniExactOptional
  const schema = isWrapped ? declared.def.innerType : declared
  if (schema instanceof z.ZodMiniBoolean) return 'switch'
  return schema instanceof z.ZodMiniArray ? 'list' : 'text'
}

/** Names that older agents had for a key, in the file and as a long option. */
export const OLD_NAMES: { readonly [name: string]: ConfigKey } = { blacklist: 'block-rpcs' }

/** What one source sets: a plain record with the keys of Config, its values not yet checked. */
export type Settings = { readonly [Key in ConfigKey]?: string | boolean | readonly string[] }

/** How a system writes and compares the names in rules. */
export interface RuleForms {
  /** What an entry about files and programs has to be, for those who wrote another. */
  readonly expected: string
  /** In another form an entry would match nothing: paths are compared as the system tells them of what is open. */
  isEntry(text: string): boolean
  /** Nothing in a path, as it was asked for, can make it lead elsewhere, links left out. */
  isPlain(path: string): boolean
  /** An entry that ends as a directory is all that lies below it, any other one the one thing of that name. */
  covers(entry: string, path: string): boolean
  isUser(entry: string, name: string): boolean
}

/** What differs from system to system; each backend supplies its own. */
export interface SystemDefaults {
  /** The configuration file when neither -c nor QGA_CONF names one. */
  readonly configPath: string
  readonly method: string
  /** The methods that do without --path. */
  readonly devicePaths: { readonly 'virtio-serial': string; readonly 'isa-serial': string }
  readonly pidfile: string
  readonly statedir: string
  /** The hook of an -F without an argument. */
  readonly fsfreezeHook: string
  readonly ruleForms: RuleForms
  /** Keys that mean nothing here; all mean something when absent. */
  readonly unsupportedKeys?: readonly ConfigKey[]
  /** -s makes and removes the service. */
  readonly hasServiceCommands?: true
}

/** What holds when neither the file nor an option says otherwise. */
export function builtInSettings({ method, pidfile, statedir }: SystemDefaults): Settings {
  return {
    daemon: false,
    method,
    pidfile,
    statedir,
    verbose: false,
    'retry-path': false,
    'block-rpcs': [],
    'allow-rpcs': [],
  }
}

/** Later layers win; lists accumulate; what was switched on stays on. */
export function mergeSettings(layers: readonly Settings[]): Settings {
  const merged: { [Key in ConfigKey]?: string | boolean | readonly string[] } = {}
  for (const layer of layers) {
    for (const key of Object.keys(layer) as ConfigKey[]) {
      const before = merged[key]
      const value = layer[key]
      if (value === undefined) continue
      if (Array.isArray(before) && Array.isArray(value)) merged[key] = [...before, ...value]
      else if (typeof value === 'boolean') merged[key] = value || before === true
      else merged[key] = value
    }
  }
  return merged
}

/**
 * A list as one option or one key of the file gives it. Upstream builds it back to front, and
 * --dump-conf shows that. Names are not trimmed; nothing at all is no name, a comma is two empty ones.
 */
export function splitList(text: string): readonly string[] {
  return text === '' ? [] : text.split(',').reverse()
}

/** An inherited socket (socket activation) decides the method and leaves no path. */
export function useInheritedSocket(settings: Settings, method: string): Settings {
  const { path: _, ...others } = settings
  return { ...others, method }
}

/** Fills in the method's device; throws when the method has none. */
export function withDevicePath(settings: Settings, { devicePaths }: SystemDefaults): Settings {
  if (settings.path !== undefined) return settings
  const device = Object.entries(devicePaths).find(([method]) => method === settings.method)
  if (device === undefined) throw new InvalidArguments('must specify a path for this channel')
  return { ...settings, path: device[1] }
}

/** The same with the paths that are used later made absolute: a daemon leaves the directory it was started in. */
export function withAbsolutePaths(config: Config, directory: string): Config {
  const absolute = (path: string) => (path.startsWith('/') ? path : `${directory}/${path}`)
  const hook = config['fsfreeze-hook']
  return {
    ...config,
    pidfile: absolute(config.pidfile),
    statedir: absolute(config.statedir),
    ...(hook !== undefined && { 'fsfreeze-hook': absolute(hook) }),
  }
}

/** A value that its key cannot have; whoever knows where it came from words the message. */
export interface BadValue {
  readonly key: ConfigKey
  readonly value: string
  readonly expected: string
}

export function parseConfig(
  settings: Settings,
  { unsupportedKeys, ruleForms }: Pick<SystemDefaults, 'unsupportedKeys' | 'ruleForms'>,
): { config: Config } | { bad: BadValue } {
  // A rule that nobody enforces must not look like one.
  const foreign = unsupportedKeys?.find((key) => settings[key] !== undefined)
  if (foreign !== undefined) {
    const expected = 'this key is not supported on this system'
    return { bad: { key: foreign, value: String(settings[foreign]), expected } }
  }
  const { success, data, error } = Config.safeParse(settings)
  if (!success) {
    const [issue] = error.issues
    const key = issue?.path[0] as ConfigKey
    return { bad: { key, value: String(settings[key]), expected: issue?.message ?? '' } }
  }
  const misshapen = PATH_RULES.find((key) => data[key]?.every(ruleForms.isEntry) === false)
  if (misshapen === undefined) return { config: data }
  const { expected } = ruleForms
  return { bad: { key: misshapen, value: String(settings[misshapen]), expected } }
}

const PATH_RULES = ['allow-file-read', 'allow-file-write', 'allow-exec'] as const

function backupType() {
  const types = ['full', 'incremental', 'differential', 'log', 'copy'] as const
  return z.enum(types, { error: `expected one of ${types.join(', ')}` })
}

function filePermissions() {
  const error = 'expected octal file permissions such as 0644'
  return z.pipe(
    z.string().check(z.trim(), z.regex(/^0?[0-7]{3}$/, { error })),
    z.transform((text) => Number.parseInt(text, 8)),
  )
}

function wholeNumber(least: number, most: number) {
  const error = `expected a whole number from ${least} to ${most}`
  const fits = (text: string) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most
  return z.pipe(
    z.string().check(z.trim(), z.refine(fits, { error })),
    z.transform((text) => Number(text)),
  )
}
