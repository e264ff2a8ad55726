# SPDX-License-Identifier: Apache-2.0
"""Passes for an agent: forward.py TARGET -m unix-listen -p SOCKET … passes clients of SOCKET on to the socket TARGET."""

import select
import signal
import socket
import sys

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[sys.argv.index("-p") + 1])
server.listen()
while True:
    client, _ = server.accept()
    target = socket.socket(socket.AF_UNIX)
    target.connect(sys.argv[1])
    other = {client: target, target: client}
    while True:
        ready, _, _ = select.select(list(other), [], [])
        data = {end: end.recv(65536) for end in ready}
        if not all(data.values()):
            break
        for end, part in data.items():
            other[end].sendall(part)
    client.close()
    target.close()
