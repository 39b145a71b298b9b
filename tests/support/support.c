/* SPDX-License-Identifier: BSD-2-Clause */
/* support.c - what the unit tests share */
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_CHUNK_LEN 65536u

void support_assert_err(enum hm_err got, enum hm_err want, const char *expr, const char *file, int line)
{
	if (got == want)
		return;
	support_fail(file, line, "%s: is %s, should be %s", expr, hm_err_name(got), hm_err_name(want));
}

void support_assert_hex(struct hm_bytes got, const char *want, const char *file, int line)
{
	char hex[1024];
	size_t at = 0;

	for (size_t i = 0; i < got.len && at + 3 <= sizeof(hex); i++)
		at += (size_t)snprintf(hex + at, 3, "%02x", got.p[i]);
	hex[at] = '\0';
	if (at != 2 * got.len || strcmp(hex, want) != 0)
		support_fail(file, line, "is %s, should be %s", hex, want);
}

static uint8_t *read_stream(FILE *f, size_t *ret_len)
{
	uint8_t *content = NULL;
	size_t len = 0, got;

	do {
		uint8_t *bigger = realloc(content, len + FILE_CHUNK_LEN);

		if (!bigger) {
			free(content);
			return NULL;
		}
		content = bigger;
		got = fread(content + len, 1, FILE_CHUNK_LEN, f);
		len += got;
	} while (got > 0);
	if (ferror(f)) {
		free(content);
		return NULL;
	}
	*ret_len = len;
	return content;
}

uint8_t *support_read_file(const char *path, struct hm_bytes *ret)
{
	FILE *f = fopen(path, "rb");
	uint8_t *content;
	size_t len = 0;

	if (!f)
		return NULL;
	content = read_stream(f, &len);
	fclose(f);
	if (content)
		*ret = hm_bytes_of(content, len);
	return content;
}

uint8_t *support_fixture(const char *name, struct hm_bytes *ret)
{
	const char *folder = getenv("HALLMARK_FIXTURES");
	struct stat st;
	char path[512];
	uint8_t *content;

	if (!folder)
		folder = "../shared/fixtures";
	if (stat(folder, &st) < 0 || !S_ISDIR(st.st_mode)) {
		print_error("SKIPPED: no fixtures at %s (set HALLMARK_FIXTURES)\n", folder);
		skip();
	}
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	content = support_read_file(path, ret);
	if (!content)
		fail_msg("%s cannot be read", path);
	return content;
}

char support_dir[SUPPORT_PATH_MAX];
static char *dir_path;

int support_dir_setup(void **state, const char *name, char ret_path[SUPPORT_PATH_MAX])
{
	(void)state;
	snprintf(support_dir, sizeof(support_dir), "/tmp/hallmark-test.XXXXXX");
	if (!mkdtemp(support_dir))
		return -1;
	dir_path = ret_path;
	return snprintf(ret_path, SUPPORT_PATH_MAX, "%s/%s", support_dir, name) < (int)SUPPORT_PATH_MAX ? 0 : -1;
}

int support_dir_teardown(void **state)
{
	(void)state;
	unlink(dir_path);
	return rmdir(support_dir);
}

uint8_t *support_pattern(size_t len)
{
	uint8_t *p = malloc(len ? len : 1);

	assert_non_null(p);
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(i * 7 + i / 256);
	return p;
}

static enum hm_err failing_hash(void *ctx, enum hm_bank bank, const struct hm_bytes *parts, size_t count,
				uint64_t zero_tail, uint8_t *ret)
{
	struct support_failing_hasher *f = ctx;

	if (f->calls_left == 0)
		return HM_E_HASH;
	f->calls_left--;
	return hm_crypto_hasher.hash(NULL, bank, parts, count, zero_tail, ret);
}

void support_failing_hasher_init(struct support_failing_hasher *f, unsigned int calls_left)
{
	*f = (struct support_failing_hasher){
		.hasher = {.ctx = f, .hash = failing_hash},
		.calls_left = calls_left,
	};
}

void support_set_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

void support_set_u32(uint8_t *p, uint32_t v)
{
	support_set_u16(p, (uint16_t)v);
	support_set_u16(p + 2, (uint16_t)(v >> 16));
}

uint32_t support_get_u32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t round_up(uint32_t v, uint32_t alignment)
{
	return (v + alignment - 1) / alignment * alignment;
}

uint8_t *support_pe_optional(struct support_pe *pe, size_t off)
{
	return pe->file + SUPPORT_PE_OPTIONAL_OFF + off;
}

uint8_t *support_pe_directory(struct support_pe *pe, uint32_t index)
{
	assert_true(index < pe->directory_count);
	return support_pe_optional(pe, 112 + 8 * (size_t)index);
}

