/* SPDX-License-Identifier: BSD-2-Clause */
/* artefacts.c - the list of what a build made and of the sources it was made from */
#include "host/audit/artefacts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/error.h"
#include "host/base/args.h"
#include "lib/crypto/hash.h"
#include "host/crypto/sha256_file.h"
#include "host/crypto/sha256_stream.h"

#define SHA256_DIGITS 64u

static const char *const kind_words[] = {"source", "program", "link"};
_Static_assert(HM_ARRAY_LEN(kind_words) == HM_SOURCE_KINDS, "one word a kind");

struct hm_artefacts *hm_artefacts_new(void)
{
	return calloc(1, sizeof(struct hm_artefacts));
}

void hm_artefacts_free(struct hm_artefacts *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->artefact_count; i++) {
		free(list->artefact[i].name);
		free(list->artefact[i].block);
	}
	for (size_t i = 0; i < list->source_count; i++)
		free(list->source[i].path);
	free(list->source);
	free(list);
}

static bool is_artefact_name(struct hm_bytes text)
{
	if (text.len < 1 || text.len > HM_ARTEFACT_NAME_MAX || text.p[0] == '.')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
		      c == '_' || c == '-'))
			return false;
	}
	return true;
}

/* Relative, inside, in one spelling. */
static bool is_source_path(struct hm_bytes text)
{
	struct hm_bytes rest = text, part;

	if (text.len < 1 || text.len > HM_SOURCE_PATH_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] < 0x20 || text.p[i] > 0x7e)
			return false;
	while (hm_next_field(&rest, '/', &part))
		if (!part.len || hm_bytes_equal_text(part, ".") || hm_bytes_equal_text(part, ".."))
			return false;
	return text.p[text.len - 1] != '/';
}

static size_t blocks_of(uint64_t size)
{
	return (size_t)((size + HM_ARTEFACT_BLOCK - 1) / HM_ARTEFACT_BLOCK);
}

