/* SPDX-License-Identifier: BSD-2-Clause */
/* test_json.c - the strict reader of JSON: each thing that is refused, by its line; and what the writer makes */
#include "lib/base/json.h"

#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

enum { NAME, COUNT, DIGEST, LIST, FIELDS };

static const struct hm_json_field wanted[FIELDS] = {
	[NAME] = {.name = "name", .type = JSON_STRING},
	[COUNT] = {.name = "count", .type = JSON_INTEGER, .optional = true},
	[DIGEST] = {.name = "digest", .type = JSON_STRING, .optional = true},
	[LIST] = {.name = "list", .type = JSON_ARRAY, .optional = true},
};

/* The line of what is wrong with the text, "" for nothing. The object is to be released in any case. */
static const char *read_object(const char *text, const char *where, json_t **ret_root, struct hm_json_field *fields)
{
	static struct hm_error error;

	error = (struct hm_error){0};
	*ret_root = NULL;
	memcpy(fields, wanted, sizeof(wanted));
	if (!hm_json_load(hm_bytes_of_text(text), 200, ret_root, &error) ||
	    !hm_json_fields(*ret_root, where, fields, FIELDS, &error)) {
		assert_int_equal(error.kind, HM_ERROR_INPUT);
		return error.text;
	}
	return "";
}

static void objects(void **state)
{
	static const struct {
		const char *text, *where, *says;
	} cases[] = {
		{"{\"name\":\"a\"}", "", ""},
		{"{\"name\":\"a\",\"count\":1,\"digest\":\"00\",\"list\":[]}", "", ""},
		{" {\n\"name\" : \"a\" , \"list\" : [ ] }\n", "", ""},
		{"", "", "the file is empty"},
		{"{\"name\":\"a\"", "", "line 1: "},
		{"{\"name\":\"a\"}}", "", "line 1: "},
		{"{\"name\":\"a\"}\n0", "", "line 2: "},
		{"{\"name\":\"a\",\"name\":\"a\"}", "", "line 1: "},
		{"{\"name\":\"a\\u0000\"}", "", "line 1: "},
		{"{name:\"a\"}", "", "line 1: "},
		{"{\"name\":'a'}", "", "line 1: "},
		{"{\"name\":\"\xff\"}", "", "line 1: "},
		{"{\"name\":\"a\x1b[2J\"}", "", "line 1: "},
		{"[]", "", "the file is not an object"},
		{"[]", "pcrs[4]", "pcrs[4] is not an object"},
		{"{}", "", "name is missing"},
		{"{}", "pcrs[4]", "pcrs[4].name is missing"},
		{"{\"name\":1}", "", "name is not a string"},
		{"{\"name\":null}", "pcrs[4]", "pcrs[4].name is not a string"},
		{"{\"name\":\"a\",\"count\":1.0}", "", "count is not an integer"},
		{"{\"name\":\"a\",\"count\":true}", "", "count is not an integer"},
		{"{\"name\":\"a\",\"list\":{}}", "", "list is not an array"},
		{"{\"name\":\"a\",\"more\":1}", "", "more is not a known field"},
		{"{\"name\":\"a\",\"more\":1}", "pcrs[4]", "pcrs[4].more is not a known field"},
		{"{\"count\":1,\"name\":\"a\"}", "", "count is out of order"},
		{"{\"name\":\"a\",\"list\":[],\"digest\":\"00\"}", "", "digest is out of order"},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].text); i++) {
		struct hm_json_field fields[FIELDS];
		const char *said;
		json_t *root;

		said = read_object(cases[i].text, cases[i].where, &root, fields);
		/* Behind the line's number are jansson's own words. */
		if (strncmp(cases[i].says, "line ", 5) != 0 || strncmp(said, cases[i].says, strlen(cases[i].says)) != 0)
			assert_string_equal(said, cases[i].says);
		assert_null(strpbrk(said, "\n\x1b"));
		json_decref(root);
	}
}

/* As many bytes as are allowed, and one more. */
static void too_large(void **state)
{
	struct hm_error error = {0};
	char text[32] = "{\"name\":\"a\"}";
	json_t *root = NULL;

	(void)state;
	memset(text + strlen(text), ' ', 8);
	assert_true(hm_json_load(hm_bytes_of(text, 20), 20, &root, &error));
	json_decref(root);
	root = NULL;
	assert_false(hm_json_load(hm_bytes_of(text, 20), 19, &root, &error));
	assert_string_equal(error.text, "the file is larger than 19 bytes");
	assert_null(root);
}

