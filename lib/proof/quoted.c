/* SPDX-License-Identifier: BSD-2-Clause */
/* quoted.c - what a quote covers: the nonce and the TLS key in its qualifying data, and the registers */
#include "lib/proof/quoted.h"

#include <string.h>

#include "lib/crypto/hash.h"

const uint8_t hm_quoted_select[HM_QUOTED_SELECT_LEN] = {0xff, 0xff, 0x00};

static const char *const tags[] = {
	[HM_QUOTED_FRESH] = "hallmark-quote/1",
	[HM_QUOTED_UNSOLICITED] = "hallmark-quote-unsolicited/1",
};

bool hm_quoted_data(enum hm_quoted_kind kind, const uint8_t nonce[HM_QUOTED_NONCE_LEN],
		    const uint8_t spki_sha256[HM_SHA256_LEN], uint8_t ret[HM_QUOTED_LEN])
{
	/* The NUL of the text is the byte 0 of the format. */
	const struct hm_bytes parts[] = {hm_bytes_of(tags[kind], strlen(tags[kind]) + 1),
					 hm_bytes_of(nonce, HM_QUOTED_NONCE_LEN), hm_bytes_of(spki_sha256, 32)};

	return hm_sha256(parts, HM_ARRAY_LEN(parts), ret);
}

bool hm_quoted_registers(const uint8_t (*pcr)[HM_DIGEST_MAX], enum hm_bank bank,
			 const uint8_t select[HM_QUOTED_SELECT_LEN], enum hm_bank scheme_hash,
			 uint8_t ret[HM_DIGEST_MAX])
{
	struct hm_bytes parts[HM_PCR_COUNT];
	size_t count = 0;

	for (size_t i = 0; i < HM_PCR_COUNT; i++) {
		if (select[i / 8] & (1u << (i % 8)))
			parts[count++] = hm_bytes_of(pcr[i], hm_algs[bank].len);
	}
	return !hm_crypto_hasher.hash(hm_crypto_hasher.ctx, scheme_hash, parts, count, 0, ret);
}
