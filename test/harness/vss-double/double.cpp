// SPDX-License-Identifier: Apache-2.0
#include "double.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace {

CRITICAL_SECTION lock;
char control[4096];

/** How often a step has failed since the test wrote what is to go wrong. */
struct Count {
  char step[64];
  long times;
} counts[64];

void readControl() {
  char now[sizeof control] = {};
  if (FILE *file = _wfopen(CONTROL_FILE, L"rb")) {
    fread(now, 1, sizeof now - 1, file);
    fclose(file);
  }
  if (strcmp(now, control) == 0) return;
  strcpy(control, now);
  memset(counts, 0, sizeof counts);
}

/** What follows `VERB NAME ` in a line of the control file. */
const char *find(const char *verb, const char *name) {
  char start[96];
  snprintf(start, sizeof start, "%s %s ", verb, name);
  for (const char *line = control; line != nullptr; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, start, strlen(start)) == 0) return line + strlen(start);
  }
  return nullptr;
}

bool isLeft(const char *step, long times) {
  for (Count &count : counts) {
    if (count.step[0] == 0) strncpy(count.step, step, sizeof count.step - 1);
    if (strcmp(count.step, step) == 0) return count.times++ < times;
  }
  return false;
}

}  // namespace

void note(const char *format, ...) {
  EnterCriticalSection(&lock);
  if (FILE *file = _wfopen(LOG_FILE, L"ab")) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(file, format, arguments);
    va_end(arguments);
    fputc('\n', file);
    fclose(file);
  }
  LeaveCriticalSection(&lock);
}

HRESULT injected(const char *step) {
  EnterCriticalSection(&lock);
  readControl();
  HRESULT result = S_OK;
  if (const char *failure = find("fail", step)) {
    char *rest;
    const HRESULT code = strtoul(failure, &rest, 16);
    const long times = strtol(rest, nullptr, 10);
    if (times == 0 || isLeft(step, times)) result = code;
  }
  const char *delay = find("delay", step);
  const DWORD milliseconds = delay == nullptr ? 0 : strtoul(delay, nullptr, 10);
  LeaveCriticalSection(&lock);
  if (milliseconds > 0) Sleep(milliseconds);
  if (result != S_OK) note("%s fails with %08lx", step, result);
  return result;
}

DWORD setting(const char *name, DWORD usual) {
  EnterCriticalSection(&lock);
  readControl();
  const char *value = find("set", name);
  const DWORD number = value == nullptr ? usual : strtoul(value, nullptr, 0);
  LeaveCriticalSection(&lock);
  return number;
}

HRESULT unexpected(const char *step) {
  note("UNEXPECTED %s", step);
  return E_NOTIMPL;
}

extern "C" BOOL WINAPI DllMain(HINSTANCE, DWORD reason, LPVOID) {
  if (reason == DLL_PROCESS_ATTACH) InitializeCriticalSection(&lock);
  return TRUE;
}
