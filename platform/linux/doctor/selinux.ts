// SPDX-License-Identifier: Apache-2.0
/** What SELinux may refuse the agent, and the switch for it (getsebool(8)). */
import type { Finding } from '../../../src/admin/administration.ts'

/** Boolean → what the agent's domain cannot do without it. */
const BOOLEANS = {
  virt_qemu_ga_run_unconfined: 'guest-exec and hooks run confined',
  virt_qemu_ga_manage_ssh: 'guest-ssh-* cannot write authorized_keys',
  virt_qemu_ga_read_nonsecurity_files: 'guest-file-* can read few files',
} as const

/** @param read the content of a file; undefined when it cannot be read */
export function selinuxFindings(read: (path: string) => string | undefined): readonly Finding[] {
  const about = 'SELinux'
  const enforce = read('/sys/fs/selinux/enforce')?.trim()
  if (enforce === undefined) return [{ about, level: 'ok', text: 'not there' }]
  if (enforce !== '1') return [{ about, level: 'ok', text: 'permissive: it refuses nothing' }]
  const off = Object.entries(BOOLEANS).filter(
    // `0 0`: as it is, and as it is going to be.
    ([name]) => read(`/sys/fs/selinux/booleans/${name}`)?.startsWith('0') === true,
  )
  return [
    { about, level: 'warning', text: 'enforcing: the agent was never tried under it' },
    ...off.map(([name, effect]): Finding => {
      const remedy = `setsebool -P ${name} on`
      return { about, level: 'warning', text: `${name} is off: ${effect}; ${remedy}` }
    }),
  ]
}
