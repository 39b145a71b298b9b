/* SPDX-License-Identifier: BSD-2-Clause */
/* outdir.c - several files into one directory, the last one last */
#include "host/base/outdir.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "host/base/file.h"

bool hm_outdir_write(const char *dir, const struct hm_outdir_file *files, size_t count, struct hm_error *error)
{
	char path[4096];

	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		return hm_error_errno(error, dir, -errno);
	for (size_t i = 0; i < count; i++) {
		int r;

		if (snprintf(path, sizeof(path), "%s/%s", dir, files[i].name) >= (int)sizeof(path))
			return hm_error_errno(error, dir, -ENAMETOOLONG);
		r = hm_file_write_atomic(path, files[i].content);
		if (r < 0)
			return hm_error_errno(error, path, r);
	}
	return true;
}
