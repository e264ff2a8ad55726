// SPDX-License-Identifier: Apache-2.0
/** Facts about the guest, and the agent about itself. */
import { call, type Scenario, type Step } from '../scenario.ts'

const info = call('guest-info')

export const agentInfo: Scenario = {
  topic: 'info',
  steps: [
    { send: info, compare: 'guest-info', changed: true },
    { note: 'with a block list', start: { options: ['-b', 'guest-ping,guest-file-open'] } },
    { send: info, compare: 'guest-info', changed: true },
  ],
}

/** Younger than 7.2.22. */
export const allowListInfo: Scenario = {
  topic: 'info-allow-list',
  only: '11.1.3',
  options: ['-a', 'guest-sync,guest-info'],
  steps: [{ send: info, compare: 'guest-info' }],
}

export const hostName: Scenario = {
  topic: 'host-name',
  steps: [{ send: call('guest-get-host-name'), facts: ['HOSTNAME'] }],
}

export const time: Scenario = {
  topic: 'time',
  steps: [
    { send: call('guest-get-time'), facts: ['TIME'] },
    { send: call('guest-get-time', {}, { id: 1 }), facts: ['TIME'] },
  ],
}

/** Zones without summer time: their answer is the same all year. */
const ZONES = [
  'UTC',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'America/Bogota',
  'America/Phoenix',
  'Pacific/Kiritimati',
  'Etc/GMT+12',
  ':Asia/Tokyo',
  '',
  'No/Such_Zone',
  'JST-9',
  'XYZ3:30',
  '<+0330>-3:30',
  'ABC',
  'GMT0',
  '../../etc/passwd',
]

/** Zones that upstream calls UTC. */
const UNKNOWN: Readonly<Record<string, readonly [string]>> = { ABC: ['ABC'] }

function unknownZone([zone]: readonly [string]): Pick<Step, 'differs'> {
  const ours = `{"return": {"zone": "${zone}", "offset": 0}}`
  return { differs: { id: 'unknown-zone', ours: [ours] } }
}

export const timezone: Scenario = {
  topic: 'timezone',
  env: { TZ: 'Asia/Tokyo' },
  steps: [
    { send: call('guest-get-timezone') },
    ...ZONES.flatMap((zone): Step[] => [
      { start: { env: { TZ: zone } } },
      { send: call('guest-get-timezone'), ...(UNKNOWN[zone] && unknownZone(UNKNOWN[zone])) },
    ]),
  ],
}

/** The file of upstream's own unit test. */
const UPSTREAM = `ID=qemu-ga-test
NAME=QEMU-GA
PRETTY_NAME="QEMU Guest Agent test"
VERSION="Test 1"
VERSION_ID=1
VARIANT="Unit test \\"\\'\\$\\\`\\\\ and \\\\\\\\ etc."
VARIANT_ID=unit-test
`

const KERNEL = {
  'kernel-release': '@KERNEL_RELEASE@',
  'kernel-version': '@KERNEL_VERSION@',
  machine: '@MACHINE@',
}

const same = undefined

/** Files, and our answer (without the kernel's members) where it is another. */
const RELEASES: readonly (readonly [
  name: string,
  file: string,
  ours: Readonly<Record<string, string>> | undefined,
])[] = [
  ['upstream', UPSTREAM, same],
  [
    'debian',
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL="https://www.debian.org/"\n',
    same,
  ],
  ['comments', '# one\n\n  # two\nID=x\n\n#NAME=no\n', same],
  ['empty', '', same],
  ['other-keys', 'FOO=bar\nID_LIKE=x\n', same],
  ['last-wins', 'ID=one\nID=two\n', same],
  ['no-newline', 'ID=x', same],
  ['crlf', 'ID=x\r\nNAME="y z"\r\n', same],
  ['empty-value', 'ID=\nNAME=""\n', same],
  ['quoted', 'NAME="a \\"b\\" \\$c \\`d\\` \\\\"\n', same],
  ['utf8', 'NAME="\u00c3\u00a9\u00e2\u0082\u00ac"\n', same],
  ['single-quotes', "ID='debian'\nNAME='a b'\n", { name: 'a b', id: 'debian' }],
  ['odd-line', 'ID=x\nan odd line\nNAME=y\n', { name: 'y', id: 'x' }],
  ['no-key', 'ID=x\n=y\n', { id: 'x' }],
  ['group', 'ID=x\n[more]\nNAME=y\n', { name: 'y', id: 'x' }],
  ['unterminated', 'ID="abc\nNAME=y\n', { name: 'y', id: 'abc' }],
  ['latin1', 'ID=x\nNAME=\u00e9\n', { name: '\\uFFFD', id: 'x' }],
  ['semicolon', 'ID=a;b\nNAME=c d\n', same],
  ['spaces', '  ID = x \n', {}],
  ['export', 'export ID=x\n', same],
  ['backslash', 'NAME=a\\ b\nID="a\\nb"\n', same],
  ['glued', 'NAME="a"b"c"\n', same],
]

export const osInfo: Scenario = {
  topic: 'osinfo',
  files: Object.fromEntries(RELEASES.map(([name, content]) => [name, { content }])),
  env: { QGA_OS_RELEASE: '@DIR@/none' },
  steps: [
    { note: 'no file', ...osinfo() },
    { start: { env: { QGA_OS_RELEASE: '@DIR@' } } },
    { note: 'a directory', ...osinfo() },
    ...RELEASES.flatMap(([name, , ours]): Step[] => [
      { start: { env: { QGA_OS_RELEASE: `@DIR@/${name}` } } },
      osinfo(ours),
    ]),
  ],
}

function osinfo(ours?: Readonly<Record<string, string>>): Step {
  return {
    send: call('guest-get-osinfo'),
    facts: ['KERNEL_RELEASE', 'KERNEL_VERSION', 'MACHINE'],
    ...(ours && {
      differs: {
        id: 'os-release',
        ours: [returned({ ...KERNEL, ...ours })],
      },
    }),
  }
}

/** A reply with members that need no quoting. */
function returned(members: Readonly<Record<string, string>>): string {
  const texts = Object.entries(members).map(([name, value]) => `"${name}": "${value}"`)
  return `{"return": {${texts.join(', ')}}}`
}
