/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - hallmark, on build machines, for clients and auditors: picks the sub-command */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/commands.h"
#include "host/base/args.h"

static const struct hm_command commands[] = {
	{"uki", "build a unified kernel image, the same bytes each time", hm_cmd_uki},
	{"predict", "compute what a machine that boots these inputs must show", hm_cmd_predict},
	{"sign", "make a detached signature of a golden file or a profile", hm_cmd_sign},
	{"verify-signature", "check one", hm_cmd_verify_signature},
	{"verity", "build, verify and join dm-verity hash trees", hm_cmd_verity},
	{"proxy", "plain HTTP here, to a server that is verified before a byte goes out", hm_cmd_proxy},
	{"verify", "check a proof against golden values and trusted roots", hm_cmd_verify},
	{"export", "golden values for systemd-pcrlock, .pcrsig, Keylime, CoRIM, TPM policies", hm_cmd_export},
	{"log", "show, replay and compare event logs", hm_cmd_log},
	{"platform", "what differs between clouds and machines, and their hardware evidence", hm_cmd_platform},
	{"audit", "rebuild what was published, compare bit for bit, name the first difference", hm_cmd_audit},
	{"artefacts", "list what was built, and from which sources, by SHA-256", hm_cmd_artefacts},
};

int main(int argc, char **argv)
{
	int status;

	if (argc > 1 && !strcmp(argv[1], "--version")) {
		puts("hallmark " HM_VERSION);
		status = HM_EXIT_OK;
	} else if (argc > 1 && (!strcmp(argv[1], "attest") || !strcmp(argv[1], "report"))) {
		status = hm_fail_text(HM_EXIT_USAGE, argv[1],
				      "is a command of hallmark-guest, the program of the machine that is attested");
	} else {
		status = hm_command_run(
			"hallmark", commands, HM_ARRAY_LEN(commands),
			"hallmark verify proof.json --golden golden.json --golden-key pub.pem --roots roots.pem "
			"--nonce $NONCE",
			argc - 1, argv + 1);
	}
	/* An answer that did not arrive is not an answer. */
	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout))
		return hm_fail_errno("standard output", errno ? -errno : -EIO);
	return status;
}
