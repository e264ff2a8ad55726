// SPDX-License-Identifier: Apache-2.0
/** `qga install` and `qga uninstall` on Windows: what stands in the way, and what is to be done. */
import * as fs from 'node:fs'
import { addonBytes } from '../../../native/koffi.ts'
import { registryKeys, registryValue } from '../../../native/registry.ts'
import { canCreateServices } from '../../../native/services.ts'
import type { Carried, InstallOptions, Plan, Setup } from '../../../src/admin/administration.ts'
import { Unsupported } from '../../../src/errors.ts'
import { strangersOf } from '../ownership.ts'
import { otherAgents } from '../port-holders.ts'
import { SERVICE_NAME } from '../service.ts'
import { DIRECTORY, EXECUTABLE, LIBRARY, PRODUCT, PRODUCT_KEYS } from './places.ts'
import { registerStep, unregisterStep } from './provider-steps.ts'
import { installedService, serviceCommand } from './service-settings.ts'
import {
  defineService,
  putEventSource,
  removeEventSource,
  removeService,
  restartService,
  stopRunningService,
} from './service-steps.ts'
import { makeClosedDirectory, putFile, removeDirectory, removeFile, removeOlder } from './steps.ts'

/** @param stateDirectory where the configuration is as well */
export function createSetup(stateDirectory: string): Setup {
  return {
    managers: ['scm'],
    takesOptions: true,
    obstacles: (root) => obstacles(root, stateDirectory),
    earlierSettings,
    serviceOptions: () => {
      const service = installedService()
      return {
        path: `the service ${SERVICE_NAME}`,
        args: service?.isOurs === true ? service.args : [],
      }
    },
    install: (options) => install(options, stateDirectory),
    uninstall,
  }
}

function obstacles(root: string, stateDirectory: string): readonly string[] {
  if (root !== '') return ['--root: a Windows that does not run cannot be given a service']
  if (!canCreateServices()) return ['only an administrator can install: start this as one']
  return [...products(), ...rivals(), ...planted(stateDirectory)]
}

/** When Windows Installer removes its package, it removes the service of that name, whosever it is. */
function products(): readonly string[] {
  return PRODUCT_KEYS.flatMap((path) =>
    registryKeys(path).flatMap((id) => {
      const name = registryValue(`${path}\\${id}`, 'DisplayName') ?? ''
      const version = registryValue(`${path}\\${id}`, 'DisplayVersion') ?? ''
      return PRODUCT.test(name)
        ? [
            `the package "${name}" ${version} is installed: remove it first, with "msiexec /x ${id}"`,
          ]
        : []
    }),
  )
}

/** Two agents on one port: the second gets none. That of the service stops when ours takes its place. */
function rivals(): readonly string[] {
  const served = installedService()?.pid
  return otherAgents()
    .filter(
      ({ pid, program }) => pid !== served && program.toLowerCase() !== EXECUTABLE.toLowerCase(),
    )
    .filter(({ program }) => program.toLowerCase() !== process.execPath.toLowerCase())
    .map(({ pid, program }) => `process ${pid} (${program}) is another agent: end it first`)
}

/** Before the directory was closed, everybody could lay a configuration there. */
function planted(directory: string): readonly string[] {
  if (!fs.existsSync(directory)) return []
  return fs
    .readdirSync(directory)
    .map((name) => `${directory}\\${name}`)
    .flatMap((path) => {
      const others = strangersOf(path)
      return others.length === 0
        ? []
        : [
            `${path} can be changed by ${others.join(', ')}: look at it, and delete it or close it to them`,
          ]
    })
}

/** A service of that name that somebody has made by hand, as with the C agent's `-s install`. */
function earlierSettings(): readonly Carried[] {
  const service = installedService()
  if (service === undefined || service.isOurs) return []
  return [{ source: `the service ${SERVICE_NAME} (${service.program})`, args: service.args }]
}

function install(options: InstallOptions, stateDirectory: string): Plan {
  const { carried, given, config } = options
  if (options.isReadOnly || options.onlySettings)
    throw new Unsupported(
      '--read-only and --settings are for Linux; on Windows give the options of the service after --',
    )
  const service = installedService()
  const kept = service?.isOurs === true ? service.args : carried
  const command = serviceCommand(given.length > 0 ? given : kept)
  const steps = [
    makeClosedDirectory(DIRECTORY),
    putFile('copy this program', EXECUTABLE, () => fs.readFileSync(process.execPath)),
    putFile('write its library', LIBRARY, addonBytes),
    makeClosedDirectory(stateDirectory),
    ...(config ? [putFile('write the profile', config.path, () => Buffer.from(config.text))] : []),
    putEventSource(),
    defineService(command),
  ]
  const isStale = steps.some((step) => !step.isDone())
  return {
    steps: [...steps, restartService(isStale), registerStep()],
    afterwards: [],
    notes:
      service === undefined || service.isOurs
        ? []
        : [
            `the service ${SERVICE_NAME} ran ${service.program}, which stays, and is not started any more`,
          ],
  }
}

function uninstall(_root: string, config: string | undefined): Plan {
  const service = installedService()
  if (service !== undefined && !service.isOurs) {
    const note = `the service ${SERVICE_NAME} runs ${service.program}, which is not ours: it stays`
    return { steps: [], afterwards: [], notes: [note] }
  }
  return {
    steps: [
      stopRunningService(),
      removeService(),
      removeEventSource(),
      unregisterStep(),
      removeFile(LIBRARY),
      removeFile(EXECUTABLE),
      ...(config === undefined ? [] : [removeFile(config)]),
      removeOlder(DIRECTORY),
      removeDirectory(DIRECTORY),
    ],
    afterwards: [],
    notes: [],
  }
}
