// SPDX-License-Identifier: Apache-2.0

/** Compiles listener.ts as build.ts does the agent. */
export async function buildListener(outfile: string): Promise<void> {
  const result = await Bun.build({
    entrypoints: [`${import.meta.dir}/listener.ts`],
    format: 'esm',
    bytecode: true,
    minify: { syntax: true, whitespace: true },
    compile: {
      outfile,
      jitPolicy: 1000,
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  })
  if (!result.success) throw new AggregateError(result.logs, 'Cannot build the listener')
}
