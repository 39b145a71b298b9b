/* SPDX-License-Identifier: BSD-2-Clause */
/* platform.c - hallmark platform: learn what a firmware and a machine add to a boot */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/error.h"
#include "tools/commands.h"
#include "host/base/args.h"
#include "lib/crypto/hash.h"
#include "host/firmware/clouds.h"
#include "host/firmware/learn.h"

#define ARGUMENTS_MAX (2u * HM_LIST_MAX + 32u)
/* swtpm, QEMU without KVM, and a machine that is busy: generous, and a bound. */
#define BOOT_TIMEOUT "900"

struct options {
	const char *firmware, *name, *output, *vars, *memory, *cpus, *run, *log, *machine;
	const char *version, *technology;
	struct hm_list disks;
};

static int out_of_memory(void)
{
	return hm_fail_text(HM_EXIT_RUN, "platform learn", "out of memory");
}

/* Boots the machine; its report is left in `report`. */
static int boot(const struct options *o, const char *report)
{
	const char *argv[ARGUMENTS_MAX] = {o->run,  "--code",	"--memory", o->memory,	 "--cpus",
					   o->cpus, "--report", report,	    "--timeout", BOOT_TIMEOUT};
	size_t count = 10;
	int status = 0;
	pid_t pid;

	memmove(&argv[3], &argv[2], 8 * sizeof(argv[0]));
	argv[2] = o->firmware;
	count++;
	if (o->vars) {
		argv[count++] = "--vars";
		argv[count++] = o->vars;
	}
	for (size_t i = 0; i < o->disks.count; i++) {
		argv[count++] = "--disk";
		argv[count++] = o->disks.word[i];
	}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "hallmark: booting %s (software emulation: about a minute) ...\n", o->firmware);
	pid = fork();
	if (pid < 0)
		return hm_fail_errno(o->run, -errno);
	if (pid == 0) {
		union {
			const char **from;
			char *const *to;
		} arguments = {.from = argv};

		execv(o->run, arguments.to);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return hm_fail_errno(o->run, -errno);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return HM_EXIT_OK;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return hm_fail_text(HM_EXIT_RUN, o->run, "cannot be run");
	return hm_fail_text(HM_EXIT_RUN, o->firmware, "the machine did not boot to its report");
}

static int describe(const struct options *o, struct hm_profile *profile)
{
	char machine[HM_PROFILE_MACHINE_MAX + 1];
	const char *text = o->machine;

	if (!text && o->log)
		text = "from a log; not reviewed";
	if (!text) {
		snprintf(machine, sizeof(machine), "QEMU q35, %s MiB, %s CPUs, devices of qemu/run", o->memory,
			 o->cpus);
		text = machine;
	}
	if (!*text || strlen(text) > HM_PROFILE_MACHINE_MAX)
		return hm_fail_format(HM_EXIT_USAGE, "--machine", "is not of 1 to %u characters",
				      HM_PROFILE_MACHINE_MAX);
	profile->status = o->log ? HM_PROFILE_DRAFT : HM_PROFILE_LEARNED;
	profile->name = strdup(o->name);
	profile->machine = strdup(text);
	return profile->name && profile->machine ? HM_EXIT_OK : out_of_memory();
}

static int write_profile(const struct options *o, const struct hm_profile *profile)
{
	char *text = hm_profile_format(profile);
	int r;

	if (!text)
		return out_of_memory();
	r = hm_file_write_atomic(o->output, hm_bytes_of(text, strlen(text)));
	free(text);
	return r < 0 ? hm_fail_errno(o->output, r) : HM_EXIT_OK;
}

/* `path` is what a machine has shown; `thing` names it in messages. */
static int learn_from(const struct options *o, const char *path, const char *thing, struct hm_bytes firmware_file,
		      const struct hm_firmware *firmware)
{
	struct hm_evidence *evidence = NULL;
	struct hm_profile *profile = NULL;
	struct hm_digests sha256;
	struct hm_file file;
	struct hm_error error = {0};
	int status = hm_input_read(path, HM_EVIDENCE_MAX, &file);

	if (status)
		return status;
	if (!hm_evidence_parse(hm_file_bytes(&file), &evidence, &error) ||
	    !hm_profile_learn(evidence, firmware, &profile, &error))
		status = hm_fail_text(HM_EXIT_REJECTED, thing, error.text);
	else if (hm_digests_of(&hm_crypto_hasher, HM_BANK_BIT(HM_SHA256), &firmware_file, 1, 0, &sha256))
		status = out_of_memory();
	else
		status = describe(o, profile);
	if (!status) {
		profile->firmware_known = true;
		memcpy(profile->firmware_sha256, sha256.value[HM_SHA256], sizeof(profile->firmware_sha256));
		status = write_profile(o, profile);
	}
	hm_profile_free(profile);
	hm_evidence_free(evidence);
	hm_file_free(&file);
	return status;
}

