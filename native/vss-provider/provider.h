// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <windows.h>

/** This library. */
extern HINSTANCE self;
