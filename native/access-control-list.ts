// SPDX-License-Identifier: Apache-2.0
/** Access control lists of files: acl(5). */
import { loadKoffi } from './koffi.ts'
import { bind } from './libc.ts'

const ACCESS_LIST = 'system.posix_acl_access'
const ENODATA = 61
const EOPNOTSUPP = 95

const cGetxattr = bind<(path: string, name: string, value: null, bytes: number) => number>(
  'int64_t getxattr(const char *path, const char *name, void *value, uint64_t bytes)',
)

/** getxattr(2): whether a file has more in its list than its mode says, or nobody can tell. */
export function hasAccessList(path: string): boolean {
  if (cGetxattr()(path, ACCESS_LIST, null, 0) >= 0) return true
  return ![ENODATA, EOPNOTSUPP].includes(loadKoffi().errno())
}
