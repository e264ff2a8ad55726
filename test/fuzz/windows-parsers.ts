// SPDX-License-Identifier: Apache-2.0
/** The parsers of what Windows says. */
import { parseAdapters } from '../../platform/windows/parse/adapters.ts'
import { maskText, parseSocketAddress } from '../../platform/windows/parse/address.ts'
import { argumentList } from '../../platform/windows/parse/argument-list.ts'
import { keysIn, withKeys, withoutKeys } from '../../platform/windows/parse/authorized-keys.ts'
import { batchCommandLine, commandLine } from '../../platform/windows/parse/command-line.ts'
import {
  parseFileTime,
  parseHardwareIds,
  parseString,
  parseStrings,
  parseUint32,
} from '../../platform/windows/parse/device-properties.ts'
import { parseLogLines } from '../../platform/windows/parse/log-line.ts'
import { parseMtu, parseRoute, parseStatistics } from '../../platform/windows/parse/network-rows.ts'
import { osInfo, parseOsVersion } from '../../platform/windows/parse/os-version.ts'
import { longPath, ordinaryPath } from '../../platform/windows/parse/path.ts'
import { countProcessors } from '../../platform/windows/parse/processors.ts'
import { ruleForms } from '../../platform/windows/parse/rule-forms.ts'
import {
  parseDeviceDescriptor,
  parseDeviceNumber,
  parseExtents,
  parseScsiAddress,
} from '../../platform/windows/parse/storage.ts'
import { parseTimeZone } from '../../platform/windows/parse/time-zone.ts'
import { inRules, KEYS, ofStruct, ofText, type Parser } from './parser.ts'

/** Where the adapters lay when they were copied. */
const BASE = 0x10000n

export const WINDOWS: readonly Parser[] = [
  ofText('rules of Windows', ['C:/Logs/\0c:\\logs\\a. ', '\\\\s\\t\\a'], (text) =>
    inRules(ruleForms, text),
  ),
  ofText('paths', ['\\\\?\\UNC\\s\\t', '\\\\?\\C:\\a', 'C:/a/../b'], (path) => [
    ordinaryPath(path),
    longPath(path),
  ]),
  {
    name: 'adapters',
    samples: [adapters()],
    isStruct: true,
    parse: (bytes) => parseAdapters(BASE, bytes),
  },
  ofStruct('SOCKADDR_INET', [28], parseSocketAddress),
  ofStruct('prefixes', [1], (bytes) => maskText(bytes[0] ?? 0)),
  ofText('authorized_keys of Windows', KEYS, (text) => [
    keysIn(text),
    withKeys(text, ['ssh-rsa DDDD']),
    withoutKeys(text, ['ssh-rsa CCCC']),
  ]),
  ofText('arguments', ['a b"c\\', '\\\\"x\\\\', ''], (text) => {
    const args = text.split(' ')
    return [commandLine(args), attempt(() => batchCommandLine('cmd.exe', 'a.bat', args))]
  }),
  ofText('a command line', ['"C:\\a b\\c.exe" -d -p "a \\"b\\""', 'x\\\\" y'], argumentList),
  ofText('a command line, made and read', ['a b"c\\', '"" \\\\"x\\\\'], (text) => {
    const argv = ['program', ...text.split('\0')]
    if (!Bun.deepEquals(argumentList(commandLine(argv)), argv)) throw new Error('read otherwise')
    return argv
  }),
  ofText(
    'lines of the log',
    ['1732788155.123456: critical: a\n** (process:12): WARNING **: 10:20:30.123: b\nc\n'],
    parseLogLines,
  ),
  ...deviceProperties(),
  ofStruct('MIB_IF_ROW2', [1352], (bytes) => [parseStatistics(bytes), parseMtu(bytes)]),
  ofStruct('MIB_IPFORWARD_ROW2', [104], parseRoute),
  ofStruct('RTL_OSVERSIONINFOEXW', [284], (bytes) =>
    osInfo(parseOsVersion(bytes), 9, 'Windows 10 Pro'),
  ),
  ofStruct('processors', [32, 48, 480], countProcessors),
  ofStruct('STORAGE_DEVICE_DESCRIPTOR', [40, 200], parseDeviceDescriptor),
  ofStruct('STORAGE_DEVICE_NUMBER', [12], parseDeviceNumber),
  ofStruct('SCSI_ADDRESS', [8], parseScsiAddress),
  ofStruct('VOLUME_DISK_EXTENTS', [8, 32, 200], parseExtents),
  ofStruct('DYNAMIC_TIME_ZONE_INFORMATION', [432], (bytes) =>
    [0, 1, 2].map((half) => parseTimeZone(half, bytes)),
  ),
]

function deviceProperties(): Parser[] {
  const wide = (text: string) => Buffer.from(text, 'utf16le')
  return [
    {
      name: 'properties of devices',
      samples: [
        wide('PCI\\VEN_1AF4&DEV_1001&REV_00\0PCI\\VEN_1AF4\0\0'),
        wide('x'),
        Buffer.alloc(8),
      ],
      parse: (bytes) => [
        parseHardwareIds(parseStrings(bytes)),
        parseString(bytes),
        parseUint32(bytes),
        parseFileTime(bytes),
      ],
    },
  ]
}

/** Two adapters that point at each other, each with a name and an address. */
function adapters(): Buffer {
  const bytes = Buffer.alloc(2000)
  for (const [entry, next] of [
    [0, 500],
    [500, 0],
  ] as const) {
    bytes.writeBigUInt64LE(next === 0 ? 0n : BASE + BigInt(next), entry + 8)
    bytes.writeBigUInt64LE(BASE + BigInt(entry + 300), entry + 24)
    bytes.writeBigUInt64LE(BASE + BigInt(entry + 400), entry + 72)
    bytes.writeUInt32LE(6, entry + 88)
    bytes.writeBigUInt64LE(BASE + BigInt(entry + 370), entry + 300 + 16)
    bytes.writeUInt16LE(2, entry + 370)
    bytes.write('Ethernet', entry + 400, 'utf16le')
  }
  return bytes
}

/** What is refused with an error of its own. */
function attempt(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    if (error instanceof Error && 'wireClass' in error) return error.message
    throw error
  }
}
