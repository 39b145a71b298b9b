/* SPDX-License-Identifier: BSD-2-Clause */
/* test_cmdline.c - the command line's grammar: what passes, what never, and the documented table */
#include "core/cmdline.h"

#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_LINE \
	"ro console=ttyS0 panic=0 lockdown=confidentiality initcall_blacklist=init_ima " \
	"efi=noruntime " \
	"systemd.import_credentials=no systemd.show_status=no systemd.getty_auto=no " \
	"systemd.gpt_auto=no " \
	"systemd.crash_shell=no systemd.dump_core=no random.trust_bootloader=off " \
	"rng_core.default_quality=0 hallmark.profile=demo"

static enum hm_err check(const char *line, struct hm_bytes *ret_word, const char **ret_missing)
{
	return hm_cmdline_check(hm_bytes_of_text(line), ret_word, ret_missing);
}

static void assert_check(const char *line, enum hm_err want, const char *want_word, const char *want_missing)
{
	struct hm_bytes word = hm_bytes_of_text("before");
	const char *missing = "before";

	if (check(line, &word, &missing) != want)
		print_error("line: '%s'\n", line);
	assert_err(check(line, &word, &missing), want);
	assert_int_equal(word.len, strlen(want_word));
	assert_memory_equal(word.p, want_word, word.len);
	if (want_missing)
		assert_string_equal(missing, want_missing);
	else
		assert_null(missing);
}

static void assert_unknown(const char *bad)
{
	char line[HM_CMDLINE_MAX + 1];

	/* At the end, at the front, and in the middle. */
	snprintf(line, sizeof(line), "%s %s", IMAGE_LINE, bad);
	assert_check(line, HM_E_CMDLINE_UNKNOWN, bad, NULL);
	snprintf(line, sizeof(line), "%s %s", bad, IMAGE_LINE);
	assert_check(line, HM_E_CMDLINE_UNKNOWN, bad, NULL);
	snprintf(line, sizeof(line), "ro %s %s", bad, &IMAGE_LINE[3]);
	assert_check(line, HM_E_CMDLINE_UNKNOWN, bad, NULL);
}

/* --- what passes --- */

static void image_line(void **state)
{
	(void)state;
	assert_check(IMAGE_LINE, HM_OK, "", NULL);
}

/* The file that the image is built with; its LF is the file's. */
static void image_file(void **state)
{
	const char *source = getenv("HALLMARK_SRC");
	struct hm_bytes content, word;
	const char *missing;
	char path[512];
	uint8_t *p;

	(void)state;
	snprintf(path, sizeof(path), "%s/image/cmdline", source ? source : ".");
	p = support_read_file(path, &content);
	if (!p)
		fail_msg("%s cannot be read", path);
	assert_true(content.len > 0 && content.p[content.len - 1] == '\n');
	content.len--;
	assert_ok(hm_cmdline_check(content, &word, &missing));
	free(p);
}

/* Every value of every rule, each in an otherwise complete line. */
static void every_value(void **state)
{
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < hm_cmdline_rule_count; i++) {
		const struct hm_cmdline_rule *rule = &hm_cmdline_rules[i];

		for (size_t v = 0; v == 0 || (rule->values && rule->values[v]); v++) {
			char line[HM_CMDLINE_MAX + 1] = "";
			size_t len = 0;

			for (size_t j = 0; j < hm_cmdline_rule_count; j++) {
				const struct hm_cmdline_rule *other = &hm_cmdline_rules[j];
				const char *value = other->values ? other->values[j == i ? v : 0] : "";

				if (j != i && !other->required)
					continue;
				len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s%s", len ? " " : "",
							other->key, value);
			}
			assert_check(line, HM_OK, "", NULL);
			count++;
		}
	}
	assert_true(count > hm_cmdline_rule_count);
}

