// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <windows.h>

/** The provider's part, in VSS's order: waits for as long as the provider does. */
HRESULT doSnapshotSet(const wchar_t volumes[][64], int count);
/** Whether the provider that VSS knows by this id takes the volume. */
HRESULT askProvider(const GUID &id, wchar_t *volume);
