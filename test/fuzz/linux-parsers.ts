// SPDX-License-Identifier: Apache-2.0
/** The parsers of what Linux says, and of the configuration. */
import { isHardwareClockLocal } from '../../platform/linux/parse/adjtime.ts'
import { parseAssignments } from '../../platform/linux/parse/assignments.ts'
import { keysIn, withKeys, withoutKeys } from '../../platform/linux/parse/authorized-keys.ts'
import {
  ccwAddress,
  hostAdapter,
  isLoop,
  isVirtioBlock,
  isVirtualBlock,
  pciFunctions,
  scsiPosition,
} from '../../platform/linux/parse/device-path.ts'
import { parseDiskstats } from '../../platform/linux/parse/diskstats.ts'
import { addressText } from '../../platform/linux/parse/inet.ts'
import { parseMountinfo, parseMounts } from '../../platform/linux/parse/mounts.ts'
import { numberedEntries } from '../../platform/linux/parse/numbered.ts'
import { parseNvmeSmart, SMART_LOG_BYTES } from '../../platform/linux/parse/nvme-smart.ts'
import { parseOsRelease } from '../../platform/linux/parse/os-release.ts'
import { parseCpuTimes } from '../../platform/linux/parse/proc-stat.ts'
import { parseIpv4Routes, parseIpv6Routes } from '../../platform/linux/parse/routes.ts'
import { parseAddress, parseLink, STATS64 } from '../../platform/linux/parse/rtnetlink.ts'
import { ruleForms } from '../../platform/linux/parse/rule-forms.ts'
import { parseUdevDatabase, parseUevent } from '../../platform/linux/parse/udev-database.ts'
import { parseUtmp, UTMPX } from '../../platform/linux/parse/utmp.ts'
import { parseKeyFile } from '../../src/key-file.ts'
import captured from '../fixtures/linux/storage/machine.json'
import { inRules, KEYS, ofStruct, ofText, type Parser } from './parser.ts'

const DEVICE_PATHS = [
  '/sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:1/0:0:1:2/block/sda',
  '/sys/devices/pci0000:00/0000:00:05.0/virtio2/block/vda/vda1',
  '/sys/devices/css0/0.0.0001/0.0.ffff/host0/block/sda',
  '/sys/devices/virtual/block/loop0',
]

export const LINUX: readonly Parser[] = [
  ofText('rules', ['/var/log/\0/var/log/../x', '/a/./b//'], (text) => inRules(ruleForms, text)),
  ofText('adjtime(5)', ['0.0 0 0\n0\nLOCAL\n', ''], isHardwareClockLocal),
  ofText(
    'settings of services',
    ['# x\nexport A="b c"\nD=\'e\' # f\nG=h\\\ni\n'],
    parseAssignments,
  ),
  ofText('authorized_keys', KEYS, keysIn),
  ofText('authorized_keys, one added', KEYS, (text) => withKeys(text, ['ssh-rsa DDDD'])),
  ofText('authorized_keys, one removed', KEYS, (text) => withoutKeys(text, ['ssh-rsa CCCC'])),
  ofText('paths of devices', DEVICE_PATHS, (path) => [
    pciFunctions(path),
    scsiPosition(path),
    hostAdapter(path),
    ccwAddress(path),
    isLoop(path) || isVirtualBlock(path) || isVirtioBlock(path),
  ]),
  ofText(
    '/proc/diskstats',
    [' 254 0 vda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n 7 0 loop0 0 0 0 0 0 0 0 0 0 0 0\n'],
    parseDiskstats,
  ),
  ofStruct('addresses', [4, 16], addressText),
  { name: 'mountinfo', samples: [Buffer.from(captured.mountinfo)], parse: parseMountinfo },
  {
    name: 'mounts',
    samples: [Buffer.from('/dev/vda1 / ext4 rw 0 0\n/dev/a\\040b /mnt\\011x xfs ro 0 0\n')],
    parse: parseMounts,
  },
  ofText('numbered entries', ['cpu0\ncpu1\ncpufreq\ncpu10\n'], (text) =>
    numberedEntries('cpu', text.split('\n')),
  ),
  ofStruct('NVMe SMART log', [SMART_LOG_BYTES], parseNvmeSmart),
  ofText(
    'os-release(5)',
    [`ID=debian\nNAME='a "b'\nX="c\\"d"\n# e\nodd line\nY=$Z\n`],
    parseOsRelease,
  ),
  ofText(
    '/proc/stat',
    ['cpu  1 2 3 4\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu1 1 2 3 4\nintr 1\n'],
    (text) => parseCpuTimes(text, 10n),
  ),
  ofText(
    '/proc/net/route',
    [
      'Iface\tDestination\tGateway\tFlags\neth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n',
    ],
    parseIpv4Routes,
  ),
  ofText(
    '/proc/net/ipv6_route',
    [
      '20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n',
    ],
    parseIpv6Routes,
  ),
  ...rtnetlink(),
  ofText('uevent', ['MAJOR=8\nDEVNAME=sda\nDEVTYPE=disk\n'], parseUevent),
  ofText('udev database', ['S:disk/by-id/x\nE:ID_SERIAL=y z\nG:systemd\n'], parseUdevDatabase),
  ...(['x64', 'arm64'] as const).map((arch): Parser => {
    const record = Buffer.alloc(UTMPX[arch].bytes)
    record.writeInt16LE(7, UTMPX.type)
    record.write('somebody', UTMPX.user)
    const samples = [Buffer.concat([record, record])]
    return { name: `utmp(5) of ${arch}`, samples, parse: (bytes) => parseUtmp(bytes, arch) }
  }),
  {
    name: 'qemu-ga.conf',
    samples: [Buffer.from('# a\n[general]\nb=c;d\\s\\n\n\n')],
    parse: parseKeyFile,
  },
]

function rtnetlink(): Parser[] {
  const attribute = (type: number, value: Buffer) => {
    const header = Buffer.alloc(4)
    header.writeUInt16LE(4 + value.length)
    header.writeUInt16LE(type, 2)
    return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)])
  }
  const link = Buffer.concat([
    Buffer.alloc(16),
    attribute(1, Buffer.from('525400123456', 'hex')),
    attribute(3, Buffer.from('eth0\0')),
    attribute(23, Buffer.alloc(200, 7)),
  ])
  const address = Buffer.concat([
    Buffer.alloc(8),
    attribute(1, Buffer.from([192, 0, 2, 1])),
    attribute(3, Buffer.from('eth0:1\0')),
  ])
  const counters = Object.keys(STATS64) as (keyof typeof STATS64)[]
  return [
    {
      name: 'RTM_NEWLINK',
      samples: [link],
      isStruct: true,
      parse: (bytes) => {
        const { counter, ...others } = parseLink(bytes)
        return [others, counters.map(counter)]
      },
    },
    { name: 'RTM_NEWADDR', samples: [address], isStruct: true, parse: parseAddress },
  ]
}
