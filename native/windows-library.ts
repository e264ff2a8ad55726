// SPDX-License-Identifier: Apache-2.0
/**
 * Functions of Windows' own libraries, bound when first called. Each library is loaded by its full path:
 * a name alone is looked for beside the executable first, where somebody may have laid another one.
 */
import { type Koffi, loadKoffi } from './koffi.ts'

const MAX_PATH = 260

/** What a call on the work pool came to; `error` is GetLastError's, of a call that has failed. */
export interface Outcome<R> {
  readonly result: R
  readonly error: number
}

/** A function of a library. */
export interface Bound<A extends readonly unknown[], R> {
  /** At once, on this thread: for what cannot wait. */
  (...args: A): R
  /** On the work pool. */
  later(...args: A): Promise<Outcome<R>>
  /** Whether this system's library has it. */
  exists(): boolean
}

type Function<A extends readonly unknown[], R> = ((...args: A) => R) & {
  async(...args: [...A, (error: unknown, result: R) => void]): void
}

let kernel32: ReturnType<Koffi['load']> | undefined
let getLastError: (() => number) | undefined
let directory: string | undefined

/** Is in every process from its start, so that its name is enough. */
function loadKernel32(): ReturnType<Koffi['load']> {
  kernel32 ??= loadKoffi().load('kernel32.dll')
  return kernel32
}

/** GetLastError: of the call just made on this thread, or of the one whose result has just come; nothing may be between. */
export function lastError(): number {
  getLastError ??= loadKernel32().func('uint32_t __stdcall GetLastError()') as () => number
  return getLastError()
}

/** GetSystemDirectoryW: `C:\Windows\System32` */
export function systemDirectory(): string {
  if (directory === undefined) {
    const get = loadKernel32().func(
      'uint32_t __stdcall GetSystemDirectoryW(void *text, uint32_t characters)',
    ) as (text: Buffer, characters: number) => number
    const text = Buffer.alloc(2 * MAX_PATH)
    directory = text.toString('utf16le', 0, 2 * get(text, MAX_PATH))
  }
  return directory
}

/** @param path the full path of a library of our own; to be unloaded after its use */
export function libraryAt(path: string): ReturnType<Koffi['load']> {
  return loadKoffi().load(path)
}

/** @param name of a library in the system directory */
export function library(name: string) {
  let loaded: ReturnType<Koffi['load']> | undefined
  const load = () => {
    loaded ??=
      name === 'kernel32.dll' ? loadKernel32() : loadKoffi().load(`${systemDirectory()}\\${name}`)
    return loaded
  }
  return <F extends (...args: never[]) => unknown>(prototype: string) =>
    bound<Parameters<F>, ReturnType<F>>(
      () => load().func(prototype) as unknown as Function<never, never>,
    )
}

function bound<A extends readonly unknown[], R>(find: () => Function<never, never>): Bound<A, R> {
  let found: Function<A, R> | undefined
  const get = () => {
    found ??= find() as unknown as Function<A, R>
    return found
  }
  const call = (...args: A): R => get()(...args)
  return Object.assign(call, {
    later: (...args: A) =>
      new Promise<Outcome<R>>((resolve, reject) => {
        get().async(...args, (failure, result) => {
          const error = lastError()
          // Native code had their addresses: they had to be there until now.
          if (failure !== null || args.length < 0) reject(failure)
          else resolve({ result, error })
        })
      }),
    exists: () => {
      try {
        get()
        return true
      } catch {
        return false
      }
    },
  })
}
