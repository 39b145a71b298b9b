/* SPDX-License-Identifier: BSD-2-Clause */
/* base.h - the only header that names the compiler's own headers */
#ifndef HM_BASE_H
#define HM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Everything in core/ is freestanding: no allocation, no I/O, no clock, no
 * writable globals. The four functions below are the only ones that the core
 * takes from its surroundings; the EFI stub brings its own, the host has libc's.
 */
void *memcpy(void *restrict dst, const void *restrict src, size_t len);
void *memmove(void *dst, const void *src, size_t len);
void *memset(void *dst, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);

#define HM_MUST_CHECK __attribute__((warn_unused_result))
#define HM_STATIC_ASSERT(cond, text) _Static_assert(cond, text)
#define HM_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
