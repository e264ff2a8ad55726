// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { portNamed } from '../../../platform/linux/serial.ts'
import { tempDir } from '../../harness/temp-dir.ts'

test('a port is found by the name that the kernel gives it', () => {
  using dir = tempDir()
  for (const port of ['vport1p0', 'vport1p1', 'vport2p3']) mkdirSync(`${dir.path}/${port}`)
  // A console port has no name.
  writeFileSync(`${dir.path}/vport1p1/name`, 'com.redhat.spice.0\n')
  writeFileSync(`${dir.path}/vport2p3/name`, 'org.qemu.guest_agent.0\n')
  expect(portNamed('org.qemu.guest_agent.0', dir.path)).toBe('/dev/vport2p3')
  expect(portNamed('org.qemu.guest_agent', dir.path)).toBeUndefined()
  expect(portNamed('org.qemu.guest_agent.0', `${dir.path}/none`)).toBeUndefined()
})
