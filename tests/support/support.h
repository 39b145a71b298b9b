/* SPDX-License-Identifier: BSD-2-Clause */
/* support.h - what the unit tests share: fixtures, a builder of PE files, a recording sink */
#ifndef HM_TEST_SUPPORT_H
#define HM_TEST_SUPPORT_H

#include "core/measure.h"
#include "lib/crypto/hash.h"

#include "tests/support/rows.h"

/* Both print the error's name, which a number does not tell. */
#define assert_err(expr, want) support_assert_err((expr), (want), #expr, __FILE__, __LINE__)
#define assert_ok(expr) assert_err(expr, HM_OK)
void support_assert_err(enum hm_err got, enum hm_err want, const char *expr, const char *file, int line);

/* Compare with lower-case hex text; the message shows both. */
#define assert_hex(bytes, hex) support_assert_hex((bytes), (hex), __FILE__, __LINE__)
void support_assert_hex(struct hm_bytes got, const char *want, const char *file, int line);

/* The whole file, to be freed; NULL where it cannot be read. */
uint8_t *support_read_file(const char *path, struct hm_bytes *ret);
/*
 * A file of HALLMARK_FIXTURES (default ../shared/fixtures), to be freed. Where the folder is
 * absent it says so loudly and skips the test; a folder without the file fails it.
 */
uint8_t *support_fixture(const char *name, struct hm_bytes *ret);

/*
 * An empty directory for a group of tests, to be named as its setup and teardown; ret_path is NAME in it. The teardown
 * removes that file, and fails where another one was left behind.
 */
#define SUPPORT_PATH_MAX 64u
extern char support_dir[SUPPORT_PATH_MAX];
int support_dir_setup(void **state, const char *name, char ret_path[SUPPORT_PATH_MAX]);
int support_dir_teardown(void **state);
/* `len` bytes that tell where they stand, to be freed. */
uint8_t *support_pattern(size_t len);

/* A hasher that fails from its `calls_left`+1st call on. */
struct support_failing_hasher {
	struct hm_hasher hasher;
	unsigned int calls_left;
};
void support_failing_hasher_init(struct support_failing_hasher *f, unsigned int calls_left);

/* Little-endian fields of a file under test. */
void support_set_u16(uint8_t *p, uint16_t v);
void support_set_u32(uint8_t *p, uint32_t v);
uint32_t support_get_u32(const uint8_t *p);

/* A well-formed PE32+ file in memory, so that a test can then corrupt one field of it. */
#define SUPPORT_PE_MAX 65536u
#define SUPPORT_PE_SECTIONS_MAX 24u
#define SUPPORT_PE_COFF_OFF 0x40u /* of the "PE\0\0" signature */
#define SUPPORT_PE_OPTIONAL_OFF (SUPPORT_PE_COFF_OFF + 24u)
#define SUPPORT_PE_ALIGNMENT 0x1000u
#define SUPPORT_PE_FILE_ALIGNMENT 0x200u

struct support_pe_section {
	const char *name;
	const void *content;
	uint32_t content_len;
	uint32_t extra_virtual; /* VirtualSize is content_len plus this */
	uint32_t characteristics;
};

struct support_pe {
	uint8_t file[SUPPORT_PE_MAX];
	size_t len;
	uint32_t directory_count;
	size_t table_off; /* of the section table */
	uint32_t headers_len;
	uint32_t image_len;
	uint32_t section_count;
};

/* Sections in the order given, in the file and in memory; no certificates. */
void support_pe_build(struct support_pe *pe, const struct support_pe_section *sections, size_t count,
		      uint32_t directory_count);
/* .text (executable, holds the entry point), .data with a zero tail, .bss without bytes. */
void support_pe_build_plain(struct support_pe *pe);
/* .text and the given UKI sections after it. */
void support_pe_build_uki(struct support_pe *pe, const struct support_pe_section *sections, size_t count);
/* Append a certificate table of `len` bytes (a multiple of 8) and point the directory to it. */
void support_pe_sign(struct support_pe *pe, uint32_t len);
struct hm_bytes support_pe_bytes(const struct support_pe *pe);
uint8_t *support_pe_optional(struct support_pe *pe, size_t off);
uint8_t *support_pe_directory(struct support_pe *pe, uint32_t index);
uint8_t *support_pe_section_header(struct support_pe *pe, uint32_t index);
/* What a firmware makes of the file: sections at their addresses. To be freed. */
uint8_t *support_pe_load(const struct support_pe *pe, struct hm_bytes *ret);

/* A sink that keeps a copy of everything, with the digests in all banks. */
#define SUPPORT_RECORDS_MAX 96u
#define SUPPORT_DATA_MAX 32768u
struct support_recorded {
	uint32_t pcr;
	uint32_t type;
	struct hm_digests digests;
	uint8_t *data;
	size_t data_len;
	char what[96];
};
struct support_recording {
	size_t count;
	struct support_recorded event[SUPPORT_RECORDS_MAX];
	size_t fail_at; /* the event with this index is refused with EXTEND; SIZE_MAX: none */
};
void support_recording_init(struct support_recording *r);
void support_recording_free(struct support_recording *r);
struct hm_sink support_recording_sink(struct support_recording *r);
/* All registers after the recorded extends, from power-on. */
void support_recording_pcrs(const struct support_recording *r, struct hm_pcrs *ret);
void support_assert_event(const struct support_recording *r, size_t index, uint32_t pcr, uint32_t type,
			  const char *what);
void support_assert_data(const struct support_recording *r, size_t index, struct hm_bytes want);
/* The register after the recorded extends. */
void support_assert_pcr(const struct support_recording *r, uint32_t pcr, enum hm_bank bank, const char *hex);
void support_assert_same_recording(const struct support_recording *a, const struct support_recording *b);

#endif
