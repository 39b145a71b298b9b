/* SPDX-License-Identifier: BSD-2-Clause */
/* uki.c - hallmark uki: build a unified kernel image, the same bytes each time */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/error.h"
#include "core/cmdline.h"
#include "core/layers.h"
#include "core/uki.h"
#include "tools/commands.h"
#include "host/base/args.h"
#include "host/uki/initrd.h"
#include "host/uki/build.h"
#include "host/uki/kernel.h"

#define INPUT_MAX (1024u * 1024u * 1024u)
#define TEXT_FILE_MAX (64u * 1024u)

struct inputs {
	struct hm_file stub;
	struct hm_file file[HM_UKI_SECTION_COUNT];
};

static void inputs_free(struct inputs *in)
{
	hm_file_free(&in->stub);
	for (size_t i = 0; i < HM_UKI_SECTION_COUNT; i++)
		hm_file_free(&in->file[i]);
}

static int copy_text(const char *text, struct hm_file *ret)
{
	uint8_t *p = (uint8_t *)strdup(text);

	if (!p)
		return hm_fail_text(HM_EXIT_RUN, "uki", "out of memory");
	*ret = (struct hm_file){.p = p, .len = strlen(text)};
	return HM_EXIT_OK;
}

static int check_cmdline(const char *thing, struct hm_bytes line)
{
	const char *missing = NULL;
	struct hm_bytes word = {NULL, 0};
	char safe[128];
	enum hm_err err = hm_cmdline_check(line, &word, &missing);

	if (!err)
		return HM_EXIT_OK;
	hm_escape(word, safe, sizeof(safe));
	if (missing)
		return hm_fail_format(HM_EXIT_INPUT, thing, "%s: %s", hm_err_text(err), missing);
	return hm_fail_format(HM_EXIT_INPUT, thing, "%s%s%s", hm_err_text(err), word.len ? ": " : "", safe);
}

/* A file where there is one, else text, which no valid command line is without a space. */
static int load_cmdline(const char *arg, struct hm_file *ret)
{
	struct stat st;
	bool text = stat(arg, &st) < 0 && strchr(arg, ' ');
	int status = text ? copy_text(arg, ret) : hm_input_read(arg, TEXT_FILE_MAX, ret);

	if (status)
		return status;
	if (!text && ret->p[ret->len - 1] == '\n')
		ret->len--;
	return check_cmdline(text ? "--cmdline" : arg, hm_file_bytes(ret));
}

static int check_linux(const char *path, struct hm_bytes file)
{
	struct hm_pe pe;
	enum hm_err err = hm_pe_open_file(file, &pe);

	return err ? hm_fail_input(path, err) : HM_EXIT_OK;
}

static int check_ima(const char *path, const struct inputs *in)
{
	struct hm_error error = {0};

	if (hm_kernel_check_ima(hm_file_bytes(&in->file[HM_UKI_CMDLINE]), hm_file_bytes(&in->file[HM_UKI_LINUX]),
				&error))
		return HM_EXIT_OK;
	return hm_fail_text(HM_EXIT_INPUT, path, error.text);
}

static int check_layers(const char *path, struct hm_bytes initrd)
{
	struct hm_layers layers;
	struct hm_file file;
	struct hm_error error = {0};
	uint32_t line = 0;
	enum hm_err err;

	if (!hm_initrd_read(initrd, "etc/hallmark/layers", HM_LAYERS_FILE_MAX, &file, &error))
		return hm_fail_text(HM_EXIT_INPUT, path, error.text);
	err = hm_layers_parse(hm_file_bytes(&file), &layers, &line);
	hm_file_free(&file);
	if (err)
		return hm_fail_format(HM_EXIT_INPUT, path, "etc/hallmark/layers, line %u: %s", line, hm_err_text(err));
	return HM_EXIT_OK;
}

struct options {
	const char *stub, *linux_file, *initrd, *cmdline, *os_release, *uname, *ucode, *sbat, *profile, *output;
	bool no_layers;
};

