/* SPDX-License-Identifier: BSD-2-Clause */
/* outdir.c - several files into one directory, the last one last */
#include "host/base/outdir.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "host/base/args.h"

int hm_outdir_write(const char *dir, const struct hm_outdir_file *files, size_t count)
{
	char path[4096];

	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		return hm_fail_errno(dir, -errno);
	for (size_t i = 0; i < count; i++) {
		int r;

		if (snprintf(path, sizeof(path), "%s/%s", dir, files[i].name) >= (int)sizeof(path))
			return hm_fail_errno(dir, -ENAMETOOLONG);
		r = hm_file_write_atomic(path, files[i].content);
		if (r < 0)
			return hm_fail_errno(path, r);
	}
	return HM_EXIT_OK;
}
