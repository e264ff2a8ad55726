// SPDX-License-Identifier: Apache-2.0
// What Debian's C++ library, made for glibc, asks of its C library and musl has not. Built as
// ld-linux-x86-64.so.2, which that library names too.
#include <stddef.h>

char __libc_single_threaded = 0;
unsigned __cpu_model[4];
unsigned __cpu_features2[4];

int getentropy(void *buffer, size_t size);
size_t strftime_l(char *text, size_t size, const char *format, const void *time, void *locale);

unsigned arc4random(void) {
  unsigned number = 0;
  getentropy(&number, sizeof number);
  return number;
}

size_t __strftime_l(char *text, size_t size, const char *format, const void *time, void *locale) {
  return strftime_l(text, size, format, time, locale);
}

int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *library) { return 0; }

int _dl_find_object(void *address, void *result) { return -1; }

int __cpu_indicator_init(void) { return 0; }
