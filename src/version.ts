// SPDX-License-Identifier: Apache-2.0
import { version } from '../package.json'

/** The protocol level: the upstream release whose commands and forms this agent has. Clients parse it. */
export const PROTOCOL_VERSION = '11.1.0'

/** `QEMU Guest Agent 11.1.0 (qga 0.1.0)` */
export const VERSION_LINE = `QEMU Guest Agent ${PROTOCOL_VERSION} (qga ${version})`