/* Whole blocks until the end of the file: bytes read, or a negative errno. */
static ssize_t read_block(int fd, uint8_t *p)
{
	size_t done = 0;

	while (done < HM_ARTEFACT_BLOCK) {
		ssize_t n = read(fd, p + done, HM_ARTEFACT_BLOCK - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static int hash_blocks(int fd, uint8_t *buffer, struct hm_sha256_stream *block, struct hm_sha256_stream *whole,
		       struct hm_artefact *ret)
{
	for (;;) {
		ssize_t n = read_block(fd, buffer);
		uint8_t(*more)[32];

		if (n < 0)
			return (int)n;
		if (n == 0)
			return hm_sha256_stream_end(whole, ret->sha256) ? 0 : -EIO;
		more = realloc(ret->block, (ret->block_count + 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		ret->block = more;
		if (!hm_sha256_stream_add(block, buffer, (size_t)n) ||
		    !hm_sha256_stream_add(whole, buffer, (size_t)n) ||
		    !hm_sha256_stream_end(block, ret->block[ret->block_count]))
			return -EIO;
		ret->block_count++;
		ret->size += (uint64_t)n;
	}
}

/* A descriptor or a negative errno. What is published may be anything: a FIFO would be waited for, a device never ends.
 */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err;
	struct stat st;

	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) != 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -ENOTSUP;
	if (err)
		close(fd);
	return err ? err : fd;
}

/* Size, digest and blocks; the name is the caller's. On failure nothing is to be freed. */
static int hash_file(const char *path, struct hm_artefact *ret)
{
	struct hm_sha256_stream *block = hm_sha256_stream_new(), *whole = hm_sha256_stream_new();
	uint8_t *buffer = malloc(HM_ARTEFACT_BLOCK);
	int fd = -1, err = 0;

	if (!block || !whole || !buffer) {
		err = -ENOMEM;
	} else {
		fd = open_regular(path);
		err = fd < 0 ? fd : hash_blocks(fd, buffer, block, whole, ret);
	}
	if (fd >= 0)
		close(fd);
	free(buffer);
	hm_sha256_stream_free(block);
	hm_sha256_stream_free(whole);
	if (err) {
		free(ret->block);
		ret->block = NULL;
	}
	return err;
}

bool hm_artefacts_add(struct hm_artefacts *list, const char *name, const char *path, struct hm_error *error)
{
	struct hm_artefact made = {0};
	int err;

	if (!is_artefact_name(hm_bytes_of_text(name)))
		return hm_error_set(error, "'%s' is not a name of [a-zA-Z0-9._-]", name);
	for (size_t i = 0; i < list->artefact_count; i++)
		if (!strcmp(list->artefact[i].name, name))
			return hm_error_set(error, "%s is given twice", name);
	if (list->artefact_count >= HM_ARTEFACT_COUNT_MAX)
		return hm_error_set(error, "more than %u artefacts", HM_ARTEFACT_COUNT_MAX);
	err = hash_file(path, &made);
	if (err)
		return hm_error_set(error, "%s: %s", path, strerror(-err));
	made.name = strdup(name);
	if (!made.name) {
		free(made.block);
		return hm_error_set(error, "out of memory");
	}
	list->artefact[list->artefact_count++] = made;
	return true;
}

static bool push_source(struct hm_artefacts *list, enum hm_source_kind kind, struct hm_bytes path,
			const uint8_t sha256[HM_SHA256_LEN], struct hm_error *error)
{
	struct hm_source *more;

	if (list->source_count >= HM_SOURCE_COUNT_MAX)
		return hm_error_set(error, "more than %u source files", HM_SOURCE_COUNT_MAX);
	more = realloc(list->source, (list->source_count + 1) * sizeof(*more));
	if (!more)
		return hm_error_set(error, "out of memory");
	list->source = more;
	more += list->source_count;
	more->path = strndup((const char *)path.p, path.len);
	if (!more->path)
		return hm_error_set(error, "out of memory");
	more->kind = kind;
	memcpy(more->sha256, sha256, 32);
	list->source_count++;
	return true;
}

static int hash_link(const char *path, uint8_t ret[32])
{
	char target[PATH_MAX];
	struct hm_digests digests;
	struct hm_bytes text;
	ssize_t len = readlink(path, target, sizeof(target));

	if (len < 0)
		return -errno;
	text = hm_bytes_of(target, (size_t)len);
	if (hm_digests_of(&hm_crypto_hasher, HM_BANK_BIT(HM_SHA256), &text, 1, 0, &digests))
		return -EIO;
	memcpy(ret, digests.value[HM_SHA256], 32);
	return 0;
}

int hm_source_read(const char *full_path, enum hm_source_kind *ret_kind, uint8_t ret[32])
{
	struct stat st;
	uint64_t size;

	if (lstat(full_path, &st) != 0)
		return -errno;
	if (!S_ISLNK(st.st_mode) && !S_ISREG(st.st_mode))
		return -ENOTSUP;
	*ret_kind = S_ISLNK(st.st_mode) ? HM_SOURCE_LINK : st.st_mode & S_IXUSR ? HM_SOURCE_PROGRAM : HM_SOURCE_FILE;
	return *ret_kind == HM_SOURCE_LINK ? hash_link(full_path, ret)
					   : hm_crypto_file_sha256(full_path, NULL, &size, ret);
}

bool hm_artefacts_add_source(struct hm_artefacts *list, const char *directory, const char *path, struct hm_error *error)
{
	enum hm_source_kind kind = HM_SOURCE_FILE;
	char full[PATH_MAX];
	uint8_t sha256[HM_SHA256_LEN];
	int err;

	if (!is_source_path(hm_bytes_of_text(path)))
		return hm_error_set(error, "%s: not a relative path of printable ASCII", path);
	if ((size_t)snprintf(full, sizeof(full), "%s/%s", directory, path) >= sizeof(full))
		return hm_error_set(error, "%s: the path is too long", path);
	err = hm_source_read(full, &kind, sha256);
	if (err)
		return hm_error_set(error, "%s: %s", full, strerror(-err));
	return push_source(list, kind, hm_bytes_of_text(path), sha256, error);
}

/* "artefact NAME SIZE SHA256" without its first word. */
static bool parse_artefact(struct hm_bytes rest, struct hm_artefacts *list)
{
	struct hm_artefact *a = &list->artefact[list->artefact_count];
	struct hm_bytes name, size, sum;

	if (list->artefact_count >= HM_ARTEFACT_COUNT_MAX || list->source_count || !hm_next_field(&rest, ' ', &name) ||
	    !hm_next_field(&rest, ' ', &size) || !hm_next_field(&rest, ' ', &sum) || rest.p)
		return false;
	if (!is_artefact_name(name) || !hm_parse_dec(size, &a->size) || a->size > INT64_MAX ||
	    !hm_parse_hex(sum, a->sha256, 32))
		return false;
	for (size_t i = 0; i < list->artefact_count; i++)
		if (hm_bytes_equal_text(name, list->artefact[i].name))
			return false;
	a->name = strndup((const char *)name.p, name.len);
	if (!a->name)
		return false;
	list->artefact_count++;
	return true;
}

/* "block SHA256": the next one of the artefact above it. */
static bool parse_block(struct hm_bytes rest, struct hm_artefacts *list)
{
	struct hm_artefact *a;
	uint8_t(*more)[32];

	if (!list->artefact_count || list->source_count)
		return false;
	a = &list->artefact[list->artefact_count - 1];
	if (a->block_count >= blocks_of(a->size))
		return false;
	more = realloc(a->block, (a->block_count + 1) * sizeof(*more));
	if (!more)
		return false;
	a->block = more;
	return hm_parse_hex(rest, a->block[a->block_count++], 32);
}

static bool parse_source(enum hm_source_kind kind, struct hm_bytes rest, struct hm_artefacts *list)
{
	struct hm_bytes sum, path;
	uint8_t sha256[HM_SHA256_LEN];
	struct hm_error ignored;

	if (!hm_next_field(&rest, ' ', &sum) || !rest.p || !hm_parse_hex(sum, sha256, 32))
		return false;
	path = rest;
	return is_source_path(path) && push_source(list, kind, path, sha256, &ignored);
}

static bool parse_line(struct hm_bytes line, struct hm_artefacts *list)
{
	struct hm_bytes word, rest = line;

	/* Artefacts must be whole before anything else begins; hm_artefacts_parse looks at the last one. */
	if (!hm_next_field(&rest, ' ', &word) || !rest.p)
		return false;
	if (hm_bytes_equal_text(word, "block"))
		return parse_block(rest, list);
	if (list->artefact_count) {
		const struct hm_artefact *last = &list->artefact[list->artefact_count - 1];

		if (last->block_count != blocks_of(last->size))
			return false;
	}
	if (hm_bytes_equal_text(word, "artefact"))
		return parse_artefact(rest, list);
	for (enum hm_source_kind kind = 0; kind < HM_SOURCE_KINDS; kind++)
		if (hm_bytes_equal_text(word, kind_words[kind]))
			return parse_source(kind, rest, list);
	return false;
}

static bool parse_lines(struct hm_bytes text, struct hm_artefacts *list, struct hm_error *error)
{
	struct hm_bytes rest = text, line;
	unsigned int number = 0;

	if (!text.len || text.p[text.len - 1] != '\n')
		return hm_error_set(error, "does not end with a line feed");
	rest.len--;
	while (hm_next_field(&rest, '\n', &line)) {
		number++;
		if (number == 1 ? !hm_bytes_equal_text(line, HM_ARTEFACTS_VERSION) : !parse_line(line, list))
			return hm_error_set(
				error, number == 1 ? "line %u is not " HM_ARTEFACTS_VERSION : "line %u is malformed",
				number);
	}
	if (!list->artefact_count)
		return hm_error_set(error, "lists no artefact");
	if (list->artefact[list->artefact_count - 1].block_count !=
	    blocks_of(list->artefact[list->artefact_count - 1].size))
		return hm_error_set(error, "the last artefact's blocks are not all there");
	for (size_t i = 1; i < list->source_count; i++)
		if (strcmp(list->source[i - 1].path, list->source[i].path) >= 0)
			return hm_error_set(error, "%s: twice, or not in order", list->source[i].path);
	return true;
}

bool hm_artefacts_parse(struct hm_bytes text, struct hm_artefacts **ret, struct hm_error *error)
{
	struct hm_artefacts *list;

	if (text.len > HM_ARTEFACTS_MAX)
		return hm_error_set(error, "larger than %u bytes", HM_ARTEFACTS_MAX);
	list = hm_artefacts_new();
	if (!list)
		return hm_error_set(error, "out of memory");
	if (!parse_lines(text, list, error)) {
		hm_artefacts_free(list);
		return false;
	}
	*ret = list;
	return true;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct hm_source *)a)->path, ((const struct hm_source *)b)->path);
}

