// SPDX-License-Identifier: Apache-2.0
/** What /proc tells about a process. */
import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100
/** proc_pid_stat(5) counts from 1, and what follows the name starts with field 3. */
const AFTER_NAME = 3
const [STATE, PARENT, SESSION, UTIME, STIME, THREADS] = [3, 4, 6, 14, 15, 20]

function fields(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function field(pid: number, number: number): number {
  return Number(fields(pid)[number - AFTER_NAME])
}

/** Whether it exists and is not merely waiting to be buried, which it does once its last thread has let go of all files. */
export function isRunning(pid: number): boolean {
  try {
    return fields(pid)[STATE - AFTER_NAME] !== 'Z' || field(pid, THREADS) > 1
  } catch {
    return false
  }
}

/** By SIGSTOP, all its threads. */
export function isStopped(pid: number): boolean {
  return fields(pid)[STATE - AFTER_NAME] === 'T'
}

const KILL_MS = 5000

/** Kills a process of ours and returns when it has let go of everything. */
export function killAndWait(process: Bun.Subprocess): void {
  process.kill('SIGKILL')
  const deadline = performance.now() + KILL_MS
  while (isRunning(process.pid) && performance.now() < deadline) Bun.sleepSync(1)
}

/** Processor time that it has used so far, in seconds. */
export function cpuSeconds(pid: number): number {
  return (field(pid, UTIME) + field(pid, STIME)) / TICKS_PER_SECOND
}

/** Processor time that it uses in one second. */
export async function cpuSecondsInOneSecond(pid: number): Promise<number> {
  const before = cpuSeconds(pid)
  await Bun.sleep(1000)
  return cpuSeconds(pid) - before
}

export function session(pid: number): number {
  return field(pid, SESSION)
}

/** Who has started it, or else the system's first process. */
export function parent(pid: number): number {
  return field(pid, PARENT)
}

/** A line of /proc/PID/status, such as `Umask`. */
export function statusLine(pid: number, name: string): string | undefined {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1]
}

/** The processes with `text` in their command line. */
export function processesWith(text: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(text))
    .map(Number)
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}
