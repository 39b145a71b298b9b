/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - the hallmark command: picks the sub-command */
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
	{"attest", "in the guest: measure the TLS key, quote, write and serve proofs", hm_cmd_attest},
	{"platform", "what differs between clouds and machines, and their hardware evidence", hm_cmd_platform},
	{"audit", "rebuild what was published, compare bit for bit, name the first difference", hm_cmd_audit},
	{"artefacts", "list what was built, and from which sources, by SHA-256", hm_cmd_artefacts},
	{"report", "in the guest: write registers and logs for the host", hm_cmd_report},
};

int main(int argc, char **argv)
{
	int status;

	if (argc > 1 && !strcmp(argv[1], "--version")) {
		puts("hallmark " HM_VERSION);
		status = HM_EXIT_OK;
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
