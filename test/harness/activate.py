# SPDX-License-Identifier: Apache-2.0
"""A service manager: listens, and starts a program with the socket as descriptor 3.

usage: activate.py unix:PATH|inet|none FDS PROGRAM ARGUMENT...
"""
import os
import socket
import sys

what, fds, *command = sys.argv[1:]
if what.startswith("unix:"):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(what[5:])
elif what == "inet":
    listener = socket.socket(socket.AF_INET)
if what != "none":
    listener.listen(5)
    if listener.fileno() != 3:
        os.dup2(listener.fileno(), 3)
    os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=fds, LISTEN_FDNAMES="qga")
os.execv(command[0], command)
