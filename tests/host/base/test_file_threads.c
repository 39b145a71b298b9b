/* SPDX-License-Identifier: BSD-2-Clause */
/* test_file_threads.c - a large file read by several threads */
#include "host/base/file_threads.h"

#include "tests/support/support.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[SUPPORT_PATH_MAX];

static int setup(void **state)
{
	return support_dir_setup(state, "file", path);
}

/* By several threads: the same bytes, or not at all, and then hm_file_read says why. */
static void test_read_by_threads(void **state)
{
	static const size_t lens[] = {6u << 20, (6u << 20) + 1, (8u << 20) - 1, (11u << 20) + 4097};
	static const uint8_t short_file[5];
	struct hm_file file = {0};

	(void)state;
	for (size_t i = 0; ROW(i, lens); i++) {
		uint8_t *p = support_pattern(lens[i]);

		/* No piece of it like another one. */
		for (size_t at = 0; at < lens[i]; at += 4096)
			p[at] = (uint8_t)(at >> 16);
		assert_int_equal(hm_file_write_atomic(path, hm_bytes_of(p, lens[i])), 0);
		assert_true(hm_file_read_threads(path, lens[i], &file));
		assert_int_equal(file.len, lens[i]);
		assert_memory_equal(file.p, p, lens[i]);
		hm_file_free(&file);
		free(p);
		assert_false(hm_file_read_threads(path, lens[i] - 1, &file));
	}
	assert_int_equal(hm_file_write_atomic(path, hm_bytes_of(short_file, sizeof(short_file))), 0);
	assert_false(hm_file_read_threads(path, 1u << 30, &file));
	assert_false(hm_file_read_threads(support_dir, 1u << 30, &file));
	assert_false(hm_file_read_threads("/proc/self/maps", 1u << 30, &file));
	unlink(path);
	/* Opening does not wait for a writer. */
	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(30);
	assert_false(hm_file_read_threads(path, 100, &file));
	alarm(0);
	unlink(path);
	assert_false(hm_file_read_threads(path, 1u << 30, &file));
	assert_null(file.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_by_threads),
	};

	return cmocka_run_group_tests_name("file_threads", tests, setup, support_dir_teardown);
}
