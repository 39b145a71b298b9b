/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.c - policy files of transparency logs: sigsum's and C2SP's */
#include "lib/tlog/policy.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto/hash.h"
#include "lib/tlog/lines.h"

/* Of a name or key in a message: a vkey of ML-DSA-44 has 1.8 kB. */
#define SHOWN_MAX 80

static int shown(struct hm_bytes text)
{
	return (int)(text.len < SHOWN_MAX ? text.len : SHOWN_MAX);
}

#define SHOW(text) shown(text), (const char *)(text).p

/* The next word; words are separated by spaces and tabs alone. */
static bool next_word(struct hm_bytes *rest, struct hm_bytes *ret)
{
	size_t start = 0, end;

	while (start < rest->len && (rest->p[start] == ' ' || rest->p[start] == '\t'))
		start++;
	end = start;
	while (end < rest->len && rest->p[end] != ' ' && rest->p[end] != '\t')
		end++;
	*ret = hm_bytes_of(rest->p + start, end - start);
	*rest = hm_bytes_of(rest->p + end, rest->len - end);
	return end > start;
}

static bool at_end(struct hm_bytes rest)
{
	struct hm_bytes word;

	return !next_word(&rest, &word);
}

/* --- keys --- */

static bool parse_vkey(struct hm_bytes word, enum hm_note_type due, struct hm_tlog_key *ret, struct hm_error *error)
{
	struct hm_note_key key;

	if (!hm_note_key_parse(word, &key, error))
		return false;
	if (key.type == HM_NOTE_ML_DSA_44)
		return hm_error_set(error, "%.*s is a key of ML-DSA-44, which is not supported", SHOW(key.name));
	if (key.type != due)
		return hm_error_set(error, "%.*s is a key of type %d where type %d is due", SHOW(key.name),
				    (int)key.type, (int)due);
	ret->name = key.name;
	memcpy(ret->id, key.id, sizeof(ret->id));
	memcpy(ret->raw, key.ed25519, sizeof(ret->raw));
	return true;
}

/* The first key decides of which kind all are. */
static bool parse_key(struct hm_tlog_policy *policy, struct hm_bytes word, enum hm_note_type due,
		      struct hm_tlog_key *ret, struct hm_error *error)
{
	bool vkey = hm_bytes_has(word, '+'), first = !policy->log_count && !policy->member_count;
	struct hm_bytes raw;

	memset(ret, 0, sizeof(*ret));
	if (first)
		policy->vkeys = vkey;
	if (vkey != policy->vkeys)
		return hm_error_set(error, "keys in hex and vkeys in one file");
	if (vkey && !parse_vkey(word, due, ret, error))
		return false;
	if (!vkey && !hm_tlog_hex(word, ret->raw, sizeof(ret->raw)))
		return hm_error_set(error, "neither a key of 64 hex digits nor a vkey");
	raw = hm_bytes_of(ret->raw, sizeof(ret->raw));
	return hm_sha256(&raw, 1, ret->sha256) || hm_error_memory(error, "");
}

/* --- lines --- */

static bool parse_log(struct hm_tlog_policy *policy, struct hm_bytes rest, struct hm_error *error)
{
	struct hm_bytes word, url;
	struct hm_tlog_key key;

	if (!next_word(&rest, &word))
		return hm_error_set(error, "a log without a key");
	if (!parse_key(policy, word, HM_NOTE_ED25519, &key, error))
		return false;
	(void)next_word(&rest, &url); /* of no use offline, and need not be there */
	if (!at_end(rest))
		return hm_error_set(error, "a log has a key and a URL, and no more");
	for (size_t i = 0; i < policy->log_count; i++) {
		if (!memcmp(policy->log[i].raw, key.raw, sizeof(key.raw)))
			return hm_error_set(error, "a second log with the same key");
	}
	if (policy->log_count == HM_TLOG_LOGS_MAX)
		return hm_error_set(error, "more than %u logs", HM_TLOG_LOGS_MAX);
	policy->log[policy->log_count++] = key;
	return true;
}