static void put_digest(FILE *out, const uint8_t sha256[HM_SHA256_LEN])
{
	char text[SHA256_DIGITS + 1];
	struct hm_writer w = hm_writer_of(text, sizeof(text));

	hm_put_hex(&w, hm_bytes_of(sha256, 32));
	hm_put_u8(&w, 0);
	fputs(text, out);
}

char *hm_artefacts_format(struct hm_artefacts *list)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool failed;

	if (!out)
		return NULL;
	if (list->source_count)
		qsort(list->source, list->source_count, sizeof(*list->source), by_path);
	fputs(HM_ARTEFACTS_VERSION "\n", out);
	for (size_t i = 0; i < list->artefact_count; i++) {
		const struct hm_artefact *a = &list->artefact[i];

		fprintf(out, "artefact %s %llu ", a->name, (unsigned long long)a->size);
		put_digest(out, a->sha256);
		for (size_t b = 0; b < a->block_count; b++) {
			fputs("\nblock ", out);
			put_digest(out, a->block[b]);
		}
		fputc('\n', out);
	}
	for (size_t i = 0; i < list->source_count; i++) {
		fprintf(out, "%s ", kind_words[list->source[i].kind]);
		put_digest(out, list->source[i].sha256);
		fprintf(out, " %s\n", list->source[i].path);
	}
	failed = ferror(out) != 0;
	if (fclose(out) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int hm_artefact_compare(const struct hm_artefact *artefact, const char *path, struct hm_artefact_difference *ret)
{
	struct hm_artefact made = {0};
	struct hm_artefact_difference result = {0};
	size_t count;
	int err = hash_file(path, &made);

	if (err)
		return err;
	count = made.block_count < artefact->block_count ? made.block_count : artefact->block_count;
	for (size_t i = 0; i < count && !result.differs; i++) {
		if (!memcmp(made.block[i], artefact->block[i], 32))
			continue;
		result.differs = true;
		result.from = (uint64_t)i * HM_ARTEFACT_BLOCK;
		result.to = smaller(result.from + HM_ARTEFACT_BLOCK,
				    made.size > artefact->size ? made.size : artefact->size);
	}
	if (!result.differs && (made.size != artefact->size || memcmp(made.sha256, artefact->sha256, 32) != 0)) {
		result.differs = true;
		result.from = smaller(made.size, artefact->size);
		result.to = made.size > artefact->size ? made.size : artefact->size;
	}
	free(made.block);
	*ret = result;
	return 0;
}

int hm_artefact_compare_files(const char *a, const char *b, struct hm_artefact_difference *ret)
{
	uint8_t *buffer = malloc(2 * (size_t)HM_ARTEFACT_BLOCK);
	int fd[2] = {open_regular(a), open_regular(b)};
	struct hm_artefact_difference result = {0};
	int err = fd[0] < 0 ? fd[0] : fd[1] < 0 ? fd[1] : buffer ? 0 : -ENOMEM;
	uint64_t done = 0;

	while (!err && !result.differs) {
		ssize_t n = read_block(fd[0], buffer), m = read_block(fd[1], buffer + HM_ARTEFACT_BLOCK);
		size_t i = 0;

		if (n < 0 || m < 0) {
			err = (int)(n < 0 ? n : m);
			break;
		}
		while (i < (size_t)n && i < (size_t)m && buffer[i] == buffer[HM_ARTEFACT_BLOCK + i])
			i++;
		if (i < (size_t)n || i < (size_t)m) {
			result.differs = true;
			result.from = done + i;
			result.to = result.from + 1;
		} else if (n < (ssize_t)HM_ARTEFACT_BLOCK) {
			break;
		}
		done += (uint64_t)n;
	}
	for (size_t i = 0; i < 2; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	free(buffer);
	if (!err)
		*ret = result;
	return err;
}
