#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# wine-bed.sh BED: Debian 13 with its Wine 10 in a directory of its own, for this system's own is older.
# What is there already stays. Needs root, debootstrap, and the network once.
set -eu
bed=$(realpath -m "$1")
[ ! -e "$bed/ready" ] || exit 0
rm -rf "$bed"
mkdir -p "$bed"
debootstrap --variant=minbase --include=wine,wine64 trixie "$bed" >"$bed.log" 2>&1 || {
  tail -n 5 "$bed.log" >&2
  exit 1
}
rm -f "$bed"/var/cache/apt/archives/*.deb
touch "$bed/ready"
