/* SPDX-License-Identifier: BSD-2-Clause */
/* c2sp.c - proofs of C2SP (c2sp.org/tlog-proof@v1) and the checkpoint in them (tlog-checkpoint, signed-note) */
#include "lib/tlog/c2sp.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/base64.h"
#include "lib/tlog/lines.h"

#define EM_DASH "\xe2\x80\x94 "

static bool take_prefix(struct hm_bytes *line, const char *prefix)
{
	struct hm_bytes start;
	size_t len = strlen(prefix);

	if (!hm_bytes_slice(*line, 0, len, &start) || !hm_bytes_equal_text(start, prefix))
		return false;
	*line = hm_bytes_of(line->p + len, line->len - len);
	return true;
}

static bool bad_line(const struct hm_tlog_lines *lines, const char *what, struct hm_error *error)
{
	return hm_error_set(error, "line %zu: %s", lines->number, what);
}

static bool parse_hash(struct hm_bytes line, uint8_t ret[HM_SHA256_LEN])
{
	uint8_t *hash;
	size_t len;
	bool good;

	if (!hm_base64_decode(line, &hash, &len))
		return false;
	good = len == HM_SHA256_LEN;
	if (good)
		memcpy(ret, hash, HM_SHA256_LEN);
	free(hash);
	return good;
}

static bool is_base64(struct hm_bytes text)
{
	uint8_t *bytes;
	size_t len;

	if (!hm_base64_decode(text, &bytes, &len))
		return false;
	free(bytes);
	return true;
}

/* --- before the checkpoint --- */

/* What "extra" holds is not authenticated: it must be base64, and is not looked at. */
static bool parse_index(struct hm_tlog_lines *lines, struct hm_tlog_path *path, struct hm_error *error)
{
	struct hm_bytes line;

	if (!hm_tlog_next_line(lines, &line, error))
		return false;
	if (take_prefix(&line, "extra ")) {
		if (!is_base64(line))
			return bad_line(lines, "extra is not base64", error);
		if (!hm_tlog_next_line(lines, &line, error))
			return false;
	}
	if (!take_prefix(&line, "index ") || !hm_parse_dec(line, &path->index) || path->index > HM_TLOG_SIZE_MAX)
		return bad_line(lines, "not an index", error);
	return true;
}

static bool parse_path(struct hm_tlog_lines *lines, struct hm_tlog_path *path, struct hm_error *error)
{
	struct hm_bytes line;

	for (;;) {
		if (!hm_tlog_next_line(lines, &line, error))
			return false;
		if (line.len == 0)
			return true;
		if (path->count == HM_TLOG_PATH_MAX)
			return bad_line(lines, "more than 63 hashes", error);
		if (!parse_hash(line, path->hash[path->count]))
			return bad_line(lines, "not a SHA-256 hash in base64", error);
		path->count++;
	}
}

/* --- the checkpoint --- */

static bool parse_head(struct hm_tlog_lines *lines, struct hm_tlog_proof *ret, struct hm_error *error)
{
	struct hm_bytes line;

	if (!hm_tlog_next_line(lines, &ret->origin, error))
		return false;
	if (ret->origin.len == 0)
		return bad_line(lines, "a checkpoint without an origin", error);
	if (!hm_tlog_next_line(lines, &line, error))
		return false;
	if (!hm_parse_dec(line, &ret->path.size) || ret->path.size > HM_TLOG_SIZE_MAX)
		return bad_line(lines, "not the size of a tree", error);
	if (!hm_tlog_next_line(lines, &line, error))
		return false;
	return parse_hash(line, ret->path.root) || bad_line(lines, "not a root hash in base64", error);
}

/* Extension lines, until the empty line. They are signed as all of the text, and are not looked at. */
static bool skip_extensions(struct hm_tlog_lines *lines, struct hm_error *error)
{
	struct hm_bytes line;

	do {
		if (!hm_tlog_next_line(lines, &line, error))
			return false;
	} while (line.len > 0);
	return true;
}

static bool decode_signature(struct hm_bytes text, struct hm_tlog_signature *ret)
{
	uint8_t *bytes;
	size_t len;
	bool good;

	if (!hm_base64_decode(text, &bytes, &len))
		return false;
	good = len > HM_NOTE_ID_LEN;
	if (good) {
		ret->len = len - HM_NOTE_ID_LEN;
		memcpy(ret->id, bytes, HM_NOTE_ID_LEN);
		memcpy(ret->bytes, bytes + HM_NOTE_ID_LEN,
		       ret->len < sizeof(ret->bytes) ? ret->len : sizeof(ret->bytes));
	}
	free(bytes);
	return good;
}

static bool parse_signature(struct hm_tlog_lines *lines, struct hm_tlog_proof *ret, struct hm_error *error)
{
	struct hm_tlog_signature *row = &ret->signature[ret->signature_count];
	struct hm_bytes line;

	if (!hm_tlog_next_line(lines, &line, error))
		return false;
	if (ret->signature_count == HM_TLOG_SIGNATURES_MAX)
		return bad_line(lines, "more than 100 signatures", error);
	if (!take_prefix(&line, EM_DASH) || !hm_next_field(&line, ' ', &row->name) || !hm_note_is_name(row->name) ||
	    !line.p || !decode_signature(line, row))
		return bad_line(lines, "not a signature of a note", error);
	ret->signature_count++;
	return true;
}

static bool parse_checkpoint(struct hm_tlog_lines *lines, struct hm_tlog_proof *ret, struct hm_error *error)
{
	struct hm_bytes note = lines->rest;

	if (!hm_note_is_text(note))
		return hm_error_set(error, "the checkpoint is not UTF-8, or has a control character");
	if (!parse_head(lines, ret, error) || !skip_extensions(lines, error))
		return false;
	/* All up to the empty line, whose newline is not signed. */
	ret->text = hm_bytes_of(note.p, note.len - lines->rest.len - 1);
	do {
		if (!parse_signature(lines, ret, error))
			return false;
	} while (lines->rest.len > 0);
	return true;
}

bool hm_tlog_c2sp_parse(struct hm_bytes file, struct hm_tlog_proof *ret, struct hm_error *error)
{
	struct hm_tlog_lines lines = {.rest = file};
	struct hm_bytes line;

	ret->form = HM_TLOG_C2SP;
	if (!hm_tlog_next_line(&lines, &line, error))
		return false;
	if (!hm_bytes_equal_text(line, "c2sp.org/tlog-proof@v1"))
		return hm_error_set(error, "line 1: a C2SP proof of another version than v1");
	return parse_index(&lines, &ret->path, error) && parse_path(&lines, &ret->path, error) &&
	       parse_checkpoint(&lines, ret, error);
}
