/* SPDX-License-Identifier: BSD-2-Clause */
/* initrd.c - reads one file out of an initrd image */
#include "host/uki/initrd.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "host/base/args.h"
#include "host/base/lazy.h"
#include "host/uki/initrd_stream.h"

#include <archive.h>
#include <archive_entry.h>

#define CHUNK_LEN 65536u
#define ARCHIVES_MAX 64u /* microcode, the main archive and a few additions */

/* The ABI of every libarchive 3. */
#define SONAME "libarchive.so.13"
#if ARCHIVE_VERSION_NUMBER < 3000000 || ARCHIVE_VERSION_NUMBER >= 4000000
#error "another ABI than SONAME's"
#endif

#define FUNCTIONS(X) \
	X(archive_, read_new) \
	X(archive_, read_free) \
	X(archive_, read_support_format_cpio) \
	X(archive_, read_support_format_raw) \
	X(archive_, read_support_filter_all) \
	X(archive_, read_open_memory) \
	X(archive_, read_next_header) \
	X(archive_, read_data) \
	X(archive_, filter_bytes) \
	X(archive_, filter_count) \
	X(archive_, error_string) \
	X(archive_, entry_size) \
	X(archive_, entry_filetype) \
	X(archive_, entry_pathname)

static struct {
	FUNCTIONS(HM_LAZY_POINTER)
} lib;

static const struct hm_lazy_symbol symbols[] = {FUNCTIONS(HM_LAZY_SYMBOL)};
static struct hm_lazy library = HM_LAZY(SONAME, symbols);

struct search {
	const char *path;
	size_t max;
	struct hm_file found;
	bool seen;
	size_t archives;
	struct hm_error *error;
};

static size_t skip_zeros(struct hm_bytes b)
{
	size_t count = 0;

	while (count < b.len && b.p[count] == 0)
		count++;
	return count;
}

static bool is_cpio(struct hm_bytes b)
{
	return b.len >= 6 && (!memcmp(b.p, "070701", 6) || !memcmp(b.p, "070702", 6));
}

/* The name as the kernel resolves it from its root: without "/" and "./" in front. */
static const char *plain_name(const char *name)
{
	for (;;) {
		if (name[0] == '/')
			name++;
		else if (name[0] == '.' && name[1] == '/')
			name += 2;
		else
			return name;
	}
}

static bool take_entry(struct search *search, struct archive *a, struct archive_entry *entry)
{
	int64_t size = lib.entry_size(entry);
	uint8_t *p;

	if (search->seen)
		return hm_error_set(search->error, "%s is in the initrd twice", search->path);
	search->seen = true;
	if (lib.entry_filetype(entry) != AE_IFREG)
		return hm_error_set(search->error, "%s in the initrd is not a regular file", search->path);
	if (size <= 0 || (uint64_t)size > search->max)
		return hm_error_set(search->error, "%s in the initrd is empty or larger than %zu bytes", search->path,
				    search->max);
	p = malloc((size_t)size);
	if (!p)
		return hm_error_set(search->error, "out of memory");
	search->found = (struct hm_file){.p = p, .len = (size_t)size};
	if (lib.read_data(a, p, (size_t)size) != size)
		return hm_error_set(search->error, "the initrd ends inside %s", search->path);
	return true;
}

static bool walk_entries(struct search *search, struct archive *a)
{
	struct archive_entry *entry;
	int r;

	while ((r = lib.read_next_header(a, &entry)) == ARCHIVE_OK) {
		const char *name = lib.entry_pathname(entry);

		if (name && !strcmp(plain_name(name), search->path) && !take_entry(search, a, entry))
			return false;
	}
	if (r != ARCHIVE_EOF)
		return hm_error_set(search->error, "the initrd has a malformed cpio archive: %s", lib.error_string(a));
	return true;
}

/* One uncompressed archive at the start of `b`; *ret_used is its length with the trailer. */
static bool search_cpio(struct search *search, struct hm_bytes b, size_t *ret_used)
{
	struct archive *a = lib.read_new();
	bool good =
		a && lib.read_support_format_cpio(a) == ARCHIVE_OK && lib.read_open_memory(a, b.p, b.len) == ARCHIVE_OK;

	if (!good)
		hm_error_set(search->error, "the initrd's cpio archive cannot be opened");
	good = good && walk_entries(search, a);
	if (good)
		*ret_used = (size_t)lib.filter_bytes(a, -1);
	lib.read_free(a);
	return good;
}

