#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What shutdown(8) is to the agents: -h is given in every mode and comes first.
sync
case " $* " in
*' -r '*) exec busybox reboot -f ;;
*' -H '*) exec busybox halt -f ;;
*) exec busybox poweroff -f ;;
esac
