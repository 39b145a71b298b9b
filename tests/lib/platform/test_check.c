/* SPDX-License-Identifier: BSD-2-Clause */
/* test_check.c - real machines' evidence through the platform table: whole, and with one thing changed each time */
#include "host/crypto/tls_key.h"
#include "lib/base/error.h"
#include "lib/platform/check.h"
#include "lib/platform/table.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/attest.h"
#include "core/eventlog.h"
#include "tests/support/evidence.h"
#include "tests/support/support.h"
#include "lib/crypto/ak_chain.h"
#include "lib/crypto/rsa.h"
#include "lib/platform/policy.h"

#define AZURE_AS_OF INT64_C(1760000000)
#define AK_AS_OF INT64_C(1740000000)

static void set_blob(struct hm_blob *blob, const uint8_t *p, size_t len)
{
	free(blob->p);
	*blob = (struct hm_blob){NULL, 0};
	assert_true(hm_blob_set(blob, hm_bytes_of(p, len)));
}

static void add_part(struct hm_proof *proof, const char *name, struct hm_bytes data)
{
	struct hm_proof_part *part = &proof->part[proof->part_count++];

	part->name = strdup(name);
	part->data = (struct hm_blob){NULL, 0};
	assert_true(hm_blob_set(&part->data, data));
}

static struct hm_proof *new_proof(const char *platform, const char *type)
{
	struct hm_proof *proof = calloc(1, sizeof(*proof));

	assert_non_null(proof);
	proof->platform = strdup(platform);
	proof->hardware_type = strdup(type);
	proof->bank = HM_SHA256;
	return proof;
}

/* The evidence as the guest's part of Hallmark would have packed it. AikPub is a TPM2B_PUBLIC. */
static struct hm_proof *azure_proof(const struct azure_evidence *e)
{
	struct hm_proof *proof = new_proof("azure-cvm", "azure-snp");
	size_t len;
	uint8_t *nv = azure_envelope(e->report, e->runtime, e->runtime_len, 100, &len);

	assert_true(e->ak_public_len > 2);
	set_blob(&proof->ak_public, e->ak_public + 2, e->ak_public_len - 2);
	add_part(proof, "hcl_report", hm_bytes_of(nv, len));
	add_part(proof, "vcek", e->amd.cert[0]);
	add_part(proof, "ask", e->amd.cert[1]);
	add_part(proof, "ark", e->amd.cert[2]);
	free(nv);
	return proof;
}

static void assert_code(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
			enum hallmark_code code, const char *check)
{
	struct hm_evidence_result result;

	hm_platform_check(proof, policy, as_of, &result);
	if (result.code != code || (check && strcmp(result.expected, check) != 0))
		fail_msg("%s by %s (%s), should be %s by %s", hallmark_code_name(result.code), result.expected,
			 result.seen, hallmark_code_name(code), check ? check : "none");
}

/* --- the chain from a real confidential VM's log to AMD's root, link by link --- */

enum link { LOG, REGISTERS, QUOTE, SIGNATURE, CERTIFICATE, CERTIFIED_KEY, HARDWARE, LINK_COUNT };
static const char *const link_name[] = {"log",	       "registers",	"quote",   "signature",
					"certificate", "certified key", "hardware"};
HM_STATIC_ASSERT(HM_ARRAY_LEN(link_name) == LINK_COUNT, "each link has a name");
#define BIT(link) (1u << (link))

/* The log replays to the registers. */
static bool log_holds(const struct azure_evidence *e)
{
	struct hm_pcrs pcrs;

	if (hm_eventlog_replay(hm_bytes_of(e->log, e->log_len), &hm_crypto_hasher, &pcrs))
		return false;
	for (size_t i = 0; i < AZURE_PCRS; i++) {
		if (memcmp(pcrs.value[HM_SHA256][i], e->pcr[i], 32) != 0)
			return false;
	}
	return true;
}

/* The quote is one of PCR 0 to 7, SHA-256. */
static bool quote_holds(const struct azure_evidence *e)
{
	static const uint8_t select[] = {0xff, 0x00, 0x00};
	struct hm_attest quote;

	return !hm_attest_decode(hm_bytes_of(e->quote, e->quote_len), &quote) && quote.type == HM_ATTEST_QUOTE &&
	       quote.selection_count == 1 && quote.selection[0].alg == 0x000b &&
	       hm_bytes_equal(hm_bytes_of(quote.selection[0].select, quote.selection[0].size),
			      hm_bytes_of(select, sizeof(select)));
}

