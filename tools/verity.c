/* SPDX-License-Identifier: BSD-2-Clause */
/* verity.c - hallmark verity: picks the sub-command; the digests of files, and the kernels' speed */
#include <stdio.h>
#include <stdlib.h>

#include "tools/commands.h"
#include "host/base/args.h"
#include "host/verity/sums.h"
#include "host/verity/sums_run.h"
#include "host/verity/args.h"
#include "host/base/threads.h"

#define SPEED_MS 200u

static const char digests_help[] =
	"usage: hallmark verity digests DIRECTORY [option...]\n"
	"\n"
	"Prints the SHA-256 of each file below DIRECTORY as sha256sum does, sorted by path, many files side by side.\n"
	"These are flat digests, for comparing with a publisher's; none of them is a root hash. Symbolic links are\n"
	"left out.\n"
	"\n"
	"  --output FILE       write them there instead\n"
	"  --threads N         default: one for each CPU\n"
	"  --kernel NAME       default: the one that will be done first\n"
	"\n"
	"example: hallmark verity digests weights/ | diff - SHA256SUMS\n";

static bool digests_write(const struct hm_sums *sums, const char *output, struct hm_error *error)
{
	size_t len = 0;
	char *text = hm_sums_text(sums, &len);
	int err = 0;

	if (!text)
		return hm_error_memory(error, "digests");
	if (output)
		err = hm_file_write_atomic(output, hm_bytes_of(text, len));
	else
		fwrite(text, 1, len, stdout);
	free(text);
	return !err || hm_error_errno(error, output, err);
}

static bool digests_run(const char *directory, const struct hm_tree_args *args, const char *output,
			struct hm_error *error)
{
	const struct hm_sha256_kernel *kernel = NULL;
	struct hm_sums *sums;
	unsigned int threads;
	bool good;

	if (!hm_tree_args_threads(args, &threads, error) ||
	    (args->kernel && !hm_tree_args_kernel(args, &kernel, error)))
		return false;
	sums = hm_sums_scan(directory, error);
	if (!sums)
		return false;
	if (output && hm_sums_has(sums, output))
		good = hm_error_of(error, HM_ERROR_USAGE, output, "is one of the files below DIRECTORY");
	else
		good = hm_sums_run(sums, kernel, threads, error) && digests_write(sums, output, error);
	hm_sums_free(sums);
	return good;
}

static int cmd_digests(int argc, char **argv)
{
	struct hm_tree_args a = {0};
	const char *output = NULL;
	const struct hm_option options[] = {HM_TREE_OPTIONS_RUN(a), {.name = "--output", .value = &output}};
	const struct hm_args args = {.command = "verity digests",
				     .help = digests_help,
				     .options = options,
				     .option_count = HM_ARRAY_LEN(options),
				     .words_min = 1,
				     .words_max = 1};
	struct hm_error error = {0};
	struct hm_list words;
	int status = hm_args_parse(&args, argc, argv, &words);
	bool good;

	if (status != HM_ARGS_GO)
		return status;
	hm_interrupt_catch();
	good = digests_run(words.word[0], &a, output, &error);
	hm_interrupt_end();
	return good ? HM_EXIT_OK : hm_report(&error);
}

static const char speed_help[] =
	"usage: hallmark verity speed [option...]\n"
	"\n"
	"Measures the SHA-256 kernels of this machine on one core, with data in the cache: the limit for everything\n"
	"else. Prints one line for each, 'NAME LANES GB/s CYCLES-PER-BYTE', the chosen one with a * before its name.\n"
	"Warns where one takes more cycles than it should on this CPU: the compiler spilled its registers, or others\n"
	"use the core.\n"
	"\n"
	"  --kernel NAME       only this one\n"
	"\n"
	"example: hallmark verity speed --kernel shani\n";

static void speed_print(const struct hm_sha256_kernel *kernel, bool chosen)
{
	double cycles = hm_sha256_kernel_cycles(kernel, SPEED_MS);
	double max = hm_sha256_kernel_cycles_max(kernel);

	printf("%c %-8s %2u  %6.2f GB/s  %5.2f cycles/byte\n", chosen ? '*' : ' ', kernel->name, kernel->lanes,
	       hm_sha256_kernel_speed(kernel, SPEED_MS) / 1e9, cycles);
	if (max > 0 && cycles > max)
		fprintf(stderr, "hallmark: %s: warning: %.2f cycles a byte, more than %.1f\n", kernel->name, cycles,
			max);
}

static int cmd_speed(int argc, char **argv)
{
	struct hm_tree_args a = {0};
	const struct hm_option options[] = {{.name = "--kernel", .value = &a.kernel}};
	const struct hm_args args = {.command = "verity speed",
				     .help = speed_help,
				     .options = options,
				     .option_count = HM_ARRAY_LEN(options)};
	const struct hm_sha256_kernel *chosen;
	struct hm_error error = {0};
	struct hm_list words;
	int status = hm_args_parse(&args, argc, argv, &words);

	if (status != HM_ARGS_GO)
		return status;
	if (!hm_tree_args_kernel(&a, &chosen, &error))
		return hm_report(&error);
	for (size_t i = 0; hm_sha256_kernels[i]; i++) {
		const struct hm_sha256_kernel *kernel = hm_sha256_kernels[i];

		if (kernel == chosen || (!a.kernel && kernel->supported()))
			speed_print(kernel, !a.kernel && kernel == chosen);
	}
	return HM_EXIT_OK;
}

static const struct hm_command commands[] = {
	{"format", "make a hash tree, as veritysetup does", hm_cmd_verity_format},
	{"verify", "compare data, hash tree and root hash", hm_cmd_verity_verify},
	{"root", "compute the root hash and write nothing", hm_cmd_verity_root},
	{"join", "make a hash tree of parts that format --shard made", hm_cmd_verity_join},
	{"digests", "the flat SHA-256 of each file in a directory", cmd_digests},
	{"speed", "measure the SHA-256 kernels of this machine", cmd_speed},
};

int hm_cmd_verity(int argc, char **argv)
{
	return hm_command_run("hallmark verity", commands, HM_ARRAY_LEN(commands),
			      "hallmark verity format weights.erofs weights.verity --name weights --version 1.0",
			      argc - 1, argv + 1);
}
