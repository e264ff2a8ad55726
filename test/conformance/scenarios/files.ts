// SPDX-License-Identifier: Apache-2.0
/** guest-file-*: opening, handles, reading, writing, seeking. */
import { base64, call, exchanges, type Scenario } from '../scenario.ts'

const MODES = ['r', 'rb', 'w', 'wb', 'a', 'ab']
const PLUS_MODES = ['r+', 'rb+', 'r+b', 'w+', 'wb+', 'w+b', 'a+', 'ab+', 'a+b']
const NO_MODES = [
  '',
  'x',
  'rw',
  'wr',
  'br',
  'r++',
  'rbb',
  'r+b+',
  'R',
  'w ',
  ' w',
  'wx',
  're',
  'rt',
]

/** A new file's mode is ours on purpose: 0666 whatever the umask lets everybody write to it. */
const createMode = { id: 'create-mode', ours: ['= 0644'] } as const

export const fileOpen: Scenario = {
  topic: 'file-open',
  files: {
    a: { content: 'hello, world\n', mode: 0o640 },
    d: 'directory',
    fifo: 'fifo',
    link: { linkTo: 'a' },
    dangling: { linkTo: 'nowhere' },
  },
  steps: [
    { note: 'handles count from 1000 in a fresh state directory', send: open('a') },
    { send: open('a') },
    { look: 'content', at: 'qga.state' },
    ...exchanges(close(1001), close(1001), close(1000), close(1000)),
    { note: 'handles that never were', send: close(0) },
    ...exchanges(close(-1), close(1), close('9223372036854775807'), close('-9223372036854775808')),
    ...exchanges(
      call('guest-file-read', { handle: 7 }),
      call('guest-file-read', { handle: 7, count: -1 }),
      call('guest-file-write', { handle: 7, 'buf-b64': '*' }),
      call('guest-file-seek', { handle: 7, offset: 0, whence: 9 }),
      call('guest-file-flush', { handle: 7 }),
    ),
    { note: 'numbers are never used again', send: open('a') },
    { note: 'the modes', send: open('a', 'r') },
    ...[...MODES, ...PLUS_MODES].map((mode) => ({ send: open('a', mode) })),
    { look: 'size', at: 'a' },
    { look: 'mode', at: 'a' },
    { note: 'no modes', send: open('a', 'b') },
    ...NO_MODES.map((mode) => ({ send: open('a', mode) })),
    ...exchanges(open('a', 'r\0'), open('a', '\u00e9')),
    { note: 'a file that is not there', send: open('none') },
    ...[...MODES.slice(0, 2), ...PLUS_MODES.slice(0, 3)].map((mode) => ({
      send: open('none', mode),
    })),
    { note: 'is made by w and a', send: open('new-w', 'w') },
    { look: 'mode', at: 'new-w', differs: createMode },
    { send: open('new-a', 'a') },
    { look: 'mode', at: 'new-a', differs: createMode },
    { send: open('new-wp', 'w+b') },
    { look: 'mode', at: 'new-wp', differs: createMode },
    { note: 'in a directory that is not there', send: open('none/x', 'w') },
    { send: open('a/x', 'r') },
    { note: 'directories', send: open('d') },
    { send: call('guest-file-read', { handle: 1024 }) },
    ...exchanges(open('d', 'w'), open('d', 'a'), open('d', 'r+'), open('d/')),
    { note: 'links', send: open('link', 'r+') },
    { send: open('dangling') },
    { send: open('dangling', 'w') },
    { send: open('dangling', 'a+') },
    { note: 'a FIFO without a writer, without a reader', send: open('fifo') },
    { send: open('fifo', 'w') },
    { send: open('fifo', 'a') },
    { note: 'the socket we speak through', send: open('s') },
    { send: open('s', 'r+') },
    { note: 'paths', send: call('guest-file-open', { path: '' }) },
    ...exchanges(
      call('guest-file-open', { path: 'a' }),
      call('guest-file-open', { path: './d/../a', mode: 'r' }),
      call('guest-file-open', { path: 'nowhere \u00e9\u20ac\n"\\' }),
      call('guest-file-open', { path: 'a\0b' }),
      call('guest-file-open', { path: 'n'.repeat(300) }),
      call('guest-file-open', { path: '/'.repeat(5000) }),
    ),
    { look: 'content', at: 'qga.state' },
    { note: 'after a restart handles are gone and numbers go on', start: {} },
    ...exchanges(close(1000), close(1020), open('a')),
    { look: 'content', at: 'qga.state' },
  ],
}

