// SPDX-License-Identifier: Apache-2.0
/** The structs of services and of news of devices, against mingw-w64's headers. */
import { test } from 'bun:test'
import { NOTIFY_FILTER } from '../../native/device-arrival.ts'
import { SERVICE_STATUS } from '../../native/service-main.ts'
import { FAILURE_ACTIONS, SC_ACTION_BYTES } from '../../native/service-setup.ts'
import {
  SERVICE_CONFIG,
  SERVICE_STATUS_BYTES,
  SERVICE_STATUS_PROCESS,
} from '../../native/services.ts'
import { needs } from '../harness/needs.ts'
import { at, compileFacts, size } from '../harness/windows-headers.ts'

const HEADERS = `
#include <windows.h>
#include <cfgmgr32.h>
#include <stddef.h>
`

test.if(needs('x86_64-w64-mingw32-gcc'))('are those of the Windows headers', async () => {
  await compileFacts(HEADERS, [
    [
      [size('CM_NOTIFY_FILTER'), ...at('CM_NOTIFY_FILTER', 'u.DeviceInterface.ClassGuid')],
      Object.values(NOTIFY_FILTER),
    ],
    [
      [
        size('SERVICE_STATUS'),
        ...at('SERVICE_STATUS', 'dwCurrentState', 'dwControlsAccepted', 'dwWin32ExitCode'),
        ...at('SERVICE_STATUS', 'dwServiceSpecificExitCode', 'dwCheckPoint', 'dwWaitHint'),
      ],
      Object.values(SERVICE_STATUS),
    ],
    [
      [size('SERVICE_STATUS'), size('SC_ACTION')],
      [SERVICE_STATUS_BYTES, SC_ACTION_BYTES],
    ],
    [
      [
        size('SERVICE_STATUS_PROCESS'),
        ...at('SERVICE_STATUS_PROCESS', 'dwCurrentState', 'dwProcessId'),
      ],
      Object.values(SERVICE_STATUS_PROCESS),
    ],
    [
      [
        size('QUERY_SERVICE_CONFIGW'),
        ...at('QUERY_SERVICE_CONFIGW', 'dwStartType', 'lpBinaryPathName', 'lpServiceStartName'),
      ],
      Object.values(SERVICE_CONFIG),
    ],
    [
      [
        size('SERVICE_FAILURE_ACTIONSW'),
        ...at('SERVICE_FAILURE_ACTIONSW', 'cActions', 'lpsaActions'),
      ],
      Object.values(FAILURE_ACTIONS),
    ],
  ])
})
