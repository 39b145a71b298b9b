/* SPDX-License-Identifier: BSD-2-Clause */
/* libc.c - what the compiler and the core expect to exist */
#include "core/base.h"

/*
 * Written as instructions: a loop would be recognised and turned into a call of the very function.
 * Eight bytes at a time: current processors copy a kernel with that as fast as with `rep movsb`,
 * older ones and emulated ones several times faster.
 */
void *memcpy(void *restrict dst, const void *restrict src, size_t len)
{
	size_t words = len / 8, rest = len % 8;
	void *d = dst;

	__asm__ volatile("rep movsq" : "+D"(d), "+S"(src), "+c"(words)::"memory");
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(rest)::"memory");
	return dst;
}

void *memmove(void *dst, const void *src, size_t len)
{
	void *d = (uint8_t *)dst + len - 1;
	const void *s = (const uint8_t *)src + len - 1;

	if ((uintptr_t)dst - (uintptr_t)src >= len)
		return memcpy(dst, src, len);
	__asm__ volatile("std; rep movsb; cld" : "+D"(d), "+S"(s), "+c"(len)::"memory");
	return dst;
}

void *memset(void *dst, int byte, size_t len)
{
	const uint64_t word = 0x0101010101010101u * (uint8_t)byte;
	size_t words = len / 8, rest = len % 8;
	void *d = dst;

	__asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(word) : "memory");
	__asm__ volatile("rep stosb" : "+D"(d), "+c"(rest) : "a"(word) : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const uint8_t *x = a, *y = b;

	for (size_t i = 0; i < len; i++) {
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	}
	return 0;
}
