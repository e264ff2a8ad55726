// SPDX-License-Identifier: Apache-2.0
/** `bun run demo`: starts the agent on a socket in this folder, shows its main job, and leaves it running. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { Client } from '../src/client/client.ts'
import { runInGuest } from '../src/client/exec.ts'

const ROOT = `${import.meta.dir}/..`
const EXECUTABLE = './dist/qga-linux-x64'
const SOCKET = 'qga.sock'
const PIDFILE = '.demo/qga.pid'

process.chdir(ROOT)
mkdirSync('.demo', { recursive: true })
await stopEarlierDemo()

const start = [EXECUTABLE, '-d', '-m', 'unix-listen', '-p', SOCKET, '-t', '.demo', '-f', PIDFILE]
console.log(`$ ${start.join(' ')}`)
if ((await Bun.spawn(start, { stdio: ['ignore', 'inherit', 'inherit'] }).exited) !== 0)
  process.exit(1)

using client = await Client.connect(SOCKET)

show('guest-ping', await client.call('guest-ping', {}))
show('guest-get-osinfo', await client.call('guest-get-osinfo', {}))

const text = 'Written through the agent.\n'
const path = `${ROOT}/.demo/note.txt`
const out = await client.call('guest-file-open', { path, mode: 'w' })
await client.call('guest-file-write', { handle: out, 'buf-b64': new TextEncoder().encode(text) })
await client.call('guest-file-close', { handle: out })
const back = await client.call('guest-file-open', { path })
const read = await client.call('guest-file-read', { handle: back })
await client.call('guest-file-close', { handle: back })
show('a file there and back', new TextDecoder().decode(read['buf-b64']))
if (new TextDecoder().decode(read['buf-b64']) !== text)
  throw new Error('The file came back changed')

const status = await runInGuest(client, { command: ['uname', '-sr'], env: [] })
show('guest-exec uname -sr', new TextDecoder().decode(status['out-data']))

console.log(`
The agent is still running. Talk to it:

  ${EXECUTABLE} call -p ${SOCKET} guest-info
  ${EXECUTABLE} exec -p ${SOCKET} -- sh -c 'echo hello from $(hostname)'

and stop it with

  kill $(cat .demo/qga.pid)`)

function show(what: string, value: unknown): void {
  const shown = typeof value === 'string' ? value.trimEnd() : JSON.stringify(value)
  console.log(`${what}: ${shown}`)
}

async function stopEarlierDemo(): Promise<void> {
  if (!existsSync(PIDFILE)) return
  try {
    process.kill(Number(readFileSync(PIDFILE, 'utf8')), 'SIGTERM')
  } catch {
    // It had ended without removing its pid file.
  }
  while (existsSync(PIDFILE) && (await isServed())) await Bun.sleep(10)
}

async function isServed(): Promise<boolean> {
  try {
    const client = await Client.connect(SOCKET)
    client.close()
    return true
  } catch {
    return false
  }
}
