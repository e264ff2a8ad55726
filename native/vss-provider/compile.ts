// SPDX-License-Identifier: Apache-2.0
/** Compiles the VSS provider: no path, no date and nothing random goes into it, so that any checkout gives the same bytes. */
import { mkdirSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'

const COMPILER = 'x86_64-w64-mingw32-g++'
const COMPILE =
  '-std=c++17 -O2 -Wall -Wextra -Werror -DUNICODE -DWIN32_LEAN_AND_MEAN -fno-exceptions -fno-rtti'
// The linker's own base address would be made of the library's path.
const LINK = '-shared -static -s -Wl,--no-insert-timestamp,--image-base,0x180000000'
const LIBRARIES = '-lole32 -loleaut32 -luuid -ladvapi32'

export interface Compilation {
  /** The path of the library. */
  readonly output: string
  /** What VSS is told. */
  readonly version: string
  readonly sources?: string
  readonly options?: readonly string[]
}

export function compileProvider(compilation: Compilation): void {
  const { output, version, sources = import.meta.dir, options = [] } = compilation
  if (Bun.which(COMPILER) === null)
    throw new Error(`Cannot build ${output}: ${COMPILER} is missing (g++-mingw-w64-x86-64)`)
  mkdirSync(dirname(output), { recursive: true })
  const files = readdirSync(sources).filter((name) => /\.(cpp|def)$/.test(name))
  const command = [
    ...[COMPILER, ...COMPILE.split(' '), `-DPROVIDER_VERSION=L"${version}"`, ...options],
    ...[...LINK.split(' '), '-o', output, ...files.sort(), ...LIBRARIES.split(' ')],
  ]
  const { success, stderr } = Bun.spawnSync(command, { cwd: sources })
  if (!success) throw new Error(`Cannot build ${output}: ${stderr}`)
}
