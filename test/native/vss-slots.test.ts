// SPDX-License-Identifier: Apache-2.0
/** Every method of VSS that is called by its place in a table has that place in mingw-w64's headers. */
import { expect, test } from 'bun:test'
import { NAMES } from '../../native/hresult.ts'
import {
  BACKUP_TYPES,
  backup,
  COMPONENT_INFO,
  CONTEXT,
  component,
  FAILED_STATES,
  metadata,
  operation,
  TRANSPORTABLE,
} from '../../native/vssapi.ts'
import { PROVIDER_ID } from '../../platform/windows/vss-identity.ts'
import { needs } from '../harness/needs.ts'
import { SLOW_MS } from '../harness/program.ts'
import { tempDir } from '../harness/temp-dir.ts'

const METHODS = [backup, operation, metadata, component].flatMap((each) => Object.values(each))
const WRITER_STATES: Readonly<Record<string, string>> = {
  identify: 'AT_IDENTIFY',
  'prepare backup': 'AT_PREPARE_BACKUP',
  'prepare snapshot': 'AT_PREPARE_SNAPSHOT',
  freeze: 'AT_FREEZE',
  thaw: 'AT_THAW',
  'post snapshot': 'AT_POST_SNAPSHOT',
  'backup complete': 'AT_BACKUP_COMPLETE',
}

/** What C says → what we have. */
function facts(): readonly (readonly [c: string, ours: number])[] {
  const slots = METHODS.map(({ declaration, slot }) => {
    const [, interface_ = '', name = ''] = /^(\w+)_(\w+)\(/.exec(declaration) ?? []
    return [`offsetof(${interface_}Vtbl, ${name}) / sizeof(void *)`, slot] as const
  })
  const info = 'VSS_COMPONENTINFO'
  return [
    ...slots,
    [`sizeof(${info})`, COMPONENT_INFO.bytes],
    [`offsetof(${info}, type)`, COMPONENT_INFO.type],
    [`offsetof(${info}, bstrLogicalPath)`, COMPONENT_INFO.logicalPath],
    [`offsetof(${info}, bstrComponentName)`, COMPONENT_INFO.componentName],
    [`offsetof(${info}, bSelectable)`, COMPONENT_INFO.selectable],
    ...Object.entries(BACKUP_TYPES).map(
      ([name, n]) => [`VSS_BT_${name.toUpperCase()}`, n] as const,
    ),
    ...Object.entries(FAILED_STATES).map(
      ([n, name]) => [`VSS_WS_FAILED_${WRITER_STATES[name]}`, Number(n)] as const,
    ),
    [
      'VSS_CTX_APP_ROLLBACK|VSS_VOLSNAP_ATTR_NO_AUTORECOVERY|VSS_VOLSNAP_ATTR_TXF_RECOVERY',
      CONTEXT,
    ],
    ['VSS_VOLSNAP_ATTR_TRANSPORTABLE', TRANSPORTABLE],
    ...Object.entries(NAMES).map(([n, name]) => [`(unsigned)${name}`, Number(n)] as const),
  ]
}

const COMPILER = 'x86_64-w64-mingw32-gcc'

test.if(needs(COMPILER))(
  'methods, structs and numbers are those of the headers',
  async () => {
    expect(METHODS.length).toBeGreaterThan(20)
    const asserts = facts().map(([c, ours]) => `_Static_assert((${c}) == ${ours}u, "${c}");`)
    const includes = ['windows', 'vss', 'vswriter', 'vsbackup', 'stddef']
    using dir = tempDir()
    await Bun.write(
      `${dir.path}/slots.c`,
      [...includes.map((name) => `#include <${name}.h>`), ...asserts].join('\n'),
    )
    const built = Bun.spawnSync([
      COMPILER,
      '-c',
      '-o',
      `${dir.path}/slots.o`,
      `${dir.path}/slots.c`,
    ])
    expect(built.stderr.toString()).toBe('')
  },
  SLOW_MS,
)

test('the provider has the same id on both sides', async () => {
  const header = await Bun.file(`${import.meta.dir}/../../native/vss-provider/identity.h`).text()
  const [, id = ''] = /PROVIDER_ID = \{([^;]*)\};/.exec(header) ?? []
  const hex = Array.from(id.matchAll(/0x([0-9a-f]+)/g), ([, digits = '']) => digits)
  const [first, ...others] = PROVIDER_ID.toString('hex').match(/../g) ?? []
  expect(first).toBeDefined()
  const little = [0, 1, 2].flatMap((i) => hex[i]?.match(/../g)?.reverse() ?? [])
  expect([...little, ...hex.slice(3)]).toEqual([first as string, ...others])
})
