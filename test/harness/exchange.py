#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exchanges pairs of names, as fast as it can, until it is killed: renameat2(2) with RENAME_EXCHANGE."""
import ctypes
import sys

AT_FDCWD = -100
RENAME_EXCHANGE = 2

renameat2 = ctypes.CDLL(None).renameat2
names = [name.encode() for name in sys.argv[1:]]
pairs = list(zip(names[::2], names[1::2]))
while True:
    for one, other in pairs:
        renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE)
