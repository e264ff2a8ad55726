// SPDX-License-Identifier: Apache-2.0
/** VSS's writers: the programs that bring what they have on the disk into order before a freeze. */
import {
  type ComObject,
  guidValue,
  type Out,
  objectFrom,
  release,
  takeText,
  textOf,
} from '../../native/com.ts'
import { hresultName, must, VSS_E_OBJECT_ALREADY_EXISTS } from '../../native/hresult.ts'
import { backup, COMPONENT_INFO, component, FAILED_STATES, metadata } from '../../native/vssapi.ts'
import { copyOf } from '../../native/windows-memory.ts'

const GUID_BYTES = 16

/** Adds every component that can be selected. @throws HresultError in upstream's words */
export async function addComponents(components: ComObject): Promise<void> {
  const count = Buffer.alloc(4)
  const counted = await backup.getWriterMetadataCount(components, count)
  must('failed to get writer metadata count', counted)
  const writers = count.readUInt32LE()
  for (let index = 0; index < writers; index++) {
    const instance = Buffer.alloc(GUID_BYTES)
    const described = await objectFrom(
      `failed to get writer metadata of ${index}/${writers}`,
      (out) => backup.getWriterMetadata(components, index, instance, out),
    )
    try {
      await addWriter(components, described, `${index}/${writers}`)
    } finally {
      await release(described)
    }
  }
}

interface Writer {
  readonly name: string
  readonly instance: Buffer
  readonly id: Buffer
}

async function addWriter(components: ComObject, described: ComObject, place: string) {
  const [instance, id] = [Buffer.alloc(GUID_BYTES), Buffer.alloc(GUID_BYTES)]
  const name: Out<bigint> = [null]
  const [usage, source] = [Buffer.alloc(4), Buffer.alloc(4)]
  const identified = await metadata.getIdentity(
    ...([described, instance, id, name, usage, source] as const),
  )
  must(`failed to get identity of writer ${place}`, identified)
  const writer = { name: takeText(name), instance, id }
  const [included, excluded, count] = [Buffer.alloc(4), Buffer.alloc(4), Buffer.alloc(4)]
  const counted = await metadata.getFileCounts(described, included, excluded, count)
  must(`failed to get file counts of ${writer.name}`, counted)
  const total = count.readUInt32LE()
  for (let index = 0; index < total; index++) {
    const of = `${index}/${total} of ${writer.name}`
    const part = await objectFrom(`failed to get component ${of}`, (out) =>
      metadata.getComponent(described, index, out),
    )
    try {
      await addComponent(components, writer, part, of)
    } finally {
      await release(part)
    }
  }
}

async function addComponent(components: ComObject, writer: Writer, part: ComObject, of: string) {
  const out: Out<bigint> = [null]
  must(`failed to get component info ${of}`, await component.getComponentInfo(part, out))
  const [address] = out
  if (address === null) return
  try {
    const info = copyOf(address, COMPONENT_INFO.bytes)
    if (info[COMPONENT_INFO.selectable] === 0) return
    const [path, name] = [pointer(info, 'logicalPath'), pointer(info, 'componentName')]
    const type = info.readInt32LE(COMPONENT_INFO.type)
    const [instance, id] = [guidValue(writer.instance), guidValue(writer.id)]
    const added = await backup.addComponent(components, instance, id, type, path, name)
    if (added >>> 0 === VSS_E_OBJECT_ALREADY_EXISTS) return
    must(`failed to add component ${textOf(path)}(${textOf(name)})`, added)
  } finally {
    await component.freeComponentInfo(part, address)
  }
}

function pointer(info: Buffer, member: 'logicalPath' | 'componentName'): bigint | null {
  const address = info.readBigUInt64LE(COMPONENT_INFO[member])
  return address === 0n ? null : address
}

/** `writer "SqlServerWriter" failed at freeze: 0x800423f4 …`, of those gathered by GatherWriterStatus. */
export async function failedWriters(components: ComObject): Promise<readonly string[]> {
  const count = Buffer.alloc(4)
  if ((await backup.getWriterStatusCount(components, count)) < 0) return []
  const failed: string[] = []
  for (let index = 0; index < count.readUInt32LE(); index++) {
    const [instance, id] = [Buffer.alloc(GUID_BYTES), Buffer.alloc(GUID_BYTES)]
    const name: Out<bigint> = [null]
    const [state, failure] = [Buffer.alloc(4), Buffer.alloc(4)]
    const told = await backup.getWriterStatus(
      ...([components, index, instance, id, name, state, failure] as const),
    )
    if (told < 0) continue
    const text = takeText(name)
    const at = FAILED_STATES[state.readInt32LE()]
    if (at === undefined) continue
    failed.push(`writer "${text}" failed at ${at}: ${hresultName(failure.readInt32LE())}`)
  }
  await backup.freeWriterStatus(components)
  return failed
}