static int learn(const struct options *o, struct hm_bytes firmware_file, const struct hm_firmware *firmware)
{
	char dir[] = "/tmp/hallmark-learn.XXXXXX";
	char report[sizeof(dir) + sizeof("/report.json")];
	int status;

	if (o->log)
		return learn_from(o, o->log, o->log, firmware_file, firmware);
	if (!mkdtemp(dir))
		return hm_fail_errno(dir, -errno);
	snprintf(report, sizeof(report), "%s/report.json", dir);
	status = boot(o, report);
	if (!status)
		status = learn_from(o, report, o->firmware, firmware_file, firmware);
	unlink(report);
	rmdir(dir);
	return status;
}

static int run(const struct options *o)
{
	struct hm_firmware firmware;
	struct hm_file file;
	struct hm_error error = {0};
	int status = hm_input_read(o->firmware, HM_FIRMWARE_MAX, &file);

	if (status)
		return status;
	if (hm_firmware_parse(hm_file_bytes(&file), &firmware, &error)) {
		status = learn(o, hm_file_bytes(&file), &firmware);
		hm_firmware_free(&firmware);
	} else {
		status = hm_fail_text(HM_EXIT_INPUT, o->firmware, error.text);
	}
	hm_file_free(&file);
	return status;
}

static int command_learn(void *options, const struct hm_words *words)
{
	struct options *o = options;

	o->firmware = words->word[0];
	if (!hm_is_name(hm_bytes_of(o->name, strlen(o->name))))
		return hm_fail_text(HM_EXIT_USAGE, "--name", "is not of [a-z0-9-]{1,32}");
	if (!o->log == !o->disks.count)
		return hm_fail_text(HM_EXIT_USAGE, "platform learn", "needs either --disk, to boot it, or --log");
	if (o->log && (o->vars || o->memory || o->cpus || o->run))
		return hm_fail_text(HM_EXIT_USAGE, "--log", "goes with none of --vars, --memory, --cpus, --run");
	o->memory = o->memory ? o->memory : "1024";
	o->cpus = o->cpus ? o->cpus : "2";
	o->run = o->run ? o->run : "qemu/run";
	return run(o);
}

static int calculate(const struct hm_profile_cloud *cloud, const struct options *o, uint32_t version,
		     uint8_t technology)
{
	struct hm_profile *profile = hm_profile_calculate(cloud, version, technology);
	char machine[HM_PROFILE_MACHINE_MAX + 1];
	int status;

	if (!profile)
		return out_of_memory();
	if (cloud->formula)
		snprintf(machine, sizeof(machine), "%s, GCE Virtual Firmware v%u, technology %u", cloud->name, version,
			 technology);
	else
		snprintf(machine, sizeof(machine), "%s", cloud->name);
	profile->name = strdup(o->name);
	profile->machine = strdup(machine);
	status = profile->name && profile->machine ? write_profile(o, profile) : out_of_memory();
	hm_profile_free(profile);
	return status;
}

static int find_cloud(const char *name, const struct hm_profile_cloud **ret)
{
	for (size_t i = 0; i < hm_profile_cloud_count; i++) {
		if (!strcmp(hm_profile_clouds[i].name, name)) {
			*ret = &hm_profile_clouds[i];
			return HM_EXIT_OK;
		}
	}
	return hm_fail_text(HM_EXIT_USAGE, name, "is not google, aws, azure-cvm or azure-tl");
}

static int command_calculate(void *options, const struct hm_words *words)
{
	const struct options *o = options;
	const struct hm_profile_cloud *cloud = NULL;
	uint64_t version = 2;
	uint8_t technology = 0;
	int status = find_cloud(words->word[0], &cloud);

	if (status)
		return status;
	if (!hm_is_name(hm_bytes_of(o->name, strlen(o->name))))
		return hm_fail_text(HM_EXIT_USAGE, "--name", "is not of [a-z0-9-]{1,32}");
	if (cloud->formula == !o->technology)
		return hm_fail_format(HM_EXIT_USAGE, "--technology", "%s",
				      cloud->formula ? "is missing" : "is for google only");
	if (o->version && (!cloud->formula || !hm_parse_dec(hm_bytes_of(o->version, strlen(o->version)), &version) ||
			   version == 0 || version > HM_CLOUD_VERSION_MAX))
		return hm_fail_format(HM_EXIT_USAGE, "--firmware-version", "is not google's, from 1 to %u",
				      HM_CLOUD_VERSION_MAX);
	if (o->technology && !hm_profile_technology(o->technology, &technology))
		return hm_fail_text(HM_EXIT_USAGE, "--technology", "is not none, sev, sev-es, tdx or snp");
	return calculate(cloud, o, (uint32_t)version, technology);
}

