// SPDX-License-Identifier: Apache-2.0
/**
 * Runs under Wine: `pipe-relay.ts NAME` serves the named pipe as a host does, and passes each TCP client
 * of this machine on to it. Prints the TCP port. When either end goes, so does the other.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net'

const clients: Socket[] = []
const agents: Socket[] = []

function arrived(queue: Socket[], socket: Socket): void {
  socket.on('error', () => {})
  socket.pause()
  queue.push(socket)
  const [client, agent] = [clients[0], agents[0]]
  if (client === undefined || agent === undefined) return
  clients.shift()
  agents.shift()
  for (const [from, to] of [
    [client, agent],
    [agent, client],
  ] as const) {
    from.on('data', (bytes) => to.write(bytes))
    from.on('close', () => to.destroy())
    from.resume()
  }
}

createServer((agent) => arrived(agents, agent)).listen(`\\\\.\\pipe\\${process.argv[2]}`, () => {
  const tcp = createServer((client) => arrived(clients, client))
  tcp.listen(0, '127.0.0.1', () => console.log((tcp.address() as AddressInfo).port))
})
