// SPDX-License-Identifier: Apache-2.0
/** The changes to services and the registry that an installation consists of. */
import { processIds } from '../../../native/processes.ts'
import {
  deleteRegistryKey,
  registryKeys,
  registryValue,
  setRegistryValue,
} from '../../../native/registry.ts'
import { createService, redefineService, setManners } from '../../../native/service-setup.ts'
import {
  deleteService,
  queryService,
  SERVICE_AUTO_START,
  type ServiceFacts,
  startService,
  stopService,
} from '../../../native/services.ts'
import { Win32Error } from '../../../native/win32-error.ts'
import type { Step } from '../../../src/admin/administration.ts'
import { OsError } from '../../../src/errors.ts'
import { SERVICE_NAME } from '../service.ts'
import {
  DEPENDENCIES,
  DESCRIPTION,
  DISPLAY_NAME,
  EVENT_SOURCE_KEY,
  EVENT_TYPES_SUPPORTED,
  MESSAGE_FILE,
  RESET_SECONDS,
  RESTARTS_MS,
} from './places.ts'

/** A thaw may be part of the stop. */
const SERVICE_KEY = `SYSTEM\\CurrentControlSet\\Services\\${SERVICE_NAME}`
const WAIT_MS = 120_000
const LOOK_MS = 50
/** ERROR_SERVICE_MARKED_FOR_DELETE */
const MARKED_FOR_DELETE = 1072
const END_MS = 10_000

export function defineService(command: string): Step {
  return {
    says: `make the service ${SERVICE_NAME}: ${command}`,
    isDone: () => {
      const service = queryService(SERVICE_NAME)
      return (
        service?.command === command &&
        service.start === SERVICE_AUTO_START &&
        registryValue(SERVICE_KEY, 'Description') === DESCRIPTION
      )
    },
    run: async () => {
      const definition = {
        name: SERVICE_NAME,
        displayName: DISPLAY_NAME,
        command,
        dependencies: DEPENDENCIES,
      }
      // One that is there is taken over: there is never a second.
      await whenDeleted(() => {
        const define = queryService(SERVICE_NAME) === undefined ? createService : redefineService
        define(definition)
      })
      setManners(SERVICE_NAME, {
        description: DESCRIPTION,
        isDelayed: true,
        restartsMs: RESTARTS_MS,
        resetSeconds: RESET_SECONDS,
      })
    },
  }
}

/** @param isStale what runs is not what is going to be installed */
export function restartService(isStale: boolean): Step {
  return {
    says: `start the service ${SERVICE_NAME}`,
    isDone: () => !isStale && queryService(SERVICE_NAME)?.state === 'running',
    run: async () => {
      await stopped()
      startService(SERVICE_NAME)
      const service = await until((found) => found?.state !== 'starting')
      if (service?.state !== 'running')
        throw new OsError(`The service ${SERVICE_NAME} has ended again: see the Event Log`, 'EIO')
    },
  }
}

export function stopRunningService(): Step {
  return {
    says: `stop the service ${SERVICE_NAME}`,
    isDone: () => (queryService(SERVICE_NAME)?.state ?? 'stopped') === 'stopped',
    run: stopped,
  }
}

export function removeService(): Step {
  return {
    says: `delete the service ${SERVICE_NAME}`,
    isDone: () => queryService(SERVICE_NAME) === undefined,
    run: () => deleteService(SERVICE_NAME),
  }
}

export function putEventSource(): Step {
  return {
    says: `register the source ${SERVICE_NAME} of the Event Log`,
    isDone: hasEventSource,
    run: () => {
      setRegistryValue(EVENT_SOURCE_KEY, 'EventMessageFile', MESSAGE_FILE)
      setRegistryValue(EVENT_SOURCE_KEY, 'TypesSupported', EVENT_TYPES_SUPPORTED)
    },
  }
}

export function removeEventSource(): Step {
  return {
    says: `take the source ${SERVICE_NAME} out of the Event Log`,
    isDone: () => !hasEventSource(),
    run: () => deleteRegistryKey(EVENT_SOURCE_KEY),
  }
}

export function hasEventSource(): boolean {
  const [, parent = '', name = ''] = /^(.*)\\([^\\]+)$/.exec(EVENT_SOURCE_KEY) ?? []
  return registryKeys(parent).includes(name)
}

/** A service that has been deleted is there until everybody has let go of it. */
async function whenDeleted(define: () => void): Promise<void> {
  const deadline = performance.now() + WAIT_MS
  for (;;) {
    try {
      return define()
    } catch (error) {
      const isPending = error instanceof Win32Error && error.number === MARKED_FOR_DELETE
      if (!isPending || performance.now() > deadline) throw error
      await Bun.sleep(LOOK_MS)
    }
  }
}

async function stopped(): Promise<void> {
  // One that is being started or stopped takes no orders.
  const service = await until((found) => found?.state !== 'starting' && found?.state !== 'stopping')
  const pid = service?.pid ?? 0
  stopService(SERVICE_NAME)
  await until((found) => found?.state === 'stopped')
  // It says so a moment before its process ends, and lets go of its files.
  const deadline = performance.now() + END_MS
  while (pid !== 0 && processIds().includes(pid) && performance.now() < deadline) {
    await Bun.sleep(LOOK_MS)
  }
}

/** The manager tells nobody when a service has got there: one has to look. */
async function until(
  isThere: (service: ServiceFacts | undefined) => boolean,
): Promise<ServiceFacts | undefined> {
  const deadline = performance.now() + WAIT_MS
  for (;;) {
    const service = queryService(SERVICE_NAME)
    if (isThere(service)) return service
    if (performance.now() > deadline)
      throw new OsError(`The service ${SERVICE_NAME} is still ${service?.state}`, 'ETIMEDOUT')
    await Bun.sleep(LOOK_MS)
  }
}
