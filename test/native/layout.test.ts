// SPDX-License-Identifier: Apache-2.0
/** The struct layouts that the bindings count on, against this system's own headers. */
import { expect, test } from 'bun:test'
import { FLOCK, TM } from '../../native/libc.ts'
import { NVME } from '../../native/nvme.ts'
import { needs } from '../harness/needs.ts'
import { tempDir } from '../harness/temp-dir.ts'

const PROGRAM = `
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
int main(void) {
  printf("[%zu,%zu,%zu,%zu,%zu,%d,%d,%d,%d,%d,%d,%d,%d,%zu,%zu,%zu,%zu,%zu,%zu,%lu]",
    sizeof(struct tm), offsetof(struct tm, tm_gmtoff), offsetof(struct tm, tm_zone),
    sizeof(struct flock), offsetof(struct sockaddr_un, sun_path),
    F_SETLK, F_WRLCK, O_CLOEXEC, AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK, MSG_DONTWAIT, MSG_NOSIGNAL,
    sizeof(struct nvme_passthru_cmd), offsetof(struct nvme_passthru_cmd, opcode),
    offsetof(struct nvme_passthru_cmd, nsid), offsetof(struct nvme_passthru_cmd, addr),
    offsetof(struct nvme_passthru_cmd, data_len), offsetof(struct nvme_passthru_cmd, cdw10),
    (unsigned long)NVME_IOCTL_ADMIN_CMD);
}`

test.if(needs('cc'))('are those of the C library', async () => {
  using dir = tempDir()
  await Bun.write(`${dir.path}/layout.c`, PROGRAM)
  const built = Bun.spawnSync(['cc', '-o', `${dir.path}/layout`, `${dir.path}/layout.c`])
  expect(built.stderr.toString()).toBe('')
  const numbers: unknown = JSON.parse(Bun.spawnSync([`${dir.path}/layout`]).stdout.toString())
  expect(numbers).toEqual([
    TM.bytes,
    TM.gmtoff,
    TM.zone,
    FLOCK.bytes,
    2,
    6,
    1,
    0o2000000,
    1,
    2,
    0o4000,
    0x40,
    0x4000,
    NVME.bytes,
    NVME.opcode,
    NVME.nsid,
    NVME.addr,
    NVME.dataLen,
    NVME.cdw10,
    NVME.request,
  ])
})
