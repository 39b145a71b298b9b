/* SPDX-License-Identifier: BSD-2-Clause */
/* test_libc.c - the stub's own mem* at every small length and offset */
#include <stdint.h>
#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Called through pointers, so that the compiler does not put its own in their place. */
void *memcpy(void *restrict, const void *restrict, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
int memcmp(const void *, const void *, size_t);
static void *(*volatile copy)(void *restrict, const void *restrict, size_t) = memcpy;
static void *(*volatile move)(void *, const void *, size_t) = memmove;
static void *(*volatile set)(void *, int, size_t) = memset;
static int (*volatile compare)(const void *, const void *, size_t) = memcmp;

#define LEN 128u
#define MARK 0xee

static void mem(void **state)
{
	uint8_t from[LEN], to[LEN], moved[LEN];

	(void)state;
	for (size_t off = 0; off < 17; off++) {
		for (size_t n = 0; n < 80; n++) {
			for (size_t i = 0; i < LEN; i++) {
				from[i] = (uint8_t)(i * 7 + n);
				to[i] = MARK;
				moved[i] = (uint8_t)(i * 5);
			}
			assert_ptr_equal(copy(to + off, from + 3, n), to + off);
			for (size_t i = 0; i < LEN; i++)
				assert_int_equal(to[i], i >= off && i < off + n ? from[3 + i - off] : MARK);
			assert_int_equal(compare(to + off, from + 3, n), 0);
			if (n) {
				to[off + n - 1] = (uint8_t)(from[3 + n - 1] + 1);
				assert_int_equal(compare(to + off, from + 3, n),
						 to[off + n - 1] > from[3 + n - 1] ? 1 : -1);
			}
			for (size_t i = 0; i < LEN; i++)
				to[i] = MARK;
			assert_ptr_equal(set(to + off, (int)(0xff00u | n), n), to + off);
			for (size_t i = 0; i < LEN; i++)
				assert_int_equal(to[i], i >= off && i < off + n ? n : MARK);
			/* Overlapping, either way. */
			move(moved + off, moved + 8, n);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(moved[off + i], (uint8_t)((i + 8) * 5));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(mem)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
