# SPDX-License-Identifier: Apache-2.0
"""A serial device for Wine: terminal.py LINK SOCKET makes LINK a terminal and passes clients of SOCKET on to it."""

import os
import pty
import select
import socket
import sys
import tty

link, path = sys.argv[1:]
master, slave = pty.openpty()
tty.setraw(slave)
os.makedirs(os.path.dirname(link), exist_ok=True)
os.symlink(os.ttyname(slave), link)
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
while True:
    client, _ = server.accept()
    while True:
        ready, _, _ = select.select([client, master], [], [])
        if master in ready:
            client.sendall(os.read(master, 65536))
        if client in ready:
            data = client.recv(65536)
            if not data:
                break
            os.write(master, data)
    client.close()
