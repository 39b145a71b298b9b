/* SPDX-License-Identifier: BSD-2-Clause */
/* chain_cache.c - what a verifier remembers: certificate chains that it accepted, and TLS certificates that it read */
#include "lib/verify/chain_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/hash.h"

#define ID_LEN 32u
#define CERTIFICATES_MAX 8u

struct chain {
	uint8_t id[ID_LEN];
	struct hm_validity validity;
	struct hm_key *key; /* NULL: empty */
};

struct certificate {
	uint8_t id[ID_LEN];
	uint8_t spki_sha256[HM_SHA256_LEN];
	bool known;
};

struct hm_memory {
	pthread_mutex_t lock;
	size_t count;
	size_t next_chain, next_certificate; /* the oldest */
	struct chain *chain;
	struct certificate *certificate;
};

struct hm_memory *hm_memory_new(size_t count)
{
	struct hm_memory *memory = calloc(1, sizeof(*memory));

	if (!memory)
		return NULL;
	memory->count = count;
	memory->chain = calloc(count, sizeof(*memory->chain));
	memory->certificate = calloc(count, sizeof(*memory->certificate));
	if (!memory->chain || !memory->certificate || pthread_mutex_init(&memory->lock, NULL) != 0) {
		free(memory->chain);
		free(memory->certificate);
		free(memory);
		return NULL;
	}
	return memory;
}

void hm_memory_free(struct hm_memory *memory)
{
	if (!memory)
		return;
	for (size_t i = 0; i < memory->count; i++)
		hm_crypto_key_free(memory->chain[i].key);
	pthread_mutex_destroy(&memory->lock);
	free(memory->chain);
	free(memory->certificate);
	free(memory);
}

/* With the lengths, so that no two lists of certificates are the same bytes. */
static bool id_of(const struct hm_bytes *der, size_t count, uint8_t ret[ID_LEN])
{
	uint8_t lengths[CERTIFICATES_MAX][8];
	struct hm_bytes parts[2 * CERTIFICATES_MAX];
	uint8_t digest[HM_DIGEST_MAX];

	if (count == 0 || count > CERTIFICATES_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct hm_writer w = hm_writer_of(lengths[i], sizeof(lengths[i]));

		hm_put_u64le(&w, der[i].len);
		parts[2 * i] = hm_writer_bytes(&w);
		parts[2 * i + 1] = der[i];
	}
	if (!hm_sha256(parts, 2 * count, digest))
		return false;
	memcpy(ret, digest, ID_LEN);
	return true;
}

struct hm_key *hm_memory_find_chain(struct hm_memory *memory, const struct hm_bytes *der, size_t count, int64_t as_of)
{
	struct hm_key *key = NULL;
	uint8_t id[ID_LEN];

	if (!id_of(der, count, id))
		return NULL;
	pthread_mutex_lock(&memory->lock);
	for (size_t i = 0; i < memory->count && !key; i++) {
		const struct chain *chain = &memory->chain[i];

		if (chain->key && !memcmp(chain->id, id, ID_LEN) && as_of >= chain->validity.from &&
		    as_of < chain->validity.until)
			key = hm_crypto_key_copy(chain->key);
	}
	pthread_mutex_unlock(&memory->lock);
	return key;
}

void hm_memory_keep_chain(struct hm_memory *memory, const struct hm_bytes *der, size_t count,
			  const struct hm_validity *validity, const struct hm_key *key)
{
	struct chain chain = {.validity = *validity};
	struct hm_key *oldest;

	if (validity->from >= validity->until || !id_of(der, count, chain.id))
		return;
	chain.key = hm_crypto_key_copy(key);
	if (!chain.key)
		return;
	pthread_mutex_lock(&memory->lock);
	oldest = memory->chain[memory->next_chain].key;
	memory->chain[memory->next_chain] = chain;
	memory->next_chain = (memory->next_chain + 1) % memory->count;
	pthread_mutex_unlock(&memory->lock);
	hm_crypto_key_free(oldest);
}

static bool find_certificate(struct hm_memory *memory, const uint8_t id[ID_LEN], uint8_t ret[32])
{
	bool found = false;

	pthread_mutex_lock(&memory->lock);
	for (size_t i = 0; i < memory->count && !found; i++) {
		const struct certificate *certificate = &memory->certificate[i];

		found = certificate->known && !memcmp(certificate->id, id, ID_LEN);
		if (found)
			memcpy(ret, certificate->spki_sha256, 32);
	}
	pthread_mutex_unlock(&memory->lock);
	return found;
}

static void keep_certificate(struct hm_memory *memory, const struct certificate *certificate)
{
	pthread_mutex_lock(&memory->lock);
	memory->certificate[memory->next_certificate] = *certificate;
	memory->next_certificate = (memory->next_certificate + 1) % memory->count;
	pthread_mutex_unlock(&memory->lock);
}

bool hm_memory_spki_sha256(struct hm_memory *memory, struct hm_bytes certificate, uint8_t ret[32])
{
	struct certificate entry = {.known = true};

	if (!memory || !id_of(&certificate, 1, entry.id))
		return hm_crypto_spki_sha256(certificate, ret);
	if (find_certificate(memory, entry.id, ret))
		return true;
	if (!hm_crypto_spki_sha256(certificate, entry.spki_sha256))
		return false;
	keep_certificate(memory, &entry);
	memcpy(ret, entry.spki_sha256, 32);
	return true;
}
