// SPDX-License-Identifier: Apache-2.0
/** `qga install` and `qga uninstall` on Linux: what stands in the way, and what is to be done. */
import * as fs from 'node:fs'
import type { InstallOptions, Plan, Setup, Step } from '../../../src/admin/administration.ts'
import { parseAssignments } from '../parse/assignments.ts'
import { holdersOf, isOurs, otherAgents } from '../port-holders.ts'
import { carryOver } from './carry-over.ts'
import {
  ALIAS,
  EXECUTABLE,
  HOOK_DIRECTORY,
  type InstalledFile,
  installedFiles,
  LINK,
  MANAGERS,
  OPTIONS_FILE,
  optionsFile,
  READ_ONLY_UNIT,
  readOnlyOptions,
  splitWords,
  unitDirectory,
  withoutDevice,
} from './files.ts'
import { afterInstall, afterUninstall, beforeUninstall, managersAt } from './managers.ts'
import { unmetRequirements } from './requirements.ts'
import { makeDirectory, putExecutable, putLink, putText, readIfThere, remove } from './steps.ts'

const PORT = '/dev/virtio-ports/org.qemu.guest_agent.0'

export const setup: Setup = {
  managers: MANAGERS,
  obstacles,
  // Once there is a file of our own, it is the one that counts.
  earlierSettings: (root) =>
    fs.existsSync(root + OPTIONS_FILE) ? [] : carryOver((path) => readIfThere(root + path)),
  serviceOptions,
  install,
  uninstall,
}

/** Those of the unit that is enabled count too. */
function serviceOptions(root: string): { readonly path: string; readonly args: readonly string[] } {
  const path = root + OPTIONS_FILE
  const last = parseAssignments(readIfThere(path) ?? '').findLast(
    ({ name }) => name === 'QGA_OPTIONS',
  )
  const args = splitWords(last?.value ?? '')
  const alias = `${root}${unitDirectory('hand')}/${ALIAS}`
  const stat = fs.lstatSync(alias, { throwIfNoEntry: false })
  const isReadOnly = stat?.isSymbolicLink() && fs.readlinkSync(alias).endsWith(READ_ONLY_UNIT)
  return isReadOnly
    ? { path: `${path} and ${READ_ONLY_UNIT}`, args: [...args, ...readOnlyOptions()] }
    : { path, args }
}

function obstacles(root: string, onlySettings: boolean): readonly string[] {
  // A package has its dependencies for that.
  if (onlySettings) return []
  const isHere = root === ''
  const found = isHere ? [...unmetRequirements()] : []
  if (isHere && process.getuid?.() !== 0) found.push('only root can install')
  if (isHere) found.push(...rivals())
  return [...found, ...packaged(root), ...foreignLink(root), ...foreignUnit(root)]
}

/** Two agents on one port take each other's requests. */
function rivals(): readonly string[] {
  const stop = `stop that agent first, as with "systemctl disable --now ${ALIAS}"`
  const holders = holdersOf(PORT).filter((holder) => !isOurs(holder))
  const others = otherAgents().filter(({ pid }) => !holders.some((holder) => holder.pid === pid))
  return [
    ...holders.map(({ pid, program }) => `process ${pid} (${program}) holds ${PORT}: ${stop}`),
    ...others.map(({ pid, program }) => `process ${pid} (${program}) is another agent: ${stop}`),
  ]
}

function packaged(root: string): readonly string[] {
  const unit = `${root}${unitDirectory('package')}/qga.service`
  return fs.existsSync(unit) ? [`${unit} is there: a package has installed qga already`] : []
}

/** Another agent's executable belongs to its package. */
function foreignLink(root: string): readonly string[] {
  const path = root + LINK.path
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined || (stat.isSymbolicLink() && fs.readlinkSync(path) === LINK.target)) {
    return []
  }
  return [`${path} is another agent: remove its package first, its settings are carried over`]
}

function foreignUnit(root: string): readonly string[] {
  const path = `${root}${unitDirectory('hand')}/${ALIAS}`
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return []
  const target = stat.isSymbolicLink() ? fs.readlinkSync(path) : ''
  if (isOurUnit(target)) return []
  // Debian's package leaves this behind when it is removed, and takes it away when it is purged.
  if (target === '/dev/null') return [`${path} is masked: systemctl unmask ${ALIAS}`]
  return [
    `${path} is a unit of its own: carry over what it says, as drop-ins of qga.service, and remove it`,
  ]
}