/* The registers are those of the quote. */
static bool registers_hold(const struct azure_evidence *e)
{
	struct hm_attest quote;
	struct hm_bytes values[AZURE_PCRS];
	uint8_t digest[HM_DIGEST_MAX];

	for (size_t i = 0; i < AZURE_PCRS; i++)
		values[i] = hm_bytes_of(e->pcr[i], 32);
	assert_ok(hm_crypto_hasher.hash(NULL, HM_SHA256, values, AZURE_PCRS, 0, digest));
	return !hm_attest_decode(hm_bytes_of(e->quote, e->quote_len), &quote) &&
	       hm_bytes_equal(quote.pcr_digest, hm_bytes_of(digest, 32));
}

/* The key signed the quote: RSASSA with SHA-256, the signature as plain bytes. */
static bool signature_holds(const struct azure_evidence *e, const struct hm_tpm_public *ak)
{
	static const uint8_t exponent[] = {1, 0, 1};

	return hm_crypto_rs256(&(struct hm_rsa_public){.n = ak->modulus, .e = hm_bytes_of(exponent, 3)},
			       hm_bytes_of(e->quote, e->quote_len), hm_bytes_of(e->signature, e->signature_len));
}

/* The chain of the AK's certificate by the rules of a row: its key, NULL and a line in `error` where it does not hold.
 */
static struct hm_key *certified_key(const struct azure_evidence *e, const char *row, const char *intermediate,
				    int64_t as_of, struct hm_error *error)
{
	const struct hm_platform *platform = hm_platform_find(row);
	const struct hm_chain_rules rules = {.eku_required = platform->eku_required,
					     .eku_refused = platform->eku_refused,
					     .subject_word = platform->subject_word,
					     .subject_refused = platform->subject_refused,
					     .critical_san_allowed = platform->critical_san_allowed,
					     .chain_max = platform->chain_max};
	struct hm_bytes text, der[2];
	uint8_t *file = support_fixture("roots/azure_vtpm_root_2023.crt", &text);
	struct hm_roots *roots = hm_crypto_roots_parse(text, error);
	struct hm_key *key = NULL;
	struct hm_path between;
	size_t len;

	free(file);
	if (!roots)
		fail_msg("%s", error->text);
	file = support_fixture(intermediate, &text);
	if (!hm_crypto_path_of_pem(text, &between, error))
		fail_msg("%s", error->text);
	free(file);
	/* As the NV index has it: zeros after it. */
	if (hm_certificate_len(hm_bytes_of(e->ak_cert, e->ak_cert_len), &len)) {
		der[0] = hm_bytes_of(e->ak_cert, len);
		der[1] = between.cert[0];
		key = hm_crypto_chain_check(roots, der, 2, &rules, as_of, NULL, error);
	}
	hm_crypto_path_free(&between);
	hm_crypto_roots_free(roots);
	return key;
}
#define CA_01 "roots/azure_intermediate_ca_01.crt"

/* Bits of the links that do not hold. */
static uint32_t azure_broken(const struct azure_evidence *e)
{
	struct hm_proof *proof = azure_proof(e);
	struct hm_evidence_result result;
	struct hm_tpm_public ak;
	struct hm_error error = {0};
	struct hm_key *key = certified_key(e, "azure-cvm", CA_01, AZURE_AS_OF, &error);
	bool decoded = !hm_tpm_public_decode(hm_bytes_of(e->ak_public + 2, e->ak_public_len - 2), &ak);
	uint32_t broken = 0;

	hm_platform_check(proof, NULL, AZURE_AS_OF, &result);
	broken |= log_holds(e) ? 0 : BIT(LOG);
	broken |= registers_hold(e) ? 0 : BIT(REGISTERS);
	broken |= quote_holds(e) ? 0 : BIT(QUOTE);
	broken |= decoded && signature_holds(e, &ak) ? 0 : BIT(SIGNATURE);
	broken |= key ? 0 : BIT(CERTIFICATE);
	broken |= decoded && key && hm_crypto_key_equals_tpm(key, &ak) ? 0 : BIT(CERTIFIED_KEY);
	broken |= result.code == HALLMARK_OK ? 0 : BIT(HARDWARE);
	hm_crypto_key_free(key);
	hm_proof_free(proof);
	return broken;
}

