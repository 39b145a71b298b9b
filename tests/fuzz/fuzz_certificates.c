/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_certificates.c - a chain of certificates, each with its length in two bytes before it, against roots that vouch
 * for one seed */
#include "lib/base/error.h"
#include "tests/fuzz/fuzz.h"
#include "lib/crypto/ak_chain.h"
#include "lib/crypto/crl.h"
#include "lib/crypto/gce_instance.h"
#include "host/base/file.h"

#define AS_OF 1795694400 /* 2026-11-26 12:00 UTC */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static const struct hm_chain_rules rules = {.eku_required = true, .chain_max = 8};
	static struct hm_roots *roots;
	struct hm_reader r = hm_reader_of(hm_bytes_of(p, len));
	struct hm_bytes der[8];
	struct hm_roots *other;
	struct hm_key *key;
	struct hm_error error = {0};
	size_t count = 0;

	if (!roots) {
		const char *path = getenv("FUZZ_ROOTS");
		struct hm_file file;

		FUZZ_CHECK(path && !hm_file_read(path, 1 << 20, &file));
		roots = hm_crypto_roots_parse(hm_file_bytes(&file), &error);
		FUZZ_CHECK(roots);
		hm_file_free(&file);
	}
	while (count < 8 && hm_reader_left(&r) > 2) {
		der[count] = hm_get_bytes(&r, hm_get_u16be(&r));
		if (r.failed)
			break;
		count++;
	}
	for (size_t i = 0; i < count; i++) {
		char shown[HM_GCE_SHOWN_MAX];
		char urls[HM_CRL_URLS_MAX][HM_CRL_URL_MAX];
		size_t url_count = hm_crypto_crl_urls(der[i], urls);

		FUZZ_CHECK(url_count <= HM_CRL_URLS_MAX);
		FUZZ_CHECK((hm_crypto_gce_instance(der[i], shown) == HM_GCE_INSTANCE) == (shown[0] != '\0'));
		for (size_t k = 0; k < url_count; k++)
			FUZZ_CHECK(!strncmp(urls[k], "http", 4) && strlen(urls[k]) < HM_CRL_URL_MAX);
	}
	/* An answer of a server: these bytes, and each part beside the others. */
	for (size_t i = 0; i <= count; i++) {
		struct hm_crl_answer answer;

		if (hm_crypto_crl_answer(i < count ? der[i] : hm_bytes_of(p, len), der, count, AS_OF, &answer,
					 &error)) {
			FUZZ_CHECK(answer.pem && answer.this_update <= AS_OF);
			hm_crypto_crl_answer_free(&answer);
		} else {
			FUZZ_CHECK(error.text[0]);
		}
	}
	key = hm_crypto_chain_check(roots, der, count, &rules, AS_OF, NULL, &error);
	if (!key)
		FUZZ_CHECK(error.text[0]);
	hm_crypto_key_free(key);
	/* The same bytes as a file of roots: a caller's own, but read by the same library. */
	other = hm_crypto_roots_parse(hm_bytes_of(p, len), &error);
	hm_crypto_roots_free(other);
	return 0;
}