static size_t find_member(const struct hm_tlog_policy *policy, struct hm_bytes name)
{
	for (size_t i = 0; i < policy->member_count; i++) {
		if (hm_bytes_equal(policy->member[i].name, name))
			return i;
	}
	return HM_TLOG_NONE;
}

static bool new_name(const struct hm_tlog_policy *policy, struct hm_bytes name, struct hm_error *error)
{
	if (hm_bytes_equal_text(name, "none") || find_member(policy, name) != HM_TLOG_NONE)
		return hm_error_set(error, "the name %.*s is taken", SHOW(name));
	if (policy->member_count == HM_TLOG_MEMBERS_MAX)
		return hm_error_set(error, "more than %u witnesses and groups", HM_TLOG_MEMBERS_MAX);
	return true;
}

static bool parse_witness(struct hm_tlog_policy *policy, struct hm_bytes rest, struct hm_error *error)
{
	struct hm_tlog_member witness = {.threshold = 0, .group = HM_TLOG_NONE};
	struct hm_bytes word, url;

	if (!next_word(&rest, &witness.name) || !next_word(&rest, &word))
		return hm_error_set(error, "a witness without a name or a key");
	if (!parse_key(policy, word, HM_NOTE_COSIGNATURE, &witness.key, error))
		return false;
	(void)next_word(&rest, &url); /* as of a log */
	if (!at_end(rest))
		return hm_error_set(error, "a witness has a name, a key and a URL, and no more");
	if (!new_name(policy, witness.name, error))
		return false;
	for (size_t i = 0; i < policy->member_count; i++) {
		if (!policy->member[i].threshold &&
		    !memcmp(policy->member[i].key.raw, witness.key.raw, sizeof(witness.key.raw)))
			return hm_error_set(error, "a second witness with the same key");
	}
	policy->member[policy->member_count++] = witness;
	return true;
}

static bool add_member(struct hm_tlog_policy *policy, struct hm_bytes name, size_t group, struct hm_error *error)
{
	size_t i = find_member(policy, name);

	if (hm_bytes_equal_text(name, "none"))
		return hm_error_set(error, "none cannot be in a group");
	if (i == HM_TLOG_NONE)
		return hm_error_set(error, "the name %.*s is not defined above", SHOW(name));
	if (policy->member[i].group != HM_TLOG_NONE)
		return hm_error_set(error, "%.*s is in a group already", SHOW(name));
	policy->member[i].group = group;
	return true;
}

static bool parse_threshold(struct hm_bytes word, size_t count, size_t *ret)
{
	uint64_t number;

	if (hm_bytes_equal_text(word, "all"))
		number = count;
	else if (hm_bytes_equal_text(word, "any"))
		number = 1;
	else if (!hm_parse_dec(word, &number) || number > count)
		return false;
	*ret = (size_t)number;
	return number > 0;
}

static bool parse_group(struct hm_tlog_policy *policy, struct hm_bytes rest, struct hm_error *error)
{
	struct hm_tlog_member group = {.group = HM_TLOG_NONE};
	struct hm_bytes threshold, word;
	size_t count = 0;

	if (!next_word(&rest, &group.name) || !next_word(&rest, &threshold) || at_end(rest))
		return hm_error_set(error, "a group without a name, a threshold or a member");
	if (!new_name(policy, group.name, error))
		return false;
	while (next_word(&rest, &word)) {
		if (!add_member(policy, word, policy->member_count, error))
			return false;
		count++;
	}
	if (!parse_threshold(threshold, count, &group.threshold))
		return hm_error_set(error, "the threshold of a group is not all, any or 1 to %zu", count);
	policy->member[policy->member_count++] = group;
	return true;
}