static void assert_broken(const struct azure_evidence *e, const char *name, uint32_t want)
{
	uint32_t got = azure_broken(e);

	for (size_t i = 0; i < LINK_COUNT; i++) {
		if ((got ^ want) & BIT(i))
			fail_msg("%s: the link %s is %s", name, link_name[i], got & BIT(i) ? "broken" : "whole");
	}
}

/* The whole of it: log, registers, quote, key, its certificate, runtime data, report, the roots of Microsoft and AMD.
 */
static void azure_whole(void **state)
{
	struct azure_evidence e;
	size_t len;

	(void)state;
	azure_evidence_load(&e);
	assert_int_equal(e.ak_cert_len, 4096);
	/* DER: 30 82 03 eb */
	assert_true(hm_certificate_len(hm_bytes_of(e.ak_cert, e.ak_cert_len), &len));
	assert_int_equal(len, 4 + 0x3eb);
	assert_broken(&e, "as it is", 0);
	azure_evidence_free(&e);
}

/* One byte of what is not the hardware report's: every link that must see it does, and no other. */
static void azure_links(void **state)
{
	struct azure_evidence e;
	/* Offsets: TCG PFP 1.06, 10.2.1; TPM 2.0 Part 2, 10.12.8 (a name of 34 bytes, no extraData); RFC 5280, 4.1. */
	const struct {
		const char *name;
		size_t off;
		uint8_t value, was;
		uint32_t broken;
	} log[] =
		{
			{"log: header", 32, 's', 'S', BIT(LOG)},
			{"log: a register's number", 73, 1, 0, BIT(LOG)},
			{"log: the kind that extends nothing", 77, 3, 8, BIT(LOG)},
			{"log: a SHA-256 digest", 137, 0x97, 0x96, BIT(LOG)},
		},
	  quote[] = {
		  {"quote: magic", 0, 0xfe, 0xff, BIT(QUOTE) | BIT(REGISTERS) | BIT(SIGNATURE)},
		  {"quote: type", 5, 0x17, 0x18, BIT(QUOTE) | BIT(REGISTERS) | BIT(SIGNATURE)},
		  {"quote: signer", 41, 0xff, 0xae, BIT(SIGNATURE)},
		  {"quote: clock", 51, 0x97, 0x96, BIT(SIGNATURE)},
		  {"quote: resets", 55, 5, 4, BIT(SIGNATURE)},
		  {"quote: restarts", 59, 1, 0, BIT(SIGNATURE)},
		  {"quote: safe", 60, 0, 1, BIT(SIGNATURE)},
		  {"quote: firmware", 68, 4, 3, BIT(SIGNATURE)},
		  {"quote: bank", 74, 0x0c, 0x0b, BIT(QUOTE) | BIT(SIGNATURE)},
		  {"quote: registers", 76, 0x7f, 0xff, BIT(QUOTE) | BIT(SIGNATURE)},
		  {"quote: pcrDigest", 81, 0x59, 0x58, BIT(REGISTERS) | BIT(SIGNATURE)},
		  {"quote: pcrDigest, last byte", 112, 0xeb, 0xea, BIT(REGISTERS) | BIT(SIGNATURE)},
	  };

	(void)state;
	azure_evidence_load(&e);
	assert_int_equal(e.quote_len, 113);
	for (size_t i = 0; ROW_NAMED(i, log, log[i].name); i++) {
		assert_int_equal(e.log[log[i].off], log[i].was);
		e.log[log[i].off] = log[i].value;
		assert_broken(&e, log[i].name, log[i].broken);
		e.log[log[i].off] = log[i].was;
	}
	for (size_t i = 0; ROW_NAMED(i, quote, quote[i].name); i++) {
		assert_int_equal(e.quote[quote[i].off], quote[i].was);
		e.quote[quote[i].off] = quote[i].value;
		assert_broken(&e, quote[i].name, quote[i].broken);
		e.quote[quote[i].off] = quote[i].was;
	}
	for (size_t i = 0; i < AZURE_PCRS; i++) {
		e.pcr[i][4 * i] ^= 1;
		assert_broken(&e, "a register", BIT(LOG) | BIT(REGISTERS));
		e.pcr[i][4 * i] ^= 1;
	}
	for (size_t i = 0; i < e.signature_len; i += e.signature_len - 1) {
		e.signature[i] ^= 1;
		assert_broken(&e, "signature", BIT(SIGNATURE));
		e.signature[i] ^= 1;
	}
	e.ak_public[e.ak_public_len - 1] ^= 1;
	assert_broken(&e, "key", BIT(SIGNATURE) | BIT(CERTIFIED_KEY) | BIT(HARDWARE));
	e.ak_public[e.ak_public_len - 1] ^= 1;
	assert_broken(&e, "as it is", 0);
	azure_evidence_free(&e);
}

