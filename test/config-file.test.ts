// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { readConfigFile } from '../src/config-file.ts'
import { KeyFileError, parseKeyFile } from '../src/key-file.ts'

function read(text: string) {
  return readConfigFile(parseKeyFile(text), '/etc/q.conf')
}

describe('readConfigFile()', () => {
  test('reads every key in its own form, and no other group', () => {
    const text = '[general]\ndaemon=1\npath=\\sx\nblock-rpcs=a,b\nmax-exec-jobs=5\n'
    expect(read(text).settings).toEqual({
      daemon: true,
      path: ' x',
      'block-rpcs': ['b', 'a'],
      'max-exec-jobs': '5',
    })
    expect(read('[other]\ndaemon=true\n').settings).toEqual({})
  })

  test('reads the old name of a list, before the present one', () => {
    const { settings, warnings } = read('[general]\nblock-rpcs=c\nblacklist=a,b\n')
    expect(settings).toEqual({ 'block-rpcs': ['b', 'a', 'c'] })
    expect(warnings).toEqual([])
  })

  test('gives help no meaning', () => {
    expect(read('[general]\nallow-rpcs=help\n').settings).toEqual({ 'allow-rpcs': ['help'] })
  })

  test('warns about what nobody reads', () => {
    const text = '[general]\nfoo=1\ndaemonize=true\nmethod[de]=x\n[globul]\npath=x\n'
    expect(read(text)).toEqual({
      settings: {},
      warnings: [
        '/etc/q.conf: unknown group [globul] is ignored',
        '/etc/q.conf: unknown key “foo” is ignored',
        '/etc/q.conf: unknown key “daemonize” is ignored; did you mean “daemon”?',
        '/etc/q.conf: unknown key “method[de]” is ignored',
      ],
    })
  })

  test('throws for the first bad value in the order of the keys, by the name in the file', () => {
    expect(() => read('[general]\nmethod=\\q\ndaemon=no\n')).toThrow(
      new KeyFileError(
        'Key file contains key “daemon” which has a value that cannot be interpreted.',
      ),
    )
    expect(() => read('[general]\nblacklist=\\q\n')).toThrow('key “blacklist”')
  })
})
