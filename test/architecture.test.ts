// SPDX-License-Identifier: Apache-2.0
/** Who may import whom, and what holds for every file: the table of docs/architecture.md, enforced. */
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const ROOT = join(import.meta.dir, '..')
const LINES_MAX = 300

function tracked(): readonly string[] {
  const { stdout, exitCode } = Bun.spawnSync(['git', 'ls-files', '-z'], { cwd: ROOT })
  if (exitCode !== 0) throw new Error('Cannot list the files: not a git checkout')
  return stdout
    .toString()
    .split('\0')
    .filter((path) => path !== '' && exists(path))
}

function exists(path: string): boolean {
  return Bun.file(join(ROOT, path)).size > 0
}

const FILES = tracked()
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const SOURCES = FILES.filter((path) => /^(src|native|platform)\/.*\.ts$/.test(path))

interface Import {
  readonly from: string
  /** A path in the repository, or the name of a package. */
  readonly to: string
  readonly isType: boolean
}

/** `import … from '…'`, `export … from '…'`; the first group tells types apart. */
const STATEMENT = /^(?:import|export)\s+(type\s+)?([\w\s{},*$]*?)\s*\bfrom\s+'([^']+)'/gm
const EFFECT = /^import\s+'([^']+)'/gm
const CALL = /(typeof\s+)?\b(?:import|require)\(\s*'([^']+)'\s*\)/g

function importsOf(path: string): Import[] {
  const text = read(path)
  const found = (specifier: string, isType: boolean): Import => ({
    from: path,
    to: specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier,
    isType,
  })
  return [
    ...Array.from(text.matchAll(STATEMENT), ([, type, names, to]) =>
      found(to as string, type !== undefined || isAllTypes(names as string)),
    ),
    ...Array.from(text.matchAll(EFFECT), ([, to]) => found(to as string, false)),
    ...Array.from(text.matchAll(CALL), ([, type, to]) => found(to as string, type !== undefined)),
  ]
}

/** `{ type A, type B }` */
function isAllTypes(names: string): boolean {
  const inner = /^\{([^}]*)\}$/.exec(names.trim())?.[1]
  return inner?.split(',').every((name) => name.trim() === '' || /^\s*type\s/.test(name)) === true
}

interface Layer {
  readonly files: RegExp
  /** What may be imported for its values. */
  readonly values: RegExp
  /** What may be imported for its types only. */
  readonly types?: RegExp
}

const ANYONE = String.raw`src/(?:err(?:no|ors)|within)\.ts$`
const may = (...parts: string[]) => new RegExp(`^(?:${[ANYONE, ...parts].join('|')})`)