static bool unpack(struct search *search, struct archive *a, struct hm_file *out)
{
	size_t cap = 0;

	for (;;) {
		la_ssize_t n;

		if (cap - out->len < CHUNK_LEN) {
			size_t want = cap ? cap * 2 : 16 * CHUNK_LEN;
			uint8_t *p = want <= HM_INITRD_UNPACKED_MAX ? realloc(out->p, want) : NULL;

			if (!p)
				return hm_error_set(search->error, "the initrd is too large when unpacked");
			out->p = p;
			cap = want;
		}
		n = lib.read_data(a, out->p + out->len, cap - out->len);
		if (n < 0)
			return hm_error_set(search->error, "the initrd cannot be unpacked: %s", lib.error_string(a));
		if (n == 0)
			return true;
		out->len += (size_t)n;
	}
}

/* One compressed stream at the start of `b`, into memory; *ret_used is its compressed length. */
static bool unpack_stream(struct search *search, struct hm_bytes b, struct hm_file *out, size_t *ret_used)
{
	struct archive *a;
	struct archive_entry *entry;
	bool good;

	if (!hm_initrd_is_compressed(b))
		return hm_error_set(search->error, "the initrd is neither cpio nor compressed in a known way");
	if (!hm_initrd_stream_len(b, &b.len, search->error))
		return false;
	a = lib.read_new();
	/* Some filters are external programs where the library lacks them (ARCHIVE_WARN); those are refused below. */
	good = a && lib.read_support_filter_all(a) >= ARCHIVE_WARN && lib.read_support_format_raw(a) == ARCHIVE_OK &&
	       lib.read_open_memory(a, b.p, b.len) == ARCHIVE_OK && lib.read_next_header(a, &entry) == ARCHIVE_OK &&
	       lib.filter_count(a) > 1;

	if (!good)
		hm_error_set(search->error, "the initrd is neither cpio nor compressed in a known way");
	good = good && unpack(search, a, out);
	if (good)
		*ret_used = (size_t)lib.filter_bytes(a, -1);
	lib.read_free(a);
	return good;
}

static bool search_archives(struct search *search, struct hm_bytes b)
{
	while (b.len > 0) {
		size_t used = skip_zeros(b);

		if (used == 0 && !is_cpio(b))
			return hm_error_set(search->error, "the initrd has bytes that are no cpio archive");
		if (used == 0 && ++search->archives > ARCHIVES_MAX)
			return hm_error_set(search->error, "the initrd has more than %u archives", ARCHIVES_MAX);
		if (used == 0 && !search_cpio(search, b, &used))
			return false;
		if (used == 0 || used > b.len)
			return hm_error_set(search->error, "the initrd has a malformed cpio archive");
		b = hm_bytes_of(b.p + used, b.len - used);
	}
	return true;
}

/* Compressed streams are unpacked once, never twice: what is inside is cpio. */
static bool search_stream(struct search *search, struct hm_bytes b, size_t *ret_used)
{
	struct hm_file out = {0};
	bool good = unpack_stream(search, b, &out, ret_used) && search_archives(search, hm_file_bytes(&out));

	hm_file_free(&out);
	return good;
}

/* The kernel begins a cpio archive at multiples of 4 only (init/initramfs.c, unpack_to_rootfs). */
#define CPIO_ALIGN 4u

static bool search_image(struct search *search, struct hm_bytes image)
{
	struct hm_bytes b = image;

	while (b.len > 0) {
		size_t used = skip_zeros(b);
		bool good = true;

		if (used == 0 && is_cpio(b) && (image.len - b.len) % CPIO_ALIGN != 0)
			return hm_error_set(
				search->error,
				"the initrd has a cpio archive at byte %zu, no multiple of 4: the kernel does not read it",
				image.len - b.len);

		if (used == 0 && ++search->archives > ARCHIVES_MAX)
			return hm_error_set(search->error, "the initrd has more than %u archives", ARCHIVES_MAX);
		if (used == 0)
			good = is_cpio(b) ? search_cpio(search, b, &used) : search_stream(search, b, &used);
		if (!good)
			return false;
		if (used == 0 || used > b.len)
			return hm_error_set(search->error, "the initrd has a malformed archive");
		b = hm_bytes_of(b.p + used, b.len - used);
	}
	return search->seen || hm_error_set(search->error, "%s is not in the initrd", search->path);
}

bool hm_initrd_read(struct hm_bytes initrd, const char *path, size_t max, struct hm_file *ret, struct hm_error *error)
{
	struct search search = {.path = path, .max = max, .error = error};

	if (!hm_lazy_load(&library, error))
		return false;
	if (!search_image(&search, initrd)) {
		hm_file_free(&search.found);
		return false;
	}
	*ret = search.found;
	return true;
}