/* In any order: the kernel and systemd read each of these words wherever it stands. */
static void any_order(void **state)
{
	(void)state;
	assert_check("hallmark.profile=demo rng_core.default_quality=0 random.trust_bootloader=off "
		     "systemd.dump_core=no systemd.crash_shell=no "
		     "systemd.gpt_auto=no "
		     "systemd.getty_auto=no systemd.show_status=no systemd.import_credentials=no "
		     "efi=noruntime "
		     "initcall_blacklist=init_ima lockdown=confidentiality panic=0 console=ttyS0 ro",
		     HM_OK, "", NULL);
}

/* --- bytes and spaces --- */

static void bytes(void **state)
{
	char line[HM_CMDLINE_MAX + 2];

	(void)state;
	assert_check("", HM_E_CMDLINE_BYTES, "", NULL);
	for (unsigned int c = 1; c < 256; c++) {
		if (c >= ' ' && c <= '~')
			continue;
		snprintf(line, sizeof(line), "%s%c", IMAGE_LINE, (int)c);
		assert_check(line, HM_E_CMDLINE_BYTES, "", NULL);
		snprintf(line, sizeof(line), "%c%s", (int)c, IMAGE_LINE);
		assert_check(line, HM_E_CMDLINE_BYTES, "", NULL);
	}
}

static void nul_byte(void **state)
{
	static const char text[] = IMAGE_LINE "\0";
	struct hm_bytes word;
	const char *missing;

	(void)state;
	assert_err(hm_cmdline_check(hm_bytes_of(text, sizeof(text) - 1), &word, &missing), HM_E_CMDLINE_BYTES);
	assert_err(hm_cmdline_check(hm_bytes_of("\0", 1), &word, &missing), HM_E_CMDLINE_BYTES);
}

static void length(void **state)
{
	char line[HM_CMDLINE_MAX + 2];

	(void)state;
	memset(line, 'a', sizeof(line));
	line[HM_CMDLINE_MAX + 1] = '\0';
	assert_check(line, HM_E_CMDLINE_BYTES, "", NULL);
	line[HM_CMDLINE_MAX] = '\0';
	assert_check(line, HM_E_CMDLINE_UNKNOWN, line, NULL);
}

/* The first and the last printable character are no word, but they are characters. */
static void printable_ends(void **state)
{
	(void)state;
	assert_unknown("!");
	assert_unknown("~");
}

static void spaces(void **state)
{
	(void)state;
	assert_check(" ", HM_E_CMDLINE_SPACE, "", NULL);
	assert_check(" " IMAGE_LINE, HM_E_CMDLINE_SPACE, "", NULL);
	assert_check(IMAGE_LINE " ", HM_E_CMDLINE_SPACE, "", NULL);
	assert_check("ro  quiet", HM_E_CMDLINE_SPACE, "", NULL);
	/* before any word is looked at */
	assert_check("init=/bin/sh  ro", HM_E_CMDLINE_SPACE, "", NULL);
}

/* --- words --- */

/* Each of these has opened a shell, steered a boot or weakened a kernel somewhere (docs/THREATS.md,
 * E and F). */
