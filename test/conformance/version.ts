// SPDX-License-Identifier: Apache-2.0
/** The release number that an agent tells about itself. */
export function versionOf(command: readonly string[]): string {
  const { stdout } = Bun.spawnSync([...command, '--version'])
  const version = /\d+(?:\.\d+)+/.exec(stdout.toString())?.[0]
  if (version === undefined) throw new Error(`${command.join(' ')} does not tell its version`)
  return version
}
