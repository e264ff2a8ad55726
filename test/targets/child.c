// SPDX-License-Identifier: Apache-2.0
/* A program for guest-exec on Windows: does what its first argument says. */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

/* One line for each argument, as UTF-8, with its line ends and backslashes written \n and \\. */
static void print_line(FILE *to, const wchar_t *text) {
  char bytes[8192];
  WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof bytes, NULL, NULL);
  for (const char *c = bytes; *c; c++) {
    if (*c == '\n') fputs("\\n", to);
    else if (*c == '\\') fputs("\\\\", to);
    else fputc(*c, to);
  }
  fputc('\n', to);
}

int wmain(int argc, wchar_t **argv) {
  _setmode(_fileno(stdin), _O_BINARY);
  _setmode(_fileno(stdout), _O_BINARY);
  _setmode(_fileno(stderr), _O_BINARY);
  const wchar_t *what = argc > 1 ? argv[1] : L"";
  if (wcscmp(what, L"args") == 0) {
    for (int i = 2; i < argc; i++) print_line(stdout, argv[i]);
  } else if (wcscmp(what, L"environment") == 0) {
    wchar_t *block = GetEnvironmentStringsW();
    for (wchar_t *entry = block; *entry; entry += wcslen(entry) + 1) print_line(stdout, entry);
  } else if (wcscmp(what, L"exit") == 0) {
    ExitProcess(wcstoul(argv[2], NULL, 0));
  } else if (wcscmp(what, L"streams") == 0) {
    fputs("to stdout", stdout);
    fputs("to stderr", stderr);
  } else if (wcscmp(what, L"cat") == 0) {
    static char bytes[65536];
    size_t count;
    while ((count = fread(bytes, 1, sizeof bytes, stdin)) > 0) fwrite(bytes, 1, count, stdout);
  } else if (wcscmp(what, L"flood") == 0) {
    static char bytes[65536];
    for (long left = wcstol(argv[2], NULL, 0); left > 0; left -= sizeof bytes)
      if (fwrite(bytes, 1, sizeof bytes, stdout) == 0) return 1;
  } else if (wcscmp(what, L"sleep") == 0) {
    Sleep(wcstoul(argv[2], NULL, 0));
  } else if (wcscmp(what, L"grandchild") == 0) {
    /* Leaves a child behind that holds the pipes. */
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    wchar_t line[1024];
    swprintf(line, 1024, L"\"%ls\" sleep 60000", argv[0]);
    fputs("from the parent", stdout);
    fflush(stdout);
    return !CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process);
  }
  return 0;
}
