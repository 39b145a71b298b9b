/* SPDX-License-Identifier: BSD-2-Clause */
/* json.c - the exports that are JSON: systemd's .pcrlock and .pcrsig, a key policy of AWS KMS */
#include "host/export/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/base64.h"
#include "lib/base/json.h"

/* As in the Canonical Event Log: [{"hashAlg": "sha256", "digest": "HEX"}] */
static json_t *cel_digests(const struct hm_digests *digests, uint32_t banks, bool *failed)
{
	json_t *array = json_array();

	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		json_t *object;

		if (!(banks & HM_BANK_BIT(bank)))
			continue;
		object = json_object();
		hm_json_add(object, "hashAlg", json_string(hm_algs[bank].name), failed);
		hm_json_add(object, "digest", hm_json_hex_string(hm_bytes_of(digests->value[bank], hm_algs[bank].len)),
			    failed);
		hm_json_append(array, object, failed);
	}
	return array;
}

char *hm_json_pcrlock(const struct hm_golden *golden, const struct hm_pcrlock *component)
{
	json_t *root = json_object();
	json_t *records = json_array();
	bool failed = false;

	for (size_t i = 0; i < component->event_count; i++) {
		json_t *record = json_object();

		hm_json_add(record, "pcr", json_integer(component->event[i]->pcr), &failed);
		hm_json_add(record, "digests", cel_digests(&component->event[i]->digests, golden->banks, &failed),
			    &failed);
		hm_json_append(records, record, &failed);
	}
	hm_json_add(root, "records", records, &failed);
	return hm_json_finish(root, failed);
}

static json_t *base64_string(struct hm_bytes bytes)
{
	char *text = hm_base64_encode(bytes);
	json_t *string = text ? json_string(text) : NULL;

	free(text);
	return string;
}

char *hm_json_pcrsig(const struct hm_pcrsig *sig)
{
	json_t *root = json_object();
	bool failed = false;

	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		json_t *entries, *entry, *pcrs;

		if (!(sig->banks & HM_BANK_BIT(bank)))
			continue;
		entries = json_array();
		entry = json_object();
		pcrs = json_array();
		hm_json_append(pcrs, json_integer(HM_PCR_OS), &failed);
		hm_json_add(entry, "pcrs", pcrs, &failed);
		hm_json_add(entry, "pkfp", hm_json_hex_string(hm_bytes_of(sig->key_fingerprint, 32)), &failed);
		hm_json_add(entry, "pol", hm_json_hex_string(hm_bytes_of(sig->policy[bank], HM_POLICY_LEN)), &failed);
		hm_json_add(entry, "sig", base64_string(sig->signature[bank]), &failed);
		hm_json_append(entries, entry, &failed);
		hm_json_add(root, hm_algs[bank].name, entries, &failed);
	}
	return hm_json_finish(root, failed);
}

/* Names and their spelling: AWS KMS Developer Guide, condition keys for NitroTPM; IAM's JSON policy grammar. */
char *hm_json_aws_kms(const struct hm_export *x, const char *principal)
{
	static const char *const actions[] = {"kms:Decrypt", "kms:GenerateDataKey"};
	json_t *root, *statements, *statement, *who, *list, *condition, *equals;
	bool failed = false;

	if (!(x->golden->banks & HM_BANK_BIT(HM_SHA384)))
		return NULL;
	root = json_object();
	statements = json_array();
	statement = json_object();
	who = json_object();
	list = json_array();
	condition = json_object();
	equals = json_object();
	hm_json_add(who, "AWS", json_string(principal), &failed);
	for (size_t i = 0; i < HM_ARRAY_LEN(actions); i++)
		hm_json_append(list, json_string(actions[i]), &failed);
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		char name[sizeof("kms:RecipientAttestation:NitroTPMPCR15")];

		if (!(x->registers & HM_PCR_BIT(pcr)))
			continue;
		snprintf(name, sizeof(name), "kms:RecipientAttestation:NitroTPMPCR%u", (unsigned int)pcr % 100);
		hm_json_add(equals, name,
			    hm_json_hex_string(hm_bytes_of(x->value[pcr].value[HM_SHA384], hm_algs[HM_SHA384].len)),
			    &failed);
	}
	hm_json_add(condition, "StringEqualsIgnoreCase", equals, &failed);
	hm_json_add(statement, "Sid", json_string("HallmarkGoldenValues"), &failed);
	hm_json_add(statement, "Effect", json_string("Allow"), &failed);
	hm_json_add(statement, "Principal", who, &failed);
	hm_json_add(statement, "Action", list, &failed);
	hm_json_add(statement, "Resource", json_string("*"), &failed);
	hm_json_add(statement, "Condition", condition, &failed);
	hm_json_append(statements, statement, &failed);
	hm_json_add(root, "Version", json_string("2012-10-17"), &failed);
	hm_json_add(root, "Statement", statements, &failed);
	return hm_json_finish(root, failed);
}
