// SPDX-License-Identifier: Apache-2.0
/**
 * A vssapi.dll for Wine, which has none: put into the prefix of the tests alone. It notes what it is told, fails and
 * dawdles where a test wants it to, and calls our real provider the way that VSS does. It plays VSS's administration
 * and the catalog of COM+ as well.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needs } from './needs.ts'
import type { Scratch } from './program.ts'
import { runWindows, windowsPath } from './wine.ts'

export const hasCompiler = needs('x86_64-w64-mingw32-g++')

const SOURCES = join(import.meta.dir, 'vss-double')
/** Does what the agent and VSS do. */
export const CLIENT = join(SOURCES, 'client/client.cpp')
const LIBRARY = 'C:\\windows\\system32\\vssapi.dll'
/** COMAdminCatalog, VSSCoordinator */
const CLASSES = ['{F618C514-DFB8-11D1-A2CF-00805FC79235}', '{E579AB5F-1CC4-44B4-BED9-DE0991FF0623}']
const COMPILE = '-std=c++17 -O1 -Wall -Werror -static'
const LIBRARIES = '-lole32 -loleaut32 -luuid -ladvapi32'

/** Compiles C++ for Windows. */
export function compileCpp(output: string, sources: readonly string[], ...options: string[]): void {
  const command = ['x86_64-w64-mingw32-g++', ...COMPILE.split(' '), ...options, '-o', output]
  const built = Bun.spawnSync([...command, ...sources, ...LIBRARIES.split(' ')])
  if (!built.success) throw new Error(`Cannot compile ${output}: ${built.stderr}`)
}

/** Runs a Windows program to its end, its output in the file of that name. */
export function runIn(scratch: Scratch, name: string, ...command: string[]) {
  return runWindows(command, scratch.file(name))
}

export class VssDouble {
  readonly #scratch: Scratch

  private constructor(scratch: Scratch) {
    this.#scratch = scratch
  }

  /** Call after startWine. */
  static async install(scratch: Scratch): Promise<VssDouble> {
    const sources = readdirSync(SOURCES).filter((name) => /\.(cpp|def)$/.test(name))
    const paths = sources.map((name) => join(SOURCES, name))
    rmSync(windowsPath('windows/system32/vssapi.dll'), { force: true })
    compileCpp(windowsPath('windows/system32/vssapi.dll'), paths, '-shared')
    mkdirSync(windowsPath('vss-double'), { recursive: true })
    // Wine would take its own, which has nothing but stubs.
    const overrides = 'HKCU\\Software\\Wine\\DllOverrides'
    const native = ['/v', 'vssapi', '/d', 'native', '/f']
    await runIn(scratch, 'reg', 'reg', 'add', overrides, ...native)
    const double = new VssDouble(scratch)
    await double.registerClasses()
    double.plan()
    return double
  }

  /** The catalog of COM+, and VSS's administration. */
  async registerClasses(): Promise<void> {
    for (const id of CLASSES) {
      const key = `HKLM\\Software\\Classes\\CLSID\\${id}\\InprocServer32`
      await runIn(this.#scratch, 'reg', 'reg', 'add', key, '/ve', '/d', LIBRARY, '/f')
      await runIn(
        this.#scratch,
        'reg',
        'reg',
        'add',
        key,
        '/v',
        'ThreadingModel',
        '/d',
        'Both',
        '/f',
      )
    }
  }

  /** Other tests have a Windows without VSS and COM+. */
  async remove(): Promise<void> {
    for (const id of CLASSES) {
      const key = `HKLM\\Software\\Classes\\CLSID\\${id}`
      await runIn(this.#scratch, 'reg', 'reg', 'delete', key, '/f')
    }
  }

  /** What is to go wrong from now on: `fail STEP HRESULT [TIMES]`, `delay STEP MS`, `set NAME NUMBER`; forgets what was noted. */
  plan(...lines: string[]): void {
    // The names of steps are compared; the first line only makes the plan a new one.
    const text = [`plan ${crypto.randomUUID()}`, ...lines, ''].join('\n')
    writeFileSync(windowsPath('vss-double/control'), text)
    writeFileSync(windowsPath('vss-double/log'), '')
  }

  /** What was noted, in its order. */
  get notes(): readonly string[] {
    return readFileSync(windowsPath('vss-double/log'), 'utf8')
      .replaceAll('\r', '')
      .split('\n')
      .slice(0, -1)
  }

  /** Objects that were made and not given back. */
  get leaked(): readonly string[] {
    const counts = new Map<string, number>()
    for (const [, sign, name = ''] of this.notes.flatMap((line) => [
      /^([+-])(\w+)$/.exec(line) ?? [],
    ]))
      if (sign) counts.set(name, (counts.get(name) ?? 0) + (sign === '+' ? 1 : -1))
    return [...counts].filter(([, count]) => count !== 0).map(([name, count]) => `${name} ${count}`)
  }
}
