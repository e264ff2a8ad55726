// SPDX-License-Identifier: Apache-2.0
/** Users: who is logged in, their passwords and their keys. */
import { SOMEBODY } from '../../harness/sandbox.ts'
import { utmpRecord } from '../../harness/utmp.ts'
import { base64, call, type Exchange, exchanges, type Scenario, type Step } from '../scenario.ts'

const { name } = SOMEBODY

function password(username: string, plain: string, crypted = false): string {
  return call('guest-set-user-password', { username, password: base64(plain), crypted })
}

const input: Step = { look: 'content', at: 'calls.input' }

/** chpasswd is a stand-in that keeps what it read. */
export const passwords: Scenario = {
  topic: 'set-user-password',
  sandbox: {},
  files: { 'programs/chpasswd': 'stand-in', 'calls.input': { content: '' } },
  steps: [
    { send: password(name, 'secret') },
    input,
    { send: password(name, '$6$abc$xyz', true) },
    input,
    { look: 'content', at: 'calls' },
    { send: password('nobody at all', 'a:b c\t"\u00c3\u00a9') },
    input,
    { send: password('', '') },
    input,
    ...exchanges(
      password(name, 'a\nb'),
      password(name, '\n'),
      password('a:b', 'x'),
      password('a\nb', 'x'),
      password('a:b\n', 'x\n'),
    ),
    {
      send: password(name, 'a\0b'),
      differs: {
        id: 'password-nul',
        ours: [
          '{"error": {"class": "GenericError", "desc": "forbidden characters in raw password"}}',
        ],
      },
    },
    {
      send: password(`${name}\0x`, 'b'),
      differs: {
        id: 'password-nul',
        ours: ['{"error": {"class": "GenericError", "desc": "forbidden characters in username"}}'],
      },
    },
    { send: call('guest-set-user-password', { username: name, password: '!', crypted: false }) },
    { note: 'the password is read first', send: password('a:b', 'x\n') },
  ],
}

export const passwordFailures: Scenario = {
  topic: 'set-user-password-failures',
  sandbox: {},
  files: {
    'programs/chpasswd': 'stand-in',
    'calls.chpasswd': { content: '1' },
    'calls.chpasswd.says': { content: 'chpasswd: (line 1) not changed\n' },
  },
  steps: [{ send: password(name, 'secret') }],
}

export const noPasswords: Scenario = {
  topic: 'set-user-password-none',
  sandbox: {},
  steps: [{ send: password(name, 'secret'), changed: true }],
}

const FILE = 'home/.ssh/authorized_keys'
const look: Step = { look: 'content', at: FILE }

function keys(verb: 'add' | 'remove', list: readonly string[], more: object = {}): string {
  return call(`guest-ssh-${verb}-authorized-keys`, { username: name, keys: list, ...more })
}

function lookWith(ours: string): Step {
  return { ...look, differs: { id: 'ssh-newline', ours: [`= ${ours}`] } } as Step
}

const getKeys: Exchange = { send: call('guest-ssh-get-authorized-keys', { username: name }) }

export const sshKeys: Scenario = {
  topic: 'ssh-keys',
  sandbox: {},
  steps: [
    getKeys,
    { send: keys('remove', ['x']) },
    { send: keys('add', ['key one', 'key two', 'key two']) },
    lookWith('key one\\x0Akey two\\x0A'),
    { look: 'mode', at: FILE },
    { look: 'mode', at: 'home/.ssh' },
    getKeys,
    { send: keys('add', ['key two', 'key three']) },
    lookWith('key one\\x0Akey two\\x0Akey three\\x0A'),
    { send: keys('remove', ['key two', 'never there']) },
    lookWith('key one\\x0Akey three\\x0A'),
    { send: keys('add', ['another'], { reset: true }) },
    lookWith('another\\x0A'),
    { send: keys('add', [], { reset: true }) },
    look,
    getKeys,
    { note: 'what is no key', send: keys('add', ['# comment']) },
    ...exchanges(keys('add', ['a\nb']), keys('remove', ['fine', '#']), keys('add', ['\n'])),
    { note: 'nobody', send: call('guest-ssh-get-authorized-keys', { username: 'qga-nobody' }) },
    ...exchanges(
      call('guest-ssh-get-authorized-keys', { username: '' }),
      call('guest-ssh-add-authorized-keys', { username: 'qga-nobody', keys: ['k'] }),
      call('guest-ssh-add-authorized-keys', { username: 'qga-nobody', keys: ['#'] }),
      call('guest-ssh-remove-authorized-keys', { username: `${name}\0`, keys: ['k'] }),
    ),
  ],
}

export const sshComments: Scenario = {
  topic: 'ssh-keys-comments',
  sandbox: {},
  files: {
    [FILE]: {
      content: '# first\n\n  key one  \n\t#second\nkey two\nkey two\nkey three',
      mode: 0o644,
    },
  },
  steps: [
    getKeys,
    { send: keys('remove', ['nothing']) },
    look,
    { look: 'mode', at: FILE },
    { send: keys('remove', ['key two', 'key one']) },
    look,
    { send: keys('add', ['key one']) },
    lookWith('# first\\x0A\\x0A  key one  \\x0A\\x09#second\\x0Akey three\\x0Akey one\\x0A'),
    getKeys,
  ],
}

export const users: Scenario = {
  topic: 'users',
  sandbox: {},
  files: {
    'run/utmp': {
      content: [
        utmpRecord({ type: 2, user: 'reboot', seconds: 1000 }),
        utmpRecord({ user: 'alice', seconds: 2000 }),
        utmpRecord({ type: 6, user: 'LOGIN', seconds: 1500 }),
        utmpRecord({ user: 'bob', seconds: 900, microseconds: 250_000 }),
        utmpRecord({ user: 'alice', seconds: 1900, microseconds: 500_000 }),
        utmpRecord({ type: 8, user: 'carol', seconds: 1 }),
        utmpRecord({ user: 'dave', seconds: 4000, microseconds: 750_000 }),
      ].join(''),
    },
  },
  steps: exchanges(call('guest-get-users')),
}

export const noUsers: Scenario = {
  topic: 'users-none',
  sandbox: {},
  files: { run: 'directory' },
  steps: exchanges(call('guest-get-users')),
}
