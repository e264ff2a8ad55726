#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The init of a test guest: two of our agents, Debian's beside them to see what they did, each started again when it ends.
export PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin
mount -o remount,rw /
mount -t tmpfs tmpfs /run
mkdir -p /run/qga /run/isa /run/reference /dev/pts /run/lock
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /tmp
hostname guest
ip link set lo up
ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0 && ip route add default via 10.0.2.2
for disk in /dev/sda /dev/nvme0n1; do
  [ -b "$disk" ] || continue
  mkdir -p "/mnt/${disk##*/}"
  mount -t ext4 "$disk" "/mnt/${disk##*/}"
done

respawn() {
  while :; do
    "$@" >>/run/respawn.log 2>&1
    echo "$1 ended with $?" >>/run/respawn.log
    sleep 0.2
  done
}

# The agent under test, with the options that a test leaves for it.
agent() {
  while :; do
    # shellcheck disable=SC2046
    /usr/local/bin/qga -t /run/qga $(cat /run/qga.options 2>/dev/null) >>/run/qga.log 2>&1 &
    echo $! >/run/qga.pid
    wait $!
    echo "ended with $?" >>/run/qga.log
    sleep 0.2
  done
}

for port in /sys/class/virtio-ports/*; do
  [ "$(cat "$port/name" 2>/dev/null)" = reference ] && reference=/dev/${port##*/}
done
case $(cat /proc/cmdline) in
*only=reference*)
  mkdir -p /dev/virtio-ports
  for port in /sys/class/virtio-ports/*; do
    name=$(cat "$port/name" 2>/dev/null) && ln -s "../${port##*/}" "/dev/virtio-ports/$name"
  done
  respawn /usr/sbin/qemu-ga -t /run/qga &
  ;;
*)
  case $(cat /proc/cmdline) in *late*) sleep 3 ;; esac
  agent &
  [ -c /dev/ttyS1 ] && respawn /usr/local/bin/qga -m isa-serial -p /dev/ttyS1 -t /run/isa &
  ;;
esac
[ -n "$reference" ] && respawn /usr/sbin/qemu-ga -p "$reference" -t /run/reference &
echo 'the guest is up' >/dev/console
while :; do sleep 1000; done
