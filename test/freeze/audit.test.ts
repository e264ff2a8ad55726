// SPDX-License-Identifier: Apache-2.0
/** The audit of a freeze, whatever becomes of the agent. */
import { expect, test } from 'bun:test'
import { freezeList, thaw } from '../harness/freezing.ts'
import { canMount, isWritable, LoopMounts } from '../harness/loop-mounts.ts'
import { Scratch, SLOW_MS, serving, until } from '../harness/program.ts'
import { hasSyslog, Syslog } from '../harness/syslog.ts'

test.if(canMount && hasSyslog)(
  'a freeze is told while it lasts, also by an agent that does not live until the thaw',
  async () => {
    using scratch = new Scratch()
    using mounts = new LoopMounts()
    const mountpoint = mounts.add('ext4', 'a')
    using syslog = await Syslog.start(scratch)
    const options = ['--fsfreeze-timeout=2']
    const asked = `guest-fsfreeze-freeze-list, arguments: {"mountpoints": ["${mountpoint}"]}, result: 1`
    using agent = await serving({ directory: scratch.path, options }, syslog.wrapper)
    expect(await freezeList(agent.socket, mountpoint)).toBe(1)
    await until('the freeze is told', () => syslog.audit.length > 0)
    expect(syslog.audit).toEqual([asked])
    expect(await thaw(agent.socket)).toBe(1)
    await until('the thaw is told', () => syslog.audit.length > 1)
    expect(await freezeList(agent.socket, mountpoint)).toBe(1)
    await agent.kill()
    await until('it is thawed', () => isWritable(mountpoint))
    await until('the second is told', () => syslog.audit.length > 2)
    expect(syslog.audit).toEqual([asked, 'guest-fsfreeze-thaw, arguments: {}, result: 1', asked])
  },
  SLOW_MS,
)
