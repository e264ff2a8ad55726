// SPDX-License-Identifier: Apache-2.0
/** What the agent makes of freezes: how they end, are tried again, and are told of. VSS is played; the built executable's tests have more of it. */
import { describe, expect, test } from 'bun:test'
import { HresultError } from '../../../native/hresult.ts'
import { createFreezeHandlers } from '../../../platform/windows/fsfreeze.ts'
import { registrationProblems } from '../../../platform/windows/vss-registration.ts'
import { chooseVolumes } from '../../../platform/windows/vss-volumes.ts'
import { builtInSettings, Config } from '../../../src/config.ts'
import { until } from '../../harness/program.ts'

const failed = (action: string, code: number) => new HresultError(action, [code], undefined)
const IN_PROGRESS = 0x80042316

/** A snapshot set that does as it is told. */
function createSet() {
  const done: string[] = []
  const set = {
    count: 2,
    heldMs: 0,
    isFrozen: true,
    failThaw: undefined as Error | undefined,
    failFreeze: undefined as Error | undefined,
    done,
    freeze: async () => {
      done.push('freeze')
      if (set.failFreeze !== undefined) throw set.failFreeze
    },
    isHeld: async () => set.isFrozen,
    thaw: async () => {
      done.push('thaw')
      if (set.failThaw !== undefined) throw set.failThaw
    },
    abort: async () => {
      done.push('abort')
      return ['writer "W" failed']
    },
    failedWriters: async () => [],
    closeSignals: () => {},
    close: async () => void done.push('close'),
  }
  return set
}

type Set_ = ReturnType<typeof createSet>

function createGuest(prepare: () => Set_ | undefined) {
  const last: (() => Promise<void>)[] = []
  const frozen = {
    isFrozen: false,
    markerPath: '',
    enter: async () => {
      frozen.isFrozen = true
    },
    leave: () => {
      frozen.isFrozen = false
    },
  }
  const defaults = { method: 'virtio-serial', pidfile: 'p', statedir: 's' }
  const config = Config.parse(builtInSettings({ ...defaults } as never))
  const parts = { config, frozen, account: () => {}, log: { write: () => {} } }
  const handlers = createFreezeHandlers(
    { ...parts, beforeExit: (step) => void last.push(step) },
    async () => prepare(),
  )
  return {
    freeze: () => handlers['guest-fsfreeze-freeze']({} as never) as Promise<number>,
    thaw: () => handlers['guest-fsfreeze-thaw']({} as never) as Promise<number>,
    status: () => handlers['guest-fsfreeze-status']({} as never),
    exit: async () => {
      for (const step of last) await step()
    },
  }
}

describe('a freeze', () => {
  test('of nothing is none', async () => {
    const guest = createGuest(() => undefined)
    expect(await guest.freeze()).toBe(0)
    expect(guest.status()).toBe('thawed')
    expect(await guest.thaw()).toBe(0)
  })

  test('lasts until the thaw', async () => {
    const set = createSet()
    const guest = createGuest(() => set)
    expect(await guest.freeze()).toBe(2)
    expect(guest.status()).toBe('frozen')
    expect(await guest.thaw()).toBe(2)
    expect(guest.status()).toBe('thawed')
    await until('it is given back', () => set.done.join() === 'freeze,thaw,close')
  })

  test('that fails leaves the guest thawed', async () => {
    const set = createSet()
    set.failFreeze = failed('failed', 0x80042302)
    const guest = createGuest(() => set)
    expect(guest.freeze()).rejects.toThrow('VSS_E_UNEXPECTED; writer "W" failed')
    await until('it is given back', () => set.done.join() === 'freeze,abort,close')
    expect(guest.status()).toBe('thawed')
  })

  test('that fails by what passes is tried again, with a set of its own', async () => {
    const sets: Set_[] = []
    const guest = createGuest(() => {
      const set = createSet()
      if (sets.length === 0) set.failFreeze = failed('failed', IN_PROGRESS)
      sets.push(set)
      return set
    })
    expect(await guest.freeze()).toBe(2)
    expect(sets.map(({ done }) => done.join())).toEqual(['freeze,abort,close', 'freeze'])
    await guest.thaw()
  })

  test('that ends by itself is told by the next thaw, once', async () => {
    const set = createSet()
    const guest = createGuest(() => set)
    await guest.freeze()
    set.isFrozen = false
    await until('it is noticed', () => guest.status() === 'thawed')
    expect(guest.thaw()).rejects.toThrow("couldn't hold writes")
    expect(await guest.thaw()).toBe(0)
  })

  test('that is ten seconds old is over, whatever VSS says', async () => {
    const set = createSet()
    const guest = createGuest(() => set)
    await guest.freeze()
    set.heldMs = 10_000
    await until('it is noticed', () => guest.status() === 'thawed')
    expect(set.done).toContain('thaw')
  })

  test('ends before the agent does', async () => {
    const set = createSet()
    const guest = createGuest(() => set)
    await guest.freeze()
    await guest.exit()
    expect(guest.status()).toBe('thawed')
  })
})

