/* SPDX-License-Identifier: BSD-2-Clause */
/* variables.c - reads the Secure Boot variables out of an OVMF variable store */
#include "host/firmware/variables.h"

#include <string.h>

#include "lib/base/error.h"
#include "host/base/args.h"

#define GUID_LEN 16u
#define VOLUME_HEADER_LEN 56u /* up to the block map */
#define STORE_HEADER_LEN 28u
#define VARIABLE_HEADER_LEN 60u
#define VARIABLE_ALIGN 4u
#define STORE_FORMATTED 0x5au
#define STORE_HEALTHY 0xfeu
#define VARIABLE_START 0x55aau
#define STATE_ADDED 0x3fu
#define STATE_IN_TRANSITION 0x3eu /* being replaced: valid as long as no other one is */

/* On disk a GUID is mixed-endian. */
static const uint8_t guid_volume[GUID_LEN] = {0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76, 0x8b, 0x4c,
					      0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50};
static const uint8_t guid_store[GUID_LEN] = {0x78, 0x2c, 0xf3, 0xaa, 0x7b, 0x94, 0x9a, 0x43,
					     0xa1, 0x80, 0x2e, 0x14, 0x4e, 0xc3, 0x77, 0x92};
static const uint8_t guid_global[GUID_LEN] = {0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
					      0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};
static const uint8_t guid_security[GUID_LEN] = {0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
						0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f};
static const uint8_t guid_enable[GUID_LEN] = {0xc7, 0x0b, 0xa3, 0xf0, 0x08, 0xaf, 0x56, 0x45,
					      0x99, 0xc4, 0x00, 0x10, 0x09, 0xc9, 0x3a, 0x44};

enum { VAR_PK, VAR_KEK, VAR_DB, VAR_DBX, VAR_DBT, VAR_ENABLE, VAR_COUNT };

static const struct {
	const char *name;
	const uint8_t *guid;
} wanted[VAR_COUNT] = {
	[VAR_PK] = {"PK", guid_global},	    [VAR_KEK] = {"KEK", guid_global},
	[VAR_DB] = {"db", guid_security},   [VAR_DBX] = {"dbx", guid_security},
	[VAR_DBT] = {"dbt", guid_security}, [VAR_ENABLE] = {"SecureBootEnable", guid_enable},
};

struct found {
	struct hm_bytes data;
	uint8_t state;
};

/* The sixteen-bit sum over the whole header must be zero. */
static bool sums_to_zero(struct hm_bytes header)
{
	struct hm_reader r = hm_reader_of(header);
	uint32_t sum = 0;

	while (hm_reader_left(&r) >= 2)
		sum += hm_get_u16le(&r);
	return !r.failed && hm_reader_left(&r) == 0 && (sum & 0xffff) == 0;
}

/* The volume's header; *ret_body is what follows it inside the volume. */
static bool parse_volume(struct hm_bytes file, struct hm_bytes *ret_body, struct hm_error *error)
{
	struct hm_reader r = hm_reader_of(file);
	struct hm_bytes guid, signature, header;
	uint64_t volume_len;
	uint16_t header_len;

	hm_skip(&r, 16); /* zero vector */
	guid = hm_get_bytes(&r, GUID_LEN);
	volume_len = hm_get_u64le(&r);
	signature = hm_get_bytes(&r, 4);
	hm_skip(&r, 4); /* attributes */
	header_len = hm_get_u16le(&r);
	if (r.failed)
		return hm_error_set(error, "the firmware volume header is cut off");
	if (!hm_bytes_equal_text(signature, "_FVH"))
		return hm_error_set(error, "not a firmware volume");
	if (!hm_bytes_equal(guid, hm_bytes_of(guid_volume, GUID_LEN)))
		return hm_error_set(error, "the firmware volume does not hold variables");
	if (header_len < VOLUME_HEADER_LEN || header_len % 2 || volume_len > file.len || header_len >= volume_len ||
	    !hm_bytes_slice(file, 0, header_len, &header) || !sums_to_zero(header))
		return hm_error_set(error, "the firmware volume header has an impossible size or a wrong checksum");
	if (!hm_bytes_slice(file, header_len, volume_len - header_len, ret_body))
		return hm_error_set(error, "the firmware volume is cut off");
	return true;
}

