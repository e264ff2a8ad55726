// SPDX-License-Identifier: Apache-2.0
/** Networks that the test makes, as our agent, ip(8) and the reference agent see them. */
import { describe, expect, test } from 'bun:test'
import { PLAIN_ENV, startAgent } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { needs, toolPath } from '../harness/needs.ts'
import { call, run, SLOW_MS } from '../harness/program.ts'

const canMake = needs('root') && needs('unshare') && needs('ip')
const hasReference = needs('qemu-ga')

interface Interface {
  readonly name: string
  readonly 'hardware-address'?: string
  readonly 'ip-addresses'?: readonly {
    readonly 'ip-address': string
    readonly 'ip-address-type': string
    readonly prefix: number
  }[]
  readonly statistics?: Readonly<Record<string, number>>
}

/** Runs what follows in a network of its own, made by a script. */
function inNetwork(script: string): readonly string[] {
  return ['unshare', '--net', 'sh', '-ec', `PATH=$PATH:/usr/sbin:/sbin\n${script}\nexec "$@"`, 'sh']
}

/** What an agent reports in such a network. */
async function reported(
  script: string,
  command: readonly string[] = [EXECUTABLE],
  options: readonly string[] = [],
): Promise<readonly Interface[]> {
  using agent = await startAgent([...inNetwork(script), ...command], { options })
  return await call(agent.socket, 'guest-network-get-interfaces')
}

interface IpLink {
  readonly ifname: string
  readonly address?: string
  readonly link_type: string
  readonly addr_info: readonly {
    readonly family: string
    readonly local: string
    readonly prefixlen: number
    readonly label?: string
  }[]
}

/** What ip(8) reports there. */
async function seenByIp(script: string): Promise<readonly IpLink[]> {
  const ended = await run([...inNetwork(script), 'ip', '-json', 'address'], { env: PLAIN_ENV })
  return JSON.parse(ended.stdout) as IpLink[]
}

/** ip tells addresses by link, the agent by the name on their label. */
function byName(links: readonly IpLink[]) {
  const found = new Map<string, string[]>()
  for (const { ifname } of links) found.set(ifname, [])
  for (const { ifname, addr_info } of links) {
    for (const { family, local, prefixlen, label } of addr_info) {
      const name = family === 'inet' ? (label ?? ifname) : ifname
      const known = found.get(name) ?? []
      found.set(name, [...known, `${local}/${prefixlen}`])
    }
  }
  return Object.fromEntries(found)
}

function addressesOf(interfaces: readonly Interface[]) {
  return Object.fromEntries(
    interfaces.map(({ name, 'ip-addresses': addresses = [] }) => [
      name,
      addresses.map((one) => `${one['ip-address']}/${one.prefix}`),
    ]),
  )
}

/** Hardware addresses are given, so that both networks of a test are the same. */
const NETWORKS = {
  'with nothing in it': '',
  'with loopback up': 'ip link set lo up',
  'of veths and a bridge': `
    ip link add one address 02:00:00:00:00:01 type veth peer name two address 02:00:00:00:00:02
    ip link add bridge address 02:00:00:00:00:03 type bridge
    ip link set two master bridge
    ip address add 192.0.2.1/24 dev one
    ip address add 2001:db8::1/64 dev bridge nodad`,
  'of VLANs, where the kernel has them': `
    ip link add one address 02:00:00:00:00:01 type veth peer name two address 02:00:00:00:00:02
    if ip link add link one name one.5 type vlan id 5 2>/dev/null; then
      ip address add 192.0.2.1/24 dev one.5
    fi`,
  'with both ends of a line': `
    ip tuntap add line mode tun
    ip address add 10.0.0.1 peer 10.0.0.2/32 dev line
    ip address add 2001:db8::1 peer 2001:db8::2/128 dev line nodad`,
  'with many addresses': `
    ip link add one address 02:00:00:00:00:01 type veth peer name two address 02:00:00:00:00:02
    for i in $(seq 200); do
      echo "address add 10.1.$i.1/24 dev one"
      echo "address add 2001:db8:$i::1/64 dev one nodad"
    done | ip -batch -`,
  'with labels': `
    ip link add one address 02:00:00:00:00:01 type veth peer name two address 02:00:00:00:00:02
    ip address add 10.0.0.1/8 dev one label one:1
    ip address add 10.0.0.2/8 dev one label one:2
    ip address add 10.0.0.3/8 dev one label one:1`,
  'with IPv6 off': `
    echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
    echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
    ip link set lo up
    ip link add one address 02:00:00:00:00:01 type veth peer name two address 02:00:00:00:00:02
    ip address add 192.0.2.1/24 dev one`,
  'of 500 links': `
    for i in $(seq 250); do
      echo "link add a$i address 02:00:00:00:01:$(printf %02x $i) type veth peer name b$i address 02:00:00:00:02:$(printf %02x $i)"
      echo "address add 10.0.$i.1/24 dev a$i"
    done | ip -batch -`,
}

describe.if(canMake)('guest-network-get-interfaces in a network', () => {
  test.each(Object.entries(NETWORKS))(
    '%s says what ip says',
    async (_, script) => {
      const [interfaces, links] = await Promise.all([reported(script), seenByIp(script)])
      const named = links.map(({ ifname }) => ifname)
      expect(interfaces.map(({ name }) => name).filter((name) => !name.includes(':'))).toEqual(
        named,
      )
      expect(addressesOf(interfaces)).toEqual(byName(links))
      for (const { ifname, link_type, address } of links) {
        const found = interfaces.find(({ name }) => name === ifname)
        const expected = link_type === 'none' ? '00:00:00:00:00:00' : address
        expect(found?.['hardware-address']).toBe(expected as string)
      }
    },
    SLOW_MS,
  )

  test.if(hasReference).each(Object.entries(NETWORKS))(
    '%s says what qemu-ga says',
    async (_, script) => {
      const theirs = await reported(script, [toolPath('qemu-ga') ?? ''])
      expect(await reported(script)).toEqual([...theirs])
    },
    SLOW_MS,
  )

  test('counts what was sent and received', async () => {
    const script = `ip link set lo up
      i=0; while [ $i -lt 20 ]; do echo x > /dev/udp/127.0.0.1/9 2>/dev/null || true; i=$((i + 1)); done`
    const bash = [
      'unshare',
      '--net',
      'bash',
      '-ec',
      `PATH=$PATH:/usr/sbin:/sbin\n${script}\nexec "$@"`,
      'sh',
    ]
    using agent = await startAgent([...bash, EXECUTABLE])
    const [lo] = await call<Interface[]>(agent.socket, 'guest-network-get-interfaces')
    expect(lo?.statistics?.['tx-packets']).toBeGreaterThanOrEqual(20)
    expect(lo?.statistics?.['rx-bytes']).toBe(lo?.statistics?.['tx-bytes'] as number)
  })

  test('leaves out what the configuration excludes', async () => {
    const script = NETWORKS['of veths and a bridge']
    const names = async (list: string) => {
      const options = ['--exclude-interfaces', list]
      return (await reported(script, [EXECUTABLE], options)).map(({ name }) => name)
    }
    expect(await names('b*,t?o')).toEqual(['lo', 'one'])
    expect(await names('*o,*ne')).toEqual(['bridge'])
    expect(await names('nothing')).toEqual(['lo', 'two', 'one', 'bridge'])
  })
})
