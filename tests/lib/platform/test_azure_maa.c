/* SPDX-License-Identifier: BSD-2-Clause */
/* test_azure_maa.c - a real token of Azure's attestation service, and the quote that came with it */
#include "lib/base/error.h"
#include "lib/platform/azure_maa.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/attest.h"
#include "tests/support/evidence.h"
#include "tests/support/support.h"
#include "lib/crypto/rsa.h"

/* TPMT_PUBLIC of an RSA-2048 AK as Azure makes it (TPM 2.0 Part 2, 12.2.4), the modulus left out. */
static const uint8_t ak_head[] = {0x00, 0x01, 0x00, 0x0b, 0x00, 0x05, 0x04, 0x72, 0x00, 0x00, 0x00, 0x10,
				  0x00, 0x14, 0x00, 0x0b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00};

static void assert_token(struct hm_bytes token, const struct hm_maa_policy *policy,
			 const struct hm_evidence_facts *facts, uint32_t failed, enum hallmark_code first)
{
	struct hm_evidence_result result;
	uint32_t got;

	assert_false(hm_maa_check(token, policy, facts, &result, &got));
	if (got != failed || result.code != first)
		fail_msg("failed %x (%s: %s), should be %x (%s)", got, hallmark_code_name(result.code), result.seen,
			 failed, hallmark_code_name(first));
}

static void real_token(void **state)
{
	json_t *root = evidence_json("azure-cvm/maa_document.json");
	struct hm_bytes token = hm_bytes_of_text(evidence_text(root, "response_struct/jwt"));
	struct hm_maa_policy policy = {.profile = HM_MAA_CVM,
				       .issuer = "https://testattest.eus.attest.azure.net",
				       .jku = "https://testattest.eus.attest.azure.net/certs"};
	struct hm_evidence_facts facts = {.as_of = 1767710000};
	const uint32_t unsigned_by_known = 1u << HM_MAA_SIGNATURE;
	struct hm_jwt jwt;
	uint8_t ak[sizeof(ak_head) + 256], *n, *nonce, *message, *signature;
	size_t len, nonce_len, message_len, signature_len;
	struct hm_error error = {0};
	static const uint8_t exponent[] = {1, 0, 1};

	(void)state;
	assert_true(hm_jwt_parse(token, &jwt, &error));
	/* The key and the nonce that the token names, taken out by hand. */
	n = evidence_base64(evidence_text(jwt.payload, "x-ms-isolation-tee/x-ms-runtime/keys/0/n"), &len);
	assert_int_equal(len, 256);
	memcpy(ak, ak_head, sizeof(ak_head));
	memcpy(ak + sizeof(ak_head), n, 256);
	assert_ok(hm_tpm_public_decode(hm_bytes_of(ak, sizeof(ak)), &facts.ak));
	nonce = evidence_base64(evidence_text(jwt.payload, "x-ms-runtime/client-payload/nonce"), &nonce_len);
	facts.nonce = hm_bytes_of(nonce, nonce_len);
	/* Nobody here has the service's keys: that is all that is wrong with it while it is valid. */
	assert_token(token, &policy, &facts, unsigned_by_known, HALLMARK_WRONG_ATTESTER);
	facts.as_of = 1767732735;
	assert_token(token, &policy, &facts, unsigned_by_known | 1u << HM_MAA_TIME, HALLMARK_WRONG_ATTESTER);
	facts.as_of = 1767703934;
	assert_token(token, &policy, &facts, unsigned_by_known | 1u << HM_MAA_TIME, HALLMARK_WRONG_ATTESTER);
	facts.as_of = 1767710000;
	policy.issuer = "https://sharedeus.eus.attest.azure.net";
	assert_token(token, &policy, &facts, unsigned_by_known | 1u << HM_MAA_SERVICE, HALLMARK_WRONG_ATTESTER);
	policy.issuer = "https://testattest.eus.attest.azure.net";
	policy.profile = HM_MAA_UVM;
	assert_token(token, &policy, &facts,
		     unsigned_by_known | 1u << HM_MAA_TYPE | 1u << HM_MAA_DEBUG | 1u << HM_MAA_KEY,
		     HALLMARK_WRONG_ATTESTER);
	policy.profile = HM_MAA_CVM;
	/* The token's key signed the quote that came with it: TPMT_SIGNATURE, RSASSA, SHA-256. */
	message = evidence_base64(evidence_text(root, "response_struct/quote/message"), &message_len);
	signature = evidence_base64(evidence_text(root, "response_struct/quote/signature"), &signature_len);
	assert_int_equal(signature_len, 6 + 256);
	assert_true(hm_crypto_rs256(&(struct hm_rsa_public){.n = hm_bytes_of(n, 256), .e = hm_bytes_of(exponent, 3)},
				    hm_bytes_of(message, message_len), hm_bytes_of(signature + 6, 256)));
	ak[sizeof(ak) - 1] ^= 1;
	assert_token(token, &policy, &facts, unsigned_by_known | 1u << HM_MAA_KEY, HALLMARK_WRONG_ATTESTER);
	facts.nonce.len--;
	assert_token(token, &policy, &facts, unsigned_by_known | 1u << HM_MAA_KEY | 1u << HM_MAA_NONCE,
		     HALLMARK_WRONG_ATTESTER);
	free(message);
	free(signature);
	free(n);
	free(nonce);
	hm_jwt_free(&jwt);
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_token),
	};

	return cmocka_run_group_tests_name("azure_maa", tests, NULL, NULL);
}