static const char *const forbidden[] = {
	/* dracut */
	"rd.break",
	"rd.break=pre-mount",
	"rd.shell",
	"rd.shell=1",
	"rd.shell=0",
	"rd.emergency=reboot",
	"rd.emergency=xyz",
	"rd.debug",
	"rd.cmdline=ask",
	"rd.overlay",
	"rd.overlay=LABEL=x",
	"rd.live.image",
	"rd.live.overlay=/dev/vdb",
	"rd.live.ram=1",
	"rd.neednet=1",
	"rd.lvm=1",
	"rd.luks=1",
	"rd.luks.key=/k:/dev/vdb",
	"rd.md=1",
	"rd.driver.blacklist=virtio_blk",
	"rd.driver.pre=x",
	"rd.hostonly=0",
	"rd.writable.fsimg=1",
	"rd.systemd.unit=emergency.target",
	"rd.systemd.debug_shell",
	"iso-scan/filename=/x.iso",
	"ip=dhcp",
	"netroot=iscsi:x",
	"nfsroot=10.0.0.1:/x",
	"nbdroot=x",
	"root=/dev/vda",
	"root=LABEL=x",
	"rootflags=rw",
	"rootfstype=ext4",
	"resume=/dev/vdb",
	"noresume",
	"hibernate=protect_image",
	/* systemd */
	"SYSTEMD_SULOGIN_FORCE=1",
	"SYSTEMD_LOG_LEVEL=debug",
	"systemd.debug_shell",
	"systemd.debug_shell=ttyS0",
	"systemd.debug-shell=1",
	"systemd.unit=rescue.target",
	"systemd.setenv=LD_PRELOAD=/x",
	"systemd.set_credential=x:y",
	"systemd.set_credential_binary=x:y",
	"systemd.mask=hallmark-app.service",
	"systemd.wants=debug-shell.service",
	"systemd.run=/bin/sh",
	"systemd.run_success_action=none",
	"systemd.confirm_spawn=yes",
	"systemd.default_standard_output=tty",
	"systemd.volatile=overlay",
	"systemd.verity=no",
	"systemd.image_policy=*",
	"systemd.swap=1",
	"systemd.machine_id=firmware",
	"systemd.firstboot=yes",
	"systemd.tty.term.console=x",
	"systemd.clock_usec=0",
	"systemd.random_seed=eA==",
	"systemd.hostname=x",
	"systemd.service_watchdogs=no",
	"systemd.early_core_pattern=/x",
	"systemd.status_unit_format=name",
	"systemd.restore_state=1",
	"systemd.journald.forward_to_console=1",
	"systemd.pull=x",
	"systemd.extra-unit.x=y",
	"systemd.allow_userspace_verity=1",
	"systemd.tpm2_wait=0",
	"udev.log_level=debug",
	"fstab=no",
	"mount.usr=/dev/vdb",
	"usrhash=00",
	"roothash=00",
	"single",
	"S",
	"s",
	"1",
	"2",
	"3",
	"5",
	"emergency",
	"rescue",
	"-b",
	"b",
	"fastboot",
	"quotacheck.mode=skip",
	"fsck.mode=skip",
	"vconsole.keymap=x",
	/* kernel */
	"init=/bin/sh",
	"rdinit=/bin/sh",
	"initrd=/x",
	"initrdmem=0x1000,0x1000",
	"noinitrd",
	"initramfs_async=1",
	"rw",
	"mem=512M",
	"memmap=4G!8G",
	"memmap=exactmap",
	"acpi=off",
	"acpi_rsdp=0x1000",
	"acpi_no_static_ssdt",
	"acpi_osi=Linux",
	"acpi_enforce_resources=lax",
	"acpi_apic_instance=2",
	"ima_policy=tcb",
	"ima_appraise=off",
	"ima_hash=sha1",
	"integrity_audit=1",
	"dyndbg=+p",
	"dyndbg",
	"module_blacklist=tpm",
	"modprobe.blacklist=tpm_tis",
	"module.sig_unenforce",
	"kgdboc=ttyS0",
	"kgdbwait",
	"kgdbcon",
	"ekgdboc=kbd",
	"nokaslr",
	"nosmep",
	"nosmap",
	"nopti",
	"pti=off",
	"spectre_v2=off",
	"spec_store_bypass_disable=off",
	"l1tf=off",
	"mds=off",
	"mce=off",
	"debugfs=on",
	"lsm=",
	"security=none",
	"selinux=0",
	"apparmor=0",
	"lockdown=none",
	"lockdown=integrity",
	"sysrq_always_enabled",
	"sysctl.kernel.sysrq=1",
	"sysctl.kernel.modprobe=/x",
	"proc_mem.force_override=always",
	"ftrace=function",
	"trace_event=*",
	"trace_buf_size=1M",
	"tp_printk",
	"earlycon=uart8250,io,0x3f8",
	"earlyprintk=serial",
	"no_console_suspend",
	"nomodule",
	"iommu=off",
	"intel_iommu=off",
	"amd_iommu=off",
	"iommu.passthrough=1",
	"swiotlb=noforce",
	"mem_encrypt=off",
	"random.trust_bootloader=on",
	"rng_core.default_quality=1024",
	"efi=debug",
	"efi=old_map",
	"efi_no_storage_paranoia",
	"efi=runtime",
	"add_efi_memmap",
	"crashkernel=256M",
	"kexec_load_limit_panic=-1",
	"panic=1",
	"panic=-1",
	"panic_on_warn=1",
	"oops=continue",
	"softlockup_panic=1",
	"nowatchdog",
	"maxcpus=1",
	"nr_cpus=1",
	"isolcpus=1",
	"clocksource=tsc",
	"tsc=unstable",
	"hugepages=1024",
	"cgroup_disable=memory",
	"unprivileged_bpf_disabled=0",
	"slub_debug=FZP",
	"page_poison=1",
	"init_on_alloc=0",
	"vsyscall=emulate",
	"pci=noacpi",
	"pci=nomsi",
	"ignore_loglevel",
	"debug",
	"loglevel=8",
	"log_buf_len=1M",
	"printk.devkmsg=on",
	"console=tty1",
	"console=ttyS1",
	"console=netcon0",
	"console=ttyS0,9600",
	"netconsole=@/,@10.0.0.1/",
	"tpm_tis.force=1",
	"tpm.disable_pcr_integrity=1",
	"dm-mod.create=x",
	"dm_verity.prefetch_cluster=1",
	"dm-verity.require_signatures=0",
	"initcall_debug",
	"initcall_blacklist=tpm_init",
	"initcall_blacklist=init_ima,tpm_init",
	"bootconfig",
	"unknown_bootoption",
	"x=y",
	"x",
	/* what ends the kernel's own parameters, and quoting */
	"--",
	"-",
	"\"ro\"",
	"\"init=/bin/sh\"",
	"'ro'",
	"ro\"",
	"\\ro",
	"ro=",
	"ro=1",
	"=",
	"=ro",
	"quiet=1",
	"quiet=",
	/* hallmark's own name space is no exception */
	"hallmark.profile=debug",
	"hallmark.profile=",
	"hallmark.profile",
	"hallmark.shell=1",
	"hallmark.verify=no",
	"hallmark=off",
};

