/* SPDX-License-Identifier: BSD-2-Clause */
/* guest_main.c - hallmark-guest, inside of the machine that is attested: the list of its commands */
#include "tools/command.h"
#include "tools/commands.h"
#include "tools/man.h"

static const struct hm_command *const commands[] = {&hm_cmd_attest, &hm_cmd_tls, &hm_cmd_report};

int main(int argc, char **argv)
{
	static const struct hm_program program = {
		.name = "hallmark-guest",
		.version = HM_VERSION,
		.summary = "inside of the machine that is attested: proofs and reports",
		.example = "hallmark-guest attest --serve",
		.commands = commands,
		.command_count = HM_ARRAY_LEN(commands),
		.man_pages = hm_man_pages_write,
	};

	return hm_program_run(&program, argc, argv);
}
