// SPDX-License-Identifier: Apache-2.0
/** What the agent makes and is, is closed to the other users of the guest, whatever the umask. */
import { describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { EXECUTABLE } from '../harness/executable.ts'
import { needs } from '../harness/needs.ts'
import { ask, Daemon, run, Scratch, serving } from '../harness/program.ts'
import { asOther, hasSomebody } from '../harness/somebody.ts'

/** A directory as /tmp is. */
function shared(): Scratch {
  const scratch = new Scratch()
  fs.chmodSync(scratch.path, 0o1777)
  return scratch
}

describe.if(hasSomebody)('to another user', () => {
  test.if(needs('/usr/bin/python3'))('the socket is closed, whatever the umask', async () => {
    using place = shared()
    using agent = await serving({ directory: place.path }, [
      ...['/bin/sh', '-c', 'umask 000; exec "$@"', 'sh'],
    ])
    using client = await agent.connect()
    expect(fs.statSync(agent.socket).mode & 0o002).toBe(0)
    const script = 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])'
    const connect = ['python3', '-c', script, agent.socket]
    const other = await run([...asOther, ...connect])
    expect(other.stderr).toContain('PermissionError')
    expect((await run(connect)).exitCode).toBe(0)
    expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
  })

  test('nothing that the agent makes can be written, nor its descriptors and memory reached', async () => {
    using place = shared()
    const options = ['-v', '-l', place.file('log'), '-f', place.file('pid')]
    const script = ['/bin/sh', '-c', 'umask 000; exec "$@"', 'sh']
    const started = await run([
      ...script,
      ...[EXECUTABLE, '-d', '-m', 'unix-listen', '-p', place.file('s')],
      ...['-t', place.path, ...options],
    ])
    expect(started).toMatchObject({ exitCode: 0, stderr: '' })
    const pid = Number(place.read('pid'))
    // The socket may be the group's, where a umask says so.
    for (const [name, bits] of Object.entries({
      log: 0o22,
      pid: 0o22,
      s: 0o02,
      'qga.state': 0o22,
    })) {
      expect([name, fs.statSync(place.file(name)).mode & bits]).toEqual([name, 0])
    }
    for (const name of ['fd', 'mem', 'root', 'cwd', 'environ', 'map_files']) {
      const look = await run([
        ...asOther,
        'sh',
        '-c',
        `ls /proc/${pid}/${name}/ || cat /proc/${pid}/${name}`,
      ])
      expect([name, look.stdout]).toEqual([name, ''])
      expect(look.exitCode).not.toBe(0)
    }
    process.kill(pid, 'SIGTERM')
  })

  test('a daemon answers to nobody else', async () => {
    using scratch = new Scratch()
    fs.chmodSync(scratch.path, 0o755)
    const daemon = await Daemon.start(scratch)
    const other = await run([...asOther, 'sh', '-c', `kill -0 ${daemon.pid}`])
    expect(other.exitCode).not.toBe(0)
  })
})

describe('a log', () => {
  test.each(['/dev/stderr', '/dev/null'])('may be %s', async (path) => {
    using agent = await serving({ options: ['-v', '-l', path] })
    using client = await agent.connect()
    expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
    expect(await agent.stop()).toBe(0)
    expect(agent.stderr().includes('read data, command: guest-ping')).toBe(path === '/dev/stderr')
  })
})
