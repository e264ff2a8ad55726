// SPDX-License-Identifier: Apache-2.0
/** Questions to an NVMe controller, through its device node. */
import { errnoError } from '../src/errno.ts'
import { loadKoffi } from './koffi.ts'
import { bind } from './libc.ts'

/** linux/nvme_ioctl.h: struct nvme_passthru_cmd, its members that are not left zero, and the request. */
export const NVME = {
  bytes: 72,
  opcode: 0,
  nsid: 4,
  addr: 24,
  dataLen: 36,
  cdw10: 40,
  request: 0xc0484e41,
} as const

const GET_LOG_PAGE = 0x02
const SMART_LOG = 0x02
const RETAIN_ASYNC_EVENT = 1 << 15
const ALL_NAMESPACES = 0xffffffff

type Callback = (error: unknown, result: number) => void
const cIoctl = bind<
  ((fd: number, request: number, argument: Buffer) => number) & {
    async(fd: number, request: number, argument: Buffer, done: Callback): void
  }
>('int ioctl(int fd, ulong request, void *argument)')

/**
 * ioctl(2) NVME_IOCTL_ADMIN_CMD, Get Log Page: the controller's SMART log, on the work pool for a
 * controller may not answer.
 * @param log is filled; its length is a multiple of four
 */
export function readSmartLog(fd: number, log: Buffer): Promise<void> {
  const dwords = log.length / 4
  const command = Buffer.alloc(NVME.bytes)
  command.writeUInt8(GET_LOG_PAGE, NVME.opcode)
  command.writeUInt32LE(ALL_NAMESPACES, NVME.nsid)
  command.writeBigUInt64LE(loadKoffi().address(log), NVME.addr)
  command.writeUInt32LE(log.length, NVME.dataLen)
  command.writeUInt32LE(((dwords - 1) << 16) | RETAIN_ASYNC_EVENT | SMART_LOG, NVME.cdw10)
  return new Promise((resolve, reject) => {
    cIoctl().async(fd, NVME.request, command, (error, status) => {
      if (error) reject(error)
      else if (status < 0) reject(errnoError('NVME_IOCTL_ADMIN_CMD', loadKoffi().errno()))
      else if (status > 0)
        reject(new Error(`NVMe status 0x${status.toString(16)} of ${log.length}`))
      else resolve()
    })
  })
}
