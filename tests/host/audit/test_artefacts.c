/* SPDX-License-Identifier: BSD-2-Clause */
/* test_artefacts.c - host/audit/artefacts: the list's one form, and where files differ */
#include "lib/base/error.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/audit/artefacts.h"
#include "host/base/args.h"

/* sha256sum of nothing, and of "abc" (FIPS 180-2, B.1). */
#define NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define HEAD "hallmark-artefacts/1\n"
#define GOOD \
	HEAD "artefact a.bin 3 " ABC "\nblock " ABC "\nartefact empty 0 " NOTHING "\nlink " ABC " a\nsource " ABC \
	     " a/b c\n"

static const char dir_template[] = "/tmp/hallmark-artefacts.XXXXXX";
static char dir[sizeof(dir_template)];

static const char *in_dir(const char *name)
{
	static char path[2][256];
	static unsigned int turn;

	turn ^= 1u;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static void put_file(const char *name, const void *p, size_t len)
{
	assert_int_equal(hm_file_write_atomic(in_dir(name), hm_bytes_of(p, len)), 0);
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, dir_template);
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const names[] = {"a", "b", "l"};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(names); i++)
		unlink(in_dir(names[i]));
	return rmdir(dir);
}

static void test_round_trip(void **state)
{
	struct hm_artefacts *list;
	struct hm_error error = {0};
	char *text;

	(void)state;
	assert_true(hm_artefacts_parse(hm_bytes_of_text(GOOD), &list, &error));
	assert_int_equal(list->artefact_count, 2);
	assert_int_equal(list->artefact[0].block_count, 1);
	assert_int_equal(list->source_count, 2);
	assert_int_equal(list->source[0].kind, HM_SOURCE_LINK);
	text = hm_artefacts_format(list);
	assert_string_equal(text, GOOD);
	free(text);
	hm_artefacts_free(list);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"",
		HEAD,
		"hallmark-artefacts/2\nartefact a 0 " NOTHING "\n",
		HEAD "artefact a 0 " NOTHING,
		HEAD "artefact a 00 " NOTHING "\n",
		HEAD "artefact a 3 " ABC "\n",
		HEAD "artefact a 0 " NOTHING "\nblock " ABC "\n",
		HEAD "artefact a 0 " NOTHING " x\n",
		HEAD "artefact a 0\n",
		HEAD "artefact /a 0 " NOTHING "\n",
		HEAD "artefact .a 0 " NOTHING "\n",
		HEAD "artefact  0 " NOTHING "\n",
		HEAD "block " ABC "\n",
		HEAD "artefact a 0 " NOTHING "\nartefact a 0 " NOTHING "\n",
		HEAD "artefact a 18446744073709551615 " NOTHING "\n",
		HEAD "artefact a 3 " ABC "\nblock " ABC "\nsource " ABC " x\nartefact b 0 " NOTHING "\n",
		HEAD "artefact a 0 " NOTHING "\nsource " ABC " \n",
		HEAD "artefact a 0 " NOTHING "\nsource " ABC " a/../b\n",
		HEAD "artefact a 0 " NOTHING "\nsource " ABC " a//b\n",
		HEAD "artefact a 0 " NOTHING "\nsource " ABC " a/\n",
		HEAD "artefact a 0 " NOTHING "\nsource " ABC " ./a\n",
		HEAD "artefact a 0 " NOTHING "\nsource " ABC "\n",
		HEAD "artefact a 0 " NOTHING "\nsource " ABC " b\nsource " ABC " a\n",
		HEAD "artefact a 0 " NOTHING "\nsource " ABC " a\nsource " ABC " a\n",
		HEAD "artefact a 0 " NOTHING "\nsource " ABC " a\x7f\n",
		HEAD "artefact a 0 " NOTHING "\nsource " ABC " \xc3\xa4\n",
		HEAD "artefact a 0 " NOTHING "\nmodule " ABC " a\n",
		HEAD "\nartefact a 0 " NOTHING "\n",
		HEAD "artefact a 0 BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD\n",
	};
	struct hm_artefacts *list = NULL;
	struct hm_error error = {0};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, bad, bad[i]); i++) {
		if (hm_artefacts_parse(hm_bytes_of_text(bad[i]), &list, &error))
			fail_msg("accepted: %s", bad[i]);
		assert_null(list);
	}
}

