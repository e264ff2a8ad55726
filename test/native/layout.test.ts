// SPDX-License-Identifier: Apache-2.0
/** The struct layouts that the bindings count on, against this system's own headers. */
import { expect, test } from 'bun:test'
import { RTC_RD_TIME, RTC_SET_TIME, RTC_TIME } from '../../native/clock.ts'
import { PASSWD } from '../../native/credentials.ts'
import { EPOLL_EVENT } from '../../native/epoll.ts'
import { LOOP_INFO_BYTES, TRIM_RANGE } from '../../native/file-system.ts'
import { FLOCK, TM } from '../../native/libc.ts'
import { SOCKADDR_VM } from '../../native/listening-socket.ts'
import { NLMSGHDR } from '../../native/netlink.ts'
import { NVME } from '../../native/nvme.ts'
import { B38400, CBAUD, CONTROL, INPUT_FLAGS, TERMIOS } from '../../native/termios.ts'
import { POLLFD } from '../../native/wait.ts'
import { IFADDRMSG, IFINFOMSG, STATS64 } from '../../platform/linux/parse/rtnetlink.ts'
import { UTMPX } from '../../platform/linux/parse/utmp.ts'

import { needs } from '../harness/needs.ts'

import { tempDir } from '../harness/temp-dir.ts'

const PROGRAM = `
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/vm_sockets.h>
#include <linux/loop.h>
#include <linux/nvme_ioctl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtc.h>
#include <linux/rtnetlink.h>
#include <pwd.h>
#include <utmpx.h>
#define VM(member) offsetof(struct sockaddr_vm, member)
#define TIO(member) offsetof(struct termios, member)
int main(void) {
#define STAT(member) offsetof(struct rtnl_link_stats64, member) / 8
  printf("{\\"passwd\\":[%zu,%zu,%zu,%zu],", sizeof(struct passwd), offsetof(struct passwd, pw_uid),
    offsetof(struct passwd, pw_gid), offsetof(struct passwd, pw_dir));
  printf("\\"rtc\\":[%lu,%lu,%zu],", (unsigned long)RTC_RD_TIME, (unsigned long)RTC_SET_TIME,
    sizeof(struct rtc_time));
  printf("\\"netlink\\":[%zu,%zu,%zu,%zu],", sizeof(struct nlmsghdr), offsetof(struct nlmsghdr, nlmsg_type),
    offsetof(struct nlmsghdr, nlmsg_flags), offsetof(struct nlmsghdr, nlmsg_seq));
  printf("\\"link\\":[%zu,%zu,%zu],", sizeof(struct ifinfomsg), offsetof(struct ifinfomsg, ifi_index),
    offsetof(struct ifinfomsg, ifi_flags));
  printf("\\"address\\":[%zu,%zu,%zu],", sizeof(struct ifaddrmsg), offsetof(struct ifaddrmsg, ifa_prefixlen),
    offsetof(struct ifaddrmsg, ifa_index));
  printf("\\"stats\\":[%zu,%zu,%zu,%zu,%zu,%zu,%zu,%zu,%zu],", STAT(rx_packets), STAT(tx_packets),
    STAT(rx_bytes), STAT(tx_bytes), STAT(rx_errors), STAT(tx_errors), STAT(rx_dropped),
    STAT(tx_dropped), STAT(rx_missed_errors));
  printf("\\"attributes\\":[%d,%d,%d,%d,%d,%d],", IFLA_ADDRESS, IFLA_IFNAME, IFLA_STATS64, IFA_ADDRESS,
    IFA_LOCAL, IFA_LABEL);
  printf("\\"utmpx\\":[%zu,%zu,%zu,%zu,%zu,%zu,%d],", sizeof(struct utmpx), offsetof(struct utmpx, ut_type),
    offsetof(struct utmpx, ut_user), sizeof(((struct utmpx *)0)->ut_user),
    offsetof(struct utmpx, ut_tv.tv_sec), offsetof(struct utmpx, ut_tv.tv_usec), USER_PROCESS);
  printf("\\"nvme\\":[%zu,%zu,%zu,%zu,%zu,%zu,%lu],", sizeof(struct nvme_passthru_cmd),
    offsetof(struct nvme_passthru_cmd, opcode), offsetof(struct nvme_passthru_cmd, nsid),
    offsetof(struct nvme_passthru_cmd, addr), offsetof(struct nvme_passthru_cmd, data_len),
    offsetof(struct nvme_passthru_cmd, cdw10), (unsigned long)NVME_IOCTL_ADMIN_CMD);
  printf("\\"fileSystem\\":[%lu,%lu,%lu,%zu,%zu,%zu,%d,%zu,%zu],", (unsigned long)FIFREEZE,
    (unsigned long)FITHAW, (unsigned long)FITRIM, sizeof(struct fstrim_range),
    offsetof(struct fstrim_range, len), offsetof(struct fstrim_range, minlen), LOOP_GET_STATUS64,
    sizeof(struct loop_info64), offsetof(struct loop_info64, lo_device));
  printf("\\"epoll\\":[%zu,%zu,%u,%u,%u],", sizeof(struct epoll_event), offsetof(struct epoll_event, data),
    (unsigned)EPOLLET, EPOLLIN | EPOLLOUT, EPOLLERR | EPOLLHUP);
  printf("\\"vsock\\":[%zu,%zu,%zu,%d],", sizeof(struct sockaddr_vm), VM(svm_port), VM(svm_cid), AF_VSOCK);
  printf("\\"termios\\":[%zu,%zu,%zu,%zu,%zu,%zu,%d,%d,%d,%d,%d,%d,%d],", sizeof(struct termios), TIO(c_iflag),
    TIO(c_oflag), TIO(c_cflag), TIO(c_lflag), TIO(c_cc), VTIME, VMIN, CBAUD, B38400, TCIFLUSH, TCSANOW,
    IGNBRK | BRKINT | IGNPAR | PARMRK | INPCK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXOFF | IXANY | IMAXBEL);
  printf("\\"poll\\":[%zu,%zu,%d],", sizeof(struct pollfd), offsetof(struct pollfd, events), POLLIN);
  printf("\\"libc\\":[%zu,%zu,%zu,%zu,%zu,%d,%d,%d,%d,%d,%d,%d,%d]",
    sizeof(struct tm), offsetof(struct tm, tm_gmtoff), offsetof(struct tm, tm_zone),
    sizeof(struct flock), offsetof(struct sockaddr_un, sun_path),
    F_SETLK, F_WRLCK, O_CLOEXEC, AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK, MSG_DONTWAIT, MSG_NOSIGNAL);
  printf("}");
}`

