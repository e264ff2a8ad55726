// SPDX-License-Identifier: Apache-2.0
/** Windows programs under Wine, in a prefix of the checkout that is made once and kept. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { needs } from './needs.ts'

export const hasWine = needs('wine') && needs('x86_64-w64-mingw32-ld')

const CACHE = resolve(import.meta.dir, '../../node_modules/.cache/wine')
const PREFIX = join(CACHE, 'prefix')
const READY = join(CACHE, 'ready')
const RUNTIME = resolve(import.meta.dir, '../../node_modules/@oven/bun-windows-x64/bin/bun.exe')
/** To make a prefix takes some 15 seconds, and longer where others work too. */
export const WINE_START_MS = 180_000

const ENV = {
  PATH: '/usr/bin:/bin',
  LANG: 'C.UTF-8',
  HOME: CACHE,
  XDG_RUNTIME_DIR: CACHE,
  WINEPREFIX: PREFIX,
  WINEDEBUG: '-all',
  // Neither .NET nor a browser engine is asked for, and no menus are made.
  WINEDLLOVERRIDES: 'mscoree=;mshtml=;winemenubuilder.exe=d',
}

/**
 * Bun needs one function of a library that Wine has from version 9 on: ProcessPrng, which is advapi32's old
 * random function by another name.
 */
const SHIM = 'LIBRARY bcryptprimitives.dll\nEXPORTS\n  ProcessPrng = advapi32.SystemFunction036\n'

/** Call once before the first program, and stopWine when all is done. */
export async function startWine(): Promise<void> {
  if (!existsSync(READY)) {
    rmSync(CACHE, { recursive: true, force: true })
    mkdirSync(PREFIX, { recursive: true })
    await finish(['wineboot', '-i'])
    await finish(['wineserver', '-w'])
    // Older ones pass for Windows 7, which Bun does not know.
    await finish(['wine', 'winecfg', '/v', 'win10'])
    await finish(['wineserver', '-w'])
    makeShim()
    writeFileSync(READY, '')
  }
  // It stays between programs: to start it takes longer than they do.
  await finish(['wineserver', '-p'])
}

export async function stopWine(): Promise<void> {
  await finish(['wineserver', '-k'])
}

function makeShim(): void {
  const [source, object] = [join(CACHE, 'shim.def'), join(CACHE, 'shim.o')]
  writeFileSync(source, SHIM)
  const library = windowsPath('windows/system32/bcryptprimitives.dll')
  if (existsSync(library)) return
  const assemble = Bun.spawnSync(['x86_64-w64-mingw32-as', '-o', object, '/dev/null'])
  const link = ['-shared', '-s', '-e', '0', '-o', library, source, object]
  const { success, stderr } = Bun.spawnSync(['x86_64-w64-mingw32-ld', ...link])
  if (!assemble.success || !success) throw new Error(`Cannot make ${library}: ${stderr}`)
}

/** Where Linux sees what is on drive C. */
export function windowsPath(path: string): string {
  return join(PREFIX, 'drive_c', path)
}

/** How a Windows program names a file of Linux. */
export function driveZ(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`
}

/** Where a program of Linux puts a link to a terminal that Windows programs open as `\\.\NAME`. */
export function devicePath(name: string): string {
  return join(PREFIX, 'dosdevices', name.toLowerCase().replaceAll('\\', '/'))
}

/** Who the programs run as. */
export function windowsUser(): string {
  const [user = ''] = readdirSync(windowsPath('users')).filter((name) => name !== 'Public')
  return user
}

/** The temporary directory of the programs' user. */
export function windowsTemp(): string {
  return windowsPath(`users/${windowsUser()}/Temp`)
}

/** A Windows program that runs beside the test. */
export class WindowsProgram {
  readonly #process: Bun.Subprocess
  readonly #output: string

  /**
   * @param output the file for all that it prints. A pipe would stay open after its end: Wine's own services
   * inherit what the program has that first needs them.
   */
  constructor(command: readonly string[], output: string) {
    this.#output = output
    writeFileSync(output, '')
    const file = openSync(output, 'a')
    this.#process = Bun.spawn(['wine', ...command], {
      cwd: CACHE,
      env: ENV,
      stdio: ['ignore', file, file],
    })
    closeSync(file)
  }

  /** What it printed so far, with Linux's line ends. */
  get output(): string {
    return readFileSync(this.#output, 'utf8').replaceAll('\r\n', '\n')
  }

  get exited(): Promise<number> {
    return this.#process.exited
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }
}

/** The command that has a script run by Bun for Windows. */
export function windowsScript(script: string, ...args: readonly string[]): readonly string[] {
  return [RUNTIME, 'run', driveZ(script), ...args]
}

async function finish(command: readonly string[]): Promise<void> {
  const process = Bun.spawn([...command], {
    cwd: CACHE,
    env: ENV,
    stdio: ['ignore', 'ignore', 'ignore'],
    timeout: WINE_START_MS,
  })
  if ((await process.exited) !== 0 && command[1] !== '-k') {
    throw new Error(`Cannot go on: ${command.join(' ')} failed`)
  }
}
