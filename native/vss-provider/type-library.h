// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <windows.h>

/** Writes the type library with the provider's class. */
HRESULT writeTypeLibrary(const wchar_t *path);