static void values(void **state)
{
	struct hm_json_field fields[FIELDS];
	struct hm_error error = {0};
	uint64_t number = 77;
	uint8_t bytes[2] = {7, 7};
	char *text = NULL;
	json_t *root;

	(void)state;
	assert_string_equal(
		read_object("{\"name\":\"a ~\",\"count\":9223372036854775807,\"digest\":\"00fe\"}", "", &root, fields),
		"");
	assert_null(fields[LIST].value);
	assert_true(hm_json_uint(&fields[COUNT], "", INT64_MAX, &number, &error));
	assert_true(number == INT64_MAX);
	assert_false(hm_json_uint(&fields[COUNT], "log", INT64_MAX - 1, &number, &error));
	assert_string_equal(error.text, "log.count is not from 0 to 9223372036854775806");
	assert_true(number == INT64_MAX);
	assert_true(hm_json_text(&fields[NAME], "", 3, &text, &error));
	assert_string_equal(text, "a ~");
	free(text);
	assert_false(hm_json_text(&fields[NAME], "", 2, &text, &error));
	assert_string_equal(error.text, "name is not of 1 to 2 characters");
	assert_true(hm_json_hex(&fields[DIGEST], "", bytes, 2, &error));
	assert_hex(hm_bytes_of(bytes, 2), "00fe");
	assert_false(hm_json_hex(&fields[DIGEST], "x", bytes, 1, &error));
	assert_string_equal(error.text, "x.digest is not 2 lower-case hex digits");
	json_decref(root);
	assert_string_equal(read_object("{\"name\":\"\",\"count\":-1,\"digest\":\"00FE\"}", "", &root, fields), "");
	assert_false(hm_json_uint(&fields[COUNT], "", INT64_MAX, &number, &error));
	assert_false(hm_json_text(&fields[NAME], "", 3, &text, &error));
	assert_false(hm_json_hex(&fields[DIGEST], "", bytes, 2, &error));
	json_decref(root);
	assert_string_equal(read_object("{\"name\":\"a\\n\"}", "", &root, fields), "");
	assert_false(hm_json_text(&fields[NAME], "", 9, &text, &error));
	assert_string_equal(error.text, "name has a character that is not printable ASCII");
	json_decref(root);
	/* A number that no integer here holds is none. */
	assert_true(
		strstr(read_object("{\"name\":\"a\",\"count\":9223372036854775808}", "", &root, fields), "integer"));
	json_decref(root);
}

static void digests(void **state)
{
	static const struct {
		const char *text;
		uint32_t banks;
		const char *says;
	} cases[] = {
		{"{\"sha1\":\"@1\",\"sha256\":\"@2\"}", HM_BANK_BIT(HM_SHA1) | HM_BANK_BIT(HM_SHA256), ""},
		{"{\"sha256\":\"@2\",\"sha1\":\"@1\"}", HM_BANK_BIT(HM_SHA1) | HM_BANK_BIT(HM_SHA256),
		 "x.d.sha256 is out of order"},
		{"{\"sha1\":\"@1\"}", HM_BANK_BIT(HM_SHA1) | HM_BANK_BIT(HM_SHA256), "x.d.sha256 is missing"},
		{"{\"sha1\":\"@1\",\"sha256\":\"@2\"}", HM_BANK_BIT(HM_SHA256), "x.d.sha1 is not a known field"},
		{"{\"sha1\":\"@2\"}", HM_BANK_BIT(HM_SHA1), "x.d.sha1 is not 40 lower-case hex digits"},
		{"{}", 0, ""},
	};
	static const char one[] = "1111111111111111111111111111111111111111";
	static const char two[] = "2222222222222222222222222222222222222222222222222222222222222222";

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].text); i++) {
		struct hm_digests got = {.banks = 77};
		struct hm_error error = {0};
		char text[400];
		size_t at = 0;
		struct hm_json_field field = {.name = "d", .type = JSON_OBJECT};

		for (const char *p = cases[i].text; *p; p++) {
			if (*p == '@') {
				p++;
				at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", *p == '1' ? one : two);
			} else {
				text[at++] = *p;
			}
		}
		assert_true(hm_json_load(hm_bytes_of(text, at), sizeof(text), &field.value, &error));
		assert_int_equal(hm_json_digests(&field, "x", cases[i].banks, &got, &error), !cases[i].says[0]);
		assert_string_equal(error.text, cases[i].says);
		assert_int_equal(got.banks, cases[i].says[0] ? 77 : cases[i].banks);
		if (got.banks & HM_BANK_BIT(HM_SHA256) & cases[i].banks && !cases[i].says[0])
			assert_hex(hm_bytes_of(got.value[HM_SHA256], HM_SHA256_LEN), two);
		json_decref(field.value);
	}
}

static void writing(void **state)
{
	const uint32_t banks = HM_BANK_BIT(HM_SHA1) | HM_BANK_BIT(HM_SHA256);
	struct hm_digests digests = {.banks = banks};
	bool failed = false;
	json_t *root = json_object();
	char *text;

	(void)state;
	memset(digests.value, 0xab, sizeof(digests.value));
	hm_json_add(root, "banks", hm_json_bank_names(banks), &failed);
	hm_json_add(root, "digests", hm_json_digests_object(&digests, banks), &failed);
	hm_json_add(root, "hex", hm_json_hex_string(hm_bytes_of_text("\x01\xff")), &failed);
	text = hm_json_finish(root, failed);
	assert_string_equal(text,
			    "{\n"
			    "  \"banks\": [\n"
			    "    \"sha1\",\n"
			    "    \"sha256\"\n"
			    "  ],\n"
			    "  \"digests\": {\n"
			    "    \"sha1\": \"abababababababababababababababababababab\",\n"
			    "    \"sha256\": \"abababababababababababababababababababababababababababababababab\"\n"
			    "  },\n"
			    "  \"hex\": \"01ff\"\n"
			    "}\n");
	free(text);
	/* One value that cannot be made, and there is no text. */
	root = json_array();
	hm_json_append(root, json_string("a"), &failed);
	assert_false(failed);
	hm_json_append(root, json_string("\xff"), &failed);
	assert_true(failed);
	assert_null(hm_json_finish(root, failed));
	assert_null(hm_json_finish(NULL, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects), cmocka_unit_test(too_large), cmocka_unit_test(values),
		cmocka_unit_test(digests), cmocka_unit_test(writing),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
