// SPDX-License-Identifier: Apache-2.0
/** What `qga doctor` looks at on Windows. It changes nothing; it opens the port for a moment when nobody has it. */
import * as fs from 'node:fs'
import { canCreateServices, SERVICE_AUTO_START } from '../../../native/services.ts'
import type { Examination, Finding } from '../../../src/admin/administration.ts'
import type { Config } from '../../../src/config.ts'
import { AgentError, messages } from '../../../src/errors.ts'
import { openDevice } from '../channel.ts'
import { DIRECTORY, LIBRARY } from '../install/places.ts'
import { installedService } from '../install/service-settings.ts'
import { hasEventSource } from '../install/service-steps.ts'
import { strangersOf } from '../ownership.ts'
import { isOurs, otherAgents } from '../port-holders.ts'
import { SERVICE_NAME } from '../service.ts'
import { registeredLibrary, registrationProblems } from '../vss-registration.ts'
import { freezePlan } from './freeze-plan.ts'

export function createExamination(
  stateDirectory: string,
): (config: Config | undefined) => Promise<Examination> {
  return async (config) => ({
    findings: [
      privileges(),
      ...(config === undefined ? [] : await channel(config)),
      service(),
      eventLog(),
      freezing(),
      ...[stateDirectory, `${stateDirectory}\\qemu-ga.conf`, DIRECTORY, LIBRARY].flatMap(closed),
    ],
    freeze: await freezePlan(),
  })
}

function privileges(): Finding {
  const about = 'privileges'
  return canCreateServices()
    ? { about, level: 'ok', text: 'administrator' }
    : { about, level: 'missing', text: 'not an administrator: run this, and the agent, as one' }
}

async function channel(config: Config): Promise<readonly Finding[]> {
  const about = 'channel'
  const { method, path = '' } = config
  const agents = otherAgents()
  try {
    const device = openDevice(config)
    await device.close()
    return [{ about, level: 'warning', text: `${path} is there, and no agent has it open` }]
  } catch (error) {
    if (!(error instanceof AgentError)) throw error
    const [reason] = messages(error)
    const holder = agents.find(isOurs) ?? agents[0]
    if (holder !== undefined && /Another agent runs/.test(reason)) {
      const text = `${path} is held, and process ${holder.pid} (${holder.program}) is an agent`
      return isOurs(holder)
        ? [{ about, level: 'ok', text }]
        : [{ about, level: 'missing', text: `${text} of another make` }]
    }
    const hint =
      method === 'virtio-serial'
        ? ': give the machine a virtio-serial port of that name, and Windows the driver vioserial'
        : ''
    return [{ about, level: 'missing', text: `${reason}${hint}` }]
  }
}

function service(): Finding {
  const about = 'service'
  const found = installedService()
  if (found === undefined)
    return { about, level: 'warning', text: `there is no service ${SERVICE_NAME}: qga install` }
  const text = `${SERVICE_NAME} is ${found.state}: ${found.command}`
  if (!found.isOurs) return { about, level: 'missing', text: `${text}, which is not this agent` }
  if (found.state !== 'running') return { about, level: 'missing', text }
  return found.start === SERVICE_AUTO_START
    ? { about, level: 'ok', text }
    : { about, level: 'warning', text: `${text}, and is not started with the system` }
}

function freezing(): Finding {
  const about = 'VSS provider'
  const problems = registrationProblems()
  return problems.length === 0
    ? { about, level: 'ok', text: `registered: ${registeredLibrary()}` }
    : { about, level: 'missing', text: problems.join('; ') }
}

function eventLog(): Finding {
  const about = 'Event Log'
  return hasEventSource()
    ? { about, level: 'ok', text: `source ${SERVICE_NAME} in the log Application` }
    : { about, level: 'warning', text: `source ${SERVICE_NAME} is not registered: qga install` }
}

function closed(path: string): readonly Finding[] {
  if (!fs.existsSync(path)) return []
  const about = 'files'
  const others = strangersOf(path)
  return others.length === 0
    ? [{ about, level: 'ok', text: `${path} can be changed by administrators only` }]
    : [{ about, level: 'warning', text: `${path} can be changed by ${others.join(', ')}` }]
}
