// SPDX-License-Identifier: Apache-2.0
/** Named checks, one after the other, told as they end. */

let passed = 0
const failed: string[] = []
const figures: string[] = []

/** Runs a check, and returns whether it has passed; what it throws is told, and the next one may run all the same. */
export async function check(name: string, body: () => Promise<unknown>): Promise<boolean> {
  const start = performance.now()
  try {
    await body()
    passed++
    console.log(`(pass) ${name} [${seconds(start)}]`)
    return true
  } catch (error) {
    failed.push(name)
    console.log(
      `(fail) ${name} [${seconds(start)}]\n${error instanceof Error ? error.stack : error}`,
    )
    return false
  }
}

export function figure(text: string): void {
  figures.push(text)
}

/** Tells what was measured and counted; the exit status. */
export function summary(start: number): 0 | 1 {
  for (const text of figures) console.log(text)
  for (const name of failed) console.log(`failed: ${name}`)
  console.log(`guest: ${passed} passed, ${failed.length} failed [${seconds(start)}]`)
  return failed.length === 0 && passed > 0 ? 0 : 1
}

function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`
}
