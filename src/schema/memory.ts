// SPDX-License-Identifier: Apache-2.0
import { command } from './command.ts'
import { args, bool, enumeration, int, list, none, optional, struct, uint64 } from './qapi.ts'

/** `can-offline` is a result: accepted in a request, and ignored. */
const memoryBlock = () => ({ 'phys-index': uint64, online: bool, 'can-offline': optional(bool) })

/** Empty where the kernel has no memory hotplug. */
export const guestGetMemoryBlocks = command({
  name: 'guest-get-memory-blocks',
  since: '2.3',
  if: 'CONFIG_LINUX',
  args: () => none,
  returns: () => list(struct(memoryBlock())),
})

/** `error-code` is an errno. */
const memoryBlockResponse = () =>
  struct({
    'phys-index': uint64,
    response: enumeration('GuestMemoryBlockResponseType', [
      'success',
      'not-found',
      'operation-not-supported',
      'operation-failed',
    ]),
    'error-code': optional(int),
  })

/** One response per block of the request, in its order; a failing block does not fail the command. */
export const guestSetMemoryBlocks = command({
  name: 'guest-set-memory-blocks',
  since: '2.3',
  if: 'CONFIG_LINUX',
  args: () => args({ 'mem-blks': list(args(memoryBlock())) }),
  returns: () => list(memoryBlockResponse()),
  audited: true,
})

/** The size of every block, in bytes. */
export const guestGetMemoryBlockInfo = command({
  name: 'guest-get-memory-block-info',
  since: '2.3',
  if: 'CONFIG_LINUX',
  args: () => none,
  returns: () => struct({ size: uint64 }),
})
