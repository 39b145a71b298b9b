/* SPDX-License-Identifier: BSD-2-Clause */
/* test_outfile.c - files that appear complete or not at all, and names of one file in two places */
#include "host/base/outfile.h"

#include "tests/support/support.h"
#include "host/base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[SUPPORT_PATH_MAX];

static int setup(void **state)
{
	return support_dir_setup(state, "out", path);
}

static void assert_content(const char *want)
{
	struct hm_file file;

	assert_int_equal(hm_file_read(path, 100, &file), 0);
	assert_true(hm_bytes_equal_text(hm_file_bytes(&file), want));
	hm_file_free(&file);
}

static void put(const struct hm_outfile *out, uint64_t off, const char *text)
{
	struct hm_error error = {0};

	if (!hm_outfile_write(out, off, text, strlen(text), &error))
		fail_msg("%s: %s", error.thing, error.text);
}

/* Nothing under the name until it is complete; then all of it, for everybody to read. */
static void created(void **state)
{
	struct hm_outfile out;
	struct stat st;

	(void)state;
	for (unsigned int again = 0; again < 2; again++) {
		assert_int_equal(hm_outfile_create(path, &out), 0);
		assert_int_equal(hm_outfile_reserve(&out, 0, 6), 0);
		put(&out, 3, "def");
		put(&out, 0, again ? "ABC" : "abc");
		assert_int_equal(access(path, F_OK), again ? 0 : -1);
		if (again)
			assert_content("abcdef");
		assert_int_equal(hm_outfile_commit(&out), 0);
		assert_content(again ? "ABCdef" : "abcdef");
		hm_outfile_discard(&out);
		assert_content(again ? "ABCdef" : "abcdef");
	}
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	/* The teardown sees a temporary file that is left. */
	assert_int_equal(hm_outfile_create(path, &out), 0);
	put(&out, 0, "gone");
	hm_outfile_discard(&out);
	assert_content("ABCdef");
	unlink(path);
}

/* What is appended is cut off again where it is not to stay. */
static void appended(void **state)
{
	struct hm_outfile out;

	(void)state;
	assert_int_equal(hm_file_write_atomic(path, hm_bytes_of_text("old")), 0);
	assert_int_equal(hm_outfile_append(path, &out), 0);
	assert_int_equal(out.old_len, 3);
	assert_int_equal(hm_outfile_reserve(&out, 3, 9), 0);
	put(&out, 6, "end");
	hm_outfile_discard(&out);
	assert_content("old");
	assert_int_equal(hm_outfile_append(path, &out), 0);
	put(&out, 3, "new");
	assert_int_equal(hm_outfile_commit(&out), 0);
	assert_content("oldnew");
	unlink(path);
	assert_int_equal(hm_outfile_append(path, &out), -ENOENT);
	assert_int_equal(hm_outfile_append("/dev/null", &out), -ENOTSUP);
}

static void refused(void **state)
{
	struct hm_outfile out = {.fd = -1};
	struct hm_error error = {0};

	(void)state;
	assert_int_equal(hm_outfile_create(support_dir, &out), -EISDIR);
	assert_int_equal(hm_outfile_create("/dev/null", &out), -ENOTSUP);
	assert_int_equal(hm_outfile_create("/proc/nonexistent/file", &out), -ENOENT);
	assert_int_equal(out.fd, -1);
	hm_outfile_discard(&out);
	/* What cannot be written is told with the offset of its beginning, and the file's name. */
	assert_int_equal(hm_outfile_create(path, &out), 0);
	assert_false(hm_outfile_write(&(struct hm_outfile){.fd = -1, .path = path}, 4096, "x", 1, &error));
	assert_int_equal(error.kind, HM_ERROR_RUN);
	assert_string_equal(error.thing, path);
	assert_string_equal(error.text, "write at offset 4096: Bad file descriptor");
	/* A directory has come under the name in the meantime: neither it nor a temporary file is left changed. */
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(hm_outfile_commit(&out), -EISDIR);
	assert_int_equal(out.fd, -1);
	assert_int_equal(rmdir(path), 0);
}

static void same_paths(void **state)
{
	char other[SUPPORT_PATH_MAX + 8], link_path[SUPPORT_PATH_MAX + 8], round[2 * SUPPORT_PATH_MAX];

	(void)state;
	snprintf(other, sizeof(other), "%s.more", path);
	snprintf(link_path, sizeof(link_path), "%s.link", path);
	snprintf(round, sizeof(round), "%s/../%s", support_dir, path + strlen("/tmp/"));
	/* Neither is there. */
	assert_true(hm_path_same(path, path));
	assert_true(hm_path_same(path, round));
	assert_false(hm_path_same(path, other));
	assert_false(hm_path_same("/proc/nonexistent/a", "/proc/nonexistent/a"));
	/* One is there, and then by another name, too. */
	assert_int_equal(hm_file_write_atomic(path, hm_bytes_of_text("x")), 0);
	assert_false(hm_path_same(path, other));
	assert_true(hm_path_same(path, round));
	assert_int_equal(symlink(path, link_path), 0);
	assert_true(hm_path_same(path, link_path));
	unlink(link_path);
	assert_int_equal(link(path, other), 0);
	assert_true(hm_path_same(path, other));
	unlink(other);
	unlink(path);
}

static void outputs(void **state)
{
	static const struct {
		const char *what, *outputs[3], *inputs[2], *thing, *says;
	} cases[] = {
		{"all different", {"/nowhere/a", "a", "b"}, {"c", "d"}, "", ""},
		{"some left out", {NULL, "a", NULL}, {NULL, NULL}, "", ""},
		{"an input", {"a", "b", "c"}, {"d", "./b"}, "b", "is an input, and would be overwritten"},
		{"twice", {"a", "b", "./a"}, {"c", NULL}, "./a", "is named for two outputs"},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].what); i++) {
		struct hm_error error = {0};

		assert_int_equal(hm_outputs_check(cases[i].outputs, 3, cases[i].inputs, 2, &error), !cases[i].says[0]);
		assert_int_equal(error.kind, cases[i].says[0] ? HM_ERROR_USAGE : HM_ERROR_NONE);
		assert_string_equal(error.thing, cases[i].thing);
		assert_string_equal(error.text, cases[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(created),    cmocka_unit_test(appended), cmocka_unit_test(refused),
		cmocka_unit_test(same_paths), cmocka_unit_test(outputs),
	};

	return cmocka_run_group_tests_name("outfile", tests, setup, support_dir_teardown);
}
