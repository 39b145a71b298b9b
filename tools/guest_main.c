/* SPDX-License-Identifier: BSD-2-Clause */
/* guest_main.c - hallmark-guest, inside of the machine that is attested: picks the sub-command */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/commands.h"
#include "host/base/args.h"

static const struct hm_command commands[] = {
	{"attest", "measure the TLS key of this boot, quote, write and serve proofs", hm_cmd_attest},
	{"report", "write registers and logs for the host", hm_cmd_report},
};

int main(int argc, char **argv)
{
	int status;

	if (argc > 1 && !strcmp(argv[1], "--version")) {
		puts("hallmark-guest " HM_VERSION);
		status = HM_EXIT_OK;
	} else {
		status = hm_command_run("hallmark-guest", commands, HM_ARRAY_LEN(commands),
					"hallmark-guest attest --serve", argc - 1, argv + 1);
	}
	/* An answer that did not arrive is not an answer. */
	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout))
		return hm_fail_errno("standard output", errno ? -errno : -EIO);
	return status;
}
