/* SPDX-License-Identifier: BSD-2-Clause */
/* ak.c - in the booted machine: which platform this is, and its attestation key */
#include "guest/ak.h"

#include <stdlib.h>
#include <string.h>

#include "host/tpm/nitro.h"

/*
 * TPMT_PUBLIC, TPM 2.0 part 2, 12.2.4: P-256, ECDSA with SHA-256; fixedTPM, fixedParent, sensitiveDataOrigin,
 * userWithAuth, restricted, sign; nothing in `unique`. The same key each time, of the endorsement seed.
 */
static const uint8_t own_template[] = {0x00, 0x23, 0x00, 0x0b, 0x00, 0x05, 0x00, 0x72, 0x00, 0x00, 0x00, 0x10,
				       0x00, 0x18, 0x00, 0x0b, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00};
HM_STATIC_ASSERT(sizeof(own_template) <= HM_TPM_PUBLIC_MAX, "our template fits");

/* The TPM's maker says more than any number of objects in it. */
#define VENDOR_WEIGHT 16u

static bool has_key(struct hm_tpm *tpm, uint32_t handle)
{
	struct hm_tpm_public_area area;

	return hm_tpm_read_public(tpm, handle, &area) == 0;
}

static bool has_index(struct hm_tpm *tpm, uint32_t index)
{
	uint8_t *nv = malloc(HM_TPM_NV_MAX);
	size_t len;
	bool there = nv && hm_tpm_nv_read(tpm, index, nv, HM_TPM_NV_MAX, &len) == 0;

	free(nv);
	return there;
}

static bool is_of(struct hm_tpm *tpm, const char *vendor)
{
	char seen[HM_TPM_VENDOR_MAX + 1];

	return hm_tpm_vendor(tpm, seen) == 0 && !strcmp(seen, vendor);
}

/* How many of the row's objects there are, and whether the maker is the row's; 0 where one is missing. */
static unsigned int matches(const struct hm_platform *p, struct hm_tpm *tpm)
{
	const uint32_t rsa[] = {p->ak_template_nv, p->ak_certificate_nv, p->ak_intermediates_nv, p->report_nv};
	const uint32_t ecc[] = {p->ak_ecc_template_nv, p->ak_ecc_certificate_nv};
	unsigned int count = 0;

	if (p->ak_ecc_template_nv && has_index(tpm, ecc[0]) && has_index(tpm, ecc[1]))
		return 2;
	if ((p->ak_handle && !has_key(tpm, p->ak_handle)) || (p->tpm_vendor && !is_of(tpm, p->tpm_vendor)))
		return 0;
	count += p->ak_handle != 0;
	count += p->tpm_vendor ? VENDOR_WEIGHT : 0;
	for (size_t i = 0; i < HM_ARRAY_LEN(rsa); i++) {
		if (rsa[i] && !has_index(tpm, rsa[i]))
			return 0;
		count += rsa[i] != 0;
	}
	return count;
}

const struct hm_platform *hm_prover_detect(struct hm_tpm *tpm)
{
	const struct hm_platform *row, *best = NULL;
	unsigned int most = 0;

	for (size_t i = 0; (row = hm_platform_at(i)) != NULL; i++) {
		unsigned int count = matches(row, tpm);

		if (count > most) {
			most = count;
			best = row;
		}
	}
	return best;
}

static bool missing(struct hm_error *error, const char *tcti, const char *what, uint32_t handle, uint32_t rc)
{
	return hm_error_of(error, HM_ERROR_RUN, tcti, "%s 0x%08x: %s", what, (unsigned int)handle,
			   hm_tpm_is_absent(rc) ? "the TPM has none" : hm_tpm_error(rc));
}

static bool own_key(struct hm_tpm *tpm, const char *tcti, struct hm_prover_key *key, struct hm_error *error)
{
	uint32_t handle = 0, rc;

	memcpy(key->template, own_template, sizeof(own_template));
	key->template_len = sizeof(own_template);
	rc = hm_tpm_primary(tpm, hm_bytes_of(key->template, key->template_len), &handle, &key->area);
	if (rc)
		return hm_error_of(error, HM_ERROR_RUN, tcti, "an attestation key: %s", hm_tpm_error(rc));
	hm_tpm_flush(tpm, handle);
	return true;
}

static bool from_template(struct hm_tpm *tpm, const char *tcti, uint32_t index, struct hm_prover_key *key,
			  struct hm_error *error)
{
	uint8_t nv[HM_TPM_NV_MAX];
	size_t len = 0;
	uint32_t handle = 0, rc = hm_tpm_nv_read(tpm, index, nv, sizeof(nv), &len);

	if (rc)
		return missing(error, tcti, "NV index", index, rc);
	if (len == 0 || len > sizeof(key->template))
		return hm_error_of(error, HM_ERROR_RUN, tcti, "NV index 0x%08x: there is no template in it",
				   (unsigned int)index);
	memcpy(key->template, nv, len);
	key->template_len = len;
	rc = hm_tpm_primary(tpm, hm_bytes_of(key->template, key->template_len), &handle, &key->area);
	if (rc)
		return missing(error, tcti, "a key from the template in NV index", index, rc);
	hm_tpm_flush(tpm, handle);
	return true;
}

bool hm_prover_key_find(const struct hm_platform *platform, struct hm_tpm *tpm, const char *tcti,
			struct hm_prover_key *ret, struct hm_error *error)
{
	struct hm_prover_key key = {.handle = platform->ak_handle, .certificate_nv = platform->ak_certificate_nv};
	uint32_t template = platform->ak_template_nv;
	uint32_t rc;

	if (key.handle) {
		rc = hm_tpm_read_public(tpm, key.handle, &key.area);
		if (rc)
			return missing(error, tcti, "attestation key", key.handle, rc);
		*ret = key;
		return true;
	}
	if (!template) {
		if (!own_key(tpm, tcti, &key, error))
			return false;
		*ret = key;
		return true;
	}
	if (platform->ak_ecc_template_nv && has_index(tpm, platform->ak_ecc_template_nv)) {
		template = platform->ak_ecc_template_nv;
		key.certificate_nv = platform->ak_ecc_certificate_nv;
	}
	if (!from_template(tpm, tcti, template, &key, error))
		return false;
	*ret = key;
	return true;
}

uint32_t hm_prover_key_use(const struct hm_prover_key *key, struct hm_tpm *tpm, uint32_t *ret)
{
	struct hm_tpm_public_area area;

	if (key->handle) {
		*ret = key->handle;
		return 0;
	}
	return hm_tpm_primary(tpm, hm_bytes_of(key->template, key->template_len), ret, &area);
}

void hm_prover_key_done(const struct hm_prover_key *key, struct hm_tpm *tpm, uint32_t handle)
{
	if (!key->handle)
		hm_tpm_flush(tpm, handle);
}
