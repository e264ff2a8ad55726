# SPDX-License-Identifier: Apache-2.0
"""Runs a command that the kernel refuses one ioctl, with EPERM: seccomp(2) on x86-64.

without-ioctl.py [--hang] REQUEST COMMAND...
With --hang the call does not come back: it waits for the word of a process that says none, as long as the command runs.
"""
import ctypes
import os
import signal
import struct
import sys

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
SYS_SECCOMP, SET_MODE_FILTER, NEW_LISTENER = 317, 1, 8
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, ARCH, REQUEST = 0, 4, 24
X86_64, IOCTL, EPERM = 0xC000003E, 16, 1
ALLOW, ERRNO, USER_NOTIF = 0x7FFF0000, 0x00050000, 0x7FC00000

is_hang = sys.argv[1] == "--hang"
request, *command = sys.argv[2 if is_hang else 1 :]
program = [
    (LOAD, 0, 0, ARCH),
    (EQUAL, 0, 5, X86_64),
    (LOAD, 0, 0, NUMBER),
    (EQUAL, 0, 3, IOCTL),
    (LOAD, 0, 0, REQUEST),
    (EQUAL, 0, 1, int(request, 16)),
    (RETURN, 0, 0, USER_NOTIF if is_hang else ERRNO | EPERM),
    (RETURN, 0, 0, ALLOW),
]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


libc = ctypes.CDLL(None, use_errno=True)


def must(result):
    if result < 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    return result


must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
flags = NEW_LISTENER if is_hang else 0
filter_ = Program(len(program), ctypes.addressof(code))
# With --hang this gives the descriptor of who is asked, which exec closes: then calls fail.
must(libc.syscall(SYS_SECCOMP, SET_MODE_FILTER, flags, ctypes.byref(filter_)))
if is_hang and os.fork() == 0:
    must(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    os.closerange(0, 3)
    while True:
        signal.pause()
os.execvp(command[0], command)
