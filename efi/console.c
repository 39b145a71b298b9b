/* SPDX-License-Identifier: BSD-2-Clause */
/* console.c - one line of text on the firmware's console */
#include "console.h"

void hm_console_line(const struct hm_efi *efi, struct hm_bytes text)
{
	CHAR16 line[HM_CONSOLE_LINE_MAX + 5]; /* two line ends and the NUL */
	SIMPLE_TEXT_OUTPUT_INTERFACE *out = efi->st->ConOut;
	size_t len = 0;

	if (!out)
		out = efi->st->StdErr;
	if (!out)
		return;

	/* The firmware or the kernel may have left the cursor in the middle of a line. */
	line[len++] = '\r';
	line[len++] = '\n';
	for (size_t i = 0; i < text.len && i < HM_CONSOLE_LINE_MAX; i++)
		line[len++] = text.p[i];
	line[len++] = '\r';
	line[len++] = '\n';
	line[len] = 0;

	/* The status is of no use: a console that fails cannot be told about. */
	out->OutputString(out, line);
}
