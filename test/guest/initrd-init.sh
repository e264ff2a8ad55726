#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The first program of a test guest: modules, then the root file system.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module" || echo "insmod $module failed"; done </modules/order
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  [ -b /dev/vda ] && break
  sleep 0.1
done
mount -t ext4 /dev/vda /root || { echo 'no root file system'; poweroff -f; }
for each in proc sys dev; do mount --move "/$each" "/root/$each"; done
exec switch_root /root /sbin/init