static bool parse_store(struct hm_bytes body, struct hm_bytes *ret_variables, struct hm_error *error)
{
	struct hm_reader r = hm_reader_of(body);
	struct hm_bytes guid = hm_get_bytes(&r, GUID_LEN);
	uint32_t size = hm_get_u32le(&r);
	uint8_t format = hm_get_u8(&r);
	uint8_t state = hm_get_u8(&r);

	if (r.failed)
		return hm_error_set(error, "the variable store header is cut off");
	if (!hm_bytes_equal(guid, hm_bytes_of(guid_store, GUID_LEN)))
		return hm_error_set(error, "not an authenticated variable store");
	if (format != STORE_FORMATTED || state != STORE_HEALTHY)
		return hm_error_set(error, "the variable store is not formatted and healthy");
	if (size < STORE_HEADER_LEN || !hm_bytes_slice(body, STORE_HEADER_LEN, size - STORE_HEADER_LEN, ret_variables))
		return hm_error_set(error, "the variable store has an impossible size");
	return true;
}

/* Names are UTF-16LE with NUL. */
static bool name_is(struct hm_bytes utf16, const char *ascii)
{
	size_t len = strlen(ascii) + 1;

	if (utf16.len != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (utf16.p[2 * i] != (uint8_t)ascii[i] || utf16.p[2 * i + 1] != 0)
			return false;
	}
	return true;
}

static bool note_variable(struct found *found, uint8_t state, struct hm_bytes guid, struct hm_bytes name,
			  struct hm_bytes data, struct hm_error *error)
{
	if (state != STATE_ADDED && state != STATE_IN_TRANSITION)
		return true;
	for (size_t i = 0; i < VAR_COUNT; i++) {
		if (!name_is(name, wanted[i].name) || !hm_bytes_equal(guid, hm_bytes_of(wanted[i].guid, GUID_LEN)))
			continue;
		if (found[i].state == state)
			return hm_error_set(error, "the variable %s exists twice", wanted[i].name);
		if (found[i].state != STATE_ADDED)
			found[i] = (struct found){.data = data, .state = state};
	}
	return true;
}

/* One variable, and the padding behind it; *ret_end is set at the first free byte. */
static bool next_variable(struct hm_reader *r, struct found *found, bool *ret_end, struct hm_error *error)
{
	size_t left = hm_reader_left(r);
	uint16_t start = left < 2 ? 0 : hm_get_u16le(r);
	struct hm_bytes guid, name, data;
	uint32_t name_len, data_len;
	uint8_t state;

	/* edk2's IsValidVariableHeader: whatever follows, whether erased, zeros or damaged, is free space. */
	if (start != VARIABLE_START) {
		*ret_end = true;
		return true;
	}
	state = hm_get_u8(r);
	hm_skip(r, 1 + 4 + 8 + 16 + 4); /* reserved, attributes, monotonic count, time stamp, key index */
	name_len = hm_get_u32le(r);
	data_len = hm_get_u32le(r);
	guid = hm_get_bytes(r, GUID_LEN);
	name = hm_get_bytes(r, name_len);
	data = hm_get_bytes(r, data_len);
	if (r->failed)
		return hm_error_set(error, "a variable is malformed or cut off");
	if (r->off % VARIABLE_ALIGN)
		hm_skip(r, VARIABLE_ALIGN - r->off % VARIABLE_ALIGN);
	return note_variable(found, state, guid, name, data, error);
}

bool hm_vars_parse(struct hm_bytes file, struct hm_vars *ret, struct hm_error *error)
{
	struct found found[VAR_COUNT] = {{.state = 0}};
	struct hm_bytes body, variables;
	struct hm_reader r;
	bool end = false;

	if (!parse_volume(file, &body, error) || !parse_store(body, &variables, error))
		return false;
	r = hm_reader_of(variables);
	while (!end) {
		if (!next_variable(&r, found, &end, error))
			return false;
	}
	if (found[VAR_ENABLE].state && found[VAR_ENABLE].data.len != 1)
		return hm_error_set(error, "the variable SecureBootEnable is not one byte long");
	*ret = (struct hm_vars){
		.pk = found[VAR_PK].data,
		.kek = found[VAR_KEK].data,
		.db = found[VAR_DB].data,
		.dbx = found[VAR_DBX].data,
		.dbt = found[VAR_DBT].data,
		.enable_set = found[VAR_ENABLE].state != 0,
		.enable = found[VAR_ENABLE].state != 0 && found[VAR_ENABLE].data.p[0] == 1,
	};
	return true;
}

bool hm_vars_secure_boot_enabled(const struct hm_vars *vars)
{
	return vars->pk.len > 0 && (vars->enable || !vars->enable_set);
}

bool hm_vars_secure_boot_known(const struct hm_vars *vars)
{
	return vars->enable_set || vars->pk.len > 0 || vars->kek.len > 0 || vars->db.len > 0 || vars->dbx.len > 0;
}