static void forbidden_words(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, forbidden, forbidden[i]); i++)
		assert_unknown(forbidden[i]);
	assert_true(HM_ARRAY_LEN(forbidden) >= 200);
	print_message("#! %zu forbidden words refused\n", HM_ARRAY_LEN(forbidden));
}

/* Of every known word: another case, a longer value, a shorter one, a longer key, - for _. */
static void near_misses(void **state)
{
	(void)state;
	for (size_t i = 0; i < hm_cmdline_rule_count; i++) {
		const struct hm_cmdline_rule *rule = &hm_cmdline_rules[i];
		const char *value = rule->values ? rule->values[0] : "";
		char word[128];

		snprintf(word, sizeof(word), "%s%sx", rule->key, value);
		assert_unknown(word);
		snprintf(word, sizeof(word), "x%s%s", rule->key, value);
		assert_unknown(word);
		snprintf(word, sizeof(word), "%s%s,", rule->key, value);
		assert_unknown(word);
		snprintf(word, sizeof(word), "%s%s;", rule->key, value);
		assert_unknown(word);
		snprintf(word, sizeof(word), "\"%s%s\"", rule->key, value);
		assert_unknown(word);
		snprintf(word, sizeof(word), "rd.%s%s", rule->key, value);
		assert_unknown(word);
		snprintf(word, sizeof(word), "%s%s", rule->key, value);
		word[0] = (char)(word[0] - 'a' + 'A');
		assert_unknown(word);
		if (rule->values) {
			snprintf(word, sizeof(word), "%s", rule->key);
			assert_unknown(word);
			word[strlen(word) - 1] = '\0';
			assert_unknown(word);
			snprintf(word, sizeof(word), "%s=%s", rule->key, value);
			assert_unknown(word);
			snprintf(word, sizeof(word), "%s%s%s", rule->key, value, value);
			assert_unknown(word);
			snprintf(word, sizeof(word), "%s\"%s\"", rule->key, value);
			assert_unknown(word);
		}
		/* The kernel takes - and _ for the same; the grammar does not. */
		snprintf(word, sizeof(word), "%s%s", rule->key, value);
		if (strchr(word, '_')) {
			*strchr(word, '_') = '-';
			assert_unknown(word);
		}
	}
}

