// SPDX-License-Identifier: Apache-2.0
/** The changes to services and the registry that an installation consists of. */
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
  type ServiceState,
  startService,
  stopService,
} from '../../../native/services.ts'
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
    run: () => {
      const definition = {
        name: SERVICE_NAME,
        displayName: DISPLAY_NAME,
        command,
        dependencies: DEPENDENCIES,
      }
      // One that is there is taken over: there is never a second.
      const define = queryService(SERVICE_NAME) === undefined ? createService : redefineService
      define(definition)
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
      await reached('running')
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

async function stopped(): Promise<void> {
  stopService(SERVICE_NAME)
  await reached('stopped')
}

/** The manager tells nobody when a service has got there: one has to look. */
async function reached(state: ServiceState): Promise<void> {
  const deadline = performance.now() + WAIT_MS
  for (;;) {
    const service = queryService(SERVICE_NAME)
    if (service?.state === state) return
    if (state === 'running' && service?.state === 'stopped')
      throw new OsError(`The service ${SERVICE_NAME} has ended again: see the Event Log`, 'EIO')
    if (performance.now() > deadline)
      throw new OsError(`The service ${SERVICE_NAME} is still ${service?.state}`, 'ETIMEDOUT')
    await Bun.sleep(LOOK_MS)
  }
}
