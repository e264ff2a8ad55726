// SPDX-License-Identifier: Apache-2.0
/** Writes the manual page qga.8 from the options and the contract: `bun run docs`. */
import { linux } from '../platform/linux/backend.ts'
import { OPTIONS, type Option } from '../src/option-table.ts'
import { withDefaults } from '../src/options.ts'
import type { Command } from '../src/schema/command.ts'
import { contract } from '../src/schema/contract.ts'
import { membersOf } from '../src/schema/describe.ts'

export function manualPage(
  options: readonly Option[] = OPTIONS,
  commands: readonly Command[] = contract,
): string {
  return `.\\" Generated from src/option-table.ts and src/schema by "bun run docs"; do not edit.
.\\" SPDX-License-Identifier: Apache-2.0
.TH QGA 8
.SH NAME
qga \\- QEMU guest agent
.SH SYNOPSIS
.B qga
[\\fB\\-m\\fR \\fImethod\\fR \\fB\\-p\\fR \\fIpath\\fR] [\\fIoptions\\fR]
.br
.B qga call
|
.B exec
|
.B cp
\\fIarguments\\fR
.br
.B qga install
|
.B uninstall
[\\fB\\-\\-dry\\-run\\fR] [\\fB\\-\\-root\\fR \\fIdir\\fR] [\\fB\\-\\-profile\\fR \\fIname\\fR]
.br
.B qga doctor
[\\fB\\-\\-json\\fR] [\\fB\\-\\-\\fR \\fIoptions\\fR]
.SH DESCRIPTION
The program inside a virtual machine that its host talks to: to freeze file systems for a backup, run
programs, move files, read what the guest is. It takes the place of
.BR qemu\\-ga (8).
.PP
A guest does not stay frozen: when no thaw came within the time of
.B \\-\\-fsfreeze\\-timeout
(600 seconds; 0 is never, as with qemu\\-ga) after the reply to a freeze, it thaws by itself, hook included,
even when the agent was stopped or killed meanwhile. A guest\\-fsfreeze\\-thaw that comes later answers 0.
.PP
.BR "qga call" , " exec " and " cp"
are the other end, for use on the host; each has
.BR \\-\\-help .
.PP
.B qga install
makes a service of this program, and carries over what an earlier agent was told in
/etc/default/qemu\\-guest\\-agent, /etc/sysconfig/qemu\\-ga or /etc/conf.d/qemu\\-guest\\-agent; what it cannot
carry over it names, and changes nothing. With
.B \\-\\-read\\-only
the service is the one without commands that change the guest. With
.B \\-\\-profile
.IR name ,
which is minimal, backup or full, it writes a configuration file that allows the commands of that profile;
one that was made by hand stays.
.B qga uninstall
undoes it.
.B qga doctor
says whether the guest is ready for backups, and exits with 0 when it is; it freezes nothing.
.SH OPTIONS
${options.flatMap(entry).join('\n')}
.SH COMMANDS
What a host can ask for, with the arguments; those in brackets are optional.
${commands.flatMap(commandEntry).join('\n')}
.SH FILES
.TP
.I ${linux.defaults.configPath}
The configuration file: the long options as keys of the group [general]; see
.BR \\-\\-dump\\-conf .
.TP
.I ${linux.defaults.fsfreezeHook}
The hook of an
.B \\-F
without an argument. It has to belong to root and to be writable by nobody else.
.TP
.I ${linux.defaults.statedir}/qga.state
The number of the next file handle.
.TP
.I /etc/default/qga
QGA_OPTIONS: options of the service.
.TP
.I ${linux.defaults.statedir}/qga.state.isfrozen
There as long as file systems are frozen.
.SH ENVIRONMENT
.TP
.B QGA_CONF
A configuration file in place of the usual one.
.SH EXIT STATUS
0 after SIGTERM or SIGINT and what only prints; 1 when the agent cannot start.
`
}

function entry({ short, long, value, argument, help }: Option): readonly string[] {
  if (help === undefined) return []
  const names = [short && `-${short}`, long && `--${long}`].filter(Boolean).join(', ')
  const shown = argument === 'optional' ? `[=${value}]` : value === undefined ? '' : `=${value}`
  return ['.TP', `.B ${escaped(names + shown)}`, escaped(withDefaults(help, linux.defaults))]
}

function commandEntry({ name, args, since }: Command): readonly string[] {
  const shown = membersOf(args).map((member) =>
    member.optional ? `[${member.name}]` : member.name,
  )
  const text = [...(shown.length === 0 ? ['no arguments'] : [shown.join(', ')]), `since ${since}`]
  return ['.TP', `.B ${escaped(name)}`, escaped(text.join('; '))]
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1')
}

if (import.meta.main) await Bun.write(`${import.meta.dir}/qga.8`, manualPage())
