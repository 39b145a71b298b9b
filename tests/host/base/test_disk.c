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
	assert_int_equal(hm_disk_open(path, 0, &disk), 0);
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

/* An image's sectors are those in which it has its GPT header. */
static void test_disk_sectors(void **state)
{
	static const struct {
		bool small, large;
		uint32_t wanted, sector_len;
	} rows[] = {
		{false, false, 0, 512},	  {true, false, 0, 512},   {false, true, 0, 4096},    {true, true, 0, 512},
		{true, true, 4096, 4096}, {false, true, 512, 512}, {true, false, 4096, 4096},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(rows); i++) {
		static uint8_t image[8192];
		struct hm_disk_file disk;

		memset(image, 0, sizeof(image));
		if (rows[i].small)
			memcpy(image + 512, "EFI PART", 8);
		if (rows[i].large)
			memcpy(image + 4096, "EFI PART", 8);
		assert_int_equal(hm_file_write_atomic(path, hm_bytes_of(image, sizeof(image))), 0);
		assert_int_equal(hm_disk_open(path, rows[i].wanted, &disk), 0);
		assert_int_equal(disk.disk.sector_len, rows[i].sector_len);
		hm_disk_close(&disk);
	}
}

/* The disk becomes shorter, or fails, while it is open. */
static void test_disk_changes(void **state)
{
	struct hm_disk_file disk;
	uint8_t buf[512];

	(void)state;
	write_pattern(4096);
	assert_int_equal(hm_disk_open(path, 0, &disk), 0);
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
	assert_int_equal(hm_disk_open(support_dir, 0, &disk), -EISDIR);
	assert_int_equal(hm_disk_open("/dev/null", 0, &disk), -ENOTBLK);
	assert_int_equal(hm_disk_open("/proc/nonexistent/disk", 0, &disk), -ENOENT);
	assert_int_equal(disk.fd, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disk_bounds),
		cmocka_unit_test(test_disk_sectors),
		cmocka_unit_test(test_disk_changes),
		cmocka_unit_test(test_disk_refused),
	};

	return cmocka_run_group_tests_name("disk", tests, setup, support_dir_teardown);
}