export const fileRead: Scenario = {
  topic: 'file-read',
  files: {
    hello: { content: 'hello, world\n' },
    empty: { content: '' },
    bytes: { content: String.fromCharCode(...Array(256).keys()) },
    big: { content: 'x'.repeat(10_000) },
  },
  steps: [
    { send: open('hello') },
    { note: 'all at once', send: read(1000) },
    { note: 'the end', send: read(1000) },
    { send: read(1000) },
    { note: 'exactly what is left: the end is not known yet', send: seek(1000, 0, 0) },
    ...exchanges(read(1000, 13), read(1000, 1), read(1000, 0)),
    { note: 'piece by piece', send: seek(1000, 0, 'set') },
    ...exchanges(read(1000, 5), read(1000, 8), read(1000, 1)),
    { note: 'one more than there is', send: seek(1000, 0, 'set') },
    ...exchanges(read(1000, 14), seek(1000, 0, 'set'), read(1000, 0)),
    { note: 'counts', send: read(1000, -1) },
    ...exchanges(
      read(1000, '50331649'),
      read(1000, '9223372036854775807'),
      read(1000, '-9223372036854775808'),
      read(1000, '50331648'),
    ),
    { note: 'an empty file', send: open('empty') },
    ...exchanges(read(1001), read(1001, 0), read(1001, 1)),
    { note: 'all bytes', send: open('bytes') },
    { send: read(1002) },
    { note: 'the default is 4096', send: open('big') },
    ...exchanges(read(1003), read(1003), read(1003), read(1003)),
    { send: seek(1003, 0, 0) },
    { send: read(1003, 9_999) },
    { note: 'opened for writing only', send: open('out', 'w') },
    ...exchanges(read(1004), read(1004, 0)),
    { note: 'closed', send: close(1000) },
    { send: read(1000) },
  ],
}

export const fileSeek: Scenario = {
  topic: 'file-seek',
  files: { f: { content: '0123456789' }, fifo: 'fifo' },
  steps: [
    { send: open('f', 'r+') },
    { note: 'whence in words and in numbers', send: seek(1000, 3, 'set') },
    ...exchanges(
      seek(1000, 3, 0),
      seek(1000, 2, 'cur'),
      seek(1000, -1, 1),
      seek(1000, 0, 'end'),
      seek(1000, -4, 2),
      seek(1000, 0, 'cur'),
    ),
    { send: read(1000, 2) },
    { send: seek(1000, 0, 'cur') },
    { note: 'past the end', send: seek(1000, 100, 'set') },
    ...exchanges(read(1000), seek(1000, 0, 'cur'), seek(1000, 5, 'end'), seek(1000, 0, 'set')),
    { note: 'before the start', send: seek(1000, -1, 'set') },
    ...exchanges(seek(1000, -100, 'end'), seek(1000, -1, 'cur'), seek(1000, 0, 'cur')),
    { note: 'far', send: seek(1000, '4294967296', 'set') },
    ...exchanges(
      seek(1000, '9223372036854775807', 0),
      seek(1000, '-9223372036854775808', 0),
      seek(1000, 0, 'cur'),
    ),
    { note: 'no whence', send: seek(1000, 0, 3) },
    ...exchanges(
      seek(1000, 0, -1),
      seek(1000, 0, '2147483648'),
      seek(1000, 0, '4294967296'),
      seek(1000, 0, '9223372036854775807'),
      seek(1000, 0, 'start'),
      seek(1000, 0, 'SET'),
    ),
    { note: 'what cannot seek', send: open('fifo', 'r+') },
    ...exchanges(seek(1001, 0, 'set'), seek(1001, 0, 'cur'), seek(1001, 0, 'end')),
    { note: 'appending', send: open('f', 'a+') },
    ...exchanges(seek(1002, 0, 'cur'), read(1002, 3), seek(1002, 0, 'cur'), write(1002, 'ab')),
    { send: call('guest-file-flush', { handle: 1002 }) },
    { look: 'content', at: 'f' },
    ...exchanges(seek(1002, 0, 'cur'), seek(1002, 4, 'set'), read(1002)),
  ],
}

/** @param offset as text where JavaScript has no such number */
export function seek(handle: number, offset: number | string, whence: number | string): string {
  const isNumeral = typeof whence === 'number' || /^\d/.test(whence)
  const place = isNumeral ? whence : JSON.stringify(whence)
  return `{"execute":"guest-file-seek","arguments":{"handle":${handle},"offset":${offset},"whence":${place}}}`
}

export function open(name: string, mode?: string): string {
  return call('guest-file-open', {
    path: `@DIR@/${name}`,
    ...(mode === undefined ? {} : { mode }),
  })
}

export function close(handle: number | string): string {
  return `{"execute":"guest-file-close","arguments":{"handle":${handle}}}`
}

export function read(handle: number, count?: number | string): string {
  const rest = count === undefined ? '' : `,"count":${count}`
  return `{"execute":"guest-file-read","arguments":{"handle":${handle}${rest}}}`
}

export function write(handle: number, text: string, count?: number | string): string {
  return writeEncoded(handle, base64(text), count)
}

export function writeEncoded(handle: number, encoded: string, count?: number | string): string {
  const rest = count === undefined ? '' : `,"count":${count}`
  return `{"execute":"guest-file-write","arguments":{"handle":${handle},"buf-b64":"${encoded}"${rest}}}`
}

export function flush(handle: number): string {
  return call('guest-file-flush', { handle })
}
