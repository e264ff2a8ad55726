#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# in-wine-bed.sh BED CHECKOUT TEMPORARY COMMAND...: runs a command in the bed, which finds both directories
# where they are here. Under `unshare --mount`: the mounts go with the command, and nobody else sees them.
set -eu
bed=$1
checkout=$2
temporary=$3
shift 3
for directory in "$checkout" "$temporary"; do
  mkdir -p "$bed$directory"
  mount --bind "$directory" "$bed$directory"
done
for directory in /dev /proc /sys; do
  mount --rbind "$directory" "$bed$directory"
done
exec chroot "$bed" env --chdir="$checkout" "$@"