function isOurUnit(target: string): boolean {
  return /(^|\/)qga(-read-only)?\.service$/.test(target)
}

function install(options: InstallOptions): Plan {
  const { root, carried, onlySettings, config } = options
  const optionsPath = root + OPTIONS_FILE
  const optionsStep = putText({
    path: optionsPath,
    text: optionsFile(carried),
    mode: 0o644,
    keeps: true,
  })
  const configSteps = config ? [putText({ ...config, mode: 0o644, keeps: false })] : []
  if (onlySettings) return { steps: [...configSteps, optionsStep], afterwards: [], notes: [] }
  const managers = options.managers ?? managersAt(root)
  const files = chosenFiles(managers, options.usesPort)
  const notes =
    managers.length === 0
      ? ['no service manager found: nothing starts the agent']
      : managers.includes('runit')
        ? [
            'runit starts what is linked where its supervisor looks: ln -s /etc/sv/qga /etc/service/',
          ]
        : []
  return {
    steps: [
      putExecutable(root + EXECUTABLE),
      putLink(root + LINK.path, LINK.target),
      makeDirectory(root + HOOK_DIRECTORY),
      ...files.map((file) =>
        putText({ ...file, path: root + file.path, keeps: file.owner === 'administrator' }),
      ),
      ...configSteps,
      optionsStep,
      ...(managers.includes('systemd') ? enabling(options) : []),
    ],
    afterwards: root === '' ? afterInstall(managers) : [],
    notes,
  }
}

function chosenFiles(managers: readonly string[], usesPort: boolean): readonly InstalledFile[] {
  return installedFiles('hand')
    .filter(({ manager }) => manager === undefined || managers.includes(manager))
    .map((file) =>
      !usesPort && file.path.endsWith('.service')
        ? { ...file, text: withoutDevice(file.text) }
        : file,
    )
}

/** What systemctl enable does, also where no systemd runs. */
function enabling({ root, isReadOnly, usesPort }: InstallOptions): readonly Step[] {
  const units = root + unitDirectory('hand')
  const unit = isReadOnly ? READ_ONLY_UNIT : 'qga.service'
  const links = [putLink(`${units}/${ALIAS}`, unit)]
  const wanted = `${units}/multi-user.target.wants/${unit}`
  return usesPort ? links : [...links, putLink(wanted, `../${unit}`)]
}

function uninstall(root: string, config: string | undefined): Plan {
  if (packaged(root).length > 0) {
    return { steps: [], afterwards: [], notes: ['a package has installed qga: remove that'] }
  }
  const notes: string[] = []
  const units = root + unitDirectory('hand')
  const files: Step[] = []
  const carried = carryOver((path) => readIfThere(root + path)).flatMap(({ args }) => args)
  const settings = { path: OPTIONS_FILE, text: optionsFile(carried), owner: 'administrator' }
  for (const { path, text, owner } of [...installedFiles('hand'), settings]) {
    const present = readIfThere(root + path)
    if (owner === 'administrator' && present !== undefined && present !== text) {
      notes.push(`${root}${path} has been changed and stays`)
    } else files.push(remove(root + path))
  }
  const links = [
    { path: root + LINK.path, isOurs: (target: string) => target === LINK.target },
    { path: `${units}/${ALIAS}`, isOurs: isOurUnit },
    { path: `${units}/multi-user.target.wants/qga.service`, isOurs: isOurUnit },
    { path: `${units}/multi-user.target.wants/qga-read-only.service`, isOurs: isOurUnit },
  ].filter(({ path, isOurs: isMine }) => {
    const stat = fs.lstatSync(path, { throwIfNoEntry: false })
    return stat?.isSymbolicLink() === true && isMine(fs.readlinkSync(path))
  })
  return {
    steps: [
      ...(root === '' ? beforeUninstall(managersAt(root)) : []),
      ...links.map(({ path }) => remove(path)),
      ...files,
      ...(config === undefined ? [] : [remove(config)]),
      remove(root + EXECUTABLE),
    ],
    afterwards: root === '' ? afterUninstall(managersAt(root)) : [],
    notes,
  }
}
