# SPDX-License-Identifier: Apache-2.0
"""A place where the only file systems on block devices are the test's own.

Only for a private mount namespace: cell.py ROOT PROGRAM... -- [IMAGE NAME]...

Makes ROOT a tmpfs with the programs and their libraries, mounts each image at /mnt/NAME, makes
that the root of the namespace and drops the machine's. Makes /ready and holds the place until
standard input ends. Refuses when anything else on a block device is left in the table of mounts.
"""

import ctypes
import os
import shutil
import subprocess
import sys

SYS_pivot_root = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
MNT_DETACH, MS_BIND, MS_REC, MS_PRIVATE = 2, 4096, 16384, 1 << 18
libc = ctypes.CDLL(None, use_errno=True)


def must(result, what):
    if result != 0:
        sys.exit(f"cannot {what}: {os.strerror(ctypes.get_errno())}")


def mount(source, target, kind, flags):
    os.makedirs(target, exist_ok=True)
    must(libc.mount(source.encode(), target.encode(), kind.encode(), flags, b""), f"mount {target}")


def copy(path, root):
    place = root + path
    if not os.path.exists(place):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copy(os.path.realpath(path), place)


def libraries(program):
    output = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return [word for word in output.split() if word.startswith("/")]


root, rest = sys.argv[1], sys.argv[2:]
programs, images = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
if os.readlink("/proc/self/ns/mnt") == os.readlink(f"/proc/{os.getppid()}/ns/mnt"):
    sys.exit("not in a mount namespace of its own")
must(libc.mount(b"none", b"/", b"", MS_REC | MS_PRIVATE, b""), "make mounts private")
mount("none", root, "tmpfs", 0)
for program in programs:
    for path in [program, *libraries(program)]:
        copy(path, root)
# koffi's, which is loaded later.
for library in ["libstdc++.so.6", "libgcc_s.so.1"]:
    copy(f"/usr/lib/{os.uname().machine}-linux-gnu/{library}", root)
for name in ["dev", "proc", "sys"]:
    mount(f"/{name}", f"{root}/{name}", "", MS_BIND | MS_REC)
for name in ["tmp", "run", "agents", "old"]:
    os.makedirs(f"{root}/{name}", exist_ok=True)
for image, name in zip(images[::2], images[1::2]):
    os.makedirs(f"{root}/mnt/{name}")
    subprocess.run(["mount", "-o", "loop", image, f"{root}/mnt/{name}"], check=True)
os.chdir(root)
must(libc.syscall(SYS_pivot_root, b".", b"old"), "change the root")
os.chdir("/")
must(libc.umount2(b"/old", MNT_DETACH), "let go of the machine's root")

for line in open("/proc/self/mountinfo"):
    fields = line.split()
    is_block = not fields[2].startswith("0:") or fields[fields.index("-") + 1] == "btrfs"
    if is_block and not fields[4].startswith("/mnt/"):
        sys.exit(f"refused: {line}")
os.mkdir("/ready")
sys.stdin.read()
