# SPDX-License-Identifier: Apache-2.0
"""Mounts a file system that never answers on a directory, and becomes another program.

Only for a private mount namespace: hung-mount.py DIRECTORY PROGRAM ARGUMENT...
"""

import ctypes
import os
import sys

directory, command = sys.argv[1], sys.argv[2:]
if os.readlink("/proc/self/ns/mnt") == os.readlink(f"/proc/{os.getppid()}/ns/mnt"):
    sys.exit("not in a mount namespace of its own")
device = os.open("/dev/fuse", os.O_RDWR)
libc = ctypes.CDLL(None, use_errno=True)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0"
if libc.mount(b"none", directory.encode(), b"fuse", 0, options.encode()) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
# As long as the program holds the device, nobody gets an answer.
os.set_inheritable(device, True)
os.execvp(command[0], command)
