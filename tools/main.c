/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - hallmark, on build machines, for clients and auditors: the list of its commands */
#include <string.h>

#include "tools/command.h"
#include "tools/commands.h"
#include "tools/man.h"

static const struct hm_command *const commands[] = {
	&hm_cmd_uki,
	&hm_cmd_predict,
	&hm_cmd_predict_join,
	&hm_cmd_sign,
	&hm_cmd_verify_signature,
	&hm_cmd_verity,
	&hm_cmd_verity_format,
	&hm_cmd_verity_verify,
	&hm_cmd_verity_root,
	&hm_cmd_verity_join,
	&hm_cmd_verity_digests,
	&hm_cmd_verity_speed,
	&hm_cmd_proxy,
	&hm_cmd_verify,
	&hm_cmd_export,
	&hm_cmd_log,
	&hm_cmd_log_show,
	&hm_cmd_log_replay,
	&hm_cmd_log_diff,
	&hm_cmd_platform,
	&hm_cmd_platform_calculate,
	&hm_cmd_platform_list,
	&hm_cmd_platform_check,
	&hm_cmd_platform_fetch_vcek,
	&hm_cmd_platform_fetch_crls,
	&hm_cmd_platform_fetch_token,
	&hm_cmd_platform_learn,
	&hm_cmd_audit,
	&hm_cmd_artefacts,
};

int main(int argc, char **argv)
{
	static const struct hm_program program = {
		.name = "hallmark",
		.version = HM_VERSION,
		.summary = "measured boot of confidential machines: build, predict, verify",
		.example = "hallmark verify proof.json --golden golden.json --golden-key pub.pem --roots roots.pem "
			   "--nonce $NONCE",
		.commands = commands,
		.command_count = HM_ARRAY_LEN(commands),
		.man_pages = hm_man_pages_write,
	};

	if (argc > 1 && (!strcmp(argv[1], "attest") || !strcmp(argv[1], "report") || !strcmp(argv[1], "tls")))
		return hm_fail_text(HM_EXIT_USAGE, argv[1],
				    "is a command of hallmark-guest, the program of the machine that is attested");
	return hm_program_run(&program, argc, argv);
}
