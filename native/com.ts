// SPDX-License-Identifier: Apache-2.0
/** COM: ole32.dll, oleaut32.dll, and the calling of objects through their tables of methods. */
import { type Hresult, hresultError, must, RPC_E_CHANGED_MODE } from './hresult.ts'
import { loadKoffi } from './koffi.ts'
import { library } from './windows-library.ts'

const ole32 = library('ole32.dll')
const oleaut32 = library('oleaut32.dll')

/** A pointer to an object, which counts as one reference. */
export type ComObject = bigint & { readonly brand: 'COM object' }

const COINIT_MULTITHREADED = 0
const RPC_C_AUTHN_LEVEL_PKT_PRIVACY = 6
const RPC_C_IMP_LEVEL_IDENTIFY = 2
const CoInitializeEx = ole32<(reserved: null, model: number) => Hresult>(
  'int32_t __stdcall CoInitializeEx(void *reserved, uint32_t model)',
)
const CoInitializeSecurity = ole32<
  (
    descriptor: null,
    count: number,
    services: null,
    reserved1: null,
    authentication: number,
    impersonation: number,
    list: null,
    capabilities: number,
    reserved3: null,
  ) => Hresult
>(
  'int32_t __stdcall CoInitializeSecurity(void *descriptor, int32_t count, void *services, void *reserved1, uint32_t authentication, uint32_t impersonation, void *list, uint32_t capabilities, void *reserved3)',
)

let isPrepared = false

/**
 * CoInitializeEx, CoInitializeSecurity, for the life of the process: VSS's writers call back under accounts of
 * their own, which the machine's default would not let in. Call early, on the JS thread: once any library has
 * used COM without, it is too late. All threads of the work pool are then in the multithreaded apartment too.
 */
export function prepareCom(): void {
  if (isPrepared) return
  isPrepared = true
  const entered = CoInitializeEx(null, COINIT_MULTITHREADED)
  // Of another kind already: then it is there, which is what counts.
  if (entered < 0 && entered >>> 0 !== RPC_E_CHANGED_MODE) return
  const [level, identify] = [RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_IDENTIFY]
  CoInitializeSecurity(...([null, -1, null, null, level, identify, null, 0, null] as const))
}

/** A GUID that a method takes by value: the compiler's rules for such a struct are koffi's to know. */
export interface GuidValue {
  readonly low: bigint
  readonly high: bigint
}

export function guidValue(bytes: Buffer): GuidValue {
  return { low: bytes.readBigUInt64LE(0), high: bytes.readBigUInt64LE(8) }
}

let isGuidKnown = false

function prototype(text: string) {
  const koffi = loadKoffi()
  if (!isGuidKnown) koffi.struct('GUID', { low: 'uint64_t', high: 'uint64_t' })
  isGuidKnown = true
  return koffi.proto(text)
}

const POINTER_BYTES = 8

/** A method of an interface. */
export interface Method<A extends readonly unknown[]> {
  (object: ComObject, ...args: A): Promise<Hresult>
  /** Its place in the table. */
  readonly slot: number
  /** `IUnknown_Release(void *self)` */
  readonly declaration: string
}

type Callable = {
  async(...args: [...unknown[], (error: unknown, result: Hresult) => void]): void
}

/**
 * A method by its place in the table, called on the work pool: the object may be another process's.
 * @param name with its interface's, for no other prototype may have it
 * @param parameters those after the object
 */
export function method<A extends readonly unknown[]>(
  slot: number,
  name: string,
  ...parameters: string[]
): Method<A> {
  const declaration = `${name}(${['void *self', ...parameters].join(', ')})`
  let type: ReturnType<typeof prototype> | undefined
  const call = (object: ComObject, ...args: A): Promise<Hresult> => {
    const koffi = loadKoffi()
    type ??= prototype(`int32_t __stdcall ${declaration}`)
    const table = koffi.decode(object, 'void *') as bigint
    const entry = koffi.decode(table, slot * POINTER_BYTES, 'void *') as bigint
    const callable = koffi.decode(entry, type) as Callable
    return new Promise((resolve, reject) => {
      callable.async(object, ...args, (failure: unknown, result: Hresult) => {
        // Native code had their addresses: they had to be there until now.
        if (failure !== null || args.length < 0) reject(failure)
        else resolve(result)
      })
    })
  }
  return Object.assign(call, { slot, declaration })
}

const iunknownRelease = method<[]>(2, 'IUnknown_Release')

/** IUnknown::Release */
export async function release(object: ComObject): Promise<void> {
  await iunknownRelease(object)
}

/** What a method gives out as its last argument. */
export type Out<T> = [T | null]

/** Calls what gives out an object. @throws HresultError `action: Windows error …` */
export async function objectFrom(
  action: string,
  call: (out: Out<ComObject>) => Promise<Hresult>,
): Promise<ComObject> {
  const out: Out<ComObject> = [null]
  must(action, await call(out))
  if (out[0] === null) throw hresultError(action, -1)
  return out[0]
}

const SysFreeString = oleaut32<(text: bigint) => void>('void __stdcall SysFreeString(void *text)')

/** The text of a BSTR, which stays its owner's; empty for a null pointer, as COM has it. */
export function textOf(address: bigint | null): string {
  if (address === null || address === 0n) return ''
  return loadKoffi().decode(address, 'char16_t', -1) as string
}

/** The text of a BSTR that was given to us, and frees it. */
export function takeText([address]: Out<bigint>): string {
  const text = textOf(address)
  if (address !== null) SysFreeString(address)
  return text
}
