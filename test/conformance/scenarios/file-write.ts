// SPDX-License-Identifier: Apache-2.0
/** guest-file-write: counts, base64, when the bytes are in the file, pipes. */
import { exchanges, type Scenario, type Step } from '../scenario.ts'
import { close, flush, open, read, seek, write, writeEncoded } from './files.ts'

const invalid =
  '{"error": {"class": "GenericError", "desc": "Base64 data contains invalid characters"}}'

/** Upstream makes something of them; we refuse. */
const MALFORMED = [
  'Q',
  'QQ',
  'QQ=',
  'QUI',
  'QUJDR',
  '=',
  '==',
  '====',
  'Q===',
  '=QQQ',
  'QU=JD',
  'QQ==QQ==',
  'QUJD====QUJD',
  'QQ==\\nQ',
  '===\\n=',
]

const full =
  '{"error": {"class": "GenericError", "desc": "failed to write to file: No space left on device"}}'

export const fileWrite: Scenario = {
  topic: 'file-write',
  files: { ro: { content: 'read only' } },
  steps: [
    { send: open('f', 'w+') },
    { send: write(1000, 'hello, world\n') },
    {
      note: 'when the bytes are in the file',
      look: 'size',
      at: 'f',
      differs: { id: 'write-through', ours: ['= 13'] },
    },
    { send: flush(1000) },
    { look: 'content', at: 'f' },
    { note: 'at the end of what was written', send: read(1000) },
    ...exchanges(seek(1000, 0, 'set'), read(1000, 5), read(1000, 8), read(1000, 1)),
    { note: 'writing goes on where reading stopped', send: seek(1000, 0, 'set') },
    ...exchanges(read(1000, 5), write(1000, '__'), flush(1000)),
    { look: 'content', at: 'f' },
    { note: 'and the other way round', send: read(1000, 3) },
    { send: seek(1000, 0, 'cur') },
    { note: 'counts', send: write(1000, 'abc', 0) },
    ...exchanges(
      write(1000, 'abc', 2),
      write(1000, 'abc', 3),
      write(1000, 'abc', 4),
      write(1000, 'abc', -1),
      write(1000, '', 0),
      write(1000, '', 1),
      write(1000, ''),
      write(1000, 'abc', '9223372036854775807'),
      seek(1000, 0, 'cur'),
      close(1000),
    ),
    { look: 'content', at: 'f' },
    { note: 'a hole', send: open('hole', 'w') },
    ...exchanges(seek(1001, 3, 'set'), write(1001, 'x'), close(1001)),
    { look: 'content', at: 'hole' },
    { note: 'opened for reading only', send: open('ro') },
    ...exchanges(write(1002, 'x'), write(1002, ''), flush(1002), close(1002)),
    { note: 'a device without room', send: openAt('/dev/full', 'w') },
    { send: write(1003, 'x'), differs: { id: 'write-through', ours: [full] } },
    { send: flush(1003), differs: { id: 'write-through', ours: ['{"return": {}}'] } },
    { send: close(1003) },
    { note: 'appending', send: open('f', 'a') },
    ...exchanges(seek(1004, 0, 'set'), write(1004, 'END'), seek(1004, 0, 'cur'), close(1004)),
    { look: 'content', at: 'f' },
    { note: 'truncating', send: open('f', 'w') },
    { look: 'size', at: 'f' },
  ],
}

export const fileBase64: Scenario = {
  topic: 'file-base64',
  steps: [
    { send: open('f', 'w+') },
    { note: 'well-formed', send: writeEncoded(1000, '') },
    ...exchanges(
      ...['QQ==', 'QUI=', 'QUJD', 'QUJDRA==', 'AAAA', '//79', '+/+/'].map(encoded),
      ...['QR==', 'QUJ='].map(encoded),
    ),
    { note: 'newlines anywhere', send: encoded('QUJD\\nREVG\\n') },
    ...exchanges(
      ...['\\nQQ==', 'Q\\nUJ\\nD', 'QQ=\\n=', '\\n', '\\n\\n', 'QQ==\\n\\n'].map(encoded),
    ),
    { note: 'no base64', send: encoded('*') },
    ...exchanges(
      ...['Q Q=', 'QUJD ', 'QUJD\\r\\n', 'QUJD\\t', 'QU-_', 'QUJD\\u0000', '\\u00e9', '{}'].map(
        encoded,
      ),
      ...['QQ\\\\==', 'QUJD\\u000b', '\\ud83d\\ude00', 'QUJD.'].map(encoded),
    ),
    { note: 'malformed', send: encoded('QQ==QQ'), differs: { id: 'base64', ours: [invalid] } },
    ...MALFORMED.map(
      (text): Step => ({ send: encoded(text), differs: { id: 'base64', ours: [invalid] } }),
    ),
    { note: 'escaped characters are the same characters', send: encoded('\\u0051\\u0051\\u003d=') },
    { send: close(1000) },
  ],
}

export const filePipes: Scenario = {
  topic: 'file-pipes',
  files: { fifo: 'fifo', other: 'fifo' },
  steps: [
    { send: open('fifo') },
    { note: 'no writer', send: read(1000) },
    { send: open('fifo', 'w') },
    { note: 'a writer that is silent', send: read(1000) },
    ...exchanges(write(1001, 'hello'), flush(1001)),
    {
      note: 'fewer bytes than asked for',
      send: read(1000),
      differs: {
        id: 'short-read',
        ours: ['{"return": {"count": 5, "buf-b64": "aGVsbG8=", "eof": false}}'],
      },
    },
    { send: read(1000) },
    ...exchanges(write(1001, 'hello'), flush(1001)),
    { note: 'as many as asked for', send: read(1000, 5) },
    ...exchanges(write(1001, 'bye'), close(1001)),
    { note: 'a writer that has gone', send: read(1000) },
    ...exchanges(read(1000), close(1000)),
    { note: 'both ways', send: open('other', 'r+') },
    ...exchanges(write(1002, 'one'), flush(1002), read(1002, 3)),
    {
      note: 'writing after reading',
      send: write(1002, 'two'),
      differs: { id: 'pipe-turn', ours: ['{"return": {"count": 3, "eof": false}}'] },
    },
    {
      send: read(1002, 3),
      differs: {
        id: 'pipe-turn',
        ours: ['{"return": {"count": 3, "buf-b64": "dHdv", "eof": false}}'],
      },
    },
    { send: close(1002) },
  ],
}

function encoded(text: string): string {
  return writeEncoded(1000, text)
}

function openAt(path: string, mode: string): string {
  return `{"execute":"guest-file-open","arguments":{"path":"${path}","mode":"${mode}"}}`
}
