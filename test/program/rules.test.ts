// SPDX-License-Identifier: Apache-2.0
/** Rules about files, and what a user of the guest does to get round them. */
import { describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { needs } from '../harness/needs.ts'
import { ask, contentOf, Scratch, SLOW_MS, serving } from '../harness/program.ts'
import { refusal } from '../harness/refusal.ts'
import { exchanging, hasSomebody, otherDoes, othersDirectory } from '../harness/somebody.ts'

/** `in` is the other user's, `secret` is root's and nobody else may read it. */
class Place extends Scratch {
  readonly directory: string

  constructor() {
    super()
    this.directory = othersDirectory(this, 'in')
    fs.writeFileSync(this.file('secret'), 'secret', { mode: 0o600 })
    fs.writeFileSync(this.file('in/file'), 'open', { mode: 0o644 })
  }

  get rules(): readonly string[] {
    return [`--allow-file-read=${this.directory}/`, `--allow-file-write=${this.directory}/`]
  }

  serving() {
    return serving({ directory: this.path, options: this.rules })
  }

  get secret(): string {
    return this.read('secret')
  }
}

describe.if(hasSomebody)('files', () => {
  test('that no rule names are refused, in the class and words of a refused command', async () => {
    using place = new Place()
    using agent = await place.serving()
    using client = await agent.connect()
    const refused = (path: string, mode: string, key: string) =>
      ask(client, 'guest-file-open', { path, mode }).then((reply) =>
        expect(reply).toEqual(refusal('guest-file-open', `'${path}' is not in ${key}`)),
      )
    const secret = place.file('secret')
    for (const mode of ['r', 'rb', 'r+']) await refused(secret, mode, 'allow-file-read')
    for (const mode of ['w', 'a', 'wb']) await refused(secret, mode, 'allow-file-write')
    await refused(`${place.directory}/../secret`, 'r', 'allow-file-read')
    await refused(`${place.directory}/sub/../../secret`, 'r', 'allow-file-read')
    await refused('secret', 'r', 'allow-file-read')
    await refused(place.directory, 'r', 'allow-file-read')
    await refused('/proc/self/fd/0', 'r', 'allow-file-read')
    await refused(place.file('new'), 'w', 'allow-file-write')
    // A name that is not there is refused like one that is.
    await refused(place.file('none'), 'r', 'allow-file-read')
    await refused(place.file('none/none'), 'w', 'allow-file-write')
    expect(place.secret).toBe('secret')
    expect(fs.existsSync(place.file('new'))).toBe(false)
  })

  test('that a rule names are read, made, appended to and cut', async () => {
    using place = new Place()
    using agent = await place.serving()
    using client = await agent.connect()
    expect(await contentOf(client, `${place.directory}/file`)).toBe('open')
    for (const mode of ['w', 'a', 'a']) {
      const path = `${place.directory}/new`
      const { return: handle } = await ask(client, 'guest-file-open', { path, mode })
      await ask(client, 'guest-file-write', { handle, 'buf-b64': 'eA==' })
      await ask(client, 'guest-file-close', { handle })
    }
    expect(await contentOf(client, `${place.directory}/new`)).toBe('xxx')
    expect(fs.statSync(`${place.directory}/new`).mode & 0o7777).toBe(0o644)
    expect(await contentOf(client, `${place.directory}/none`)).toBe(
      `failed to open file '${place.directory}/none' (mode: 'r'): No such file or directory`,
    )
  })

  test('may be read and not written, or one only', async () => {
    using place = new Place()
    const one = `${place.directory}/file`
    fs.writeFileSync(`${one}2`, '')
    const options = [`--allow-file-read=${one}`, '--allow-file-write=']
    using agent = await serving({ directory: place.path, options })
    using client = await agent.connect()
    expect(await contentOf(client, one)).toBe('open')
    const written = await ask(client, 'guest-file-open', { path: one, mode: 'r+' })
    expect(written).toEqual(refusal('guest-file-open', `'${one}' is not in allow-file-write`))
    expect(await contentOf(client, `${one}2`)).toContain('is not in allow-file-read')
  })

  test.each<[string, (place: Place) => string]>([
    ['a link', (place) => `ln -s ${place.file('secret')} way`],
    ['a link to a link', (place) => `ln -s ${place.file('secret')} one; ln -s one way`],
    ['a relative link', () => 'ln -s ../secret way'],
    ['a dangling link', (place) => `ln -s ${place.file('made')} way`],
    ['a link to a descriptor', () => 'ln -s /proc/self/fd/0 way'],
  ])('%s in a directory of the other user leads nowhere else', async (_, script) => {
    using place = new Place()
    otherDoes(`cd ${place.directory}; ${script(place)}`)
    using agent = await place.serving()
    using client = await agent.connect()
    const path = `${place.directory}/way`
    for (const mode of ['r', 'w', 'a', 'r+']) {
      const { error } = await ask(client, 'guest-file-open', { path, mode })
      expect(error).toBeDefined()
    }
    expect(place.secret).toBe('secret')
    expect(fs.existsSync(place.file('made'))).toBe(false)
  })

  test('a link to a directory leads nowhere else, also for what is new', async () => {
    using place = new Place()
    otherDoes(`ln -s ${place.path} ${place.directory}/up`)
    using agent = await place.serving()
    using client = await agent.connect()
    expect(await contentOf(client, `${place.directory}/up/secret`)).toContain(
      `is not in allow-file-read: it is '${place.file('secret')}'`,
    )
    const path = `${place.directory}/up/made`
    const { error } = await ask(client, 'guest-file-open', { path, mode: 'w' })
    expect(error?.class).toBe('CommandNotFound')
    expect(fs.existsSync(place.file('made'))).toBe(false)
  })

  test('a FIFO and a device are refused before anything happens to them', async () => {
    using place = new Place()
    otherDoes(`cd ${place.directory}; mkfifo fifo; ln -s /dev/full full`)
    using agent = await place.serving()
    using client = await agent.connect()
    expect(await contentOf(client, `${place.directory}/full`)).toContain("it is '/dev/full'")
    // Ours to open, and nobody at its other end: no wait.
    const path = `${place.directory}/fifo`
    const { error } = await ask(client, 'guest-file-open', { path, mode: 'w' })
    expect(error?.desc).toContain('No such device or address')
  })

  test.if(needs('unshare'))('a mount of another process is none of this system', async () => {
    using place = new Place()
    const script = `mount --bind ${place.file('secret')} ${place.directory}/file; echo; exec sleep 1000`
    const holder = Bun.spawn(['unshare', '-m', 'sh', '-ec', script], { stdout: 'pipe' })
    const { value } = await holder.stdout.getReader().read()
    expect(value).toBeDefined()
    const theirs = `/proc/${holder.pid}/root${place.directory}/file`
    expect(fs.readFileSync(theirs, 'utf8')).toBe('secret')
    fs.symlinkSync(theirs, `${place.directory}/way`)
    using agent = await place.serving()
    using client = await agent.connect()
    const doubt = 'is not safe: it is not on a mount of this system'
    expect(await contentOf(client, theirs)).toContain(`'${theirs}' ${doubt}`)
    expect(await contentOf(client, `${place.directory}/way`)).toContain(doubt)
    holder.kill('SIGKILL')
    await holder.exited
  })

  test.if(needs('/usr/bin/python3'))(
    'names that change all the time show nothing of another file',
    async () => {
      using place = new Place()
      const { directory } = place
      otherDoes(`cd ${directory}; ln -s ${place.file('secret')} other
        mkdir now; echo open > now/secret; ln -s ${place.path} then`)
      using agent = await place.serving()
      using client = await agent.connect()
      const names = ['file', 'other', 'now', 'then'].map((name) => `${directory}/${name}`)
      using _ = exchanging(...names)
      const seen = new Set<string>()
      for (let i = 0; i < 500; i++) {
        for (const path of [`${directory}/file`, `${directory}/now/secret`]) {
          const told = await contentOf(client, path)
          expect(told).not.toBe('secret')
          seen.add(told.startsWith('Command ') ? 'refused' : told.trim())
        }
        const made = `${directory}/now/made`
        const { return: handle } = await ask(client, 'guest-file-open', { path: made, mode: 'w' })
        if (handle !== undefined) await ask(client, 'guest-file-close', { handle })
        expect(fs.existsSync(place.file('made'))).toBe(false)
      }
      // The race was one: both sides have won.
      expect(seen).toContain('open')
      expect(seen).toContain('refused')
      expect(place.secret).toBe('secret')
    },
    SLOW_MS,
  )
})
