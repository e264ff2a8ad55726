// SPDX-License-Identifier: Apache-2.0
/** A program that names each step before it takes it, and may not come back from one. */

export interface Watched {
  /** How many steps it has named. */
  readonly steps: number
  /** What went wrong, and at which step; undefined when it came to its end. */
  readonly problem: string | undefined
}

/** Runs it to its end, or kills it when a step takes longer than the limit. */
export async function watched(command: readonly string[], limitMs: number): Promise<Watched> {
  await using child = Bun.spawn([...command], { stdout: 'pipe', stderr: 'pipe', stdin: 'ignore' })
  let [steps, last, isLate] = [0, '', false]
  const kill = () => {
    isLate = true
    child.kill('SIGKILL')
  }
  let timer = setTimeout(kill, limitMs)
  const errors = child.stderr.text()
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of child.stdout) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (lines.length === 0) continue
    steps += lines.length
    last = lines.at(-1) ?? ''
    clearTimeout(timer)
    timer = setTimeout(kill, limitMs)
  }
  const status = await child.exited
  clearTimeout(timer)
  if (isLate) return { steps, problem: `${last} takes longer than ${limitMs} ms` }
  if (status !== 0) return { steps, problem: `${last} ends with ${status}: ${await errors}` }
  return { steps, problem: undefined }
}
