/* SPDX-License-Identifier: BSD-2-Clause */
/* predict.c - hallmark predict: inputs to golden files; no TPM, no root, no mounting */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/base/args.h"
#include "host/base/outdir.h"
#include "host/predict/predict.h"
#include "host/predict/profiles.h"
#include "tools/commands.h"

static const char help[] =
	"usage: hallmark predict --uki UKI --vars OVMF_VARS.fd --disk DISK.raw [--disk MORE.raw...] --output DIR\n"
	"                        [option...]\n"
	"       hallmark predict --part --uki UKI --vars OVMF_VARS.fd [--layer NAME=DATA[:TREE]...] --output DIR\n"
	"       hallmark predict --part --name NAME --layer NAME=DATA[:TREE]... --output DIR\n"
	"       hallmark predict --join PART.json... | --replace NAME=DATA[:TREE] GOLDEN.json ... (see --join --help)\n"
	"\n"
	"Computes what a machine that boots these inputs must show, and writes it into DIR:\n"
	"golden.json, golden.tcglog (the firmware's log) and golden.cel (the runtime log).\n"
	"\n"
	"  --part                 what one vendor knows: DIR/part.json, for --join; with --uki the OS's, else a layer's\n"
	"  --uki FILE             the unified kernel image, signed where Secure Boot is on; its stub is Hallmark's\n"
	"                         or systemd's\n"
	"  --vars FILE            the firmware's variable store before the first boot\n"
	"  --firmware-secure-boot=yes|no\n"
	"                         the firmware has Secure Boot code (default: yes where FILE has Secure Boot variables)\n"
	"  --disk FILE            a raw disk image; the first one is booted (its partition table is PCR 5);\n"
	"                         the layers may be on any of them. Root hashes are read from the partitions' GUIDs\n"
	"                         and the superblocks, not computed: hallmark verity verify reads the data\n"
	"  --layer NAME=DATA[:TREE]  the files of a layer, where there is no disk; without TREE its tree is the one that\n"
	"                         hallmark verity format makes for NAME and the image's version\n"
	"  --no-layers            the initrd has no layers file: predict up to the kernel, and no record\n"
	"  --disk-count N         disks of the machine, for boot variables, where there is no --disk yet\n"
	"  --firmware FILE        the firmware (OVMF_CODE.fd): profiles must be of it\n"
	"  --profile FILE         a platform profile, for PCR 0 and 1; several: any of these machines. golden.tcglog is\n"
	"                         the first one's\n"
	"  --platforms DIR        every profile in DIR that is of --firmware; a line says so where there is none\n"
	"  --profile-key FILE     the public key of those who review profiles: each one must have their signature\n"
	"                         beside it (PROFILE.sig)\n"
	"  --name NAME            of the image (default: IMAGE_ID of the UKI's os-release)\n"
	"  --image-version TEXT   of the image (default: IMAGE_VERSION of the UKI's os-release)\n"
	"  --not-before TIME, --not-after TIME\n"
	"                         when verifiers may use the golden file: 2026-11-26T12:00:00Z\n"
	"  --input NAME=FILE      one more file whose SHA-256 is listed, such as sbom=sbom.json\n"
	"  --banks LIST           default sha1,sha256,sha384,sha512\n"
	"  --output DIR           made if it does not exist\n"
	"\n"
	"example: hallmark predict --uki uki.efi --vars /usr/share/OVMF/OVMF_VARS_4M.fd --disk disk.raw --output golden\n";

struct options {
	struct hm_input_options in;
	const char *banks, *output;
	bool part;
};

/* Everything that is loaded and made; freed at one place. */
struct prediction {
	struct hm_inputs in;
	struct hm_golden *golden;
	struct hm_recorder recorder;
};

/* golden.json last: where it exists, the logs beside it do too. A part has no runtime log. */
static bool write_outputs(const struct options *o, const struct prediction *p, struct hm_error *error)
{
	char *json = hm_golden_format(p->golden);
	struct hm_outdir_file files[3];
	size_t count = 0;
	bool good;

	if (!json)
		return hm_error_memory(error, "predict");
	if (!o->part || o->in.uki)
		files[count++] = (struct hm_outdir_file){"golden.tcglog", hm_writer_bytes(&p->recorder.tcglog)};
	if (!o->part)
		files[count++] = (struct hm_outdir_file){"golden.cel", hm_writer_bytes(&p->recorder.cel)};
	files[count++] =
		(struct hm_outdir_file){o->part ? "part.json" : "golden.json", hm_bytes_of(json, strlen(json))};
	good = hm_outdir_write(o->output, files, count, error);
	free(json);
	return good;
}

static void show_progress(const char *path, uint64_t done, uint64_t total)
{
	/* Disks below this size take less than a second. */
	if (total < 256u * 1024u * 1024u || done % (32u * 1024u * 1024u))
		return;
	fprintf(stderr, "\rhallmark: hashing %s: %u%% ", path, (unsigned int)(done * 100 / total));
	if (done >= total)
		fputc('\n', stderr);
}