static void assert_chain(const struct azure_evidence *e, const char *row, const char *intermediate, int64_t as_of,
			 const char *want)
{
	struct hm_error error = {0};
	struct hm_key *key = certified_key(e, row, intermediate, as_of, &error);

	hm_crypto_key_free(key);
	if (key ? want != NULL : !want || !strstr(error.text, want))
		fail_msg("%s, %s, %lld: %s, should be: %s", row, intermediate, (long long)as_of,
			 key ? "accepted" : error.text, want ? want : "accepted");
}

/* A real AK certificate: one byte of it changed, at another time, from another authority, for another platform. */
static void azure_certificate(void **state)
{
	/* Where: openssl asn1parse; why: openssl verify of a certificate changed so. */
	static const struct {
		const char *name;
		size_t off;
		const char *why;
	} cases[] = {
		{"serial number", 20, "certificate 0: certificate signature failure"},
		{"issuer", 60, "certificate 0: unable to get local issuer certificate"},
		{"notBefore", 90, "certificate 0: certificate signature failure"},
		{"notAfter", 105, "certificate 0: certificate signature failure"},
		{"subject", 143, "certificate 0: certificate signature failure"},
		{"key", 300, "certificate 0: certificate signature failure"},
		{"key usage", 490, "certificate 0: certificate signature failure"},
		{"extended key usage", 546, "certificate 0: certificate signature failure"},
		{"authority key", 710, "certificate 0: unable to get local issuer certificate"},
		{"signature", 1006, "certificate 0: certificate signature failure"},
	};
	struct azure_evidence e;

	(void)state;
	azure_evidence_load(&e);
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].name); i++) {
		e.ak_cert[cases[i].off] ^= 1;
		assert_chain(&e, "azure-cvm", CA_01, AK_AS_OF, cases[i].why);
		assert_broken(&e, cases[i].name, BIT(CERTIFICATE) | BIT(CERTIFIED_KEY));
		e.ak_cert[cases[i].off] ^= 1;
	}
	/* openssl verify -attime says the same of each; 2024-04-25 to 2025-10-30. */
	assert_chain(&e, "azure-cvm", CA_01, AK_AS_OF, NULL);
	assert_chain(&e, "azure-cvm", CA_01, 1714003199, "certificate is not yet valid");
	assert_chain(&e, "azure-cvm", CA_01, 1714003201, NULL);
	assert_chain(&e, "azure-cvm", CA_01, 1761782399, NULL);
	assert_chain(&e, "azure-cvm", CA_01, 1761782401, "certificate has expired");
	assert_chain(&e, "azure-cvm", "roots/azure_intermediate_ca_03.crt", AK_AS_OF,
		     "certificate 0: unable to get local issuer certificate");
	assert_chain(&e, "azure-tl", CA_01, AK_AS_OF, ", not of a machine *.TrustedVM.Azure.*");
	assert_chain(&e, "qemu", CA_01, AK_AS_OF, "certificate 0 is of a machine *Azure*, which is another platform's");
	assert_chain(&e, "gcp", CA_01, AK_AS_OF, "certificate 0 has an extended key usage");
	azure_evidence_free(&e);
}

