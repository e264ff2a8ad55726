// SPDX-License-Identifier: Apache-2.0
/**
 * The table of mounts, from proc_pid_mountinfo(5), or getmntent(3) where that is missing. Names are
 * bytes: a file system need not have them in UTF-8.
 *
 *     36 35 254:1 / /mnt/a\040b rw,noatime master:1 - ext4 /dev/vda1 rw,errors=remount-ro
 *     /dev/vda1 /mnt/a\040b ext4 rw,relatime 0 0
 */

export interface MountLine {
  readonly mountPoint: Buffer
  readonly type: string
  /** What is mounted: a device node, or whatever the file system calls itself. */
  readonly source: Buffer
}

export interface MountinfoLine extends MountLine {
  /** As st_dev has it; the major of what lies on no block device is 0. */
  readonly major: number
  readonly minor: number
}

/** Lines in the file's order, which is that of mounting. What is no such line is passed over. */
export function parseMountinfo(bytes: Buffer): MountinfoLine[] {
  return bytes.latin1Slice().split('\n').flatMap(mountinfoLine)
}

function mountinfoLine(line: string): MountinfoLine[] {
  const head = /^\d+ \d+ (\d+):(\d+) \S+ (\S+) /.exec(line)
  if (head === null) return []
  // Behind a number of optional fields that only this mark ends.
  const mark = line.indexOf(' - ', head[0].length - 1)
  if (mark < 0) return []
  const [type = '', source = ''] = line.slice(mark + 3).split(' ')
  if (type === '') return []
  const [, major, minor, mountPoint] = head
  return [
    {
      major: Number(major),
      minor: Number(minor),
      mountPoint: unescaped(mountPoint as string),
      type,
      source: unescaped(source),
    },
  ]
}

/** The lines of /proc/self/mounts. */
export function parseMounts(bytes: Buffer): MountLine[] {
  return bytes
    .latin1Slice()
    .split('\n')
    .flatMap((line) => {
      const [source = '', mountPoint, type] = line.split(' ')
      if (mountPoint === undefined || type === undefined) return []
      return [{ mountPoint: unescaped(mountPoint), type, source: unescaped(source) }]
    })
}

/** `\040` is the byte 0x20, `\\` a backslash; any other backslash stays. */
function unescaped(text: string): Buffer {
  const plain = text.replace(/\\([0-3][0-7]{2}|\\)/g, (_, code: string) =>
    code === '\\' ? code : String.fromCharCode(Number.parseInt(code, 8)),
  )
  return Buffer.from(plain, 'latin1')
}
