# SPDX-License-Identifier: Apache-2.0
"""Mounts a file system that answers late, and serves it until it is killed.

Only for a private mount namespace: late-fuseblk.py DEVICE DIRECTORY GO ASKED
It answers once the file GO exists, and writes a line to the file ASKED for each statfs that it got.
Like those of ntfs-3g it is on a block device. A block has 4096 bytes, a fragment 512.
"""

import ctypes
import errno
import os
import struct
import sys
import time

INIT, STATFS, FORGET, INTERRUPT, BATCH_FORGET = 26, 17, 2, 36, 42
BLOCKS, FREE, AVAILABLE = 1000, 400, 300

device, directory, go, asked = sys.argv[1:]
if os.readlink("/proc/self/ns/mnt") == os.readlink(f"/proc/{os.getppid()}/ns/mnt"):
    sys.exit("not in a mount namespace of its own")
fuse = os.open("/dev/fuse", os.O_RDWR)
libc = ctypes.CDLL(None, use_errno=True)
options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0,blksize=4096"
if libc.mount(device.encode(), directory.encode(), b"fuseblk", 0, options.encode()) != 0:
    sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
os.write(1, b"mounted")

while not os.path.exists(go):
    time.sleep(0.01)


def reply(unique, body=b"", error=0):
    os.write(fuse, struct.pack("<IiQ", 16 + len(body), -error, unique) + body)


while True:
    try:
        request = os.read(fuse, 1 << 17)
    except OSError as error:
        if error.errno in (errno.EINTR, errno.ENOENT):
            continue
        sys.exit(0)
    _, opcode, unique = struct.unpack_from("<IIQ", request)
    if opcode == INIT:
        reply(unique, struct.pack("<IIIIHHII36x", 7, 31, 1 << 16, 0, 16, 12, 1 << 16, 1))
    elif opcode == STATFS:
        with open(asked, "a") as file:
            file.write("statfs\n")
        reply(unique, struct.pack("<5Q4I24x", BLOCKS, FREE, AVAILABLE, 9, 9, 4096, 255, 512, 0))
    elif opcode not in (FORGET, INTERRUPT, BATCH_FORGET):
        reply(unique, error=errno.ENOSYS)
