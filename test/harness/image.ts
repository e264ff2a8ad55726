// SPDX-License-Identifier: Apache-2.0
/** A directory that an installation takes for a system. */
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { EXECUTABLE } from './executable.ts'
import { run, Scratch } from './program.ts'

/** A system as far as an installation looks at it. */
export class Image extends Scratch {
  constructor(manager = '/usr/lib/systemd/systemd') {
    super()
    this.put(manager, '')
  }

  at(path: string): string {
    return this.path + path
  }

  put(path: string, text: string): void {
    fs.mkdirSync(dirname(this.at(path)), { recursive: true })
    fs.writeFileSync(this.at(path), text)
  }

  async qga(verb: string, ...options: string[]) {
    const { exitCode, stdout, stderr } = await run([
      EXECUTABLE,
      verb,
      '--root',
      this.path,
      ...options,
    ])
    return { exitCode, lines: stdout.replaceAll(this.path, '').trimEnd().split('\n'), stderr }
  }

  /** All that is there but directories. */
  get files(): readonly string[] {
    return fs
      .readdirSync(this.path, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(this.path.length))
      .sort()
  }
}