describe('chooseVolumes()', () => {
  const machine = {
    volumeNames: async () => ['c', 'cd', 'efi'],
    volumePaths: async (name: string) =>
      Buffer.from(name === 'efi' ? '\0\0' : `${name.toUpperCase()}:\\\0\0`, 'utf16le'),
    driveType: async (name: string) => (name === 'cd' ? 5 : 3),
    volumeAt: async (place: string) => (place === 'C:\\' || place === 'c:\\' ? 'c' : undefined),
  }

  test('takes all fixed volumes, those without a place too', async () => {
    expect(await chooseVolumes(undefined, machine)).toEqual([
      { volume: 'c', called: 'C:\\', isNamed: false },
      { volume: 'efi', called: 'efi', isNamed: false },
    ])
  })

  test('takes named ones once, and passes over what is none', async () => {
    const chosen = await chooseVolumes(['C:', 'nowhere', 'c:\\'], machine)
    expect(chosen.map(({ volume, isNamed }) => [volume, isNamed])).toEqual([['c', true]])
  })
})

describe('registrationProblems()', () => {
  const id = '{3629D4ED-EE09-4E0E-9A5C-6D8BA2872AEF}'
  const classId = '{6E6A3492-8D4D-440C-9619-5E5D0CC31CA8}'
  const provider = `SYSTEM\\CurrentControlSet\\Services\\VSS\\Providers\\${id}\\CLSID`
  const library = `SOFTWARE\\Classes\\CLSID\\${classId}\\InprocServer32`
  const service = 'SYSTEM\\CurrentControlSet\\Services\\QEMU Guest Agent VSS Provider'
  const good = new Map([
    [provider, classId.toLowerCase()],
    [library, 'C:\\qga-vss.dll'],
    [service, 'dllhost.exe'],
  ])
  const problems = (keys: ReadonlyMap<string, string>, isThere = true) =>
    registrationProblems({ text: (path) => keys.get(path), exists: () => isThere })

  test('has none to tell when all is there', () => expect(problems(good)).toEqual([]))

  test.each([
    [provider, `the VSS provider ${id} is not registered`],
    [library, `the COM class ${classId} is not registered`],
    [service, 'the service "QEMU Guest Agent VSS Provider" is missing'],
  ])('tells that %s is missing', (key, said) => {
    const keys = new Map([...good].filter(([each]) => each !== key))
    expect(problems(keys)).toEqual([said, '"qga -s vss-install" registers it'])
  })

  test('tells of a library that is missing, and of another class', () => {
    const keys = new Map([...good, [provider, '{0}']])
    expect(problems(keys, false)).toEqual([
      `the VSS provider ${id} is registered with the class {0}`,
      'the library C:\\qga-vss.dll is missing',
      '"qga -s vss-install" registers it',
    ])
  })
})
