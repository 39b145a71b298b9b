/* SPDX-License-Identifier: BSD-2-Clause */
/* corim.c - golden values as CoRIM: reference values of integrity registers, in CBOR */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cbor_write.h"
#include "host/export/export.h"

/* Sixteen registers in four banks take 3 KiB for each profile. */
#define CORIM_MAX (128u * 1024u)
#define ID_MAX 160u

/* draft-ietf-rats-corim: tags, and the keys of its maps. */
#define TAG_TIME 1
#define TAG_CORIM 501
#define TAG_COMID 506
#define CORIM_ID 0
#define CORIM_TAGS 1
#define CORIM_VALIDITY 4
#define VALIDITY_NOT_BEFORE 0
#define VALIDITY_NOT_AFTER 1
#define COMID_TAG_IDENTITY 1
#define COMID_TRIPLES 4
#define IDENTITY_TAG_ID 0
#define TRIPLES_REFERENCE 0
#define ENVIRONMENT_CLASS 0
#define CLASS_MODEL 2
#define MEASUREMENT_MVAL 1
#define MVAL_VERSION 0
#define MVAL_NAME 11
#define MVAL_REGISTERS 14
#define VERSION_VERSION 0

/* IANA Named Information Hash Algorithm Registry; it has no SHA-1, which goes by its textual name. */
static const struct {
	int64_t id;
	const char *name;
} algs[HM_BANK_COUNT] = {
	[HM_SHA1] = {0, "sha-1"},
	[HM_SHA256] = {1, NULL},
	[HM_SHA384] = {7, NULL},
	[HM_SHA512] = {8, NULL},
};

static void put_digests(struct hm_writer *w, const struct hm_digests *digests, uint32_t banks)
{
	hm_cbor_array(w, (size_t)__builtin_popcount(banks));
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(banks & HM_BANK_BIT(bank)))
			continue;
		hm_cbor_array(w, 2);
		if (algs[bank].name)
			hm_cbor_text(w, algs[bank].name);
		else
			hm_cbor_int(w, algs[bank].id);
		hm_cbor_bytes(w, hm_bytes_of(digests->value[bank], hm_algs[bank].len));
	}
}

static void put_values(struct hm_writer *w, const struct hm_export *x)
{
	hm_cbor_map(w, x->profile ? 3 : 2);
	hm_cbor_uint(w, MVAL_VERSION);
	hm_cbor_map(w, 1);
	hm_cbor_uint(w, VERSION_VERSION);
	hm_cbor_text(w, x->golden->image_version);
	if (x->profile) {
		hm_cbor_uint(w, MVAL_NAME);
		hm_cbor_text(w, x->profile->name);
	}
	hm_cbor_uint(w, MVAL_REGISTERS);
	hm_cbor_map(w, (size_t)__builtin_popcount(x->registers));
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if (!(x->registers & HM_PCR_BIT(pcr)))
			continue;
		hm_cbor_uint(w, pcr);
		put_digests(w, &x->value[pcr], x->golden->banks);
	}
}

/* One triple for each profile: its registers and the others, whole, since values of two profiles never mix. */
static void put_triples(struct hm_writer *w, const struct hm_golden *golden)
{
	size_t count = golden->profile_count ? golden->profile_count : 1;

	hm_cbor_map(w, 1);
	hm_cbor_uint(w, TRIPLES_REFERENCE);
	hm_cbor_array(w, count);
	for (size_t i = 0; i < count; i++) {
		struct hm_export x;

		hm_export_init(golden, i, &x);
		hm_cbor_array(w, 2);
		hm_cbor_map(w, 1);
		hm_cbor_uint(w, ENVIRONMENT_CLASS);
		hm_cbor_map(w, 1);
		hm_cbor_uint(w, CLASS_MODEL);
		hm_cbor_text(w, golden->image_name);
		hm_cbor_array(w, 1);
		hm_cbor_map(w, 1);
		hm_cbor_uint(w, MEASUREMENT_MVAL);
		put_values(w, &x);
	}
}

static void put_comid(struct hm_writer *w, const struct hm_golden *golden, const char *id)
{
	hm_cbor_map(w, 2);
	hm_cbor_uint(w, COMID_TAG_IDENTITY);
	hm_cbor_map(w, 1);
	hm_cbor_uint(w, IDENTITY_TAG_ID);
	hm_cbor_text(w, id);
	hm_cbor_uint(w, COMID_TRIPLES);
	put_triples(w, golden);
}

static void put_time(struct hm_writer *w, uint64_t key, int64_t seconds)
{
	hm_cbor_uint(w, key);
	hm_cbor_tag(w, TAG_TIME);
	hm_cbor_int(w, seconds);
}

/* not-after is required there, and not-before is not. */
static void put_validity(struct hm_writer *w, const struct hm_golden *golden)
{
	hm_cbor_uint(w, CORIM_VALIDITY);
	hm_cbor_map(w, golden->has_not_before ? 2 : 1);
	if (golden->has_not_before)
		put_time(w, VALIDITY_NOT_BEFORE, golden->not_before);
	put_time(w, VALIDITY_NOT_AFTER, golden->not_after);
}

uint8_t *hm_export_corim(const struct hm_golden *golden, size_t *ret_len)
{
	uint8_t *inner = malloc(CORIM_MAX), *outer = malloc(CORIM_MAX);
	struct hm_writer comid = hm_writer_of(inner, CORIM_MAX), w = hm_writer_of(outer, CORIM_MAX);
	char id[ID_MAX];

	if (!inner || !outer) {
		free(inner);
		free(outer);
		return NULL;
	}
	snprintf(id, sizeof(id), "hallmark-golden/1 %s %s", golden->image_name, golden->image_version);
	put_comid(&comid, golden, id);
	hm_cbor_tag(&w, TAG_CORIM);
	hm_cbor_map(&w, golden->has_not_after ? 3 : 2);
	hm_cbor_uint(&w, CORIM_ID);
	hm_cbor_text(&w, id);
	hm_cbor_uint(&w, CORIM_TAGS);
	hm_cbor_array(&w, 1);
	hm_cbor_tag(&w, TAG_COMID);
	hm_cbor_bytes(&w, hm_writer_bytes(&comid));
	if (golden->has_not_after)
		put_validity(&w, golden);
	free(inner);
	if (comid.failed || w.failed) {
		free(outer);
		return NULL;
	}
	*ret_len = w.len;
	return outer;
}
