// SPDX-License-Identifier: Apache-2.0
/** The commands of this process and the rules for them, from the contract, the backend and the configuration. */
import type { Backend, Services } from './agent/backend.ts'
import { type Lists, Policy } from './agent/policy.ts'
import { createRegistry, type Registry } from './agent/registry.ts'
import type { ServerLimits } from './agent/server.ts'
import { builtInSettings, Config } from './config.ts'
import { contract } from './schema/contract.ts'
import { PROTOCOL_VERSION } from './version.ts'

/** @param policy says which of them may run */
export function createCommands(
  backend: Backend,
  policy: Policy,
  services: Omit<Services, 'agent'>,
): Registry {
  const agent = {
    version: PROTOCOL_VERSION,
    // guest-info, itself a handler, asks only when everything is in place.
    commands: () => registry.values(),
    isEnabled: policy.isEnabled.bind(policy),
  }
  const handlers = backend.handlers({ ...services, agent })
  const registry: Registry = createRegistry(contract, handlers, backend.symbols())
  return registry
}

/** An empty allow list is no list. */
export function listsOf(config: Config): Lists {
  const allow = config['allow-rpcs']
  const block = config['block-rpcs']
  return allow.length === 0 ? { block } : { allow, block }
}

/** What exists on this system, whatever the lists say, in registration order. */
export function commandNames(backend: Backend): readonly string[] {
  const config = Config.parse(builtInSettings(backend.defaults))
  const registry = createCommands(backend, new Policy(listsOf(config)), {
    config,
    frozen: { isFrozen: false, markerPath: '', enter: () => Promise.resolve(), leave: () => {} },
    log: { write: () => {} },
    beforeExit: () => {},
    whenIdle: () => {},
    nextHandle: () => Promise.resolve(0n),
    account: () => {},
  })
  return [...registry.keys()]
}

export function serverLimits(config: Config): ServerLimits {
  return {
    max: config['max-unfinished-commands'],
    queuedRequests: config['max-queued-requests'],
    queuedBytes: config['max-queued-bytes'],
    limitMs: ({ limit }) => config[limit === 'file' ? 'file-timeout' : 'command-timeout'] * 1000,
    waitMs: ({ whileFrozen }) =>
      config[whileFrozen ? 'freeze-busy-timeout' : 'busy-timeout'] * 1000,
  }
}
