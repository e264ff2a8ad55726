# SPDX-License-Identifier: Apache-2.0
"""A system log: syslog.py SOCKET [FILE] writes each datagram as a line to FILE, or reads none."""

import signal
import socket
import sys

log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(sys.argv[1])
if len(sys.argv) == 2:
    signal.pause()
with open(sys.argv[2], "ab", buffering=0) as file:
    while True:
        file.write(log.recv(1 << 16) + b"\n")
