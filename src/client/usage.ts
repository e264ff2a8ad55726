// SPDX-License-Identifier: Apache-2.0
export const USAGE = `Usage: qga call [-p SOCKET] [--json] [--timeout SECONDS] COMMAND [NAME=VALUE | NAME:=JSON]...
       qga exec [-p SOCKET] [--json] [-e NAME=VALUE]... [-i FILE] -- PROGRAM [ARGUMENT]...
       qga cp [-p SOCKET] [--json] [--quiet] [--resume] [--timeout SECONDS] SOURCE TARGET

  -p, --path SOCKET    the agent's unix socket (default: $QGA_SOCKET)
      --json           print one line of JSON, for scripts
      --timeout SECONDS  give up waiting for an answer (default: wait for ever; cp: 60)
  -e, --env NAME=VALUE the program's environment; replaces the agent's
  -i, --input FILE     what the program reads from its standard input; - is ours
      --resume         go on after the bytes that an interrupted cp has left
      --quiet          no progress, no notes

call prints the result. It exits with 0, with 1 when the agent answers with an error, 2 when the
command line makes no sense, 3 when the agent cannot be reached or does not answer.
exec writes what the program writes and exits with its exit code, 128 + N when signal N ended it,
and 125 when the program could not be run.
cp copies a file; guest:/path is in the guest, - is our standard input or output. It writes to
TARGET.part, compares SHA-256 sums and renames. It exits as call does, with 130 when interrupted.
`
