// SPDX-License-Identifier: Apache-2.0
/** Interfaces and routes, as the system has them at this moment. */
import {
  adaptersAddresses,
  forwardRows,
  interfaceMetric,
  interfaceRow,
} from '../../native/iphlpapi.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/network.ts'
import { type Adapter, parseAdapters } from './parse/adapters.ts'
import { AF_INET, maskText, type SocketAddress } from './parse/address.ts'
import { parseMtu, parseRoute, parseStatistics, type Route } from './parse/network-rows.ts'

const HARDWARE_ADDRESS_BYTES = 6

/** The system's tables; tests bring their own. */
export const TABLES = { adaptersAddresses, forwardRows, interfaceMetric, interfaceRow }

/** @param excluded globs; what they match is not reported */
export function createNetworkHandlers(
  excluded: readonly string[],
  tables = TABLES,
): Handlers<typeof schema, 'windows'> {
  const globs = excluded.map((pattern) => new Bun.Glob(pattern))

  async function adapters(): Promise<Adapter[]> {
    const { address, bytes } = await tables.adaptersAddresses('failed to get adapters addresses')
    return parseAdapters(address, bytes)
  }

  return {
    'guest-network-get-interfaces': async () => {
      const reported = (await adapters()).filter(
        ({ name }) => !globs.some((glob) => glob.match(name)),
      )
      return await Promise.all(
        reported.map(async (adapter) => {
          const row = await tables.interfaceRow(adapter.luid)
          return describe(adapter, row)
        }),
      )
    },

    'guest-network-get-route': async () => {
      const rows = await tables.forwardRows('failed to get IP routes')
      // Without the adapters routes have numbers for names.
      const byLuid = new Map((await adapters().catch(() => [])).map((found) => [found.luid, found]))
      const metrics = new Map<string, Promise<number>>()
      const metricOf = (route: Route): Promise<number> => {
        const { family } = route.destination
        const key = `${family} ${route.luid}`
        const known = metrics.get(key)
        if (known !== undefined) return known
        const adapter = byLuid.get(route.luid)
        const guess = family === AF_INET ? adapter?.ipv4Metric : adapter?.ipv6Metric
        const asked = tables
          .interfaceMetric(family, route.luid)
          .then((metric) => metric ?? guess ?? 0)
        metrics.set(key, asked)
        return asked
      }
      const mtus = new Map<bigint, Promise<Buffer | undefined>>()
      const rowOf = (luid: bigint) => {
        const row = mtus.get(luid) ?? tables.interfaceRow(luid)
        mtus.set(luid, row)
        return row
      }
      const routes = rows.flatMap((row) => parseRoute(row) ?? [])
      return await Promise.all(
        routes.map(async (route) => {
          const row = await rowOf(route.luid)
          return {
            iface: byLuid.get(route.luid)?.name ?? `if${route.index}`,
            metric: route.metric + (await metricOf(route)),
            ...(row && { mtu: parseMtu(row) }),
            ...target(route),
          }
        }),
      )
    },
  }
}

function describe(adapter: Adapter, row: Buffer | undefined) {
  const { name, hardwareAddress, addresses } = adapter
  return {
    name,
    ...(hardwareAddress.length > 0 && { 'hardware-address': hardwareText(hardwareAddress) }),
    ...(addresses.length > 0 && {
      'ip-addresses': addresses.map(({ address, prefix }) => ({
        'ip-address': scopedText(address),
        'ip-address-type': address.family === AF_INET ? ('ipv4' as const) : ('ipv6' as const),
        prefix,
      })),
    }),
    ...(row && { statistics: parseStatistics(row) }),
  }
}

/** `fe80::1%7`: which of the networks that all have this address. */
function scopedText({ text, scope }: SocketAddress): string {
  return scope === 0 ? text : `${text}%${scope}`
}

/** Six bytes, as upstream has it: of longer addresses the first. */
function hardwareText(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, HARDWARE_ADDRESS_BYTES))
  return shown.map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}

function target({ destination, prefixLength, nextHop }: Route) {
  return destination.family === AF_INET
    ? {
        destination: destination.text,
        mask: maskText(prefixLength),
        gateway: nextHop.text,
        version: 4,
      }
    : {
        destination: destination.text,
        desprefixlen: String(prefixLength),
        nexthop: nextHop.text,
        version: 6,
      }
}
