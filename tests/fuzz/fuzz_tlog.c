/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_tlog.c - proofs and policies of transparency logs, and the check of one against the other; the first byte
 * chooses */
#include "lib/tlog/check.h"
#include "lib/tlog/read.h"

#include "tests/fuzz/fuzz.h"

/* Keys that nobody has: whatever the fuzzer writes, no log and no witness has signed it. */
static const char policies[2][512] = {
	"log 0101010101010101010101010101010101010101010101010101010101010101\n"
	"witness a 0202020202020202020202020202020202020202020202020202020202020202\nquorum a\n",
	"log log.example/golden+25326a68+AXQiuYh1mAaOMsREipSa2ykND041ueAbDuXxoeYA/iZ0\n"
	"witness a witness.example/w1+a065a7f7+BEOq6Ou97blpQV0CCwEhEYAicipXd1jF+ojc2diiEWUz\nquorum a\n",
};

/* All witnesses are always enough, and none only where none is asked for. */
static void read_policy(struct hm_bytes in)
{
	bool all[HM_TLOG_MEMBERS_MAX], none[HM_TLOG_MEMBERS_MAX] = {false};
	struct hm_tlog_policy *policy;
	struct hm_error error = {0};

	if (!hm_tlog_policy_parse(in, &policy, &error)) {
		FUZZ_CHECK(error.text[0]);
		return;
	}
	memset(all, true, sizeof(all));
	FUZZ_CHECK(policy->log_count && policy->has_quorum && hm_tlog_quorum_met(policy, all) &&
		   hm_tlog_quorum_met(policy, none) == (policy->quorum == HM_TLOG_NONE));
	hm_tlog_policy_free(policy);
}

static void read_proof(struct hm_bytes in, struct hm_tlog_proof *proof)
{
	static struct hm_tlog_policy *policy[2];
	const uint8_t submitter[HM_ED25519_KEY_LEN] = {1};
	struct hm_tlog_entry entry;
	struct hm_error error = {0};
	size_t witnesses;

	if (!hm_tlog_proof_parse(in, proof, &error)) {
		FUZZ_CHECK(error.text[0]);
		return;
	}
	FUZZ_CHECK(proof->path.count <= HM_TLOG_PATH_MAX && proof->path.size <= HM_TLOG_SIZE_MAX &&
		   proof->path.index <= HM_TLOG_SIZE_MAX && proof->signature_count <= HM_TLOG_SIGNATURES_MAX);
	FUZZ_CHECK(fuzz_inside(proof->origin, in.p, in.len) && fuzz_inside(proof->text, in.p, in.len));
	for (size_t i = 0; i < proof->signature_count; i++)
		FUZZ_CHECK(fuzz_inside(proof->signature[i].name, in.p, in.len));
	if (proof->form == HM_TLOG_C2SP)
		FUZZ_CHECK(proof->text.len > proof->origin.len && proof->text.p[proof->text.len - 1] == '\n');
	FUZZ_CHECK(hm_tlog_entry_of(hm_bytes_of_text("golden"), submitter, &entry));
	for (size_t i = 0; i < 2; i++) {
		if (!policy[i])
			FUZZ_CHECK(hm_tlog_policy_parse(hm_bytes_of_text(policies[i]), &policy[i], &error));
		FUZZ_CHECK(!hm_tlog_check(policy[i], proof, &entry, &witnesses, &error) && error.text[0]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_bytes in = hm_bytes_of(p + (len > 0), len - (len > 0));
	struct hm_tlog_proof *proof;
	struct hm_note_key key;
	struct hm_error error = {0};

	if (!len)
		return 0;
	switch (p[0] % 3u) {
	case 0:
		read_policy(in);
		break;
	case 1:
		proof = calloc(1, sizeof(*proof));
		FUZZ_CHECK(proof);
		read_proof(in, proof);
		free(proof);
		break;
	case 2:
		if (hm_note_key_parse(in, &key, &error))
			FUZZ_CHECK(fuzz_inside(key.name, p, len) && hm_note_is_name(key.name) && hm_note_is_text(in));
		break;
	}
	return 0;
}