static bool predict(struct options *o, struct prediction *p, struct hm_error *error)
{
	static const struct hm_progress progress = {.step = show_progress};
	bool unknown = false;

	if (isatty(STDERR_FILENO))
		o->in.progress = &progress;
	if (!hm_inputs_load(&o->in, p->golden, &p->in, error) || !hm_profiles_load(&o->in, &p->in, &unknown, error))
		return false;
	if (unknown)
		fprintf(stderr,
			"hallmark: %s: no profile in %s is of this firmware: PCR 0 and 1 are shown, not pinned\n",
			o->in.firmware, o->in.platforms);
	if (!hm_recorder_init(&p->recorder, p->golden))
		return hm_error_memory(error, "predict");
	return (o->part ? hm_predict_part(&o->in, &p->in, &p->recorder, error)
			: hm_predict(&o->in, &p->in, &p->recorder, error)) &&
	       write_outputs(o, p, error);
}

static bool run(struct options *o, struct hm_error *error)
{
	struct prediction *p = calloc(1, sizeof(*p));
	bool good;

	if (p)
		p->golden = calloc(1, sizeof(*p->golden));
	if (!p || !p->golden)
		good = hm_error_memory(error, "predict");
	else if (!hm_banks_parse(o->banks ? o->banks : "sha1,sha256,sha384,sha512", &p->golden->banks))
		good = hm_error_of(error, HM_ERROR_USAGE, "--banks", "is not a list of sha1, sha256, sha384, sha512");
	else if (hm_banks_check(p->golden->banks))
		good = hm_error_of(error, HM_ERROR_USAGE, "--banks", "has neither sha256 nor sha384");
	else
		good = predict(o, p, error);
	if (p) {
		hm_recorder_free(&p->recorder);
		hm_golden_free(p->golden);
		hm_inputs_free(&p->in);
	}
	free(p);
	return good;
}

static bool has_word(int argc, char **argv, const char *word)
{
	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], word, strlen(word)) &&
		    (argv[i][strlen(word)] == '\0' || argv[i][strlen(word)] == '='))
			return true;
	}
	return false;
}

static bool check_part(const struct options *o, struct hm_error *error)
{
	if (!o->part || o->in.uki)
		return !o->in.uki == !o->in.vars ||
		       hm_error_of(error, HM_ERROR_USAGE, "--part", "--uki and --vars go together");
	if (!o->in.name || !o->in.layers.count)
		return hm_error_of(error, HM_ERROR_USAGE, "--part", "without --uki it needs --name and --layer");
	if (o->in.disks.count || o->in.profiles.count || o->in.platforms || o->in.firmware || o->in.no_layers)
		return hm_error_of(error, HM_ERROR_USAGE, "--part",
				   "without --uki it takes no --disk, --firmware or profile");
	return true;
}

int hm_cmd_predict(int argc, char **argv)
{
	bool part = has_word(argc, argv, "--part");
	struct options o = {0};
	const struct hm_option options[] = {
		{.name = "--part", .flag = &o.part},
		{.name = "--uki", .value = &o.in.uki, .required = !part},
		{.name = "--vars", .value = &o.in.vars, .required = !part},
		{.name = "--firmware-secure-boot", .value = &o.in.firmware_secure_boot},
		{.name = "--disk", .list = &o.in.disks},
		{.name = "--layer", .list = &o.in.layers},
		{.name = "--no-layers", .flag = &o.in.no_layers},
		{.name = "--disk-count", .value = &o.in.disk_count},
		{.name = "--firmware", .value = &o.in.firmware},
		{.name = "--profile", .list = &o.in.profiles},
		{.name = "--profile-key", .value = &o.in.profile_key},
		{.name = "--platforms", .value = &o.in.platforms},
		{.name = "--not-before", .value = &o.in.not_before},
		{.name = "--not-after", .value = &o.in.not_after},
		{.name = "--input", .list = &o.in.extra},
		{.name = "--name", .value = &o.in.name},
		{.name = "--image-version", .value = &o.in.image_version},
		{.name = "--banks", .value = &o.banks},
		{.name = "--output", .value = &o.output, .required = true},
	};
	const struct hm_args args = {
		.command = "predict", .help = help, .options = options, .option_count = HM_ARRAY_LEN(options)};
	struct hm_error error = {0};
	struct hm_list words;
	int status;

	if (has_word(argc, argv, "--join") || has_word(argc, argv, "--replace"))
		return hm_cmd_predict_join(argc, argv);
	status = hm_args_parse(&args, argc, argv, &words);
	if (status != HM_ARGS_GO)
		return status;
	return check_part(&o, &error) && run(&o, &error) ? HM_EXIT_OK : hm_report(&error);
}
