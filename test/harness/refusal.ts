// SPDX-License-Identifier: Apache-2.0
/** The reply to what a rule refuses. */
export const refusal = (command: string, reason: string) => ({
  error: {
    class: 'CommandNotFound',
    desc: `Command ${command} has been disabled: the command is not allowed: ${reason}`,
  },
})
