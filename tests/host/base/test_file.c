/* SPDX-License-Identifier: BSD-2-Clause */
/* test_file.c - files read whole, files written whole or not at all */
#include "host/base/file.h"

#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[SUPPORT_PATH_MAX];

static int setup(void **state)
{
	return support_dir_setup(state, "file", path);
}

static void write_pattern(size_t len)
{
	uint8_t *p = support_pattern(len);

	assert_int_equal(hm_file_write_atomic(path, hm_bytes_of(p, len)), 0);
	free(p);
}

static void test_write_then_read(void **state)
{
	static const size_t lens[] = {0, 1, 4095, 4096, 4097, 1000003};

	(void)state;
	for (size_t i = 0; ROW(i, lens); i++) {
		uint8_t *p = support_pattern(lens[i]);
		struct hm_file file;

		write_pattern(lens[i]);
		assert_int_equal(hm_file_read(path, lens[i], &file), 0);
		assert_int_equal(file.len, lens[i]);
		assert_memory_equal(file.p, p, lens[i]);
		assert_int_equal(hm_file_bytes(&file).len, lens[i]);
		hm_file_free(&file);
		assert_null(file.p);
		free(p);
	}
}

static void test_read_too_large(void **state)
{
	struct hm_file file = {.len = 77};

	(void)state;
	write_pattern(5000);
	assert_int_equal(hm_file_read(path, 4999, &file), -EFBIG);
	assert_int_equal(hm_file_read(path, 0, &file), -EFBIG);
	assert_int_equal(file.len, 77);
	assert_int_equal(hm_file_read(path, 5000, &file), 0);
	hm_file_free(&file);
}

static void test_read_refused(void **state)
{
	struct hm_file file = {.len = 77};

	(void)state;
	assert_int_equal(hm_file_read(support_dir, 100, &file), -EISDIR);
	assert_int_equal(hm_file_read("/proc/nonexistent/file", 100, &file), -ENOENT);
	assert_int_equal(file.len, 77);
}

/* /proc says size 0; /dev/zero never ends. */
static void test_read_pseudo_file(void **state)
{
	struct hm_file file = {.len = 77};

	(void)state;
	assert_int_equal(hm_file_read("/proc/self/status", 65536, &file), 0);
	assert_true(file.len > 5 && memcmp(file.p, "Name:", 5) == 0);
	hm_file_free(&file);
	file.len = 77;
	assert_int_equal(hm_file_read("/proc/self/status", 10, &file), -EFBIG);
	assert_int_equal(hm_file_read("/dev/zero", 100000, &file), -EFBIG);
	assert_int_equal(file.len, 77);
}

/* Opening does not wait for a writer, reading waits for the one who is there. */
static void test_read_fifo(void **state)
{
	struct hm_file file = {.len = 77};
	int status;
	pid_t pid;
	int fd;

	(void)state;
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(30);
	assert_int_equal(hm_file_read(path, 100, &file), 0);
	assert_int_equal(file.len, 0);
	hm_file_free(&file);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	pid = fork();
	if (pid == 0) {
		usleep(200000);
		_exit(write(fd, "late", 4) != 4);
	}
	assert_true(pid > 0);
	close(fd);
	assert_int_equal(hm_file_read(path, 100, &file), 0);
	alarm(0);
	assert_true(hm_bytes_equal_text(hm_file_bytes(&file), "late"));
	hm_file_free(&file);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	unlink(path);
}

static void test_write_replaces_or_keeps(void **state)
{
	struct hm_file file;
	struct stat st;

	(void)state;
	assert_int_equal(hm_file_write_atomic(path, hm_bytes_of_text("old")), 0);
	assert_int_equal(hm_file_write_atomic(path, hm_bytes_of_text("new!")), 0);
	assert_int_equal(hm_file_read(path, 100, &file), 0);
	assert_true(hm_bytes_equal_text(hm_file_bytes(&file), "new!"));
	hm_file_free(&file);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(hm_file_write_atomic("/proc/nonexistent/file", hm_bytes_of_text("x")), -ENOENT);
	/*
	 * A directory cannot be replaced; the temporary file beside it must be gone (teardown sees
	 * it).
	 */
	unlink(path);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_true(hm_file_write_atomic(path, hm_bytes_of_text("x")) < 0);
	assert_int_equal(rmdir(path), 0);
}

static void test_write_all(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	int fds[2];
	char got[8];

	(void)state;
	assert_true(full >= 0);
	assert_int_equal(hm_write_all(full, hm_bytes_of_text("x")), -ENOSPC);
	assert_int_equal(hm_write_all(full, hm_bytes_of_text("")), 0);
	close(full);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(hm_write_all(fds[1], hm_bytes_of_text("abcdef")), 0);
	assert_int_equal(read(fds[0], got, sizeof(got)), 6);
	assert_memory_equal(got, "abcdef", 6);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(hm_write_all(-1, hm_bytes_of_text("x")), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_then_read), cmocka_unit_test(test_read_too_large),
		cmocka_unit_test(test_read_refused),	cmocka_unit_test(test_read_pseudo_file),
		cmocka_unit_test(test_read_fifo),	cmocka_unit_test(test_write_replaces_or_keeps),
		cmocka_unit_test(test_write_all),
	};

	return cmocka_run_group_tests(tests, setup, support_dir_teardown);
}
