/* SPDX-License-Identifier: BSD-2-Clause */
/* machines.c - the signed list of the machines that a verifier accepts */
#include "lib/verify/machines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/crypto/detached.h"

#define VERSION "hallmark-machines/1"
#define NAME_MAX_LEN 64u

struct machine {
	bool has_ak, has_certificate;
	uint8_t ak[HM_SHA256_LEN];
	uint8_t certificate[HM_SHA256_LEN];
};

struct hm_machines {
	size_t count;
	struct machine machine[HM_MACHINES_MAX];
};

static bool read_machine(json_t *object, size_t i, struct machine *ret, struct hm_error *error)
{
	struct hm_json_field fields[] = {{"name", JSON_STRING, false, NULL},
					 {"ak_sha256", JSON_STRING, true, NULL},
					 {"ak_certificate_sha256", JSON_STRING, true, NULL}};
	char where[32], *name;

	snprintf(where, sizeof(where), "machines[%zu]", i);
	if (!hm_json_fields(object, where, fields, HM_ARRAY_LEN(fields), error) ||
	    !hm_json_text(&fields[0], where, NAME_MAX_LEN, &name, error))
		return false;
	/* For whoever keeps the list; nothing is decided by it. */
	free(name);
	ret->has_ak = fields[1].value;
	ret->has_certificate = fields[2].value;
	if (!ret->has_ak && !ret->has_certificate)
		return hm_error_set(error, "%s names no identity: every machine would be that one", where);
	return (!ret->has_ak || hm_json_hex(&fields[1], where, ret->ak, sizeof(ret->ak), error)) &&
	       (!ret->has_certificate ||
		hm_json_hex(&fields[2], where, ret->certificate, sizeof(ret->certificate), error));
}

static bool read_root(json_t *root, struct hm_machines *ret, struct hm_error *error)
{
	struct hm_json_field fields[] = {{"version", JSON_STRING, false, NULL}, {"machines", JSON_ARRAY, false, NULL}};
	json_t *value;
	size_t i;

	if (!hm_json_fields(root, "", fields, HM_ARRAY_LEN(fields), error))
		return false;
	if (!hm_bytes_equal(hm_json_bytes(fields[0].value), hm_bytes_of_text(VERSION)))
		return hm_error_set(error, "version is not " VERSION);
	if (json_array_size(fields[1].value) == 0 || json_array_size(fields[1].value) > HM_MACHINES_MAX)
		return hm_error_set(error, "machines has not 1 to %u entries", HM_MACHINES_MAX);
	json_array_foreach(fields[1].value, i, value)
	{
		if (!read_machine(value, i, &ret->machine[i], error))
			return false;
		ret->count = i + 1;
	}
	return true;
}

bool hm_machines_open(struct hm_bytes file, struct hm_bytes signature, struct hm_bytes key, struct hm_machines **ret,
		      struct hm_error *error)
{
	struct hm_machines *machines;
	json_t *root;

	if (!hm_crypto_verify_detached(file, signature, key, error) ||
	    !hm_json_load(file, HM_MACHINES_FILE_MAX, &root, error))
		return false;
	machines = calloc(1, sizeof(*machines));
	if (!machines) {
		json_decref(root);
		return hm_error_set(error, "out of memory");
	}
	if (!read_root(root, machines, error)) {
		json_decref(root);
		free(machines);
		return false;
	}
	json_decref(root);
	*ret = machines;
	return true;
}

void hm_machines_free(struct hm_machines *machines)
{
	free(machines);
}

bool hm_machines_have(const struct hm_machines *machines, const uint8_t ak_sha256[HM_SHA256_LEN],
		      const uint8_t *certificate_sha256)
{
	for (size_t i = 0; i < machines->count; i++) {
		const struct machine *m = &machines->machine[i];

		if (m->has_ak && memcmp(m->ak, ak_sha256, sizeof(m->ak)) != 0)
			continue;
		if (m->has_certificate &&
		    (!certificate_sha256 || memcmp(m->certificate, certificate_sha256, sizeof(m->certificate)) != 0))
			continue;
		if (m->has_ak || m->has_certificate)
			return true;
	}
	return false;
}