/* Where in the evidence one byte is changed, and who must notice. */
enum where { REPORT, RUNTIME, VCEK, ASK, ARK, AK };
struct change {
	const char *name;
	enum where where;
	size_t off;
	uint8_t value;
	enum hallmark_code code;
	const char *check;
};
static const struct change changes[] = {
	{"version", REPORT, 0x000, 6, HALLMARK_MALFORMED, "SEV-SNP report"},
	{"guest_svn", REPORT, 0x004, 7, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"policy: debug", REPORT, 0x00a, 0x0b, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"policy: reserved", REPORT, 0x00f, 1, HALLMARK_MALFORMED, "SEV-SNP report"},
	{"family_id", REPORT, 0x010, 2, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"image_id", REPORT, 0x020, 3, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"vmpl", REPORT, 0x030, 1, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"signature_algo", REPORT, 0x034, 2, HALLMARK_MALFORMED, "SEV-SNP report"},
	{"current_tcb", REPORT, 0x038, 4, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"platform_info", REPORT, 0x040, 3, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"signing key: VLEK", REPORT, 0x048, 4, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP report"},
	{"report_data", REPORT, 0x050, 0, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"report_data, second half", REPORT, 0x08f, 1, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"measurement", REPORT, 0x090, 0, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"host_data", REPORT, 0x0c0, 1, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"id_key_digest", REPORT, 0x0e0, 0, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"author_key_digest", REPORT, 0x110, 1, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"report_id", REPORT, 0x140, 0, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"report_id_ma", REPORT, 0x160, 0, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"reported_tcb", REPORT, 0x187, 0x74, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK TCB"},
	{"reported_tcb, reserved", REPORT, 0x182, 1, HALLMARK_MALFORMED, "SEV-SNP TCB"},
	{"chip_id", REPORT, 0x1a0, 0, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chip"},
	{"chip_id, last byte", REPORT, 0x1df, 0, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chip"},
	{"committed_tcb", REPORT, 0x1e0, 4, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"current build", REPORT, 0x1e8, 5, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"launch_tcb", REPORT, 0x1f0, 4, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"reserved", REPORT, 0x200, 1, HALLMARK_MALFORMED, "SEV-SNP report"},
	{"signature r", REPORT, 0x2a0, 0, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"signature s", REPORT, 0x2e8, 0, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	{"signature, reserved", REPORT, 0x400, 1, HALLMARK_MALFORMED, "SEV-SNP report"},
	{"runtime data: a key", RUNTIME, 200, 'A', HALLMARK_NON_COMPLIANT_PLATFORM, "runtime data digest"},
	{"runtime data: last byte", RUNTIME, 1109, ' ', HALLMARK_NON_COMPLIANT_PLATFORM, "runtime data digest"},
	{"VCEK: key", VCEK, 0x1a0, 0, HALLMARK_NON_COMPLIANT_PLATFORM, NULL},
	{"VCEK: its signature", VCEK, SIZE_MAX, 0, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chain"},
	{"ASK: its signature", ASK, SIZE_MAX, 0, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chain"},
	{"ARK: its signature", ARK, SIZE_MAX, 0, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chain"},
	{"AK: modulus", AK, 100, 0, HALLMARK_INVALID_ATTESTATION_KEY, "runtime data key"},
	{"AK: last byte", AK, SIZE_MAX, 0, HALLMARK_INVALID_ATTESTATION_KEY, "runtime data key"},
};

static struct hm_blob *blob_of(struct hm_proof *proof, enum where where, size_t *off)
{
	/* In the envelope the report is at 32 and the runtime data at 1236. */
	switch (where) {
	case REPORT:
		*off += 32;
		return &proof->part[0].data;
	case RUNTIME:
		*off += 1236;
		return &proof->part[0].data;
	case VCEK:
		return &proof->part[1].data;
	case ASK:
		return &proof->part[2].data;
	case ARK:
		return &proof->part[3].data;
	case AK:
		break;
	}
	return &proof->ak_public;
}

static void azure_one_change_each(void **state)
{
	struct azure_evidence e;

	(void)state;
	azure_evidence_load(&e);
	for (size_t i = 0; ROW_NAMED(i, changes, changes[i].name); i++) {
		struct hm_proof *proof = azure_proof(&e);
		size_t off = changes[i].off == SIZE_MAX ? 0 : changes[i].off;
		struct hm_blob *blob = blob_of(proof, changes[i].where, &off);
		uint8_t value = changes[i].value;

		if (changes[i].off == SIZE_MAX)
			off = blob->len - 1;
		assert_true(off < blob->len);
		if (blob->p[off] == value)
			value ^= 0x01;
		assert_code(proof, NULL, AZURE_AS_OF, HALLMARK_OK, NULL);
		blob->p[off] = value;
		assert_code(proof, NULL, AZURE_AS_OF, changes[i].code, changes[i].check);
		hm_proof_free(proof);
	}
	azure_evidence_free(&e);
}

static struct hm_platform_policy *policy_of(const char *json)
{
	struct hm_platform_policy *policy;
	struct hm_error error = {0};

	if (!hm_platform_policy_parse(hm_bytes_of_text(json), &policy, &error))
		fail_msg("%s", error.text);
	return policy;
}

#define HEAD "{\"version\":\"hallmark-platforms/1\",\"allowed\":[\"azure-cvm\"]"
/* Of the real report: what the policy may demand of it, and what one demand more refuses. */
static void azure_policies(void **state)
{
	static const struct {
		const char *json;
		enum hallmark_code code;
		const char *check;
	} cases[] = {
		{HEAD "}", HALLMARK_OK, NULL},
		{HEAD
		 ",\"amd\":{\"minimum_tcb\":{\"milan\":{\"bootloader\":3,\"tee\":0,\"snp\":8,\"microcode\":115}}}}",
		 HALLMARK_OK, NULL},
		{HEAD ",\"amd\":{\"minimum_tcb\":{\"milan\":{\"microcode\":116}}}}", HALLMARK_NON_COMPLIANT_PLATFORM,
		 "SEV-SNP minimum TCB"},
		{HEAD ",\"amd\":{\"minimum_tcb\":{\"milan\":{\"snp\":9}}}}", HALLMARK_NON_COMPLIANT_PLATFORM,
		 "SEV-SNP minimum TCB"},
		{HEAD ",\"amd\":{\"minimum_tcb\":{\"milan\":{\"tee\":1}}}}", HALLMARK_NON_COMPLIANT_PLATFORM,
		 "SEV-SNP minimum TCB"},
		{HEAD ",\"amd\":{\"minimum_tcb\":{\"milan\":{\"bootloader\":4}}}}", HALLMARK_NON_COMPLIANT_PLATFORM,
		 "SEV-SNP minimum TCB"},
		{HEAD ",\"amd\":{\"minimum_tcb\":{\"genoa\":{\"bootloader\":255}}}}", HALLMARK_OK, NULL},
		{HEAD
		 ",\"amd\":{\"measurements\":[\"440646682b40e0aea370884d874e4504f7dc94867d6fae0b9b6d95c3818431ff37e2e3041784edf060a3ee5f33c4c163\"]}}",
		 HALLMARK_OK, NULL},
		{HEAD
		 ",\"amd\":{\"measurements\":[\"440646682b40e0aea370884d874e4504f7dc94867d6fae0b9b6d95c3818431ff37e2e3041784edf060a3ee5f33c4c164\"]}}",
		 HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP measurement"},
		{HEAD
		 ",\"amd\":{\"host_data\":[\"0000000000000000000000000000000000000000000000000000000000000000\"]}}",
		 HALLMARK_OK, NULL},
		{HEAD
		 ",\"amd\":{\"host_data\":[\"0000000000000000000000000000000000000000000000000000000000000001\"]}}",
		 HALLMARK_INVALID_ENCLAVE_CODE, "SEV-SNP host data"},
		{HEAD ",\"amd\":{\"vendor_roots\":false}}", HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chain"},
		{HEAD
		 ",\"amd\":{\"vendor_roots\":false,\"roots\":[\"69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd\"]}}",
		 HALLMARK_OK, NULL},
		{HEAD ",\"maa\":{\"profile\":\"cvm\",\"issuer\":\"https://a\",\"jku\":\"https://a/certs\"}}",
		 HALLMARK_WRONG_ATTESTER, "token"},
	};
	struct azure_evidence e;
	struct hm_proof *proof;

	(void)state;
	azure_evidence_load(&e);
	proof = azure_proof(&e);
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].json); i++) {
		struct hm_platform_policy *policy = policy_of(cases[i].json);

		assert_code(proof, policy, AZURE_AS_OF, cases[i].code, cases[i].check);
		hm_platform_policy_free(policy);
	}
	assert_code(proof, NULL, INT64_C(1893000000), HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chain");
	hm_proof_free(proof);
	azure_evidence_free(&e);
}

static void parts(void **state)
{
	struct azure_evidence e;
	struct hm_proof *proof;
	struct hm_proof_part kept;

	(void)state;
	azure_evidence_load(&e);
	proof = azure_proof(&e);
	free(proof->platform);
	proof->platform = strdup("azure-tl");
	assert_code(proof, NULL, AZURE_AS_OF, HALLMARK_NON_COMPLIANT_PLATFORM, "hardware report");
	proof->platform[0] = 'x';
	assert_code(proof, NULL, AZURE_AS_OF, HALLMARK_NON_COMPLIANT_PLATFORM, "hardware report");
	free(proof->platform);
	proof->platform = strdup("azure-cvm");
	assert_code(proof, NULL, AZURE_AS_OF, HALLMARK_OK, NULL);
	proof->part_count = 3;
	assert_code(proof, NULL, AZURE_AS_OF, HALLMARK_MALFORMED, "VCEK chain");
	proof->part_count = 1;
	assert_code(proof, NULL, AZURE_AS_OF, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chain");
	proof->part_count = 4;
	kept = proof->part[1];
	proof->part[1] = proof->part[2];
	proof->part[2] = kept;
	assert_code(proof, NULL, AZURE_AS_OF, HALLMARK_MALFORMED, "hardware report");
	proof->part[2] = proof->part[1];
	proof->part[1] = kept;
	add_part(proof, "ark", e.amd.cert[2]);
	assert_code(proof, NULL, AZURE_AS_OF, HALLMARK_MALFORMED, "hardware report");
	free(proof->part[4].name);
	proof->part[4].name = strdup("maa_token");
	/* Not demanded, not looked at. */
	assert_code(proof, NULL, AZURE_AS_OF, HALLMARK_OK, NULL);
	free(proof->hardware_type);
	proof->hardware_type = strdup("aws");
	assert_code(proof, NULL, AZURE_AS_OF, HALLMARK_NON_COMPLIANT_PLATFORM, "hardware report");
	free(proof->hardware_type);
	proof->hardware_type = NULL;
	assert_code(proof, NULL, AZURE_AS_OF, HALLMARK_NON_COMPLIANT_PLATFORM, "hardware report");
	hm_proof_free(proof);
	azure_evidence_free(&e);
}

/* --- AWS --- */

#define AWS_AS_OF INT64_C(1770116400)
static const uint8_t aws_ak_head[] = {0x00, 0x23, 0x00, 0x0b, 0x00, 0x05, 0x04, 0x72, 0x00, 0x00,
				      0x00, 0x10, 0x00, 0x18, 0x00, 0x0b, 0x00, 0x03, 0x00, 0x10};

static struct hm_proof *aws_proof(void)
{
	json_t *root = evidence_json("aws/nitrotpm.json");
	struct hm_proof *proof = new_proof("aws", "aws");
	uint8_t *document, *x, *y, *nonce, ak[sizeof(aws_ak_head) + 68];
	size_t len, n;
	struct hm_writer w = hm_writer_of(ak, sizeof(ak));

	proof->bank = HM_SHA384;
	x = evidence_hex(evidence_text(root, "ak_pubkeys/ecc_p256/x"), &n);
	y = evidence_hex(evidence_text(root, "ak_pubkeys/ecc_p256/y"), &n);
	hm_put_bytes(&w, hm_bytes_of(aws_ak_head, sizeof(aws_ak_head)));
	hm_put_u8(&w, 0);
	hm_put_u8(&w, 32);
	hm_put_bytes(&w, hm_bytes_of(x, 32));
	hm_put_u8(&w, 0);
	hm_put_u8(&w, 32);
	hm_put_bytes(&w, hm_bytes_of(y, 32));
	assert_false(w.failed);
	set_blob(&proof->ak_public, ak, w.len);
	nonce = evidence_hex(evidence_text(root, "nonce"), &n);
	memcpy(proof->nonce, nonce, 32);
	for (size_t i = 0; i < HM_PCR_QUOTED; i++) {
		char path[64];
		uint8_t *value;

		snprintf(path, sizeof(path), "pcrs/sha384/%zu", i);
		value = evidence_hex(evidence_text(root, path), &n);
		memcpy(proof->pcr[i], value, 48);
		free(value);
	}
	document = evidence_hex(evidence_text(root, "attestation/nitro/document"), &len);
	add_part(proof, "nitro_document", hm_bytes_of(document, len));
	free(document);
	free(nonce);
	free(x);
	free(y);
	json_decref(root);
	return proof;
}

static void aws_whole(void **state)
{
	struct hm_proof *proof = aws_proof();
	struct hm_nitro nitro;
	bool enclave;
	struct hm_error error = {0};
	struct hm_bytes document = hm_blob_bytes(&proof->part[0].data);

	(void)state;
	assert_code(proof, NULL, AWS_AS_OF, HALLMARK_OK, NULL);
	assert_true(hm_nitro_decode(document, &nitro, &enclave, &error));
	assert_true(hm_bytes_equal_text(nitro.module_id, "i-01cfb383223e42522-tpm0000000000000000"));
	assert_int_equal(nitro.timestamp, UINT64_C(1770113522437));
	assert_int_equal(nitro.path.count, 5);
	/* The leaf lives three hours: 2026-02-03 10:11:59 to 13:12:02. */
	assert_code(proof, NULL, 1770113518, HALLMARK_INVALID_ATTESTATION_KEY, "NitroTPM chain");
	assert_code(proof, NULL, 1770124323, HALLMARK_INVALID_ATTESTATION_KEY, "NitroTPM chain");
	hm_proof_free(proof);
}

static void aws_one_change_each(void **state)
{
	struct hm_proof *proof = aws_proof();
	struct hm_blob *document = &proof->part[0].data;
	struct hm_platform_policy *policy;

	(void)state;
	proof->nonce[0] ^= 1;
	assert_code(proof, NULL, AWS_AS_OF, HALLMARK_STALE_QUOTE, "NitroTPM nonce");
	proof->nonce[0] ^= 1;
	for (size_t i = 0; i < HM_PCR_QUOTED; i++) {
		proof->pcr[i][i] ^= 1;
		assert_code(proof, NULL, AWS_AS_OF, HALLMARK_PCR_MISMATCH, "NitroTPM registers");
		proof->pcr[i][i] ^= 1;
	}
	proof->bank = HM_SHA256;
	assert_code(proof, NULL, AWS_AS_OF, HALLMARK_NON_COMPLIANT_PLATFORM, "NitroTPM registers");
	proof->bank = HM_SHA384;
	proof->ak_public.p[proof->ak_public.len - 1] ^= 1;
	assert_code(proof, NULL, AWS_AS_OF, HALLMARK_INVALID_ATTESTATION_KEY, "NitroTPM key");
	proof->ak_public.p[proof->ak_public.len - 1] ^= 1;
	policy = policy_of(
		"{\"version\":\"hallmark-platforms/1\",\"allowed\":[\"aws\"],\"aws\":{\"vendor_roots\":false}}");
	assert_code(proof, policy, AWS_AS_OF, HALLMARK_INVALID_ATTESTATION_KEY, "NitroTPM chain");
	hm_platform_policy_free(policy);
	/* A bit anywhere in the document: nothing is accepted, nothing crashes. */
	for (size_t off = 0; off < document->len; off += 13) {
		struct hm_evidence_result result;

		document->p[off] ^= 0x04;
		hm_platform_check(proof, NULL, AWS_AS_OF, &result);
		assert_true(result.code == HALLMARK_MALFORMED || result.code == HALLMARK_INVALID_ATTESTATION_KEY ||
			    result.code == HALLMARK_NON_COMPLIANT_PLATFORM);
		document->p[off] ^= 0x04;
	}
	/* The signature's last byte. */
	document->p[document->len - 1] ^= 1;
	assert_code(proof, NULL, AWS_AS_OF, HALLMARK_INVALID_ATTESTATION_KEY, "NitroTPM signature");
	document->p[document->len - 1] ^= 1;
	/* One byte more, one less. */
	document->len--;
	assert_code(proof, NULL, AWS_AS_OF, HALLMARK_MALFORMED, "NitroTPM document");
	document->len++;
	assert_code(proof, NULL, AWS_AS_OF, HALLMARK_OK, NULL);
	hm_proof_free(proof);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(azure_whole),	     cmocka_unit_test(azure_links),
		cmocka_unit_test(azure_certificate), cmocka_unit_test(azure_one_change_each),
		cmocka_unit_test(azure_policies),    cmocka_unit_test(parts),
		cmocka_unit_test(aws_whole),	     cmocka_unit_test(aws_one_change_each),
	};

	return cmocka_run_group_tests_name("platform", tests, NULL, NULL);
}
