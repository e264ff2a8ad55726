# SPDX-License-Identifier: Apache-2.0
"""Runs a command that the kernel refuses one ioctl, with EPERM: seccomp(2) on x86-64."""
import ctypes
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, ARCH, REQUEST = 0, 4, 24
X86_64, IOCTL, EPERM = 0xC000003E, 16, 1
ALLOW, ERRNO = 0x7FFF0000, 0x00050000

request = int(sys.argv[1], 16)
program = [
    (LOAD, 0, 0, ARCH),
    (EQUAL, 0, 5, X86_64),
    (LOAD, 0, 0, NUMBER),
    (EQUAL, 0, 3, IOCTL),
    (LOAD, 0, 0, REQUEST),
    (EQUAL, 0, 1, request),
    (RETURN, 0, 0, ERRNO | EPERM),
    (RETURN, 0, 0, ALLOW),
]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


libc = ctypes.CDLL(None, use_errno=True)
for arguments in (
    (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
    (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(len(program), ctypes.addressof(code)))),
):
    if libc.prctl(*arguments) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
os.execv(sys.argv[2], sys.argv[2:])
