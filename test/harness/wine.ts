// SPDX-License-Identifier: Apache-2.0
/**
 * Windows programs under Wine 10, in a system and a prefix of the checkout that are made once and kept. Wine
 * takes this system's devices and processes for its own; the mounts that it needs nobody else sees.
 */
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
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { needs } from './needs.ts'

export const hasWine =
  needs('root') && needs('debootstrap') && needs('unshare') && needs('x86_64-w64-mingw32-gcc')

const CHECKOUT = resolve(import.meta.dir, '../..')
const BED = join(CHECKOUT, 'node_modules/.cache/wine-bed')
const MAKE_BED = join(import.meta.dir, 'wine-bed.sh')
const ENTER_BED = join(import.meta.dir, 'in-wine-bed.sh')
const CACHE = join(CHECKOUT, 'node_modules/.cache/wine-10')
const PREFIX = join(CACHE, 'prefix')
const READY = join(CACHE, 'ready')
const RUNTIME = join(CHECKOUT, 'node_modules/@oven/bun-windows-x64/bin/bun.exe')
/** To make the bed takes a minute or two, a prefix some seconds, and longer where others work too. */
export const WINE_START_MS = 900_000

const ENV = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  HOME: CACHE,
  XDG_RUNTIME_DIR: CACHE,
  WINEPREFIX: PREFIX,
  WINEDEBUG: '-all',
  // Neither .NET nor a browser engine is asked for, and no menus are made.
  WINEDLLOVERRIDES: 'mscoree=;mshtml=;winemenubuilder.exe=d',
}

/** Call once before the first program, and stopWine when all is done. */
export async function startWine(): Promise<void> {
  await finish(['sh', MAKE_BED, BED])
  if (!existsSync(READY)) {
    rmSync(CACHE, { recursive: true, force: true })
    mkdirSync(PREFIX, { recursive: true })
    await finish(inBed('wineboot', '-i'))
    await finish(inBed('wineserver', '-w'))
    writeFileSync(READY, '')
  }
  // One may be left of a run that was ended.
  await stopWine()
  // It stays between programs: to start it takes longer than they do.
  await finish(inBed('wineserver', '-p'))
}

export async function stopWine(): Promise<void> {
  await finish(inBed('wineserver', '-k'))
}

/** The command that runs another one where Wine is. It keeps its process id. */
function inBed(...command: string[]): readonly string[] {
  return ['unshare', '--mount', 'sh', ENTER_BED, BED, CHECKOUT, tmpdir(), ...command]
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
  return windowsPath(`users/${windowsUser()}/AppData/Local/Temp`)
}

/** A Windows program that runs beside the test. */
export class WindowsProgram {
  readonly #process: Bun.Subprocess
  readonly #output: string

  /**
   * @param output the file for all that it prints. A pipe would stay open after its end: Wine's own services
   * inherit what the program has that first needs them.
   * @param debug the channels of Wine's own messages, which are printed too
   */
  constructor(command: readonly string[], output: string, debug = ENV.WINEDEBUG) {
    this.#output = output
    writeFileSync(output, '')
    const file = openSync(output, 'a')
    this.#process = Bun.spawn([...inBed('wine', ...command)], {
      cwd: CACHE,
      env: { ...ENV, WINEDEBUG: debug },
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

/** Runs a Windows program to its end. @param output the file for what it prints */
export async function runWindows(
  command: readonly string[],
  output: string,
): Promise<{ readonly exitCode: number; readonly output: string }> {
  const program = new WindowsProgram(command, output)
  const exitCode = await program.exited
  return { exitCode, output: program.output }
}

/** The command that has a script run by Bun for Windows. */
export function windowsScript(script: string, ...args: readonly string[]): readonly string[] {
  return [RUNTIME, 'run', driveZ(script), ...args]
}

/** The command that has tests run by Bun for Windows. */
export function windowsTests(...paths: readonly string[]): readonly string[] {
  return [RUNTIME, 'test', '--timeout', '60000', ...paths]
}

async function finish(command: readonly string[]): Promise<void> {
  const process = Bun.spawn([...command], {
    cwd: CHECKOUT,
    env: ENV,
    stdio: ['ignore', 'ignore', 'ignore'],
    timeout: WINE_START_MS,
  })
  if ((await process.exited) !== 0 && command.at(-1) !== '-k') {
    throw new Error(`Cannot go on: ${command.join(' ')} failed`)
  }
}
