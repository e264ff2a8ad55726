// SPDX-License-Identifier: Apache-2.0
/**
 * Settings of services, NAME=value a line, as both sh and systemd.exec(5)'s EnvironmentFile read them.
 *
 *     # Fsfreeze hook script specification.
 *     FILTER_RPC_ARGS="--allow-rpcs=guest-sync,guest-ping"
 *     export LOGFILE=/var/log/qemu-ga/qemu-ga.log
 */

export interface Assignment {
  /** Counted from 1; of one that goes on, the first. */
  readonly line: number
  /** As it stands there. */
  readonly text: string
  /** Empty for what is no assignment. */
  readonly name: string
  /** Undefined when a shell would have to say what it is. */
  readonly value: string | undefined
}

export function parseAssignments(text: string): readonly Assignment[] {
  const assignments: Assignment[] = []
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1
    let whole = lines[i] as string
    while (whole.endsWith('\\') && i + 1 < lines.length) whole = whole.slice(0, -1) + lines[++i]
    const content = whole.trim()
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue
    const [, name = '', raw = ''] = /^(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(content) ?? []
    assignments.push({ line, text: content, name, value: plain(raw) })
  }
  return assignments
}

/** What stands for itself: in quotes of one kind, or without any; a comment may follow. */
function plain(raw: string): string | undefined {
  const [, double, single, bare] =
    /^(?:"([^"$`\\]*)"|'([^']*)'|([^\s"'$`\\;&|<>()]*))(?:\s+#.*)?$/.exec(raw) ?? []
  return double ?? single ?? bare
}
