/* SPDX-License-Identifier: BSD-2-Clause */
/* test_variables.c - OVMF variable stores: a good one, each of its fields corrupted, and the firmware's own files */
#include "lib/base/error.h"
#include "host/firmware/variables.h"

#include "tests/support/support.h"
#include "host/base/args.h"

#include <stdlib.h>
#include <string.h>

#define VOLUME_HEADER_LEN 72u
#define STORE_HEADER_LEN 28u
#define VARIABLE_HEADER_LEN 60u
#define ADDED 0x3fu
#define IN_TRANSITION 0x3eu
#define DELETED 0x3du

/* GUIDs as in memory. */
static const uint8_t volume_guid[16] = "\x8d\x2b\xf1\xff\x96\x76\x8b\x4c\xa9\x85\x27\x47\x07\x5b\x4f\x50";
static const uint8_t store_guid[16] = "\x78\x2c\xf3\xaa\x7b\x94\x9a\x43\xa1\x80\x2e\x14\x4e\xc3\x77\x92";
static const uint8_t global_guid[16] = "\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c";
static const uint8_t security_guid[16] = "\xcb\xb2\x19\xd7\x3a\x3d\x96\x45\xa3\xbc\xda\xd0\x0e\x67\x65\x6f";
static const uint8_t enable_guid[16] = "\xc7\x0b\xa3\xf0\x08\xaf\x56\x45\x99\xc4\x00\x10\x09\xc9\x3a\x44";

struct store {
	uint8_t bytes[4096];
	size_t end; /* of the last variable */
};

static struct hm_bytes store_bytes(const struct store *s)
{
	return hm_bytes_of(s->bytes, sizeof(s->bytes));
}

static void set_checksum(struct store *s)
{
	uint32_t sum = 0;

	support_set_u16(s->bytes + 50, 0);
	for (size_t i = 0; i < VOLUME_HEADER_LEN; i += 2)
		sum += (uint32_t)s->bytes[i] | (uint32_t)s->bytes[i + 1] << 8;
	support_set_u16(s->bytes + 50, (uint16_t)(0x10000u - (sum & 0xffff)));
}

static void store_init(struct store *s)
{
	memset(s, 0xff, sizeof(*s));
	memset(s->bytes, 0, VOLUME_HEADER_LEN + STORE_HEADER_LEN);
	memcpy(s->bytes + 16, volume_guid, 16);
	support_set_u32(s->bytes + 32, sizeof(s->bytes));
	memcpy(s->bytes + 40, "_FVH", 4);
	support_set_u16(s->bytes + 48, VOLUME_HEADER_LEN);
	s->bytes[55] = 2;
	memcpy(s->bytes + VOLUME_HEADER_LEN, store_guid, 16);
	support_set_u32(s->bytes + VOLUME_HEADER_LEN + 16, sizeof(s->bytes) - VOLUME_HEADER_LEN - 512);
	s->bytes[VOLUME_HEADER_LEN + 20] = 0x5a;
	s->bytes[VOLUME_HEADER_LEN + 21] = 0xfe;
	s->end = VOLUME_HEADER_LEN + STORE_HEADER_LEN;
	set_checksum(s);
}

/* Returns the variable's offset. */
static size_t store_add(struct store *s, uint8_t state, const uint8_t guid[16], const char *name, const char *data)
{
	size_t at = s->end;
	uint8_t *p = s->bytes + at;
	size_t name_len = 2 * (strlen(name) + 1);

	memset(p, 0, VARIABLE_HEADER_LEN + name_len);
	support_set_u16(p, 0x55aa);
	p[2] = state;
	support_set_u32(p + 36, (uint32_t)name_len);
	support_set_u32(p + 40, (uint32_t)strlen(data));
	memcpy(p + 44, guid, 16);
	for (size_t i = 0; i < strlen(name); i++)
		p[VARIABLE_HEADER_LEN + 2 * i] = (uint8_t)name[i];
	memcpy(p + VARIABLE_HEADER_LEN + name_len, data, strlen(data));
	s->end += (VARIABLE_HEADER_LEN + name_len + strlen(data) + 3) & ~(size_t)3;
	return at;
}

static void store_init_full(struct store *s)
{
	store_init(s);
	store_add(s, ADDED, enable_guid, "SecureBootEnable", "\x01");
	store_add(s, ADDED, global_guid, "Boot0000", "not ours");
	store_add(s, ADDED, global_guid, "PK", "platform");
	store_add(s, ADDED, global_guid, "KEK", "exchange!");
	store_add(s, ADDED, security_guid, "db", "allowed");
	store_add(s, ADDED, security_guid, "dbx", "forbidden");
}

static void parse_good(struct hm_bytes file, struct hm_vars *ret)
{
	struct hm_error error = {0};

	if (!hm_vars_parse(file, ret, &error))
		fail_msg("%s", error.text);
}

