/* SPDX-License-Identifier: BSD-2-Clause */
/* json.c - strict reading and orderly writing of JSON, on top of jansson */
#include "lib/base/json.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"

#define NAME_MAX_LEN 96u

void hm_json_one_line(json_error_t *error)
{
	for (char *p = error->text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

bool hm_json_load(struct hm_bytes text, size_t max, json_t **ret, struct hm_error *error)
{
	json_error_t at;
	json_t *root;

	if (text.len == 0)
		return hm_error_set(error, "the file is empty");
	if (text.len > max)
		return hm_error_set(error, "the file is larger than %zu bytes", max);
	root = json_loadb((const char *)text.p, text.len, JSON_REJECT_DUPLICATES, &at);
	if (!root) {
		hm_json_one_line(&at);
		return hm_error_set(error, "line %d: %s", at.line, at.text);
	}
	*ret = root;
	return true;
}

static const char *type_name(json_type type)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",   [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
		[JSON_INTEGER] = "an integer", [JSON_REAL] = "a number",  [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",	       [JSON_NULL] = "null",
	};
	return names[type];
}

static const char *dot(const char *where)
{
	return *where ? "." : "";
}

static bool check_known(const char *where, const char *key, const struct hm_json_field *fields, size_t count,
			struct hm_error *error)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(key, fields[i].name))
			return hm_error_set(error, "%s%s%s is out of order", where, dot(where), key);
	}
	return hm_error_set(error, "%s%s%.64s is not a known field", where, dot(where), key);
}

static bool check_found(json_t *object, const char *where, const struct hm_json_field *fields, size_t count,
			struct hm_error *error)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_object_get(object, fields[i].name);

		if (!value && !fields[i].optional)
			return hm_error_set(error, "%s%s%s is missing", where, dot(where), fields[i].name);
		if (value && json_typeof(value) != fields[i].type)
			return hm_error_set(error, "%s%s%s is not %s", where, dot(where), fields[i].name,
					    type_name(fields[i].type));
	}
	return true;
}

bool hm_json_fields(json_t *object, const char *where, struct hm_json_field *fields, size_t count,
		    struct hm_error *error)
{
	const char *key;
	json_t *value;
	size_t at = 0;

	if (!json_is_object(object))
		return hm_error_set(error, "%s is not an object", *where ? where : "the file");
	if (!check_found(object, where, fields, count, error))
		return false;
	/* jansson keeps the order of the text. */
	json_object_foreach(object, key, value)
	{
		while (at < count && strcmp(key, fields[at].name) != 0 && fields[at].optional)
			at++;
		if (at == count || strcmp(key, fields[at].name) != 0)
			return check_known(where, key, fields, count, error);
		fields[at++].value = value;
	}
	return true;
}

bool hm_json_uint(const struct hm_json_field *field, const char *where, uint64_t max, uint64_t *ret,
		  struct hm_error *error)
{
	json_int_t number = json_integer_value(field->value);

	if (number < 0 || (uint64_t)number > max)
		return hm_error_set(error, "%s%s%s is not from 0 to %llu", where, dot(where), field->name,
				    (unsigned long long)max);
	*ret = (uint64_t)number;
	return true;
}

struct hm_bytes hm_json_bytes(const json_t *string)
{
	return hm_bytes_of(json_string_value(string), json_string_length(string));
}

bool hm_json_text(const struct hm_json_field *field, const char *where, size_t max, char **ret, struct hm_error *error)
{
	struct hm_bytes text = hm_json_bytes(field->value);

	if (text.len == 0 || text.len > max)
		return hm_error_set(error, "%s%s%s is not of 1 to %zu characters", where, dot(where), field->name, max);
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] < 0x20 || text.p[i] > 0x7e)
			return hm_error_set(error, "%s%s%s has a character that is not printable ASCII", where,
					    dot(where), field->name);
	}
	*ret = strndup((const char *)text.p, text.len);
	return *ret ? true : hm_error_set(error, "out of memory");
}

bool hm_json_hex(const struct hm_json_field *field, const char *where, uint8_t *ret, size_t len, struct hm_error *error)
{
	if (!hm_parse_hex(hm_json_bytes(field->value), ret, len))
		return hm_error_set(error, "%s%s%s is not %zu lower-case hex digits", where, dot(where), field->name,
				    2 * len);
	return true;
}

bool hm_json_digests(const struct hm_json_field *field, const char *where, uint32_t banks, struct hm_digests *ret,
		     struct hm_error *error)
{
	struct hm_json_field fields[HM_BANK_COUNT];
	struct hm_digests digests = {.banks = banks};
	char inner[NAME_MAX_LEN];
	size_t count = 0;

	snprintf(inner, sizeof(inner), "%s%s%s", where, dot(where), field->name);
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (banks & HM_BANK_BIT(bank))
			fields[count++] = (struct hm_json_field){.name = hm_algs[bank].name, .type = JSON_STRING};
	}
	if (!hm_json_fields(field->value, inner, fields, count, error))
		return false;
	count = 0;
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(banks & HM_BANK_BIT(bank)))
			continue;
		if (!hm_json_hex(&fields[count++], inner, digests.value[bank], hm_algs[bank].len, error))
			return false;
	}
	*ret = digests;
	return true;
}

json_t *hm_json_hex_string(struct hm_bytes bytes)
{
	char text[2 * HM_DIGEST_MAX];
	struct hm_writer w = hm_writer_of(text, sizeof(text));

	hm_put_hex(&w, bytes);
	return w.failed ? NULL : json_stringn(text, w.len);
}

json_t *hm_json_digests_object(const struct hm_digests *digests, uint32_t banks)
{
	json_t *object = json_object();
	bool failed = !object;

	for (size_t bank = 0; bank < HM_BANK_COUNT && !failed; bank++) {
		if (banks & HM_BANK_BIT(bank))
			hm_json_add(object, hm_algs[bank].name,
				    hm_json_hex_string(hm_bytes_of(digests->value[bank], hm_algs[bank].len)), &failed);
	}
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

json_t *hm_json_bank_names(uint32_t banks)
{
	json_t *array = json_array();
	bool failed = !array;

	for (size_t bank = 0; bank < HM_BANK_COUNT && !failed; bank++) {
		if (banks & HM_BANK_BIT(bank))
			hm_json_append(array, json_string(hm_algs[bank].name), &failed);
	}
	if (!failed)
		return array;
	json_decref(array);
	return NULL;
}

void hm_json_add(json_t *object, const char *name, json_t *value, bool *failed)
{
	if (json_object_set_new(object, name, value) < 0)
		*failed = true;
}

void hm_json_append(json_t *array, json_t *value, bool *failed)
{
	if (json_array_append_new(array, value) < 0)
		*failed = true;
}

char *hm_json_finish(json_t *root, bool failed)
{
	size_t len;
	char *text;

	if (failed || !root) {
		json_decref(root);
		return NULL;
	}
	len = json_dumpb(root, NULL, 0, JSON_INDENT(2));
	text = len ? malloc(len + 2) : NULL;
	if (!text || json_dumpb(root, text, len, JSON_INDENT(2)) != len) {
		json_decref(root);
		free(text);
		return NULL;
	}
	json_decref(root);
	text[len] = '\n';
	text[len + 1] = '\0';
	return text;
}
