// SPDX-License-Identifier: Apache-2.0
/** The contract: every command of upstream 11.1, in the order of its schema. */
import { guestGetUsers, guestSetUserPassword } from './account.ts'
import { guestInfo, guestPing, guestSync, guestSyncDelimited } from './agent.ts'
import type { Command } from './command.ts'
import { guestGetDevices } from './devices.ts'
import { guestExec, guestExecStatus } from './exec.ts'
import {
  guestFileClose,
  guestFileFlush,
  guestFileOpen,
  guestFileRead,
  guestFileSeek,
  guestFileWrite,
} from './file.ts'
import {
  guestFsfreezeFreeze,
  guestFsfreezeFreezeList,
  guestFsfreezeStatus,
  guestFsfreezeThaw,
  guestFstrim,
} from './fsfreeze.ts'
import { guestGetMemoryBlockInfo, guestGetMemoryBlocks, guestSetMemoryBlocks } from './memory.ts'
import { guestNetworkGetInterfaces, guestNetworkGetRoute } from './network.ts'
import { guestShutdown, guestSuspendDisk, guestSuspendHybrid, guestSuspendRam } from './power.ts'
import { guestGetCpustats, guestGetLoad, guestGetVcpus, guestSetVcpus } from './processor.ts'
import {
  guestSshAddAuthorizedKeys,
  guestSshGetAuthorizedKeys,
  guestSshRemoveAuthorizedKeys,
} from './ssh.ts'
import { guestGetDisks, guestGetDiskstats, guestGetFsinfo } from './storage.ts'
import { guestGetHostName, guestGetOsinfo, guestGetTimezone } from './system.ts'
import { guestGetTime, guestSetTime } from './time.ts'

export const contract = [
  guestSyncDelimited,
  guestSync,
  guestPing,
  guestGetTime,
  guestSetTime,
  guestInfo,
  guestShutdown,
  guestFileOpen,
  guestFileClose,
  guestFileRead,
  guestFileWrite,
  guestFileSeek,
  guestFileFlush,
  guestFsfreezeStatus,
  guestFsfreezeFreeze,
  guestFsfreezeFreezeList,
  guestFsfreezeThaw,
  guestFstrim,
  guestSuspendDisk,
  guestSuspendRam,
  guestSuspendHybrid,
  guestNetworkGetInterfaces,
  guestGetVcpus,
  guestSetVcpus,
  guestGetDisks,
  guestGetFsinfo,
  guestSetUserPassword,
  guestGetMemoryBlocks,
  guestSetMemoryBlocks,
  guestGetMemoryBlockInfo,
  guestExecStatus,
  guestExec,
  guestGetHostName,
  guestGetUsers,
  guestGetTimezone,
  guestGetOsinfo,
  guestGetDevices,
  guestSshGetAuthorizedKeys,
  guestSshAddAuthorizedKeys,
  guestSshRemoveAuthorizedKeys,
  guestGetDiskstats,
  guestGetCpustats,
  guestGetLoad,
  guestNetworkGetRoute,
] as const satisfies readonly Command[]

type Declared = (typeof contract)[number]

export type CommandName = Declared['name']

/** The declarations by name. */
export type Commands = { readonly [C in Declared as C['name']]: C }