const LAYERS: Readonly<Record<string, Layer>> = {
  'src/schema': { files: /^src\/schema\//, values: may('src/schema/', 'zod/mini$') },
  'src/wire': { files: /^src\/wire\//, values: may('src/wire/') },
  // Requests are checked with the schemas, so with zod; what is configured and logged, it is handed.
  'src/agent': {
    files: /^src\/agent\//,
    values: may('src/agent/', 'src/schema/', 'src/wire/', 'zod/mini$'),
    types: may('src/config.ts$', 'src/log.ts$', 'src/admin/administration.ts$'),
  },
  'src/portable': {
    files: /^src\/portable\//,
    values: may('src/portable/', 'src/schema/'),
    types: may('src/agent/'),
  },
  'src/client': {
    files: /^src\/client\//,
    values: may(
      'src/client/',
      'src/schema/',
      'src/wire/',
      'zod/mini$',
      'node:',
      'bun$',
      String.raw`src/version\.ts$`,
    ),
  },
  // What an administrator asks: how the agent would start, and with which commands.
  'src/admin': {
    files: /^src\/admin\//,
    values: may(
      'src/admin/',
      'src/agent/policy.ts$',
      'src/schema/',
      'node:',
      String.raw`src/(?:commands|config|options|startup|version)\.ts$`,
    ),
    types: may('src/agent/'),
  },
  native: { files: /^native\//, values: may('native/', 'node:', 'bun:ffi$'), types: may('koffi$') },
  // A channel is opened from the checked configuration: its type, never its making.
  'platform/linux': {
    files: /^platform\/linux\//,
    values: may(
      'platform/linux/',
      'native/',
      'src/schema/',
      'src/portable/',
      String.raw`src/own-file\.ts$`,
      'node:',
      'bun$',
    ),
    types: may('src/agent/', 'src/config.ts$', 'src/log.ts$', 'src/admin/administration.ts$'),
  },
  'platform/windows': {
    files: /^platform\/windows\//,
    values: may('platform/windows/', 'native/', 'src/schema/', 'src/portable/', 'node:', 'bun$'),
    types: may('src/agent/', 'src/config.ts$', 'src/log.ts$', 'src/admin/administration.ts$'),
  },
}

describe('imports', () => {
  test('are all seen by this test', () => {
    const counted = SOURCES.flatMap((path) => read(path).match(/\bfrom '/g) ?? []).length
    expect(SOURCES.flatMap(importsOf).length).toBeGreaterThanOrEqual(counted)
  })

  test.each(Object.keys(LAYERS))('of %s stay within the table', (name) => {
    const { files, values, types } = LAYERS[name] as Layer
    const stray = SOURCES.filter((path) => files.test(path))
      .flatMap(importsOf)
      .filter(({ to, isType }) => !values.test(to) && !(isType && types?.test(to)))
    const told = stray.map(({ from, to, isType }) => `${from} → ${isType ? 'type ' : ''}${to}`)
    expect(told).toEqual([])
  })

  test('of a parser are parsers: text in, values out', () => {
    const stray = SOURCES.filter((path) => /^platform\/\w+\/parse\//.test(path))
      .flatMap(importsOf)
      .filter(
        ({ to, isType }) => !isType && !/^(platform\/\w+\/parse\/|src\/err|node:path$)/.test(to),
      )
    expect(stray).toEqual([])
  })

  test('name only packages that the executable may have in it', () => {
    const packages = SOURCES.flatMap(importsOf)
      .map(({ to }) => to)
      .filter((to) => !/^(src|native|platform)\/|^(node|bun):|^package\.json$/.test(to))
    expect([...new Set(packages)].sort()).toEqual(['bun', 'koffi', 'zod/mini'])
  })

  test('of koffi are for its types: native/koffi.ts loads it', () => {
    const loading = SOURCES.flatMap(importsOf).filter(({ to, isType }) => to === 'koffi' && !isType)
    expect(loading).toEqual([])
  })
})

describe('every source', () => {
  const typescript = FILES.filter((path) => path.endsWith('.ts'))

  test('that asks which system it is on is the entry or the loader', () => {
    const asking = SOURCES.filter((path) => read(path).includes('process.platform'))
    const entitled = ['src/main.ts', 'native/koffi.ts', 'native/addon-path.ts']
    expect(asking.filter((path) => !entitled.includes(path))).toEqual([])
  })

  test(`has at most ${LINES_MAX} lines`, () => {
    const lines = (path: string) => read(path).trimEnd().split('\n').length
    expect(typescript.filter((path) => lines(path) > LINES_MAX)).toEqual([])
  })

  test('starts with its licence', () => {
    const scripts = FILES.filter((path) => /\.(ts|py|sh|c|cpp|h)$/.test(path))
    const LICENCE = /^(#![^\n]*\n)?(\/\/|#|\/\*) SPDX-License-Identifier: Apache-2\.0\b/
    expect(scripts.filter((path) => !LICENCE.test(read(path)))).toEqual([])
  })

  test('exports by name', () => {
    expect(typescript.filter((path) => /^export default\b/m.test(read(path)))).toEqual([])
  })
})

/** This file has in it what it looks for. */
const HERE = 'test/architecture.test.ts'

test('no tracked file names a machine’s directories or a registry', () => {
  const MACHINE =
    /\/work\/|\/tmp\/w\b|(?<!bunfs)\/root\/|\/home\/[a-z]|\/Users\/|registry\.npm|registry\.yarn|npmmirror|localhost:\d|https?:\/\/\d+\.\d+\.\d+\.\d+/
  const isText = (path: string) => !/\.(png|ico|bin|gz|img)$/.test(path)
  // The guest's own directories are named where it is made.
  const isChecked = (path: string) => path !== HERE && !path.startsWith('test/guest/')
  const naming = FILES.filter((path) => isChecked(path) && isText(path)).flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, i) =>
        MACHINE.test(line) ? [`${path}:${i + 1}: ${line.slice(0, 120)}`] : [],
      ),
  )
  expect(naming).toEqual([])
})