static void assert_refused(const struct store *s, const char *want)
{
	struct hm_vars vars = {.enable = true};
	struct hm_error error = {0};

	if (hm_vars_parse(store_bytes(s), &vars, &error))
		fail_msg("accepted, although: %s", want);
	assert_string_equal(error.text, want);
	assert_true(vars.enable); /* untouched */
}

static void assert_text(struct hm_bytes got, const char *want)
{
	assert_true(hm_bytes_equal_text(got, want));
}

static void test_full(void **state)
{
	struct store s;
	struct hm_vars vars;

	(void)state;
	store_init_full(&s);
	parse_good(store_bytes(&s), &vars);
	assert_text(vars.pk, "platform");
	assert_text(vars.kek, "exchange!");
	assert_text(vars.db, "allowed");
	assert_text(vars.dbx, "forbidden");
	assert_true(hm_vars_secure_boot_enabled(&vars));
	assert_true(hm_vars_secure_boot_known(&vars));
}

/* As edk2: the list ends where no variable begins, whatever stands there. */
static void test_end_of_list(void **state)
{
	struct store s;
	struct hm_vars vars;
	size_t at;

	(void)state;
	store_init_full(&s);
	memset(s.bytes + s.end, 0, sizeof(s.bytes) - s.end);
	parse_good(store_bytes(&s), &vars);
	assert_text(vars.pk, "platform");
	assert_text(vars.dbx, "forbidden");
	assert_int_equal(vars.dbt.len, 0);

	store_init_full(&s);
	at = store_add(&s, ADDED, security_guid, "dbt", "stamps");
	parse_good(store_bytes(&s), &vars);
	assert_text(vars.dbt, "stamps");
	support_set_u16(s.bytes + at, 0x55ab);
	parse_good(store_bytes(&s), &vars);
	assert_text(vars.dbx, "forbidden");
	assert_int_equal(vars.dbt.len, 0);
}

static void test_empty(void **state)
{
	struct store s;
	struct hm_vars vars;

	(void)state;
	store_init(&s);
	parse_good(store_bytes(&s), &vars);
	assert_int_equal(vars.pk.len, 0);
	assert_false(hm_vars_secure_boot_enabled(&vars));
	assert_false(hm_vars_secure_boot_known(&vars));
}

/* edk2 AuthVariableLib: PK decides, SecureBootEnable = 0 switches off, absence of it does not. */
static void test_enabled(void **state)
{
	struct store s;
	struct hm_vars vars;

	(void)state;
	store_init(&s);
	store_add(&s, ADDED, global_guid, "PK", "key");
	parse_good(store_bytes(&s), &vars);
	assert_true(hm_vars_secure_boot_enabled(&vars));

	store_add(&s, ADDED, enable_guid, "SecureBootEnable", "\x02");
	parse_good(store_bytes(&s), &vars);
	assert_false(hm_vars_secure_boot_enabled(&vars));

	store_init(&s);
	store_add(&s, ADDED, enable_guid, "SecureBootEnable", "\x01");
	parse_good(store_bytes(&s), &vars);
	assert_false(hm_vars_secure_boot_enabled(&vars));
	assert_true(hm_vars_secure_boot_known(&vars));
}

static void test_names(void **state)
{
	struct store s;
	struct hm_vars vars;

	(void)state;
	store_init(&s);
	store_add(&s, ADDED, security_guid, "PK", "wrong GUID");
	store_add(&s, ADDED, global_guid, "PKX", "longer name");
	store_add(&s, ADDED, global_guid, "P", "shorter name");
	store_add(&s, DELETED, global_guid, "PK", "deleted");
	store_add(&s, 0x3c, global_guid, "PK", "deleted in transition");
	store_add(&s, 0x7f, global_guid, "PK", "header only");
	parse_good(store_bytes(&s), &vars);
	assert_int_equal(vars.pk.len, 0);
}

static void test_transition(void **state)
{
	struct store s;
	struct hm_vars vars;

	(void)state;
	store_init(&s);
	store_add(&s, IN_TRANSITION, global_guid, "PK", "old");
	parse_good(store_bytes(&s), &vars);
	assert_text(vars.pk, "old");
	store_add(&s, ADDED, global_guid, "PK", "new");
	parse_good(store_bytes(&s), &vars);
	assert_text(vars.pk, "new");

	store_init(&s);
	store_add(&s, ADDED, global_guid, "PK", "new");
	store_add(&s, IN_TRANSITION, global_guid, "PK", "old");
	parse_good(store_bytes(&s), &vars);
	assert_text(vars.pk, "new");
}