/* Whatever is cut off or flipped: what parses at all is, formatted again, the same text. */
static void test_flips(void **state)
{
	struct hm_error error = {0};
	char text[sizeof(GOOD)], *again;
	struct hm_artefacts *list;

	(void)state;
	for (size_t i = 0; i < sizeof(GOOD) - 1; i++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			memcpy(text, GOOD, sizeof(GOOD));
			text[i] = (char)(text[i] ^ (1 << bit));
			if (!hm_artefacts_parse(hm_bytes_of(text, sizeof(GOOD) - 1), &list, &error))
				continue;
			again = hm_artefacts_format(list);
			assert_string_equal(again, text);
			free(again);
			hm_artefacts_free(list);
		}
		if (hm_artefacts_parse(hm_bytes_of_text(GOOD), &list, &error))
			hm_artefacts_free(list);
	}
}

static void test_differences(void **state)
{
	const size_t len = 2 * (size_t)HM_ARTEFACT_BLOCK + 100;
	uint8_t *p = calloc(1, len);
	struct hm_artefacts *list = hm_artefacts_new();
	struct hm_artefact_difference at;
	struct hm_error error = {0};

	(void)state;
	assert_non_null(p);
	assert_non_null(list);
	put_file("a", p, len);
	assert_true(hm_artefacts_add(list, "a", in_dir("a"), &error));
	assert_int_equal(list->artefact[0].block_count, 3);
	assert_int_equal(hm_artefact_compare(&list->artefact[0], in_dir("a"), &at), 0);
	assert_false(at.differs);
	p[HM_ARTEFACT_BLOCK + 5] = 1;
	put_file("b", p, len);
	assert_int_equal(hm_artefact_compare(&list->artefact[0], in_dir("b"), &at), 0);
	assert_true(at.differs && at.from == HM_ARTEFACT_BLOCK && at.to == 2 * HM_ARTEFACT_BLOCK);
	assert_int_equal(hm_artefact_compare_files(in_dir("a"), in_dir("b"), &at), 0);
	assert_true(at.differs && at.from == HM_ARTEFACT_BLOCK + 5 && at.to == at.from + 1);
	p[HM_ARTEFACT_BLOCK + 5] = 0;
	/* A length alone: at a block's end and within one. */
	put_file("b", p, 2 * (size_t)HM_ARTEFACT_BLOCK);
	assert_int_equal(hm_artefact_compare(&list->artefact[0], in_dir("b"), &at), 0);
	assert_true(at.differs && at.from == 2 * HM_ARTEFACT_BLOCK && at.to == len);
	assert_int_equal(hm_artefact_compare_files(in_dir("b"), in_dir("a"), &at), 0);
	assert_true(at.differs && at.from == 2 * HM_ARTEFACT_BLOCK);
	put_file("b", p, len - 1);
	assert_int_equal(hm_artefact_compare_files(in_dir("a"), in_dir("b"), &at), 0);
	assert_true(at.differs && at.from == len - 1);
	assert_true(hm_artefact_compare(&list->artefact[0], in_dir("l"), &at) < 0);
	assert_true(hm_artefact_compare_files(in_dir("a"), in_dir("l"), &at) < 0);
	hm_artefacts_free(list);
	free(p);
}

static void test_sources(void **state)
{
	enum hm_source_kind kind;
	uint8_t sha256[32], abc[32];

	(void)state;
	assert_true(hm_parse_hex(hm_bytes_of_text(ABC), abc, sizeof(abc)));
	put_file("a", "abc", 3);
	assert_int_equal(hm_source_read(in_dir("a"), &kind, sha256), 0);
	assert_int_equal(kind, HM_SOURCE_FILE);
	assert_memory_equal(sha256, abc, 32);
	assert_int_equal(symlink("abc", in_dir("l")), 0);
	assert_int_equal(hm_source_read(in_dir("l"), &kind, sha256), 0);
	assert_int_equal(kind, HM_SOURCE_LINK);
	assert_memory_equal(sha256, abc, 32);
	assert_true(hm_source_read(dir, &kind, sha256) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_flips),
		cmocka_unit_test_setup_teardown(test_differences, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sources, setup, teardown),
	};

	return cmocka_run_group_tests_name("artefacts", tests, NULL, NULL);
}
