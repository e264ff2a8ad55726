# SPDX-License-Identifier: Apache-2.0
# Becomes another program that finds SOCKET as /dev/log, in a mount namespace of its own:
# unshare -m sh with-syslog.sh DIRECTORY SOCKET PROGRAM ARGUMENT...
set -e
directory=$1 socket=$2
shift 2
[ "$(readlink /proc/self/ns/mnt)" != "$(readlink "/proc/$PPID/ns/mnt")" ]
mkdir "$directory"
mount -t tmpfs none "$directory"
for device in null zero full random urandom; do
  touch "$directory/$device"
  mount --bind "/dev/$device" "$directory/$device"
done
ln -s /proc/self/fd "$directory/fd"
ln -s "$socket" "$directory/log"
mount --rbind "$directory" /dev
exec "$@"
