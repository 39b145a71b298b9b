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

static bool check_part(const struct options *o, struct hm_error *error)
{
	const char *missing = !o->in.uki ? "--uki" : !o->in.vars ? "--vars" : NULL;

	if (!o->part && missing)
		return hm_error_of(error, HM_ERROR_USAGE, "predict", "%s is missing (hallmark predict --help)",
				   missing);
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

static int command(void *options, const struct hm_words *words)
{
	struct hm_error error = {0};

	(void)words;
	return check_part(options, &error) && run(options, &error) ? HM_EXIT_OK : hm_report(&error);
}

static const struct hm_option options[] = {
	HM_OPTION(struct options, part, "--part", NULL,
		  "What one vendor knows: writes DIR/part.json, for --join. With --uki the part is the OS's, "
		  "else a layer's."),
	HM_OPTION(struct options, in.uki, "--uki", "FILE",
		  "The unified kernel image, signed where Secure Boot is on. Its stub is Hallmark's or "
		  "systemd's."),
	HM_OPTION(struct options, in.vars, "--vars", "FILE", "The firmware's variable store before the first boot."),
	HM_OPTION(
		struct options, in.firmware_secure_boot, "--firmware-secure-boot", "yes|no",
		"Whether the firmware has Secure Boot code. Read from --firmware; else yes where the file of --vars has "
		"Secure Boot variables; else it has to be said."),
	HM_OPTION(
		struct options, in.disks, "--disk", "FILE",
		"A raw disk image. The first one is booted: its partition table is PCR 5. The layers may be on any of them. "
		"Root hashes are read from the partitions' GUIDs and the superblocks, not computed: hallmark verity verify reads "
		"the data."),
	HM_OPTION(struct options, in.sector_size, "--sector-size", "512|4096",
		  "Bytes of a sector of the machine's disks (default: where the image has its GPT header)."),
	HM_OPTION(struct options, in.layers, "--layer", "NAME=DATA[:TREE]",
		  "The files of a layer, where there is no disk. Without TREE the layer's tree is the one that "
		  "hallmark verity format makes for NAME and the image's version."),
	HM_OPTION(struct options, in.no_layers, "--no-layers", NULL,
		  "The initrd has no layers file: predict up to the kernel, and no record."),
	HM_OPTION(struct options, in.disk_count, "--disk-count", "N",
		  "Disks of the machine, for boot variables, where there is no --disk yet."),
	HM_OPTION(struct options, in.firmware, "--firmware", "FILE",
		  "The firmware (OVMF_CODE.fd): profiles must be of it."),
	HM_OPTION(struct options, in.profiles, "--profile", "FILE",
		  "A platform profile, for PCR 0 and 1; several: any of these machines. golden.tcglog is that "
		  "of the first one."),
	HM_OPTION(struct options, in.platforms, "--platforms", "DIR",
		  "Every profile in DIR that is of --firmware. A line says so where there is none."),
	HM_OPTION(struct options, in.profile_key, "--profile-key", "FILE",
		  "The public key of those who review profiles: each profile must have their signature beside "
		  "it (PROFILE.sig)."),
	HM_OPTION(struct options, in.name, "--name", "NAME",
		  "Name of the image (default: IMAGE_ID of the UKI's os-release)."),
	HM_OPTION(struct options, in.image_version, "--image-version", "TEXT",
		  "Version of the image (default: IMAGE_VERSION of the UKI's os-release)."),
	HM_OPTION(struct options, in.not_before, "--not-before", "TIME",
		  "Verifiers may use the golden file from this time on: 2026-11-26T12:00:00Z."),
	HM_OPTION(struct options, in.not_after, "--not-after", "TIME",
		  "Verifiers may use the golden file until this time."),
	HM_OPTION(struct options, in.extra, "--input", "NAME=FILE",
		  "One more file whose SHA-256 is listed, such as sbom=sbom.json."),
	HM_OPTION(struct options, banks, "--banks", "LIST", "Default: sha1,sha256,sha384,sha512."),
	HM_OPTION_REQUIRED(struct options, output, "--output", "DIR", "Made if it does not exist."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_predict = {
	.name = "predict",
	.summary = "compute what a machine that boots these inputs must show",
	.synopsis = "predict --uki UKI --vars OVMF_VARS.fd --disk DISK.raw [--disk MORE.raw...] --output DIR "
		    "[option...]\n"
		    "predict --part --uki UKI --vars OVMF_VARS.fd [--layer NAME=DATA[:TREE]...] --output DIR\n"
		    "predict --part --name NAME --layer NAME=DATA[:TREE]... --output DIR\n"
		    "predict --join PART.json... | --replace NAME=DATA[:TREE] GOLDEN.json ... (see --join --help)",
	.description = "Computes what a machine that boots these inputs must show, and writes it into DIR: "
		       "golden.json, golden.tcglog (the firmware's log) and golden.cel (the runtime log).",
	.example = "hallmark predict --uki uki.efi --vars /usr/share/OVMF/OVMF_VARS_4M.fd \\\n"
		   "    --firmware /usr/share/OVMF/OVMF_CODE_4M.fd --disk disk.raw --output golden",
	.see_also = "docs/FORMATS.md",
	.args = {.tables = {{options, 0}}},
	.size = sizeof(struct options),
	.run = command,
};
