/* SPDX-License-Identifier: BSD-2-Clause */
/* sigsum.c - proofs of sigsum, version 2 (doc/sigsum-proof.md of sigsum-go) */
#include "lib/tlog/sigsum.h"

#include <string.h>

#include "lib/tlog/lines.h"

/* The value of the line KEY=VALUE, which must be the next. */
static bool next_value(struct hm_tlog_lines *lines, const char *key, struct hm_bytes *ret, struct hm_error *error)
{
	struct hm_bytes line, name;
	size_t len = strlen(key);

	if (!hm_tlog_next_line(lines, &line, error))
		return false;
	if (!hm_bytes_slice(line, 0, len, &name) || !hm_bytes_equal_text(name, key) || line.len == len ||
	    line.p[len] != '=')
		return hm_error_set(error, "line %zu: not %s=", lines->number, key);
	*ret = hm_bytes_of(line.p + len + 1, line.len - len - 1);
	return true;
}

static bool next_empty(struct hm_tlog_lines *lines, struct hm_error *error)
{
	struct hm_bytes line;

	if (!hm_tlog_next_line(lines, &line, error))
		return false;
	return line.len == 0 || hm_error_set(error, "line %zu: not an empty line", lines->number);
}

static bool bad_value(const struct hm_tlog_lines *lines, const char *key, struct hm_error *error)
{
	return hm_error_set(error, "line %zu: %s is malformed", lines->number, key);
}

static bool next_hex(struct hm_tlog_lines *lines, const char *key, uint8_t *ret, size_t len, struct hm_error *error)
{
	struct hm_bytes value;

	return next_value(lines, key, &value, error) && (hm_tlog_hex(value, ret, len) || bad_value(lines, key, error));
}

static bool next_number(struct hm_tlog_lines *lines, const char *key, uint64_t *ret, struct hm_error *error)
{
	struct hm_bytes value;

	return next_value(lines, key, &value, error) &&
	       ((hm_parse_dec(value, ret) && *ret <= HM_TLOG_SIZE_MAX) || bad_value(lines, key, error));
}

static bool parse_leaf(struct hm_tlog_lines *lines, struct hm_tlog_proof *ret, struct hm_error *error)
{
	struct hm_bytes rest, id, signature;

	if (!next_value(lines, "leaf", &rest, error))
		return false;
	if (!hm_next_field(&rest, ' ', &id) || !hm_next_field(&rest, ' ', &signature) || rest.p ||
	    !hm_tlog_hex(id, ret->leaf_key_sha256, sizeof(ret->leaf_key_sha256)) ||
	    !hm_tlog_hex(signature, ret->leaf_signature, sizeof(ret->leaf_signature)))
		return bad_value(lines, "leaf", error);
	return true;
}

static bool parse_cosignature(struct hm_tlog_lines *lines, struct hm_tlog_proof *ret, struct hm_error *error)
{
	struct hm_tlog_signature *row = &ret->signature[ret->signature_count];
	struct hm_bytes rest, id, time, signature;
	struct hm_writer w;
	uint64_t seconds;

	if (!next_value(lines, "cosignature", &rest, error))
		return false;
	if (ret->signature_count == HM_TLOG_SIGNATURES_MAX)
		return hm_error_set(error, "line %zu: more than %u cosignatures", lines->number,
				    HM_TLOG_SIGNATURES_MAX);
	if (!hm_next_field(&rest, ' ', &id) || !hm_next_field(&rest, ' ', &time) ||
	    !hm_next_field(&rest, ' ', &signature) || rest.p || !hm_tlog_hex(id, row->id, sizeof(row->id)) ||
	    !hm_parse_dec(time, &seconds) || seconds > HM_TLOG_SIZE_MAX ||
	    !hm_tlog_hex(signature, row->bytes + sizeof(seconds), HM_ED25519_SIGNATURE_LEN))
		return bad_value(lines, "cosignature", error);
	for (size_t i = 0; i < ret->signature_count; i++) {
		if (!memcmp(ret->signature[i].id, row->id, sizeof(row->id)))
			return hm_error_set(error, "line %zu: a second cosignature of the same key", lines->number);
	}
	w = hm_writer_of(row->bytes, sizeof(seconds));
	for (unsigned int shift = 64; shift > 0; shift -= 8)
		hm_put_u8(&w, (uint8_t)(seconds >> (shift - 8)));
	row->len = sizeof(row->bytes);
	ret->signature_count++;
	return true;
}

static bool parse_tree_head(struct hm_tlog_lines *lines, struct hm_tlog_proof *ret, struct hm_error *error)
{
	if (!next_number(lines, "size", &ret->path.size, error))
		return false;
	if (ret->path.size == 0)
		return hm_error_set(error, "line %zu: an empty tree has no entry", lines->number);
	if (!next_hex(lines, "root_hash", ret->path.root, sizeof(ret->path.root), error) ||
	    !next_hex(lines, "signature", ret->log_signature, sizeof(ret->log_signature), error))
		return false;
	while (lines->rest.len > 0 && lines->rest.p[0] != '\n') {
		if (!parse_cosignature(lines, ret, error))
			return false;
	}
	return true;
}

static bool parse_path(struct hm_tlog_lines *lines, struct hm_tlog_path *path, struct hm_error *error)
{
	if (!next_empty(lines, error) || !next_number(lines, "leaf_index", &path->index, error))
		return false;
	do {
		if (path->count == HM_TLOG_PATH_MAX)
			return hm_error_set(error, "line %zu: more than %u hashes", lines->number + 1,
					    HM_TLOG_PATH_MAX);
		if (!next_hex(lines, "node_hash", path->hash[path->count], HM_SHA256_LEN, error))
			return false;
		path->count++;
	} while (lines->rest.len > 0);
	return true;
}

bool hm_tlog_sigsum_parse(struct hm_bytes file, struct hm_tlog_proof *ret, struct hm_error *error)
{
	struct hm_tlog_lines lines = {.rest = file};
	struct hm_bytes version;

	ret->form = HM_TLOG_SIGSUM;
	if (!next_value(&lines, "version", &version, error))
		return false;
	if (!hm_bytes_equal_text(version, "2"))
		return hm_error_set(error, "line 1: a sigsum proof of another version than 2");
	if (!next_hex(&lines, "log", ret->log_key_sha256, sizeof(ret->log_key_sha256), error) ||
	    !parse_leaf(&lines, ret, error) || !next_empty(&lines, error) || !parse_tree_head(&lines, ret, error))
		return false;
	/* The only leaf of a tree has index 0 and no path. */
	if (ret->path.size == 1)
		return lines.rest.len == 0 ||
		       hm_error_set(error, "line %zu: more than a tree of one entry has", lines.number + 1);
	return parse_path(&lines, &ret->path, error);
}
