/* SPDX-License-Identifier: BSD-2-Clause */
/* inputs.c - the measured inputs: the command line and the layers file */
#include "boot.h"

#include "core/cmdline.h"

#include <string.h>

static bool cmdline_check(struct hm_boot *boot, struct hm_bytes line)
{
	struct hm_bytes word = {0};
	const char *missing = NULL;
	enum hm_err err;

	/* The kernel shows its command line with one newline behind it (fs/proc/cmdline.c). */
	if (line.len && line.p[line.len - 1] == '\n')
		line.len--;
	err = hm_cmdline_check(line, &word, &missing);
	if (!err)
		return true;
	if (err == HM_E_CMDLINE_MISSING && missing)
		return hm_stop(boot, HM_STAGE_CMDLINE, hm_err_text(err), "%s", missing);
	return hm_stop(boot, HM_STAGE_CMDLINE, hm_err_text(err), "%.*s", word.len > 64 ? 64 : (int)word.len,
		       word.len ? (const char *)word.p : "");
}

bool hm_boot_cmdline(struct hm_boot *boot)
{
	struct hm_file file;
	/* One byte of slack is the newline, one more shows a longer line. */
	int err = hm_file_read(boot->config->cmdline, HM_CMDLINE_MAX + 2, &file);
	bool ok;

	if (err)
		return hm_stop(boot, HM_STAGE_CMDLINE, hm_errno_text(err), "%s", boot->config->cmdline);
	ok = cmdline_check(boot, hm_file_bytes(&file));
	hm_file_free(&file);
	return ok;
}

bool hm_boot_layers(struct hm_boot *boot)
{
	const char *path = boot->config->layers;
	uint32_t line = 0;
	enum hm_err hm_err;
	int err;

	err = hm_file_read(path, HM_LAYERS_FILE_MAX, &boot->layers_file);
	if (err)
		return hm_stop(boot, HM_STAGE_LAYERS, hm_errno_text(err), "%s", path);
	hm_err = hm_layers_parse(hm_file_bytes(&boot->layers_file), &boot->layers, &line);
	if (hm_err)
		return hm_stop(boot, HM_STAGE_LAYERS, hm_err_text(hm_err), "%s:%u", path, (unsigned int)line);
	return true;
}
