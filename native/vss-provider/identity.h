// SPDX-License-Identifier: Apache-2.0
// What others know the provider by. All of it is qemu-ga's: an existing registration, and whoever looks for one, finds it.
#pragma once
#include <windows.h>
#include <vss.h>

inline constexpr GUID PROVIDER_ID = {
    0x3629d4ed, 0xee09, 0x4e0e, {0x9a, 0x5c, 0x6d, 0x8b, 0xa2, 0x87, 0x2a, 0xef}};
inline constexpr GUID PROVIDER_VERSION_ID = {
    0x11ef8b15, 0xcac6, 0x40d6, {0x8d, 0x5c, 0x8f, 0xfc, 0x16, 0x3f, 0x24, 0xca}};
inline constexpr GUID PROVIDER_CLASS = {
    0x6e6a3492, 0x8d4d, 0x440c, {0x96, 0x19, 0x5e, 0x5d, 0x0c, 0xc3, 0x1c, 0xa8}};
inline constexpr GUID PROVIDER_LIBRARY = {
    0x103b8142, 0x6ce5, 0x48a7, {0xbd, 0xe1, 0x79, 0x4d, 0x31, 0x92, 0xfc, 0xf1}};

#define PROVIDER_CLASS_TEXT L"{6E6A3492-8D4D-440C-9619-5E5D0CC31CA8}"
/** Of the provider, of its COM+ application, and of that application's service. */
#define PROVIDER_NAME L"QEMU Guest Agent VSS Provider"
#define PROVIDER_PROGID L"QGAVSSProvider"
#define PROVIDER_LIBRARY_NAME L"QGAVSSHWProviderLib"
#define PROVIDER_CLASS_NAME L"QGAVSSHWProvider"
/** In the type library's name and others that are not to be translated. */
#define PROVIDER_SERVICE_KEY L"SYSTEM\\CurrentControlSet\\Services\\" PROVIDER_NAME

/** Made by the agent, and there only while it makes a freeze. */
#define EVENT_FROZEN L"Global\\QGAVSSEvent-frozen"
#define EVENT_THAW L"Global\\QGAVSSEvent-thaw"
#define EVENT_TIMEOUT L"Global\\QGAVSSEvent-timeout"

/** How long a commit waits for the thaw. Writers give up after as long; the kernel lets writes go after 10 seconds. */
#ifndef HOLD_LIMIT_MS
#define HOLD_LIMIT_MS 60000
#endif
