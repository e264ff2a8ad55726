#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""access-list.py FILE: lets the user 65534 write to a file of mode 0755, by an access list: acl(5), <linux/posix_acl_xattr.h>."""
import os
import struct
import sys

VERSION = 2
USER_OBJ, USER, GROUP_OBJ, MASK, OTHER = 1, 2, 4, 0x10, 0x20
NOBODY_IN_PARTICULAR = 0xFFFFFFFF
READ_EXECUTE, ALL = 5, 7

entries = [
    (USER_OBJ, ALL, NOBODY_IN_PARTICULAR),
    (USER, ALL, 65534),
    (GROUP_OBJ, READ_EXECUTE, NOBODY_IN_PARTICULAR),
    (MASK, ALL, NOBODY_IN_PARTICULAR),
    (OTHER, READ_EXECUTE, NOBODY_IN_PARTICULAR),
]
packed = struct.pack("<I", VERSION) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
os.setxattr(sys.argv[1], "system.posix_acl_access", packed)
