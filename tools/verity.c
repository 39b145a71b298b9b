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

struct options {
	struct hm_tree_args tree;
	const char *output;
};

static int command_digests(void *options, const struct hm_words *words)
{
	const struct options *o = options;
	struct hm_error error = {0};
	bool good;

	hm_interrupt_catch();
	good = digests_run(words->word[0], &o->tree, o->output, &error);
	hm_interrupt_end();
	return good ? HM_EXIT_OK : hm_report(&error);
}

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

static int command_speed(void *options, const struct hm_words *words)
{
	const struct options *o = options;
	const struct hm_sha256_kernel *chosen;
	struct hm_error error = {0};

	(void)words;
	if (!hm_tree_args_kernel(&o->tree, &chosen, &error))
		return hm_report(&error);
	for (size_t i = 0; hm_sha256_kernels[i]; i++) {
		const struct hm_sha256_kernel *kernel = hm_sha256_kernels[i];

		if (kernel == chosen || (!o->tree.kernel && kernel->supported()))
			speed_print(kernel, !o->tree.kernel && kernel == chosen);
	}
	return HM_EXIT_OK;
}

const struct hm_command hm_cmd_verity = {
	.name = "verity",
	.summary = "build, verify and join dm-verity hash trees",
	.description = "Hash trees of dm-verity, byte for byte those of veritysetup, made with many lanes, threads "
		       "and machines. A file appears under its name complete or not at all, also when the command "
		       "is interrupted. No output may be an input or another output.",
	.example = "hallmark verity format weights.erofs weights.verity --name weights --version 1.0",
};

static const struct hm_option digests_options[] = {
	HM_OPTION(struct options, output, "--output", "FILE", "Write them there instead."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_verity_digests = {
	.name = "verity digests",
	.summary = "the flat SHA-256 of each file in a directory",
	.words = "DIRECTORY",
	.description = "Prints the SHA-256 of each file below DIRECTORY as sha256sum does, sorted by path, many "
		       "files side by side. These are flat digests, for comparing with a publisher's; none of them "
		       "is a root hash. Symbolic links are left out.",
	.example = "hallmark verity digests weights/ | diff - SHA256SUMS",
	.see_also = "sha256sum(1)",
	.args = {.tables = {{digests_options, 0}, {hm_tree_options_run, offsetof(struct options, tree)}},
		 .words_min = 1,
		 .words_max = 1},
	.size = sizeof(struct options),
	.run = command_digests,
};

static const struct hm_option speed_options[] = {
	HM_OPTION(struct options, tree.kernel, "--kernel", "NAME", "Only this one: shani, avx512 or openssl."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_verity_speed = {
	.name = "verity speed",
	.summary = "measure the SHA-256 kernels of this machine",
	.description = "Measures the SHA-256 kernels of this machine on one core, with data in the cache: the limit "
		       "for everything else. Prints one line for each, 'NAME LANES GB/s CYCLES-PER-BYTE', the "
		       "chosen one with a * before its name. Warns where one takes more cycles than it should on "
		       "this CPU: the compiler spilled its registers, or others use the core.",
	.example = "hallmark verity speed --kernel shani",
	.see_also = "docs/SHARDING.md",
	.args = {.tables = {{speed_options, 0}}},
	.size = sizeof(struct options),
	.run = command_speed,
};
