// SPDX-License-Identifier: Apache-2.0
/** Every deliberate difference from the reference agent. Steps of scenarios refer to them; docs/differences.md is made of them. */

export interface Difference {
  readonly upstream: string
  readonly ours: string
  readonly why: string
  /** The test that shows it where no transcript can. */
  readonly shownBy?: string
}

export const differences = {
  'id-digits': {
    upstream:
      'A number in an `id` that is no 64-bit integer comes back as a double prints it: `1.0` as `1`, `1e400` as `inf`.',
    ours: 'It comes back with its own digits.',
    why: 'A client compares ids; `inf` is no JSON.',
  },
  'member-order': {
    upstream: 'Members of objects come in the order of a hash table.',
    ours: 'They come in the order of the contract, those of an `id` as they were sent.',
    why: 'Order means nothing in JSON, and people read replies.',
  },
  'parser-reset': {
    upstream:
      'What a client left unfinished is put before what the next client sends: it is told about foreign bytes, or runs a foreign command.',
    ours: 'A new connection starts with nothing. Lines and columns go on counting.',
    why: 'The clients have nothing to do with each other.',
  },
  base64: {
    upstream:
      'Base64 with incomplete groups or with padding in the middle is decoded to something, and bytes are lost without a word.',
    ours: 'It is refused with `Base64 data contains invalid characters`. Newlines are skipped as upstream does.',
    why: 'A file that was silently cut is worse than an error.',
  },
  'create-mode': {
    upstream: '`guest-file-open` gives a new file the permissions 0666, whatever the umask.',
    ours: 'A new file gets 0644; `file-create-mode=0666` in the configuration gives upstream’s.',
    why: 'Anyone in the guest could write to the file.',
  },
  'short-read': {
    upstream:
      'Reading a pipe or terminal that has fewer bytes than `count` is an error, and the bytes are lost.',
    ours: 'The bytes that are there are the reply.',
    why: 'No other read would get them.',
  },
  'write-through': {
    upstream:
      'Written bytes stay in the agent until a flush, a seek, a close or a full buffer; a failure is told only there.',
    ours: 'A write has reached the file when it is answered, and fails itself.',
    why: 'A reply that says "written" should mean it; a crash of the agent loses nothing.',
  },
  'pipe-turn': {
    upstream: 'Writing to a pipe or terminal after reading from it fails with `Illegal seek`.',
    ours: 'It works.',
    why: 'Nothing has to be repositioned where there is no position.',
  },
  'exec-environment': {
    upstream: 'Every entry of `env` reaches the program as it is.',
    ours: 'Of a name given twice the first entry counts; entries that are no assignment are left out.',
    why: 'The environment is a map here; programs that ask for a variable see the same value.',
  },
  'sync-rule': {
    upstream:
      'Behind a command that hangs everything waits, syncs and other clients included, for as long as it does.',
    ours: 'A sync that has waited for a second is answered; the replies to what came before it are dropped, and the commands go on. What needs what they hold waits for `busy-timeout`, and is an error then.',
    why: 'One stuck command makes the agent dead to its host.',
    shownBy: '../program/stuck.test.ts',
  },
  'next-client': {
    upstream: 'The next client is served when all is done that the former one asked for.',
    ours: 'It is read at once, and its sync answered after a second at the latest.',
    why: 'A client that has gone waits for nothing.',
    shownBy: '../program/stuck.test.ts',
  },
  'command-timeout': {
    upstream: 'A command may take for ever.',
    ours: 'After `file-timeout` (300 s) or `command-timeout` (3600 s) it is answered with an error, and goes on.',
    why: 'A client without a time limit of its own would wait for ever.',
    shownBy: '../program/stuck.test.ts',
  },
  'socket-path': {
    upstream: 'A socket path of 108 bytes is taken, without the NUL that ends it.',
    ours: 'It is too long, as a longer one is upstream.',
    why: 'The runtime leaves room for the NUL.',
    shownBy: '../program/start-failures.test.ts',
  },
  'socket-occupied': {
    upstream:
      'Whatever lies at the path of the socket is removed, also the socket of a running agent.',
    ours: 'A file, and a socket that is served, is left alone: the start fails with `Address already in use`.',
    why: 'It belongs to somebody.',
    shownBy: '../program/clients.test.ts',
  },
  'open-files': {
    upstream: 'Programs inherit the limit of open files that the agent was started with.',
    ours: 'They inherit a soft limit that is raised to the hard one.',
    why: 'The runtime raises its own.',
    shownBy: '../program/exec.test.ts',
  },
  'unknown-zone': {
    upstream: 'A `TZ` that is a bare name is UTC.',
    ours: 'It is UTC by the name it was given, as the C library has it.',
    why: 'The name is that of `localtime_r`, which is what `date` shows in the guest.',
  },
  'exec-single-stream': {
    upstream:
      'After a `guest-exec` with `capture-output` `stdout` or `stderr` has ended, the next one of either kind never ends, and later ones lose output.',
    ours: 'Every process is its own.',
    why: 'The result would never be known.',
  },
  'exec-number': {
    upstream:
      'When the number of a process comes round again before its result was fetched, guest-exec-status gives the older result first.',
    ours: 'It gives that of the newer process first.',
    why: 'Who asks has just been told the number.',
    shownBy: '../portable/exec.test.ts',
  },
  'os-release': {
    upstream:
      'os-release is read as a GLib key file: single quotes stay in the value, one odd line loses the whole file, an unterminated quote adds garbage.',
    ours: 'It is read as os-release(5) says: shell quoting, and lines that are no assignments are passed over.',
    why: 'Distributions write single quotes.',
  },
  'late-usage': {
    upstream:
      '`guest-get-fsinfo` waits for as long as a file system does not tell its usage, and the agent with it.',
    ours: 'After two seconds the members of usage are left out; that file system is not asked again before it has answered. The health of an NVMe disk in `guest-get-disks` likewise.',
    why: 'One file system that hangs is no reason to lose the guest.',
    shownBy: '../program/late-mount.test.ts',
  },
  'lost-device': {
    upstream:
      'When one device cannot be looked up in sysfs, all of `guest-get-fsinfo` fails, and `guest-get-disks` can end the agent.',
    ours: 'What cannot be found is left out.',
    why: 'Devices come and go while one looks.',
    shownBy: '../platform/linux/storage.test.ts',
  },
  'many-ports': {
    upstream:
      'A disk on a SATA or IDE controller with more than eight ports may be without bus type and unit.',
    ours: 'All ports are counted.',
    why: 'A host finds its disk by the unit.',
    shownBy: '../platform/linux/disk-address.test.ts',
  },
  'unfetched-replies': {
    upstream: 'A client that leaves before it has fetched its replies can take the agent with it.',
    ours: 'The replies are dropped and the next client is served.',
    why: 'A host that is interrupted must not end the agent.',
    shownBy: 'unfetched.test.ts',
  },
  'route-numbers': {
    upstream:
      'Metrics and flags of IPv6 routes are read as signed: -1, and flags of twenty digits.',
    ours: 'They are unsigned, as the kernel prints them.',
    why: 'They are wrong otherwise.',
  },
  'memory-block-success': {
    upstream:
      '`guest-set-memory-blocks` answers `success` with an `error-code` where a block has no state, and where the directory of the blocks cannot be opened.',
    ours: 'The first is a success without a code, the second `operation-failed`.',
    why: 'A success has no error.',
  },
  'suspend-failure': {
    upstream:
      'When systemd or pm-utils knows a way to suspend, that way fails, and the kernel has none: no reply, as after a success, or `unknown guest suspend mode`.',
    ours: 'What failed is the error.',
    why: 'The host would wait for a guest that never slept.',
  },
  'hardware-clock': {
    upstream: '`guest-set-time` runs `/sbin/hwclock` and tells what that printed.',
    ours: 'The device is set and read directly; an error names it.',
    why: 'Many systems come without hwclock.',
  },
  'password-nul': {
    upstream:
      'A password ends at its first NUL byte; a user name with one is looked up by other bytes.',
    ours: 'Both are refused in the words for a newline.',
    why: 'A password that was silently cut is not the one that was asked for.',
  },
  'ssh-newline': {
    upstream:
      'authorized_keys is written without a newline at its end; where there was one, an empty line goes before the first key that is added.',
    ours: 'Keys are added as lines of their own, each with its newline.',
    why: 'Whoever appends with `echo` would spoil the last key.',
  },
  'ssh-links': {
    upstream:
      'Links at `.ssh` and `authorized_keys` are followed, with the user’s rights; a file that cannot be read is replaced.',
    ours: 'They are refused, as is everything that is no regular file; a file that cannot be read stays.',
    why: 'What the user put there must not decide which file is read or replaced.',
    shownBy: '../program/ssh-keys.test.ts',
  },
  'logind-users': {
    upstream: '`guest-get-users` is empty on systems without utmp.',
    ours: 'logind is asked there.',
    why: 'Distributions give utmp up, for it cannot count beyond 2038.',
    shownBy: '../platform/linux/users.test.ts',
  },
  'route-tables': {
    upstream: '`guest-network-get-route` fails when one of the two tables is missing.',
    ours: 'The other one is the answer.',
    why: 'A kernel without IPv6 still has routes.',
    shownBy: '../platform/linux/network.test.ts',
  },
  'shutdown-programs': {
    upstream: '`guest-shutdown` knows `/sbin/poweroff`, `halt`, `reboot` and `/sbin/shutdown`.',
    ours: 'Where these are missing, systemctl, openrc-shutdown, runit-init or busybox is used.',
    why: 'Some systems have nothing else.',
    shownBy: '../platform/linux/power.test.ts',
  },
  'program-limits': {
    upstream:
      'Programs that the agent runs itself may take forever, and so may what they leave running.',
    ours: 'They are ended after a time, and nothing they leave behind is waited for.',
    why: 'The agent would be gone for the host.',
    shownBy: '../platform/linux/run-program.test.ts',
  },
  'freeze-ends': {
    upstream: 'A freeze lasts until a thaw comes. SIGTERM and SIGINT are ignored meanwhile.',
    ours: 'After `fsfreeze-timeout` (600 s; 0 is never) a watchdog thaws; a later guest-fsfreeze-thaw answers 0. An agent that is told to end thaws first.',
    why: 'A guest that stays frozen is lost.',
    shownBy: '../freeze/ends.test.ts',
  },
  'freeze-hook': {
    upstream:
      'The hook may take forever, is run whoever can write it, and is not called for the thaw when it failed itself or when nothing was frozen.',
    ours: 'It has a limit (`fsfreeze-hook-timeout`, 30 s), has to belong to root and be writable by nobody else, and is called for the thaw in every case. An error of it at the thaw ends with the number of file systems that are thawed.',
    why: 'Applications must not stay quiesced for a freeze that is not.',
    shownBy: '../freeze/hook.test.ts',
  },
  'freeze-names': {
    upstream:
      'guest-fsfreeze-freeze-list knows a file system by its first mount point only; others are passed over.',
    ours: 'Any of its mount points is taken, with or without a slash at the end, also through links.',
    why: 'A backup would be taken of what was not frozen.',
    shownBy: '../freeze/freeze.test.ts',
  },
  'freeze-order': {
    upstream: 'File systems are opened and frozen one by one, in the reverse order of mounting.',
    ours: 'All are opened first, and what lies on another through a loop device goes before that.',
    why: 'The freeze of the second would wait for the thaw of the first.',
    shownBy: '../freeze/freeze.test.ts',
  },
  'freeze-stuck': {
    upstream: 'A thaw is a success although a file system could not be thawed.',
    ours: 'What the agent has frozen and cannot thaw is an error, and the status stays `frozen`: a later thaw, or the watchdog, tries again.',
    why: 'Nobody would look for what holds up the guest.',
    shownBy: '../freeze/hangs.test.ts',
  },
  'freeze-rollback': {
    upstream: 'A freeze that failed thaws everything, also what others had frozen.',
    ours: 'It thaws what it has frozen.',
    why: 'Somebody else may rely on theirs.',
    shownBy: '../freeze/freeze.test.ts',
  },
  'config-owner': {
    upstream: 'The configuration file is read whoever can write it.',
    ours: 'It has to belong to root or to the agent’s user, be writable by nobody else, and lie in directories and behind links of which the same holds; directories as /tmp is may be among them. Else the start ends with one line.',
    why: 'Who can write it, or put another in its place, decides what the host may do as root.',
    shownBy: '../program/planted.test.ts',
  },
  'vsock-peers': {
    upstream: 'vsock-listen lets in whoever connects, every user of the guest among them.',
    ours: 'Only the host, context id 2, is heard; anybody where the agent listens on the loopback, `1:PORT`.',
    why: 'Connecting to a vsock needs no right, and who is let in is root.',
    shownBy: '../guest/sockets.ts',
  },
  hangup: {
    upstream: 'SIGHUP ends the agent, also while file systems are frozen.',
    ours: 'It opens the log again, and ends only an agent that a terminal started, after a thaw.',
    why: 'What rotates logs and reloads services sends it, and a guest must not stay frozen for it.',
    shownBy: '../program/signals.test.ts',
  },
  'own-files': {
    upstream:
      'Pid file, log, state and marker are opened through links, a FIFO in their place is waited for, and everybody may write to the socket when the umask says so.',
    ours: 'A link, a FIFO, a file of another user or one with a second name in their place ends the start; a log may be a link that is root’s. The socket is never for all to write.',
    why: 'Another user of the guest may have been there first.',
    shownBy: '../program/planted.test.ts',
  },
  version: {
    upstream: '`guest-info` tells the version of QEMU that the agent was built with.',
    ours: 'It tells the version whose protocol we speak.',
    why: 'Clients decide by it what they may ask for.',
    shownBy: 'transcripts.test.ts',
  },
} as const satisfies Record<string, Difference>

export type DifferenceId = keyof typeof differences
