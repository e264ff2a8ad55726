// SPDX-License-Identifier: Apache-2.0
/** The least that a compiled Bun program can be: it listens, and takes everything for a guest-ping. */

const path = process.argv[process.argv.indexOf('-p') + 1] as string
const REPLY = Buffer.from('{"return": {}}\n')

Bun.listen({
  unix: path,
  socket: {
    data(socket) {
      socket.write(REPLY)
    },
  },
})