/* The first unknown word is the one that is named. */
static void first_unknown(void **state)
{
	(void)state;
	assert_check("ro foo bar", HM_E_CMDLINE_UNKNOWN, "foo", NULL);
	assert_check("init=/bin/sh " IMAGE_LINE " rd.break", HM_E_CMDLINE_UNKNOWN, "init=/bin/sh", NULL);
}

static void repeated(void **state)
{
	char line[HM_CMDLINE_MAX + 1], word[128];

	(void)state;
	for (size_t i = 0; i < hm_cmdline_rule_count; i++) {
		const struct hm_cmdline_rule *rule = &hm_cmdline_rules[i];

		snprintf(word, sizeof(word), "%s%s", rule->key, rule->values ? rule->values[0] : "");
		if (strstr(" " IMAGE_LINE " ", word))
			snprintf(line, sizeof(line), "%s %s", IMAGE_LINE, word);
		else
			snprintf(line, sizeof(line), "%s %s %s", IMAGE_LINE, word, word);
		assert_check(line, HM_E_CMDLINE_REPEATED, word, NULL);
	}
	/* With another value as well: the second is named. */
	assert_check(IMAGE_LINE " console=hvc0", HM_E_CMDLINE_REPEATED, "console=hvc0", NULL);
	assert_check("hallmark.profile=test " IMAGE_LINE, HM_E_CMDLINE_REPEATED, "hallmark.profile=demo", NULL);
	/* An unknown word comes first. */
	assert_check(IMAGE_LINE " ro foo", HM_E_CMDLINE_UNKNOWN, "foo", NULL);
	/* Repeated comes before missing. */
	assert_check("ro ro", HM_E_CMDLINE_REPEATED, "ro", NULL);
}

/* The complete line less one required word, for each of them. */
static void missing(void **state)
{
	size_t required = 0;

	(void)state;
	for (size_t i = 0; i < hm_cmdline_rule_count; i++) {
		char line[HM_CMDLINE_MAX + 1] = "";
		size_t len = 0;

		if (!hm_cmdline_rules[i].required)
			continue;
		required++;
		for (size_t j = 0; j < hm_cmdline_rule_count; j++) {
			const struct hm_cmdline_rule *rule = &hm_cmdline_rules[j];

			if (j != i && rule->required)
				len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s%s", len ? " " : "",
							rule->key, rule->values ? rule->values[0] : "");
		}
		assert_check(line, HM_E_CMDLINE_MISSING, "", hm_cmdline_rules[i].key);
	}
	assert_int_equal(required, 14);
}

/* --- the documentation --- */

#define DOC_HEAD "| word | values | required |\n|---|---|---|\n"

/* One cell: up to " |", without the space before it. */
static char *take_cell(char **p)
{
	char *cell = *p, *end = strstr(cell, "|");

	assert_non_null(end);
	*p = end + 1;
	while (end > cell && end[-1] == ' ')
		end--;
	*end = '\0';
	while (*cell == ' ')
		cell++;
	return cell;
}

