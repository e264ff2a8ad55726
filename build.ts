// SPDX-License-Identifier: Apache-2.0
/** Compiles the executable: the program, its runtime and koffi's addon in one file that reads nothing it was not told to. */
import { existsSync } from 'node:fs'
import type { BunPlugin } from 'bun'

interface Target {
  readonly name: string
  readonly bun: Bun.Build.CompileTarget
  /** koffi's addon, below node_modules/@koromix. */
  readonly addon: string
}

const LINUX_X64: Target = {
  name: 'qga-linux-x64',
  bun: 'bun-linux-x64',
  addon: 'koffi-linux-x64/linux_x64/koffi.node',
}

/** Puts a module that embeds the target's addon in the place of the one that finds it on disk. */
function embedKoffi(addon: string): BunPlugin {
  const path = `${import.meta.dir}/node_modules/@koromix/${addon}`
  if (!existsSync(path)) throw new Error(`Cannot find ${path}: run bun install`)
  return {
    name: 'embed-koffi',
    setup(build) {
      build.onLoad({ filter: /\/native\/addon-path\.ts$/ }, () => ({
        contents: `import path from ${JSON.stringify(path)} with { type: 'file' }\nexport const addonPath = path`,
        loader: 'ts',
      }))
    },
  }
}

async function compile(target: Target): Promise<void> {
  const outfile = `${import.meta.dir}/dist/${target.name}`
  const result = await Bun.build({
    entrypoints: [`${import.meta.dir}/src/main.ts`],
    format: 'esm',
    bytecode: true,
    minify: { syntax: true, whitespace: true },
    plugins: [embedKoffi(target.addon)],
    compile: {
      target: target.bun,
      outfile,
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

await compile(LINUX_X64)