const struct hm_command hm_cmd_platform = {
	.name = "platform",
	.summary = "what differs between clouds and machines, and their hardware evidence",
	.description = "Profiles of firmware and machines, what the platforms prove, and the hardware evidence of a "
		       "proof.",
	.example = "hallmark platform calculate google --technology snp --name gce-snp --output gce-snp.json",
};

static const struct hm_option learn_options[] = {
	HM_OPTION_REQUIRED(struct options, name, "--name", "NAME", "Name of the profile."),
	HM_OPTION_REQUIRED(struct options, output, "--output", "PROFILE", "The file to write: docs/FORMATS.md, 16."),
	HM_OPTION(struct options, disks, "--disk", "FILE",
		  "A raw disk image. The first one is booted. May be repeated."),
	HM_OPTION(struct options, vars, "--vars", "FILE", "Firmware variables (default: those of qemu/run)."),
	HM_OPTION(struct options, memory, "--memory", "MIB", "Memory of the machine (default: 1024)."),
	HM_OPTION(struct options, cpus, "--cpus", "N", "CPUs of the machine (default: 2)."),
	HM_OPTION(struct options, run, "--run", "PROGRAM", "What boots the machine (default: qemu/run)."),
	HM_OPTION(struct options, log, "--log", "FILE", "A report, or a firmware log; nothing is booted."),
	HM_OPTION(struct options, machine, "--machine", "TEXT", "The shape in words (default: of the options)."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_platform_learn = {
	.name = "platform learn",
	.summary = "make a profile of a firmware and a machine by booting it",
	.words = "FIRMWARE",
	.synopsis = "platform learn FIRMWARE --name NAME --output PROFILE --disk DISK.raw [--disk...] [option...]\n"
		    "platform learn FIRMWARE --name NAME --output DRAFT --log REPORT|LOG [--machine TEXT]",
	.description = "Makes a platform profile: what this firmware file, on this shape of machine, measures into "
		       "PCR 0, 1 and 6. The first form boots DISK (an image that sends its report) with FIRMWARE "
		       "under QEMU. The second takes what some machine has shown; its profile is a draft, which "
		       "predict refuses until a person has set its status to reviewed and signed it. In both, an "
		       "event must be of the DXE volume that FIRMWARE holds.",
	.example = "hallmark platform learn /usr/share/OVMF/OVMF_CODE_4M.fd --name ovmf-q35-1g-2cpu \\\n"
		   "    --disk build/image/disk.raw --vars build/image/OVMF_VARS.secboot.fd --output ovmf.json",
	.see_also = "hallmark-predict(1), image/platforms/README.md",
	.args = {.tables = {{learn_options, 0}}, .words_min = 1, .words_max = 1},
	.size = sizeof(struct options),
	.run = command_learn,
};

static const struct hm_option calculate_options[] = {
	HM_OPTION_REQUIRED(struct options, name, "--name", "NAME", "Name of the profile."),
	HM_OPTION_REQUIRED(struct options, output, "--output", "PROFILE", "The file to write: docs/FORMATS.md, 16."),
	HM_OPTION(struct options, version, "--firmware-version", "N",
		  "google: N of 'GCE Virtual Firmware vN' (default: 2)."),
	HM_OPTION(struct options, technology, "--technology", "WORD", "google: none, sev, sev-es, tdx or snp."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_platform_calculate = {
	.name = "platform calculate",
	.summary = "make the profile of a cloud",
	.words = "CLOUD",
	.description = "Makes the platform profile of a cloud, from what is known about its firmware. CLOUD is one "
		       "of:\n"
		       "google: Compute Engine. PCR 0 by formula; with tdx, partition table and images are in PCR 2.\n"
		       "aws: EC2 with NitroTPM. PCR 0 is a constant.\n"
		       "azure-cvm, azure-tl: PCR 0 as public evidence of one machine has it: a draft, for review.\n"
		       "\n"
		       "PCR 1, and 6 where the host writes it, are shown: ACPI tables, boot variables and UUIDs are "
		       "each machine's.",
	.example = "hallmark platform calculate google --technology snp --name gce-snp --output gce-snp.json",
	.see_also = "docs/PLATFORMS.md",
	.args = {.tables = {{calculate_options, 0}}, .words_min = 1, .words_max = 1},
	.size = sizeof(struct options),
	.run = command_calculate,
};
