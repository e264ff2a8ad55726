// SPDX-License-Identifier: Apache-2.0
/** Names in rules: paths as the kernel tells them of what is open, and users as passwd(5) has them. */
import type { RuleForms } from '../../../src/config.ts'

export const ruleForms: RuleForms = {
  expected:
    'expected absolute paths without "." and "..", such as /etc/hosts, or /var/log/ for all below it',
  isEntry: (text) => /^\/(?:(?!\.{1,2}(?:\/|$))[^/]+(?:\/|$))*$/.test(text),
  isPlain: (path) => !/\/(?:\.{0,2})(?:\/|$)/.test(path),
  covers: (entry, path) => (entry.endsWith('/') ? path.startsWith(entry) : path === entry),
  isUser: (entry, name) => entry === name,
}
