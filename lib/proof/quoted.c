/* SPDX-License-Identifier: BSD-2-Clause */
/* quoted.c - what a quote covers: nonce, TLS key, connection and devices in its qualifying data, and the registers */
#include "lib/proof/quoted.h"

#include <string.h>

#include "lib/crypto/hash.h"

const uint8_t hm_quoted_select[HM_QUOTED_SELECT_LEN] = {0xff, 0xff, 0x00};

static const char *const tags[] = {
	[HM_QUOTED_BOUND] = "hallmark-quote-bound/2",
	[HM_QUOTED_FRESH] = "hallmark-quote/2",
	[HM_QUOTED_UNSOLICITED] = "hallmark-quote-unsolicited/2",
};

bool hm_quoted_data(const struct hm_quoted *quoted, uint8_t ret[HM_QUOTED_LEN])
{
	static const uint8_t no_devices[HM_SHA256_LEN];
	const char *tag = tags[quoted->kind];
	struct hm_bytes parts[5];
	size_t count = 0;

	if ((quoted->kind == HM_QUOTED_BOUND) != (quoted->exporter != NULL))
		return false;
	/* The NUL of the text is the byte 0 of the format. */
	parts[count++] = hm_bytes_of(tag, strlen(tag) + 1);
	parts[count++] = hm_bytes_of(quoted->nonce, HM_QUOTED_NONCE_LEN);
	parts[count++] = hm_bytes_of(quoted->spki_sha256, HM_SHA256_LEN);
	if (quoted->exporter)
		parts[count++] = hm_bytes_of(quoted->exporter, HM_QUOTED_EXPORTER_LEN);
	parts[count++] = hm_bytes_of(quoted->devices ? quoted->devices : no_devices, HM_SHA256_LEN);
	return hm_sha256(parts, count, ret);
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