static int load_all(const struct options *o, struct inputs *in)
{
	const struct {
		const char *path;
		enum hm_uki_section section;
	} files[] = {
		{o->linux_file, HM_UKI_LINUX}, {o->initrd, HM_UKI_INITRD}, {o->os_release, HM_UKI_OSREL},
		{o->ucode, HM_UKI_UCODE},      {o->sbat, HM_UKI_SBAT},	   {o->profile, HM_UKI_PROFILE},
	};
	int status = hm_input_read(o->stub, INPUT_MAX, &in->stub);

	for (size_t i = 0; i < HM_ARRAY_LEN(files) && !status; i++) {
		if (files[i].path)
			status = hm_input_read(files[i].path, INPUT_MAX, &in->file[files[i].section]);
	}
	if (!status)
		status = load_cmdline(o->cmdline, &in->file[HM_UKI_CMDLINE]);
	if (!status && o->uname)
		status = copy_text(o->uname, &in->file[HM_UKI_UNAME]);
	if (!status)
		status = check_linux(o->linux_file, hm_file_bytes(&in->file[HM_UKI_LINUX]));
	if (!status)
		status = check_ima(o->linux_file, in);
	if (!status && !o->no_layers)
		status = check_layers(o->initrd, hm_file_bytes(&in->file[HM_UKI_INITRD]));
	return status;
}

/* The image must be what the stub and the predictor read. */
static int check_result(const char *output, struct hm_bytes image)
{
	struct hm_uki uki;
	struct hm_pe pe;
	enum hm_err err = hm_pe_open_file(image, &pe);

	if (!err)
		err = hm_uki_open(&pe, &uki);
	if (!err)
		err = hm_uki_check_bootable(&uki);
	return err ? hm_fail_input(output, err) : HM_EXIT_OK;
}

static int build(const struct options *o, const struct inputs *in)
{
	struct hm_pe_new_section sections[HM_PE_BUILD_SECTIONS_MAX];
	size_t count = 0;
	struct hm_file image;
	struct hm_error error = {0};
	int status;

	_Static_assert(HM_UKI_SECTION_COUNT <= HM_PE_BUILD_SECTIONS_MAX, "each section once");
	for (size_t i = 0; i < HM_UKI_SECTION_COUNT; i++) {
		if (in->file[i].p)
			sections[count++] = (struct hm_pe_new_section){.name = hm_uki_sections[i].name,
								       .content = hm_file_bytes(&in->file[i])};
	}
	if (!hm_pe_build(hm_file_bytes(&in->stub), sections, count, &image, &error))
		return hm_fail_text(HM_EXIT_INPUT, o->stub, error.text);
	status = check_result(o->output, hm_file_bytes(&image));
	if (!status) {
		int r = hm_file_write_atomic(o->output, hm_file_bytes(&image));

		if (r < 0)
			status = hm_fail_errno(o->output, r);
	}
	hm_file_free(&image);
	return status;
}

static int command(void *options, const struct hm_words *words)
{
	struct inputs in = {.stub = {0}};
	int status = load_all(options, &in);

	(void)words;
	if (!status)
		status = build(options, &in);
	inputs_free(&in);
	return status;
}

static const struct hm_option options[] = {
	HM_OPTION_REQUIRED(struct options, stub, "--stub", "FILE", "The EFI stub that starts the kernel; unsigned."),
	HM_OPTION_REQUIRED(struct options, linux_file, "--linux", "FILE", "The kernel (bzImage with EFI stub)."),
	HM_OPTION_REQUIRED(struct options, initrd, "--initrd", "FILE",
			   "The initrd. It must hold a valid etc/hallmark/layers."),
	HM_OPTION(struct options, no_layers, "--no-layers", NULL,
		  "The initrd is a general one: do not look for etc/hallmark/layers."),
	HM_OPTION_REQUIRED(struct options, cmdline, "--cmdline", "FILE|TEXT",
			   "The kernel command line, checked against the closed grammar. What names no file and has a "
			   "space in it is the line itself."),
	HM_OPTION_REQUIRED(struct options, os_release, "--os-release", "FILE", "Becomes .osrel."),
	HM_OPTION(struct options, uname, "--uname", "TEXT", "Becomes .uname: the kernel's release."),
	HM_OPTION(struct options, ucode, "--ucode", "FILE", "Becomes .ucode: microcode, an uncompressed cpio archive."),
	HM_OPTION(struct options, sbat, "--sbat", "FILE", "Becomes .sbat, where the stub has none."),
	HM_OPTION(struct options, profile, "--profile", "FILE", "Becomes .profile."),
	HM_OPTION_REQUIRED(struct options, output, "--output", "FILE", "The image, written completely or not at all."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_uki = {
	.name = "uki",
	.summary = "build a unified kernel image, the same bytes each time",
	.description = "Builds a unified kernel image. The same inputs give the same bytes.",
	.example = "hallmark uki --stub build/stub.efi --linux vmlinuz --initrd initrd.img \\\n"
		   "    --cmdline image/cmdline --os-release os-release --output uki.efi",
	.see_also = "docs/FORMATS.md",
	.args = {.tables = {{options, 0}}},
	.size = sizeof(struct options),
	.run = command,
};
