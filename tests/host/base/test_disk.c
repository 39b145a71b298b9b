/* SPDX-License-Identifier: BSD-2-Clause */
/* test_disk.c - disks, read inside of their bounds */
#include "host/base/disk.h"

#include "tests/support/support.h"
#include "host/base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static char path[SUPPORT_PATH_MAX];

static int setup(void **state)
{
	return support_dir_setup(state, "disk", path);
}

static void write_pattern(size_t len)
{
	uint8_t *p = support_pattern(len);

	assert_int_equal(hm_file_write_atomic(path, hm_bytes_of(p, len)), 0);
	free(p);
}

static void test_disk_bounds(void **state)
{
	struct hm_disk_file disk;
	uint8_t *p = support_pattern(5000);
	uint8_t buf[5000];

	(void)state;
	write_pattern(5000);
	assert_int_equal(hm_disk_open(path, &disk), 0);
	assert_int_equal(disk.disk.len, 5000);
	assert_int_equal(disk.disk.sector_len, 512);
	assert_ok(disk.disk.read(disk.disk.ctx, 0, buf, 5000));
	assert_memory_equal(buf, p, 5000);
	assert_ok(disk.disk.read(disk.disk.ctx, 4999, buf, 1));
	assert_int_equal(buf[0], p[4999]);
	assert_ok(disk.disk.read(disk.disk.ctx, 5000, buf, 0));
	assert_err(disk.disk.read(disk.disk.ctx, 5000, buf, 1), HM_E_SHORT_READ);
	assert_err(disk.disk.read(disk.disk.ctx, 1, buf, 5000), HM_E_SHORT_READ);
	assert_err(disk.disk.read(disk.disk.ctx, UINT64_MAX, buf, 2), HM_E_SHORT_READ);
	assert_err(disk.disk.read(disk.disk.ctx, UINT64_MAX - 1, buf, 5000), HM_E_SHORT_READ);
	hm_disk_close(&disk);
	assert_int_equal(disk.fd, -1);
	hm_disk_close(&disk);
	free(p);
}

/* The disk becomes shorter, or fails, while it is open. */
static void test_disk_changes(void **state)
{
	struct hm_disk_file disk;
	uint8_t buf[512];

	(void)state;
	write_pattern(4096);
	assert_int_equal(hm_disk_open(path, &disk), 0);
	assert_int_equal(truncate(path, 1000), 0);
	assert_ok(disk.disk.read(disk.disk.ctx, 0, buf, 512));
	assert_err(disk.disk.read(disk.disk.ctx, 512, buf, 512), HM_E_SHORT_READ);
	assert_err(disk.disk.read(disk.disk.ctx, 2048, buf, 512), HM_E_SHORT_READ);
	close(disk.fd);
	assert_err(disk.disk.read(disk.disk.ctx, 0, buf, 512), HM_E_IO);
}

static void test_disk_refused(void **state)
{
	struct hm_disk_file disk = {.fd = 77};

	(void)state;
	assert_int_equal(hm_disk_open(support_dir, &disk), -EISDIR);
	assert_int_equal(hm_disk_open("/dev/null", &disk), -ENOTBLK);
	assert_int_equal(hm_disk_open("/proc/nonexistent/disk", &disk), -ENOENT);
	assert_int_equal(disk.fd, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disk_bounds),
		cmocka_unit_test(test_disk_changes),
		cmocka_unit_test(test_disk_refused),
	};

	return cmocka_run_group_tests_name("disk", tests, setup, support_dir_teardown);
}