static void test_volume_refused(void **state)
{
	struct store s;
	struct hm_vars vars;
	struct hm_error error = {0};

	(void)state;
	store_init_full(&s);
	for (size_t len = 0; len < 50; len++)
		assert_false(hm_vars_parse(hm_bytes_of(s.bytes, len), &vars, &error));
	assert_string_equal(error.text, "the firmware volume header is cut off");
	assert_false(hm_vars_parse(hm_bytes_of(s.bytes, sizeof(s.bytes) - 1), &vars, &error));

	s.bytes[40] = 'x';
	assert_refused(&s, "not a firmware volume");
	store_init_full(&s);
	s.bytes[16] ^= 1;
	assert_refused(&s, "the firmware volume does not hold variables");
	store_init_full(&s);
	s.bytes[55] ^= 1; /* covered by the checksum only */
	assert_refused(&s, "the firmware volume header has an impossible size or a wrong checksum");
	store_init_full(&s);
	support_set_u32(s.bytes + 36, 1); /* 4 GiB */
	set_checksum(&s);
	assert_refused(&s, "the firmware volume header has an impossible size or a wrong checksum");
	store_init_full(&s);
	support_set_u32(s.bytes + 32, VOLUME_HEADER_LEN);
	set_checksum(&s);
	assert_refused(&s, "the firmware volume header has an impossible size or a wrong checksum");
}

static void test_store_refused(void **state)
{
	struct store s;

	(void)state;
	store_init_full(&s);
	s.bytes[VOLUME_HEADER_LEN] ^= 1;
	assert_refused(&s, "not an authenticated variable store");
	store_init_full(&s);
	s.bytes[VOLUME_HEADER_LEN + 20] = 0xff;
	assert_refused(&s, "the variable store is not formatted and healthy");
	store_init_full(&s);
	s.bytes[VOLUME_HEADER_LEN + 21] = 0xff;
	assert_refused(&s, "the variable store is not formatted and healthy");
	store_init_full(&s);
	support_set_u32(s.bytes + VOLUME_HEADER_LEN + 16, STORE_HEADER_LEN - 1);
	assert_refused(&s, "the variable store has an impossible size");
	store_init_full(&s);
	support_set_u32(s.bytes + VOLUME_HEADER_LEN + 16, sizeof(s.bytes) - VOLUME_HEADER_LEN + 1);
	assert_refused(&s, "the variable store has an impossible size");
}

static void test_variable_refused(void **state)
{
	struct store s;
	size_t at;

	(void)state;
	store_init_full(&s);
	store_add(&s, ADDED, global_guid, "PK", "second");
	assert_refused(&s, "the variable PK exists twice");

	store_init(&s);
	store_add(&s, ADDED, enable_guid, "SecureBootEnable", "ab");
	assert_refused(&s, "the variable SecureBootEnable is not one byte long");

	store_init(&s);
	at = store_add(&s, ADDED, global_guid, "PK", "key");

	/* Sizes that reach beyond the store, and their sum beyond 32 bits. */
	for (size_t field = 36; field <= 40; field += 4) {
		store_init(&s);
		at = store_add(&s, ADDED, global_guid, "PK", "key");
		support_set_u32(s.bytes + at + field, 4096);
		assert_refused(&s, "a variable is malformed or cut off");
		support_set_u32(s.bytes + at + field, UINT32_MAX);
		assert_refused(&s, "a variable is malformed or cut off");
	}
}

/* Debian's files: empty, and with a key of the distribution's whose certificate is beside them. */
static void test_ovmf(void **state)
{
	struct hm_bytes file;
	uint8_t *memory = support_read_file("/usr/share/OVMF/OVMF_VARS_4M.fd", &file);
	struct hm_vars vars;

	(void)state;
	if (!memory) {
		print_message("SKIP: OVMF is not installed\n");
		skip();
	}
	parse_good(file, &vars);
	assert_false(hm_vars_secure_boot_known(&vars));
	free(memory);

	memory = support_read_file("/usr/share/OVMF/OVMF_VARS_4M.ms.fd", &file);
	assert_non_null(memory);
	parse_good(file, &vars);
	assert_true(hm_vars_secure_boot_enabled(&vars));
	/* UEFI 2.10, 32.4.1: a signature database begins with the GUID of its entries' type; here EFI_CERT_X509_GUID.
	 */
	assert_true(vars.db.len > 16 && vars.pk.len > 16);
	assert_hex(hm_bytes_of(vars.pk.p, 16), "a159c0a5e494a74a87b5ab155c2bf072");
	assert_hex(hm_bytes_of(vars.db.p, 16), "a159c0a5e494a74a87b5ab155c2bf072");
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_end_of_list),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_enabled),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_transition),
		cmocka_unit_test(test_volume_refused),
		cmocka_unit_test(test_store_refused),
		cmocka_unit_test(test_variable_refused),
		cmocka_unit_test(test_ovmf),
	};

	return cmocka_run_group_tests_name("vars", tests, NULL, NULL);
}