static bool parse_quorum(struct hm_tlog_policy *policy, struct hm_bytes rest, struct hm_error *error)
{
	struct hm_bytes name;

	if (!next_word(&rest, &name) || !at_end(rest))
		return hm_error_set(error, "a quorum is one name");
	if (policy->has_quorum)
		return hm_error_set(error, "a second quorum");
	policy->has_quorum = true;
	policy->quorum = find_member(policy, name);
	if (policy->quorum == HM_TLOG_NONE && !hm_bytes_equal_text(name, "none"))
		return hm_error_set(error, "the name %.*s is not defined above", SHOW(name));
	return true;
}

static bool is_allowed(struct hm_bytes line)
{
	for (size_t i = 0; i < line.len; i++) {
		if ((line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7f)
			return false;
	}
	return true;
}

static bool parse_line(struct hm_tlog_policy *policy, struct hm_bytes line, struct hm_error *error)
{
	static const struct {
		const char *word;
		bool (*parse)(struct hm_tlog_policy *policy, struct hm_bytes rest, struct hm_error *error);
	} kinds[] = {{"log", parse_log}, {"witness", parse_witness}, {"group", parse_group}, {"quorum", parse_quorum}};
	struct hm_bytes rest = line, word;

	if (!is_allowed(line))
		return hm_error_set(error, "a control character");
	if (!next_word(&rest, &word) || word.p[0] == '#')
		return true;
	for (size_t i = 0; i < HM_ARRAY_LEN(kinds); i++) {
		if (hm_bytes_equal_text(word, kinds[i].word))
			return kinds[i].parse(policy, rest, error);
	}
	return hm_error_set(error, "neither log, witness, group nor quorum");
}

static bool parse(struct hm_tlog_policy *policy, struct hm_bytes file, struct hm_error *error)
{
	struct hm_tlog_lines lines = {.rest = file};
	struct hm_bytes line;

	while (lines.rest.len > 0) {
		if (!hm_tlog_next_line(&lines, &line, error))
			return false;
		if (!parse_line(policy, line, error))
			return hm_tlog_in_line(&lines, error);
	}
	if (!policy->has_quorum)
		return hm_error_set(error, "no quorum");
	return policy->log_count > 0 || hm_error_set(error, "no log");
}

bool hm_tlog_policy_parse(struct hm_bytes file, struct hm_tlog_policy **ret, struct hm_error *error)
{
	struct hm_tlog_policy *policy;

	if (!file.p || file.len == 0 || file.len > HM_TLOG_POLICY_MAX)
		return hm_error_set(error, "a log policy has 1 to %u bytes", HM_TLOG_POLICY_MAX);
	policy = calloc(1, sizeof(*policy));
	if (!policy || !(policy->text = malloc(file.len))) {
		free(policy);
		return hm_error_memory(error, "");
	}
	memcpy(policy->text, file.p, file.len);
	policy->quorum = HM_TLOG_NONE;
	if (!parse(policy, hm_bytes_of(policy->text, file.len), error)) {
		hm_tlog_policy_free(policy);
		return false;
	}
	*ret = policy;
	return true;
}

void hm_tlog_policy_free(struct hm_tlog_policy *policy)
{
	if (policy)
		free(policy->text);
	free(policy);
}

bool hm_tlog_quorum_met(const struct hm_tlog_policy *policy, const bool signed_by[HM_TLOG_MEMBERS_MAX])
{
	size_t met[HM_TLOG_MEMBERS_MAX] = {0};
	bool is_met = policy->quorum == HM_TLOG_NONE;

	/* A group stands after its members, so all of them have been counted. */
	for (size_t i = 0; i < policy->member_count; i++) {
		const struct hm_tlog_member *member = &policy->member[i];
		bool good = member->threshold ? met[i] >= member->threshold : signed_by[i];

		if (good && member->group != HM_TLOG_NONE)
			met[member->group]++;
		if (good && i == policy->quorum)
			is_met = true;
	}
	return is_met;
}
