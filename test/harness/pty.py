# SPDX-License-Identifier: Apache-2.0
"""The host's end of a terminal, for a test to talk to: a socket here, a pseudo-terminal there.

usage: pty.py LINK [raw]; makes LINK a link to a terminal and copies standard input and output to and from its other end.
A second terminal takes its place when a line says "again".
"""
import os
import select
import sys
import tty

link, *mode = sys.argv[1:]


def make():
    master, slave = os.openpty()
    if mode == ["raw"]:
        tty.setraw(slave)
    if os.path.islink(link):
        os.unlink(link)
    os.symlink(os.ttyname(slave), link)
    return master, slave


master, slave = make()
os.write(1, b"ready\n")
while True:
    ready, _, _ = select.select([0, master], [], [])
    if master in ready:
        try:
            os.write(1, os.read(master, 65536))
        except OSError:
            sys.exit(1)
    if 0 in ready:
        bytes_ = os.read(0, 65536)
        if not bytes_:
            sys.exit(0)
        if bytes_ == b"again\n":
            os.close(slave)
            os.close(master)
            master, slave = make()
            os.write(1, b"ready\n")
        else:
            while bytes_:
                bytes_ = bytes_[os.write(master, bytes_):]
