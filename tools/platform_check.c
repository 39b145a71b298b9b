/* SPDX-License-Identifier: BSD-2-Clause */
/* platform_check.c - hallmark platform check: a proof's hardware evidence alone */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/error.h"
#include "tools/commands.h"
#include "host/base/args.h"
#include "lib/base/json.h"
#include "lib/platform/check.h"
#include "lib/platform/policy.h"
#include "host/client/proof_file.h"
#include "lib/base/rfc3339.h"

struct options {
	const char *platforms, *jwks, *vcek, *crls, *as_of;
	bool json;
};

static int read_policy(const struct options *o, struct hm_platform_policy **ret)
{
	struct hm_platform_policy *policy = NULL;
	struct hm_error error = {0};
	struct hm_file file;
	int status;
	bool good;

	if (o->jwks && !o->platforms)
		return hm_fail_text(HM_EXIT_USAGE, "--jwks", "needs --platforms with a policy that demands a token");
	if (!o->platforms)
		return HM_EXIT_OK;
	status = hm_input_read(o->platforms, HM_PLATFORM_POLICY_MAX, &file);
	if (status)
		return status;
	good = hm_platform_policy_parse(hm_file_bytes(&file), &policy, &error);
	hm_file_free(&file);
	if (!good)
		return hm_fail_text(HM_EXIT_INPUT, o->platforms, error.text);
	if (o->jwks) {
		status = hm_input_read(o->jwks, HM_JWKS_MAX, &file);
		if (status) {
			hm_platform_policy_free(policy);
			return status;
		}
		good = hm_platform_policy_set_jwks(policy, hm_file_bytes(&file), &error);
		hm_file_free(&file);
	}
	if (!good) {
		hm_platform_policy_free(policy);
		return hm_fail_text(HM_EXIT_INPUT, o->jwks, error.text);
	}
	*ret = policy;
	return HM_EXIT_OK;
}

static int read_vcek(const char *path, struct hm_platform_policy **policy)
{
	struct hm_error error = {0};
	struct hm_file file;
	int status = hm_input_read(path, HM_PATH_MAX * HM_CERT_MAX, &file);
	bool good;

	if (status)
		return status;
	good = hm_platform_policy_set_vcek(policy, hm_file_bytes(&file), &error);
	hm_file_free(&file);
	return good ? HM_EXIT_OK : hm_fail_text(HM_EXIT_INPUT, path, error.text);
}

static int read_crls(const char *path, struct hm_platform_policy **policy)
{
	struct hm_error error = {0};
	struct hm_file file;
	int status = hm_input_read(path, HM_CRL_FILE_MAX, &file);
	bool good;

	if (status)
		return status;
	good = hm_platform_policy_set_crls(policy, hm_file_bytes(&file), &error);
	hm_file_free(&file);
	return good ? HM_EXIT_OK : hm_fail_text(HM_EXIT_INPUT, path, error.text);
}

static int read_time(const char *text, int64_t *ret)
{
	if (!text)
		*ret = (int64_t)time(NULL);
	else if (!hm_rfc3339_parse(hm_bytes_of_text(text), ret))
		return hm_fail_format(HM_EXIT_USAGE, "--as-of", "'%s' is not a time like 2026-01-31T12:00:00Z", text);
	return HM_EXIT_OK;
}

static int print_json(const struct hm_proof *proof, const struct hm_evidence_result *result)
{
	json_t *o = json_object();
	bool failed = !o;
	char *text;

	hm_json_add(o, "verdict", json_string(hallmark_code_name(result->code)), &failed);
	hm_json_add(o, "platform", json_string(proof->platform), &failed);
	hm_json_add(o, "check", result->code == HALLMARK_OK ? json_null() : json_string(result->expected), &failed);
	hm_json_add(o, "seen", result->code == HALLMARK_OK ? json_null() : json_string(result->seen), &failed);
	text = hm_json_finish(o, failed);
	if (!text)
		return hm_fail_text(HM_EXIT_RUN, "platform check", "out of memory");
	fputs(text, stdout);
	free(text);
	return result->code == HALLMARK_OK ? HM_EXIT_OK : HM_EXIT_REJECTED;
}

static int report(const char *path, const struct options *o, const struct hm_proof *proof,
		  const struct hm_evidence_result *result)
{
	if (o->json)
		return print_json(proof, result);
	if (result->code != HALLMARK_OK)
		return hm_fail_format(HM_EXIT_REJECTED, path, "%s: %s: %s", hallmark_code_name(result->code),
				      result->expected, result->seen);
	printf("Ok: the hardware of %s vouches for the attestation key\n", proof->platform);
	return HM_EXIT_OK;
}

static int check(const char *path, const struct options *o, const struct hm_platform_policy *policy, int64_t as_of)
{
	struct hm_evidence_result result = {.code = HALLMARK_MALFORMED};
	struct hm_proof *proof = NULL;
	struct hm_error error = {0};
	int status = hm_proof_load(path, &proof, &error) ? HM_EXIT_OK : hm_report(&error);

	if (status)
		return status;
	if (!hm_platform_policy_allows(policy, proof->platform))
		(void)hm_evidence_refuse(&result, HALLMARK_NON_COMPLIANT_PLATFORM, "platform",
					 "%.32s is not one that the policy allows", proof->platform);
	else
		hm_platform_check(proof, policy, as_of, &result);
	status = report(path, o, proof, &result);
	hm_proof_free(proof);
	return status;
}

static int command(void *options, const struct hm_words *words)
{
	const struct options *o = options;
	struct hm_platform_policy *policy = NULL;
	int64_t as_of = 0;
	int status = read_time(o->as_of, &as_of);

	if (!status)
		status = read_policy(o, &policy);
	if (!status && o->vcek)
		status = read_vcek(o->vcek, &policy);
	if (!status && o->crls)
		status = read_crls(o->crls, &policy);
	if (!status)
		status = check(words->word[0], o, policy, as_of);
	hm_platform_policy_free(policy);
	return status;
}

static const struct hm_option options[] = {
	HM_OPTION(struct options, platforms, "--platforms", "FILE",
		  "A policy (hallmark-platforms/1). Default: every platform, the vendors' roots."),
	HM_OPTION(struct options, jwks, "--jwks", "FILE", "The attestation service's keys, for the policy's token."),
	HM_OPTION(struct options, vcek, "--vcek", "FILE",
		  "PEM: VCEK, ASK and ARK, for a proof that does not carry them."),
	HM_OPTION(struct options, crls, "--crls", "FILE", "Revocation lists (PEM)."),
	HM_OPTION(struct options, as_of, "--as-of", "TIME", "Check at this time, 2026-01-31T12:00:00Z (default: now)."),
	HM_OPTION(struct options, json, "--json", NULL, "The verdict as JSON."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_platform_check = {
	.name = "platform check",
	.summary = "check a proof's hardware evidence alone",
	.words = "PROOF",
	.description = "Checks the hardware evidence in a proof: that it is whole, signed under the vendor's root, "
		       "allowed by the policy, and that it vouches for the attestation key of this proof. Nothing "
		       "else: not the quote, no register, no certificate of the key. For a verdict on the machine "
		       "use hallmark verify, which makes this check too.",
	.example = "hallmark platform check proof.json --as-of 2026-01-31T12:00:00Z",
	.see_also = "hallmark-verify(1), docs/PLATFORMS.md",
	.args = {.tables = {{options, 0}}, .words_min = 1, .words_max = 1},
	.size = sizeof(struct options),
	.run = command,
};
