// SPDX-License-Identifier: Apache-2.0
/** File systems of the test's own, on loop devices, where nobody else sees them. */
import { type Ended, run, until } from './program.ts'

const READY = 'ready'

/** Mounts are made by a script; `using` lets go of all of them, and of their loop devices. */
export class MountNamespace {
  readonly #holder: Bun.Subprocess<'ignore', 'pipe', 'pipe'>

  private constructor(script: string) {
    // Mounts that appear in here stay in here: unshare(1) makes them private.
    this.#holder = Bun.spawn({
      cmd: ['unshare', '-m', 'sh', '-ec', `${script}\necho ${READY}\nexec sleep 600`],
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    })
  }

  /** @param script for sh; its directory is the root */
  static async start(script: string): Promise<MountNamespace> {
    const namespace = new MountNamespace(script)
    let output = ''
    for await (const text of namespace.#holder.stdout.pipeThrough(new TextDecoderStream())) {
      output += text
      if (output.includes(READY)) return namespace
    }
    throw new Error(`Cannot make mounts: ${output}${await namespace.#holder.stderr.text()}`)
  }

  /** Goes before the command line of what is to see these mounts. */
  get enter(): readonly string[] {
    return ['nsenter', '-m', '-t', String(this.#holder.pid)]
  }

  run(...command: string[]): Promise<Ended> {
    return run([...this.enter, ...command])
  }

  [Symbol.dispose](): void {
    this.#holder.kill('SIGKILL')
  }
}

/** `mount -o loop` for a new file system: the device goes with the mount. Names go between double quotes. */
export function mountNew(type: string, image: string, at: string, mkfs = ''): string {
  return `truncate -s 320M "${image}"
mkfs.${type} -q ${mkfs} "${image}" >/dev/null
mkdir -p "${at}"
mount -o loop -t ${type} "${image}" "${at}"`
}

/** Lets go of a loop device when the namespace ends, or its last mount if that is later. */
export function holdLoop(device: string): string {
  return `exec 9< ${device}; losetup -d ${device}`
}

/** Devices come and go with other people's tests: asks until the answers around ours agree. */
export async function whileSteady<T>(
  theirs: () => Promise<T>,
  ours: () => Promise<T>,
): Promise<{ theirs: T; ours: T }> {
  let result: { theirs: T; ours: T } | undefined
  await until('nothing changes between two answers', async () => {
    const before = await theirs()
    const between = await ours()
    const after = await theirs()
    if (!Bun.deepEquals(before, after)) return false
    result = { theirs: after, ours: between }
    return true
  })
  return result as { theirs: T; ours: T }
}
