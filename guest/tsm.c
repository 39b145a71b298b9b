/* SPDX-License-Identifier: BSD-2-Clause */
/* tsm.c - in the booted machine: a report of the machine's own security module, by the kernel's configfs-tsm */
#include "guest/tsm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LEN_MAX 512u
#define WORD_MAX 64u

struct names {
	char provider[PATH_LEN_MAX], generation[PATH_LEN_MAX], in[PATH_LEN_MAX], out[PATH_LEN_MAX];
};

static bool make_names(const char *directory, struct names *ret)
{
	return (size_t)snprintf(ret->provider, PATH_LEN_MAX, "%s/provider", directory) < PATH_LEN_MAX &&
	       (size_t)snprintf(ret->generation, PATH_LEN_MAX, "%s/generation", directory) < PATH_LEN_MAX &&
	       (size_t)snprintf(ret->in, PATH_LEN_MAX, "%s/inblob", directory) < PATH_LEN_MAX &&
	       (size_t)snprintf(ret->out, PATH_LEN_MAX, "%s/outblob", directory) < PATH_LEN_MAX;
}

/* One word and LF, as such files have it. */
static int read_word(const char *path, char ret[WORD_MAX])
{
	struct hm_file file;
	int r = hm_file_read(path, WORD_MAX - 1, &file);

	if (r < 0)
		return r;
	memcpy(ret, file.p, file.len);
	ret[file.len] = '\0';
	hm_file_free(&file);
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}

static bool read_generation(const char *directory, const struct names *names, uint64_t *ret, struct hm_error *error)
{
	char word[WORD_MAX];
	int r = read_word(names->generation, word);

	if (r < 0)
		return hm_error_errno(error, directory, r);
	if (!hm_parse_dec(hm_bytes_of_text(word), ret))
		return hm_error_of(error, HM_ERROR_RUN, directory, "generation is not a number");
	return true;
}

static bool check_provider(const char *directory, const struct names *names, const char *provider,
			   struct hm_error *error)
{
	char word[WORD_MAX], shown[4 * WORD_MAX + 1];
	int r = read_word(names->provider, word);

	if (r < 0)
		return hm_error_errno(error, directory, r);
	if (!strcmp(word, provider))
		return true;
	hm_escape(hm_bytes_of_text(word), shown, sizeof(shown));
	return hm_error_of(error, HM_ERROR_RUN, directory, "reports are made by %s here, not by %s", shown, provider);
}

/* One write, taken at the close. */
static int write_in(const char *path, const uint8_t data[HM_TSM_REPORT_DATA_LEN])
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = hm_write_all(fd, hm_bytes_of(data, HM_TSM_REPORT_DATA_LEN));
	if (close(fd) < 0 && !r)
		r = -errno;
	return r;
}

static bool report(const char *directory, const struct names *names, const uint8_t data[HM_TSM_REPORT_DATA_LEN],
		   size_t max, struct hm_file *ret, struct hm_error *error)
{
	uint64_t before = 0, written = 0, after = 0;
	struct hm_file file;
	int r;

	if (!read_generation(directory, names, &before, error))
		return false;
	r = write_in(names->in, data);
	if (r < 0)
		return hm_error_errno(error, directory, r);
	if (!read_generation(directory, names, &written, error))
		return false;
	if (written - before != 1)
		return hm_error_of(error, HM_ERROR_RUN, directory,
				   "the report data was not taken, or somebody else writes here");
	r = hm_file_read(names->out, max, &file);
	if (r < 0)
		return hm_error_errno(error, directory, r);
	if (!read_generation(directory, names, &after, error) || after != written || file.len == 0) {
		hm_file_free(&file);
		return hm_error_of(error, HM_ERROR_RUN, directory, "there is no report, or somebody else writes here");
	}
	*ret = file;
	return true;
}

bool hm_tsm_report(const char *directory, const char *provider, const uint8_t data[HM_TSM_REPORT_DATA_LEN], size_t max,
		   struct hm_file *ret, struct hm_error *error)
{
	struct names names;

	if (!make_names(directory, &names))
		return hm_error_errno(error, directory, -ENAMETOOLONG);
	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return hm_error_of(error, HM_ERROR_RUN, directory, "%s: the kernel makes no reports here",
				   strerror(errno));
	return check_provider(directory, &names, provider, error) && report(directory, &names, data, max, ret, error);
}