/* "a, b" is a list; "ttyS0,115200" has no space and is one value; "0 to 7" is a range. */
static void assert_values(const struct hm_cmdline_rule *rule, char *cell)
{
	char listed[256] = "";
	size_t len = 0;

	for (size_t i = 0; rule->values && rule->values[i]; i++)
		len += (size_t)snprintf(listed + len, sizeof(listed) - len, "%s%s", i ? ", " : "", rule->values[i]);
	if (strcmp(cell, "0 to 7") == 0)
		cell = strcpy(cell + strlen(cell) + 1, "0, 1, 2, 3, 4, 5, 6, 7");
	assert_string_equal(listed, cell);
}

static void assert_row(const struct hm_cmdline_rule *rule, const char *row)
{
	char copy[512], *p = copy, key[128], *cell;

	assert_true(strlen(row) < sizeof(copy) / 2);
	memset(copy, 0, sizeof(copy));
	memcpy(copy, row, strlen(row));
	assert_int_equal(*p++, '|');
	cell = take_cell(&p);
	snprintf(key, sizeof(key), "`%s`", rule->key);
	assert_string_equal(cell, key);
	cell = take_cell(&p);
	{
		char values[512] = "";

		memcpy(values, cell, strlen(cell));
		assert_values(rule, values);
	}
	assert_string_equal(take_cell(&p), rule->required ? "yes" : "no");
	assert_string_equal(p, "");
}

/* docs/FORMATS.md has the same rows in the same order. */
static void documented(void **state)
{
	const char *source = getenv("HALLMARK_SRC");
	struct hm_bytes content;
	char path[512], *text, *row;
	uint8_t *p;

	(void)state;
	snprintf(path, sizeof(path), "%s/docs/FORMATS.md", source ? source : ".");
	p = support_read_file(path, &content);
	if (!p)
		fail_msg("%s cannot be read", path);
	text = strndup((const char *)p, content.len);
	free(p);
	assert_non_null(text);
	row = strstr(text, DOC_HEAD);
	assert_non_null(row);
	row += strlen(DOC_HEAD);
	for (size_t i = 0; i < hm_cmdline_rule_count; i++) {
		char *end = strchr(row, '\n');

		assert_non_null(end);
		*end = '\0';
		assert_row(&hm_cmdline_rules[i], row);
		row = end + 1;
	}
	/* No row more. */
	assert_int_equal(*row, '\n');
	free(text);
}

/* --- robustness --- */

static void every_mutant(void **state)
{
	static const char text[] = IMAGE_LINE;
	size_t len = sizeof(text) - 1, refused = 0;
	struct hm_bytes word;
	const char *absent;

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		char *p = malloc(cut ? cut : 1);

		assert_non_null(p);
		memcpy(p, text, cut);
		assert_true(hm_cmdline_check(hm_bytes_of(p, cut), &word, &absent) != HM_OK);
		free(p);
	}
	for (size_t bit = 0; bit < 8 * len; bit++) {
		char *p = malloc(len);

		assert_non_null(p);
		memcpy(p, text, len);
		p[bit / 8] ^= (char)(1u << bit % 8);
		assert_true(hm_cmdline_check(hm_bytes_of(p, len), &word, &absent) != HM_OK);
		refused++;
		free(p);
	}
	print_message("#! command line flips: %zu, all refused\n", refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_line),	   cmocka_unit_test(image_file),     cmocka_unit_test(every_value),
		cmocka_unit_test(any_order),	   cmocka_unit_test(bytes),	     cmocka_unit_test(nul_byte),
		cmocka_unit_test(length),	   cmocka_unit_test(printable_ends), cmocka_unit_test(spaces),
		cmocka_unit_test(forbidden_words), cmocka_unit_test(near_misses),    cmocka_unit_test(first_unknown),
		cmocka_unit_test(repeated),	   cmocka_unit_test(missing),	     cmocka_unit_test(documented),
		cmocka_unit_test(every_mutant),
	};

	return cmocka_run_group_tests_name("cmdline", tests, NULL, NULL);
}
