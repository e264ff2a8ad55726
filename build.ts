// SPDX-License-Identifier: Apache-2.0
/**
 * Compiles the executables: the program, a runtime and koffi's addon in one file that reads nothing it was not told to.
 * Without arguments the one for Linux x86-64; --all makes every target, and dist/SHA256SUMS for `sha256sum -c`.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import type { BunPlugin } from 'bun'
import { compileProvider } from './native/vss-provider/compile.ts'
import { PROTOCOL_VERSION } from './src/version.ts'

const DIST = `${import.meta.dir}/dist`
const SUMS = `${DIST}/SHA256SUMS`

interface Target {
  readonly name: string
  readonly platform: 'linux' | 'win32'
  readonly bun: Bun.Build.CompileTarget
  /** Bun itself, below node_modules/@oven. */
  readonly runtime: string
  /** koffi's addon, below node_modules/@koromix. */
  readonly addon: string
}

const LINUX_X64: Target = {
  name: 'qga-linux-x64',
  platform: 'linux',
  bun: 'bun-linux-x64',
  runtime: 'bun-linux-x64/bin/bun',
  addon: 'koffi-linux-x64/linux_x64/koffi.node',
}

const TARGETS: readonly Target[] = [
  LINUX_X64,
  {
    name: 'qga-linux-arm64',
    platform: 'linux',
    bun: 'bun-linux-arm64',
    runtime: 'bun-linux-aarch64/bin/bun',
    addon: 'koffi-linux-arm64/linux_arm64/koffi.node',
  },
  {
    name: 'qga-linux-x64-musl',
    platform: 'linux',
    bun: 'bun-linux-x64-musl',
    runtime: 'bun-linux-x64-musl/bin/bun',
    addon: 'koffi-linux-x64/musl_x64/koffi.node',
  },
  {
    name: 'qga-windows-x64.exe',
    platform: 'win32',
    bun: 'bun-windows-x64',
    runtime: 'bun-windows-x64/bin/bun.exe',
    addon: 'koffi-win32-x64/win32_x64/koffi.node',
  },
]

/** What fetches the runtimes and addons of other systems, as bun.lock has them; this one's are there already. */
const FETCH = 'install --frozen-lockfile --silent --production'
const SYSTEMS = '--os=linux --os=win32 --cpu=x64 --cpu=arm64 --libc=glibc --libc=musl'

function fetchForeign(): void {
  const command = [process.execPath, ...FETCH.split(' '), ...SYSTEMS.split(' ')]
  const { success } = Bun.spawnSync(command, {
    cwd: import.meta.dir,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (!success) throw new Error(`Cannot fetch the targets: ${command.join(' ')} failed`)
}

/** The path of what a pinned package holds. */
function packaged(scope: '@oven' | '@koromix', file: string): string {
  const path = `${import.meta.dir}/node_modules/${scope}/${file}`
  if (!existsSync(path)) throw new Error(`Cannot find ${path}: run bun install`)
  return path
}

/** Puts modules that embed the target's libraries in the places of those that find them on disk. */
function embedLibraries({ addon, platform }: Target): BunPlugin {
  const embed = (name: string, path: string) => ({
    contents: `import path from ${JSON.stringify(path)} with { type: 'file' }\nexport const ${name} = path`,
    loader: 'ts' as const,
  })
  return {
    name: 'embed-libraries',
    setup(build) {
      const koffi = packaged('@koromix', addon)
      build.onLoad({ filter: /\/native\/addon-path\.ts$/ }, () => embed('addonPath', koffi))
      // The others have no use for it, and are built where it is not compiled.
      if (platform !== 'win32') return
      build.onLoad({ filter: /\/native\/provider-path\.ts$/ }, () =>
        embed('providerPath', PROVIDER),
      )
    },
  }
}

/** What Windows loads into a process of its own: the one part that is not TypeScript. */
const PROVIDER = `${DIST}/qga-vss.dll`

async function compile(target: Target): Promise<void> {
  const result = await Bun.build({
    entrypoints: [`${import.meta.dir}/src/main.ts`],
    format: 'esm',
    bytecode: true,
    minify: { syntax: true, whitespace: true },
    // Each executable has the code of its own system in it.
    define: { 'process.platform': JSON.stringify(target.platform) },
    plugins: [embedLibraries(target)],
    compile: {
      target: target.bun,
      executablePath: packaged('@oven', target.runtime),
      outfile: `${DIST}/${target.name}`,
      // Code that runs once, at the start, is not worth compiling; serve.ts ends this policy.
      jitPolicy: 1000,
      // Files of the directory the agent happens to start in must not configure it.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  })
  if (!result.success) throw new AggregateError(result.logs, `Cannot build ${target.name}`)
  console.log(`dist/${target.name}`)
}

/** In the form of sha256sum(1). */
function sumOf({ name }: Target): string {
  const bytes = readFileSync(`${DIST}/${name}`)
  return `${new Bun.CryptoHasher('sha256').update(bytes).digest('hex')}  ${name}\n`
}

// What this Bun bundles and compiles is for the pinned runtimes, byte for byte.
const { version } = await Bun.file(packaged('@oven', 'bun-linux-x64/package.json')).json()
if (Bun.version !== version)
  throw new Error(`Cannot build with Bun ${Bun.version}: it takes ${version}`)

const isAll = process.argv.includes('--all')
if (isAll) fetchForeign()
const targets = isAll ? TARGETS : [LINUX_X64]
if (isAll) compileProvider({ output: PROVIDER, version: PROTOCOL_VERSION })
for (const target of targets) await compile(target)
if (isAll) await Bun.write(SUMS, targets.map(sumOf).join(''))
// Of other sources than this one, the rest is out of date.
else if (existsSync(SUMS) && !readFileSync(SUMS, 'utf8').includes(sumOf(LINUX_X64))) rmSync(SUMS)
