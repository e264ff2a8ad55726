// SPDX-License-Identifier: Apache-2.0
/** What an installation consists of, and where it is. */
import { LIBRARY_NAME } from '../../../native/installed-file.ts'

const PROGRAM_FILES =
  process.env['ProgramW6432'] ?? process.env['ProgramFiles'] ?? 'C:\\Program Files'

export const DIRECTORY = `${PROGRAM_FILES}\\qga`
export const EXECUTABLE = `${DIRECTORY}\\qga.exe`
/** koffi's addon, loaded from here because nobody else can change it: native/installed-file.ts. */
export const LIBRARY = `${DIRECTORY}\\${LIBRARY_NAME}`

export const DISPLAY_NAME = 'QEMU Guest Agent'
export const DESCRIPTION = 'Enables integration with QEMU machine emulator and virtualizer.'
/** Runs on every Windows, so that waiting for it never fails. */
export const DEPENDENCIES = ['RpcSs'] as const
/** Tried again soon, then every minute; a day without a failure ends the count. */
export const RESTARTS_MS = [1000, 10_000, 60_000] as const
export const RESET_SECONDS = 86_400

export const EVENT_SOURCE_KEY =
  'SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\qemu-ga'
/** Ships with Windows; each of its messages 1 to 1000 is the text that it is given. */
export const MESSAGE_FILE = '%SystemRoot%\\System32\\EventCreate.exe'
/** Errors, warnings and information. */
export const EVENT_TYPES_SUPPORTED = 7

/** Where Windows Installer lists its products, those for 32 bits too. */
export const PRODUCT_KEYS = [
  'SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall',
  'SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall',
] as const
/** What the package of the C agent is called. */
export const PRODUCT = /^QEMU guest agent$/i
