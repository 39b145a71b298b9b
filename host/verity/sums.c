/* SPDX-License-Identifier: BSD-2-Clause */
/* sums.c - the files below a directory, and their digests as sha256sum prints them */
#include "host/verity/sums.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/bytes.h"

static bool sums_add(struct hm_sums *sums, const char *path, size_t skip, uint64_t len)
{
	struct hm_sums_file *file;

	if (sums->count == sums->cap) {
		size_t cap = sums->cap ? sums->cap * 2 : 64;
		struct hm_sums_file *files = reallocarray(sums->files, cap, sizeof(*files));

		if (!files)
			return false;
		sums->files = files;
		sums->cap = cap;
	}
	file = &sums->files[sums->count];
	*file = (struct hm_sums_file){.path = strdup(path), .skip = skip, .len = len};
	if (!file->path)
		return false;
	sums->count++;
	return true;
}

static bool scan_entry(struct hm_sums *sums, const FTSENT *entry, size_t root_len, struct hm_error *error)
{
	const char *name = entry->fts_path + root_len;
	size_t skip = root_len + (*name == '/');

	switch (entry->fts_info) {
	case FTS_D:
	case FTS_DP:
	case FTS_SL:
	case FTS_SLNONE:
		return true;
	case FTS_F:
		if (entry->fts_level == FTS_ROOTLEVEL)
			return hm_error_errno(error, sums->directory, -ENOTDIR);
		if (!sums_add(sums, entry->fts_path, skip, (uint64_t)entry->fts_statp->st_size))
			return hm_error_errno(error, sums->directory, -ENOMEM);
		return true;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return hm_error_of(error, HM_ERROR_RUN, sums->directory, "%s%s%s", entry->fts_path + skip,
				   entry->fts_path[skip] ? ": " : "", strerror(entry->fts_errno));
	default:
		return hm_error_of(error, HM_ERROR_INPUT, sums->directory,
				   "%s: neither a file nor a directory nor a symbolic link", entry->fts_path + skip);
	}
}

static int by_name(const void *a, const void *b)
{
	const struct hm_sums_file *x = a;
	const struct hm_sums_file *y = b;

	return strcmp(x->path + x->skip, y->path + y->skip);
}

static bool scan(struct hm_sums *sums, struct hm_error *error)
{
	char *paths[] = {sums->directory, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *entry;
	bool good = true;

	if (!fts)
		return hm_error_errno(error, sums->directory, -errno);
	errno = 0;
	while (good && (entry = fts_read(fts)) != NULL)
		good = scan_entry(sums, entry, strlen(sums->directory), error);
	if (good && errno)
		good = hm_error_errno(error, sums->directory, -errno);
	fts_close(fts);
	if (good && sums->count == 0)
		return hm_error_of(error, HM_ERROR_INPUT, sums->directory, "there is no file in it");
	if (good)
		qsort(sums->files, sums->count, sizeof(*sums->files), by_name);
	return good;
}

struct hm_sums *hm_sums_scan(const char *directory, struct hm_error *error)
{
	struct hm_sums *sums = calloc(1, sizeof(*sums));
	size_t len = strlen(directory);

	/* fts follows the name itself where it ends in a slash, and only then. */
	if (!sums ||
	    asprintf(&sums->directory, "%s%s", directory, len > 0 && directory[len - 1] == '/' ? "" : "/") < 0) {
		free(sums);
		hm_error_errno(error, directory, -ENOMEM);
		return NULL;
	}
	if (scan(sums, error))
		return sums;
	hm_sums_free(sums);
	return NULL;
}

bool hm_sums_has(const struct hm_sums *sums, const char *path)
{
	struct stat a, b;

	if (stat(path, &a) < 0)
		return false;
	for (size_t i = 0; i < sums->count; i++) {
		if (stat(sums->files[i].path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return true;
	}
	return false;
}

void hm_sums_free(struct hm_sums *sums)
{
	if (!sums)
		return;
	for (size_t i = 0; i < sums->count; i++)
		free(sums->files[i].path);
	free(sums->files);
	free(sums->directory);
	free(sums);
}

/* coreutils, "md5sum invocation": a line whose name has one of these begins with a backslash. */
static const char *escape_of(char c)
{
	switch (c) {
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	default:
		return NULL;
	}
}

static void put_name(struct hm_writer *w, const char *name)
{
	for (; *name; name++) {
		const char *escape = escape_of(*name);

		if (escape)
			hm_put_text(w, escape);
		else
			hm_put_u8(w, (uint8_t)*name);
	}
}

static void put_file(struct hm_writer *w, const struct hm_sums_file *file)
{
	const char *name = file->path + file->skip;

	if (strpbrk(name, "\\\n\r"))
		hm_put_text(w, "\\");
	hm_put_hex(w, hm_bytes_of(file->digest, sizeof(file->digest)));
	hm_put_text(w, "  ");
	put_name(w, name);
	hm_put_text(w, "\n");
}

char *hm_sums_text(const struct hm_sums *sums, size_t *ret_len)
{
	struct hm_writer w;
	size_t cap = 0;
	char *text;

	/* Each byte of a name becomes two at most. */
	for (size_t i = 0; i < sums->count; i++)
		cap += 2 * strlen(sums->files[i].path) + 2 * HM_SHA256_LEN + 4;
	text = malloc(cap + 1);
	if (!text)
		return NULL;
	w = hm_writer_of(text, cap);
	for (size_t i = 0; i < sums->count; i++)
		put_file(&w, &sums->files[i]);
	text[w.len] = '\0';
	*ret_len = w.len;
	return text;
}