uint8_t *support_pe_section_header(struct support_pe *pe, uint32_t index)
{
	return pe->file + pe->table_off + 40 * (size_t)index;
}

struct hm_bytes support_pe_bytes(const struct support_pe *pe)
{
	return hm_bytes_of(pe->file, pe->len);
}

static void build_headers(struct support_pe *pe, size_t count, uint32_t entry)
{
	uint8_t *coff = pe->file + SUPPORT_PE_COFF_OFF;

	memcpy(pe->file, "MZ", 2);
	support_set_u32(pe->file + 60, SUPPORT_PE_COFF_OFF);
	memcpy(coff, "PE\0", 4);
	support_set_u16(coff + 4, 0x8664);
	support_set_u16(coff + 6, (uint16_t)count);
	support_set_u16(coff + 20, (uint16_t)(112 + 8 * pe->directory_count));
	support_set_u16(coff + 22, 0x0206);
	support_set_u16(support_pe_optional(pe, 0), 0x020b);
	support_set_u32(support_pe_optional(pe, 16), entry);
	support_set_u32(support_pe_optional(pe, 32), SUPPORT_PE_ALIGNMENT);
	support_set_u32(support_pe_optional(pe, 36), SUPPORT_PE_FILE_ALIGNMENT);
	support_set_u32(support_pe_optional(pe, 56), pe->image_len);
	support_set_u32(support_pe_optional(pe, 60), pe->headers_len);
	support_set_u32(support_pe_optional(pe, 64), 0x11223344); /* CheckSum */
	support_set_u16(support_pe_optional(pe, 68), 10);
	support_set_u16(support_pe_optional(pe, 70), HM_PE_DLL_NX_COMPAT);
	support_set_u32(support_pe_optional(pe, 108), pe->directory_count);
}

static void build_section(struct support_pe *pe, uint32_t index, const struct support_pe_section *s)
{
	uint32_t raw_len = round_up(s->content_len, SUPPORT_PE_FILE_ALIGNMENT);
	uint32_t virtual_len = s->content_len + s->extra_virtual;
	uint8_t *header = support_pe_section_header(pe, index);
	size_t name_len = strlen(s->name);

	assert_true(name_len <= 8);
	assert_true(raw_len <= SUPPORT_PE_MAX - pe->len);
	memcpy(header, s->name, name_len);
	support_set_u32(header + 8, virtual_len);
	support_set_u32(header + 12, pe->image_len);
	support_set_u32(header + 16, raw_len);
	support_set_u32(header + 20, raw_len > 0 ? (uint32_t)pe->len : 0);
	support_set_u32(header + 36, s->characteristics);
	if (s->content_len > 0)
		memcpy(pe->file + pe->len, s->content, s->content_len);
	pe->len += raw_len;
	pe->image_len += round_up(virtual_len, SUPPORT_PE_ALIGNMENT);
}

void support_pe_build(struct support_pe *pe, const struct support_pe_section *sections, size_t count,
		      uint32_t directory_count)
{
	uint32_t entry = 0;

	memset(pe, 0, sizeof(*pe));
	assert_true(count <= SUPPORT_PE_SECTIONS_MAX);
	pe->directory_count = directory_count;
	pe->section_count = (uint32_t)count;
	pe->table_off = SUPPORT_PE_OPTIONAL_OFF + 112 + 8 * (size_t)directory_count;
	pe->headers_len = round_up((uint32_t)(pe->table_off + 40 * count), SUPPORT_PE_FILE_ALIGNMENT);
	pe->len = pe->headers_len;
	pe->image_len = round_up(pe->headers_len, SUPPORT_PE_ALIGNMENT);
	for (uint32_t i = 0; i < count; i++) {
		if (sections[i].characteristics & HM_PE_SCN_EXECUTE && entry == 0)
			entry = pe->image_len + 4;
		build_section(pe, i, &sections[i]);
	}
	build_headers(pe, count, entry);
}

#define TEXT_SECTION \
	{ \
		".text", text_content, sizeof(text_content), 0, HM_PE_SCN_EXECUTE | HM_PE_SCN_READ \
	}
static const uint8_t text_content[0x300] = {0x90, 0x90, 0x90, 0x90, 0xc3};

void support_pe_build_plain(struct support_pe *pe)
{
	static const uint8_t data[100] = {1, 2, 3};
	const struct support_pe_section sections[] = {
		TEXT_SECTION,
		{".data", data, sizeof(data), 0x1000, HM_PE_SCN_READ | HM_PE_SCN_WRITE},
		{".bss", NULL, 0, 0x400, HM_PE_SCN_READ | HM_PE_SCN_WRITE},
	};

	support_pe_build(pe, sections, HM_ARRAY_LEN(sections), 6);
}

