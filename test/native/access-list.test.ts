// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { CHANGING, REPLACING, strangers } from '../../native/access-list.ts'

const SELF = 'S-1-5-21-1-2-3-1000'

test.each([
  // C:\Program Files of Windows 10, as icacls and Get-Acl show it.
  [
    'O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464G:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464D:PAI(A;OICIIO;GA;;;CO)(A;;0x1301bf;;;SY)(A;OICIIO;GA;;;SY)(A;;0x1301bf;;;BA)(A;OICIIO;GA;;;BA)(A;;0x1200a9;;;BU)(A;OICIIO;GXGR;;;BU)(A;CIIO;GA;;;S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)(A;;FA;;;S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)(A;;0x1200a9;;;AC)',
    [],
  ],
  // C:\ProgramData: every user makes files and directories there.
  [
    'O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICIIO;GA;;;CO)(A;OICI;0x1200a9;;;BU)(A;CI;DCLCRPCR;;;BU)',
    ['BU'],
  ],
  ['O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)', []],
  ['O:BAG:DUD:P(A;;FA;;;SY)(A;;FA;;;S-1-5-21-1-2-3-1000)', []],
  // The owner may change the list.
  ['O:S-1-5-21-1-2-3-1001D:P(A;OICI;FA;;;SY)', ['S-1-5-21-1-2-3-1001']],
  ['O:SYD:(A;;FR;;;WD)(A;;FX;;;BU)', []],
  ['O:SYD:(A;;FRFW;;;WD)', ['WD']],
  ['O:SYD:(D;;FA;;;BU)(A;;WD;;;AU)S:(AU;SA;FA;;;WD)', ['AU']],
  ['O:SYD:(XA;;FA;;;AU;(@User.Title=="x"))', ['AU']],
  ['O:SYD:(A;;??;;;AU)', ['AU']],
  ['O:SYD:NO_ACCESS_CONTROL', ['everybody']],
  ['O:SYG:SY', ['everybody']],
  ['', ['everybody']],
])('strangers(%j)', (descriptor, expected) => {
  expect(strangers(descriptor, SELF, CHANGING)).toEqual(expected)
})

test.each([
  // C:\, where every user makes directories, and hands more down.
  [
    'O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464D:PAI(A;;LC;;;AU)(A;OICIIO;SDGXGWGR;;;AU)(A;;FA;;;SY)(A;OICIIO;GA;;;SY)(A;OICIIO;GA;;;BA)(A;;FA;;;BA)(A;OICI;0x1200a9;;;BU)',
    [],
  ],
  // C:\ProgramData
  ['O:SYD:PAI(A;OICI;FA;;;SY)(A;OICIIO;GA;;;CO)(A;OICI;0x1200a9;;;BU)(A;CI;DCLCRPCR;;;BU)', []],
  [
    'O:SYD:(A;;DT;;;BU)(A;;SD;;;AU)(A;;WD;;;WD)(A;;WO;;;IU)(A;;GA;;;NU)',
    ['BU', 'AU', 'WD', 'IU', 'NU'],
  ],
  ['O:BUD:(A;;FA;;;SY)', ['BU']],
])('who may replace what is in a directory: %j', (descriptor, expected) => {
  expect(strangers(descriptor, SELF, REPLACING)).toEqual(expected)
})
