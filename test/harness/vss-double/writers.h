// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vss.h>
#include <vswriter.h>
#include <vsbackup.h>

/** How many writers there are. */
inline constexpr UINT WRITERS = 2;
const wchar_t *writerName(UINT writer);
IVssExamineWriterMetadata *newWriterMetadata(UINT writer);
