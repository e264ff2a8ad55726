// SPDX-License-Identifier: Apache-2.0
/* Runs under Wine: `process-facts PROGRAM` prints what each process of that program has, a line of JSON each. */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <winternl.h>

#define PROCESS_INFORMATION_BYTES (4 << 20)

/* winternl.h calls some of these members reserved. */
typedef struct {
  ULONG next, threads;
  BYTE times[48];
  UNICODE_STRING name;
  LONG priority;
  HANDLE pid, parent;
  ULONG handles;
} process;

int wmain(int argc, wchar_t **argv) {
  BYTE *all = malloc(PROCESS_INFORMATION_BYTES);
  if (argc < 2 || NtQuerySystemInformation(SystemProcessInformation, all, PROCESS_INFORMATION_BYTES, NULL)) return 1;
  for (process *each = (process *)all;; each = (process *)((BYTE *)each + each->next)) {
    if (each->name.Length == 2 * wcslen(argv[1]) && !_wcsnicmp(each->name.Buffer, argv[1], wcslen(argv[1]))) {
      int children = 0;
      for (process *other = (process *)all;; other = (process *)((BYTE *)other + other->next)) {
        children += other->parent == each->pid;
        if (!other->next) break;
      }
      printf("{\"pid\":%d,\"threads\":%d,\"handles\":%d,\"children\":%d}\n", (int)(INT_PTR)each->pid,
             (int)each->threads, (int)each->handles, children);
    }
    if (!each->next) return 0;
  }
}
