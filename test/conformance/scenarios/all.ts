// SPDX-License-Identifier: Apache-2.0
/** Every scenario there is. */
import type { Scenario } from '../scenario.ts'
import {
  noPasswords,
  noUsers,
  passwordFailures,
  passwords,
  sshComments,
  sshKeys,
  users,
} from './accounts.ts'
import { argumentErrors, memoryBlockArguments, vcpuArguments } from './arguments.ts'
import { allowList, blockList, envelope } from './envelope.ts'
import { exec, execCapture, execModes, execStreams, execUnreadInput } from './exec.ts'
import { fileBase64, filePipes, fileWrite } from './file-write.ts'
import { fileOpen, fileRead, fileSeek } from './files.ts'
import { connections, ids, sync } from './ids.ts'
import { bareInterfaces, interfaces, routes } from './network.ts'
import { limits, parse, parseStrings, parseTokens } from './parse.ts'
import {
  kernelSuspend,
  setTimes,
  shutdownFailures,
  shutdownFallback,
  shutdowns,
  suspends,
} from './power.ts'
import {
  cpuStats,
  emptyMemoryBlocks,
  memoryBlocks,
  noMemoryBlocks,
  noVcpus,
  shortCpuStats,
  strangeVcpus,
  vcpus,
} from './processors.ts'
import { agentInfo, allowListInfo, hostName, osInfo, time, timezone } from './system.ts'

export const scenarios: readonly Scenario[] = [
  envelope,
  blockList,
  allowList,
  parse,
  parseStrings,
  parseTokens,
  limits,
  argumentErrors,
  vcpuArguments,
  memoryBlockArguments,
  ids,
  sync,
  connections,
  agentInfo,
  allowListInfo,
  fileOpen,
  fileRead,
  fileSeek,
  fileWrite,
  fileBase64,
  filePipes,
  execCapture,
  execModes,
  execUnreadInput,
  execStreams,
  exec,
  hostName,
  time,
  timezone,
  osInfo,
  interfaces,
  bareInterfaces,
  routes,
  vcpus,
  strangeVcpus,
  noVcpus,
  memoryBlocks,
  noMemoryBlocks,
  emptyMemoryBlocks,
  cpuStats,
  shortCpuStats,
  users,
  noUsers,
  passwords,
  passwordFailures,
  noPasswords,
  sshKeys,
  sshComments,
  shutdowns,
  shutdownFallback,
  shutdownFailures,
  ...suspends,
  kernelSuspend,
  setTimes,
]