test.if(needs('cc'))('are those of the C library', async () => {
  using dir = tempDir()
  await Bun.write(`${dir.path}/layout.c`, PROGRAM)
  const built = Bun.spawnSync(['cc', '-o', `${dir.path}/layout`, `${dir.path}/layout.c`])
  expect(built.stderr.toString()).toBe('')
  const numbers: unknown = JSON.parse(Bun.spawnSync([`${dir.path}/layout`]).stdout.toString())
  const epoll = EPOLL_EVENT[process.arch as 'x64' | 'arm64']
  const utmpx = UTMPX[process.arch as 'x64' | 'arm64']
  expect(numbers).toEqual({
    passwd: [PASSWD.bytes, PASSWD.uid, PASSWD.gid, PASSWD.dir],
    rtc: [RTC_RD_TIME, RTC_SET_TIME, RTC_TIME.bytes],
    netlink: [NLMSGHDR.bytes, NLMSGHDR.type, NLMSGHDR.flags, NLMSGHDR.sequence],
    link: [IFINFOMSG.bytes, IFINFOMSG.index, IFINFOMSG.flags],
    address: [IFADDRMSG.bytes, IFADDRMSG.prefix, IFADDRMSG.index],
    stats: Object.values(STATS64),
    attributes: [1, 3, 23, 1, 2, 3],
    utmpx: [
      utmpx.bytes,
      UTMPX.type,
      UTMPX.user,
      UTMPX.userBytes,
      utmpx.seconds,
      utmpx.microseconds,
      7,
    ],
    nvme: [NVME.bytes, NVME.opcode, NVME.nsid, NVME.addr, NVME.dataLen, NVME.cdw10, NVME.request],
    fileSystem: [
      0xc0045877,
      0xc0045878,
      0xc0185879,
      TRIM_RANGE.bytes,
      TRIM_RANGE.len,
      TRIM_RANGE.minlen,
      0x4c05,
      LOOP_INFO_BYTES,
      0,
    ],
    epoll: [epoll.bytes, epoll.data, 0x80000000, 0x005, 0x018],
    vsock: [SOCKADDR_VM.bytes, SOCKADDR_VM.port, SOCKADDR_VM.cid, 40],
    termios: [
      ...[TERMIOS.bytes, TERMIOS.input, TERMIOS.output, TERMIOS.control, TERMIOS.local],
      ...[TERMIOS.characters, CONTROL.time, CONTROL.minimum, CBAUD, B38400, 0, 0, INPUT_FLAGS],
    ],
    poll: [POLLFD.bytes, POLLFD.events, 1],
    libc: [
      ...[TM.bytes, TM.gmtoff, TM.zone, FLOCK.bytes],
      ...[2, 6, 1, 0o2000000, 1, 2, 0o4000, 0x40, 0x4000],
    ],
  })
})