void support_pe_build_uki(struct support_pe *pe, const struct support_pe_section *sections, size_t count)
{
	struct support_pe_section all[SUPPORT_PE_SECTIONS_MAX] = {TEXT_SECTION};

	assert_true(count < SUPPORT_PE_SECTIONS_MAX);
	memcpy(all + 1, sections, count * sizeof(*sections));
	support_pe_build(pe, all, count + 1, 16);
}

void support_pe_sign(struct support_pe *pe, uint32_t len)
{
	assert_true(len % 8 == 0 && len <= SUPPORT_PE_MAX - pe->len);
	support_set_u32(support_pe_directory(pe, 4), (uint32_t)pe->len);
	support_set_u32(support_pe_directory(pe, 4) + 4, len);
	memset(pe->file + pe->len, 0x5a, len);
	pe->len += len;
}

uint8_t *support_pe_load(const struct support_pe *pe, struct hm_bytes *ret)
{
	uint8_t *image = calloc(1, pe->image_len);

	assert_non_null(image);
	memcpy(image, pe->file, pe->headers_len);
	for (uint32_t i = 0; i < pe->section_count; i++) {
		const uint8_t *header = pe->file + pe->table_off + 40 * (size_t)i;
		uint32_t virtual_len = support_get_u32(header + 8);
		uint32_t raw_len = support_get_u32(header + 16);

		memcpy(image + support_get_u32(header + 12), pe->file + support_get_u32(header + 20),
		       raw_len < virtual_len ? raw_len : virtual_len);
	}
	*ret = hm_bytes_of(image, pe->image_len);
	return image;
}

static enum hm_err record_extend(void *ctx, const struct hm_measurement *m)
{
	struct support_recording *r = ctx;
	struct support_recorded *e = &r->event[r->count];

	assert_true(r->count < SUPPORT_RECORDS_MAX);
	if (r->count == r->fail_at)
		return HM_E_EXTEND;
	e->pcr = m->pcr;
	e->type = m->type;
	assert_ok(hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, m->parts, m->part_count, m->zero_tail, &e->digests));
	e->data = malloc(m->data.len + 1);
	assert_non_null(e->data);
	if (m->data.len > 0)
		memcpy(e->data, m->data.p, m->data.len);
	e->data_len = m->data.len;
	assert_non_null(m->what);
	snprintf(e->what, sizeof(e->what), "%s", m->what);
	r->count++;
	return HM_OK;
}

void support_recording_init(struct support_recording *r)
{
	memset(r, 0, sizeof(*r));
	r->fail_at = SIZE_MAX;
}

void support_recording_free(struct support_recording *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->event[i].data);
	support_recording_init(r);
}

struct hm_sink support_recording_sink(struct support_recording *r)
{
	return (struct hm_sink){.ctx = r, .extend = record_extend};
}

void support_recording_pcrs(const struct support_recording *r, struct hm_pcrs *ret)
{
	hm_pcrs_init(ret, HM_BANKS_ALL, 0);
	for (size_t i = 0; i < r->count; i++)
		assert_ok(hm_pcrs_extend(ret, &hm_crypto_hasher, r->event[i].pcr, &r->event[i].digests));
}

void support_assert_event(const struct support_recording *r, size_t index, uint32_t pcr, uint32_t type,
			  const char *what)
{
	assert_true(index < r->count);
	assert_int_equal(r->event[index].pcr, pcr);
	assert_int_equal(r->event[index].type, type);
	assert_string_equal(r->event[index].what, what);
}

void support_assert_data(const struct support_recording *r, size_t index, struct hm_bytes want)
{
	assert_true(index < r->count);
	assert_int_equal(r->event[index].data_len, want.len);
	assert_memory_equal(r->event[index].data, want.p, want.len);
}

void support_assert_pcr(const struct support_recording *r, uint32_t pcr, enum hm_bank bank, const char *hex)
{
	struct hm_pcrs pcrs;

	support_recording_pcrs(r, &pcrs);
	assert_hex(hm_bytes_of(pcrs.value[bank][pcr], hm_algs[bank].len), hex);
}

void support_assert_same_recording(const struct support_recording *a, const struct support_recording *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct support_recorded *x = &a->event[i], *y = &b->event[i];

		assert_int_equal(x->pcr, y->pcr);
		assert_int_equal(x->type, y->type);
		assert_true(hm_digests_equal(&x->digests, &y->digests));
		assert_int_equal(x->data_len, y->data_len);
		assert_memory_equal(x->data, y->data, x->data_len);
		assert_string_equal(x->what, y->what);
	}
}
