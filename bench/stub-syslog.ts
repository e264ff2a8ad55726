// SPDX-License-Identifier: Apache-2.0
/** The C agent logs every command with syslog(3); without it, what is left is its own work. */
import { join } from 'node:path'
import type { AgentStart } from '../test/harness/agent.ts'
import { PLAIN_ENV } from '../test/harness/agent.ts'

// __syslog_chk is what syslog() becomes with _FORTIFY_SOURCE.
const SOURCE = `
void syslog(int priority, const char *format, ...) { (void)priority; (void)format; }
void __syslog_chk(int priority, int flag, const char *format, ...) { (void)priority; (void)flag; (void)format; }
`

/** How to start an agent whose syslog() does nothing. */
export function withoutSyslog(directory: string): AgentStart {
  const library = join(directory, 'stub-syslog.so')
  const { exitCode, stderr } = Bun.spawnSync(
    ['cc', '-shared', '-fPIC', '-fno-builtin', '-x', 'c', '-o', library, '-'],
    { stdin: Buffer.from(SOURCE) },
  )
  if (exitCode !== 0) throw new Error(`Cannot build the syslog stub: ${stderr}`)
  return { env: { ...PLAIN_ENV, LD_PRELOAD: library } }
}
