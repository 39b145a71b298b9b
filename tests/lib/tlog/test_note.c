/* SPDX-License-Identifier: BSD-2-Clause */
/* test_note.c - keys of signed notes, their names and text: other projects' keys, each cut and changed byte refused */
#include "lib/tlog/note.h"

#include "tests/support/support.h"

#include <string.h>

/* golang.org/x/mod v0.36.0, sumdb/note/note_test.go, TestNewVerifier. */
#define NEUMANN "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

static void test_published(void **state)
{
	static const struct {
		const char *vkey, *want;
	} rows[] = {
		{NEUMANN, NULL},
		/* The same test: a wrong length and an unknown type, with the ids of those keys. */
		{"PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
		 "not a vkey: NAME+ID+BASE64"},
		{"PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		 "a vkey of the unknown type 101"},
		/* go/src/cmd/go/internal/modfetch/key.go: the key of sum.golang.org. */
		{"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", NULL},
		/* sigsum-go v0.14.1, pkg/checkpoint/verifier_test.go, TestNewNoteVerifier; base64 with a plus. */
		{"example.org/key+57bfe580+BAFFLINGNESS+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL},
		/* The same, TestNoteVerifierFromString, which does not look at the id. */
		{"example.org/key+01020304+BAFFLINGNESS+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		 "the id of a vkey is not its key's"},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, rows, rows[i].vkey); i++) {
		struct hm_error error = {0};
		struct hm_note_key key;

		assert_int_equal(hm_note_key_parse(hm_bytes_of_text(rows[i].vkey), &key, &error), !rows[i].want);
		assert_string_equal(error.text, rows[i].want ? rows[i].want : "");
	}
}

static void test_fields(void **state)
{
	struct hm_error error = {0};
	struct hm_note_key key;

	(void)state;
	assert_true(hm_note_key_parse(hm_bytes_of_text(NEUMANN), &key, &error));
	assert_true(hm_bytes_equal_text(key.name, "PeterNeumann"));
	assert_int_equal(key.type, HM_NOTE_ED25519);
	assert_hex(hm_bytes_of(key.id, sizeof(key.id)), "c74f20a3");
	/* base64 -d, without the first byte. */
	assert_hex(hm_bytes_of(key.ed25519, sizeof(key.ed25519)),
		   "1a5cd907143c384c41e830c5bce12aa8817ec5649aaabf2c31388b35b2d744d6");
}

/* As TestNewVerifier does: every part of the text, every byte by one more. */
static void test_c10_every_part(void **state)
{
	char text[] = NEUMANN;
	const size_t len = strlen(text);
	struct hm_error error = {0};
	struct hm_note_key key;

	(void)state;
	for (size_t i = 0; i <= len; i++) {
		for (size_t j = i; j <= len; j++) {
			if (i != 0 || j != len)
				assert_false(hm_note_key_parse(hm_bytes_of(text + i, j - i), &key, &error));
		}
	}
	for (size_t i = 0; i < len; i++) {
		text[i]++;
		assert_false(hm_note_key_parse(hm_bytes_of(text, len), &key, &error));
		text[i]--;
	}
	assert_false(hm_note_key_parse(
		hm_bytes_of_text("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"), &key, &error));
}

/* Markus Kuhn's UTF-8 decoder stress test has each of these; RFC 3629, 3 and 4 say why. */
static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool is_text, is_name;
	} rows[] = {
		{"a", true, true},
		{"\xc3\xa9l\xc3\xa8ve", true, true},
		{"\xe2\x82\xac", true, true},
		{"\xf0\x9f\x8c\xb6", true, true},
		{"\xf4\x8f\xbf\xbf", true, true},
		{"", true, false},
		{"a b", true, false},
		{"a+b", true, false},
		{"a\nb", true, false},
		{"\xc2\x85", true, false},
		{"a\xc2\xa0", true, false},
		{"\xe1\x9a\x80", true, false},
		{"\xe2\x80\x80", true, false},
		{"\xe2\x80\x8a", true, false},
		{"\xe2\x80\xa8", true, false},
		{"\xe2\x80\xaf", true, false},
		{"\xe2\x81\x9f", true, false},
		{"\xe3\x80\x80", true, false},
		{"\xe2\x80\x8b", true, true},
		{"a\tb", false, false},
		{"a\rb", false, false},
		{"\x80", false, false},
		{"\xbf", false, false},
		{"\xc3", false, false},
		{"\xc3(", false, false},
		{"\xc0\xaf", false, false},
		{"\xe0\x80\xaf", false, false},
		{"\xe0\x9f\xbf", false, false},
		{"\xf0\x8f\xbf\xbf", false, false},
		{"\xed\xa0\x80", false, false},
		{"\xed\xbf\xbf", false, false},
		{"\xf4\x90\x80\x80", false, false},
		{"\xf8\x88\x80\x80\x80", false, false},
		{"\xff", false, false},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, rows, rows[i].name); i++) {
		assert_int_equal(hm_note_is_text(hm_bytes_of_text(rows[i].name)), rows[i].is_text);
		assert_int_equal(hm_note_is_name(hm_bytes_of_text(rows[i].name)), rows[i].is_name);
	}
	assert_false(hm_note_is_text(hm_bytes_of("", 1)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_c10_every_part),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
