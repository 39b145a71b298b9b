/* SPDX-License-Identifier: BSD-2-Clause */
/* test_stages.c - each step of a boot fails: it is named, the registers are capped, nothing follows
 */
#include "machine.h"

#include "core/cmdline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static void expect_reason(const char *reason)
{
	expect(strstr(machine.console, reason), "the reason is '%s'", reason);
}

/* Boot with one input replaced, and stop before the first layer. */
static void boot_with_text(const char **path, const char *text)
{
	machine_write_text("input", text);
	machine_on();
	*path = machine_path("input");
	machine_boot();
}

static void expect_stopped_early(const char *line)
{
	expect_stopped(line, 0, true, 0);
	expect_log(0, machine_stage(), 5);
}

/* An input that is not there, is a directory, or is larger than its limit. */
static void bad_file(const char **path, const char *stage, size_t max, size_t records)
{
	char line[32], *large = malloc(max + 2);

	assert_non_null(large);
	memset(large, 'x', max + 1);
	large[max + 1] = '\0';
	snprintf(line, sizeof(line), "%s: ", stage);
	machine_on();
	*path = machine_path("no-such-file");
	machine_boot();
	expect_stopped(line, records, true, records);
	expect_reason("No such file or directory");
	machine_on();
	*path = machine.dir;
	machine_boot();
	expect_stopped(line, records, true, records);
	expect_reason("Is a directory");
	boot_with_text(path, large);
	expect_stopped(line, records, true, records);
	expect_reason("File too large");
	free(large);
}

/* --- mount, modules --- */

static void test_mounts(void **state)
{
	(void)state;
	machine_label("/proc cannot be mounted");
	machine_on();
	machine.kernel.fail_kernel_mounts = true;
	machine_boot();
	expect_stopped_early("mount: /proc: ");
}

static void test_modules(void **state)
{
	static const struct {
		const char *text;
		const char *line;
	} cases[] = {
		{"/no/such/module.ko\n", "modules: /no/such/module.ko: No such file"},
		{"relative.ko\n", "modules: "},
		{"\n", "modules: "},
		{"/a b\n", "modules: "},
		{"/a  /b\n", "modules: "},
		{"/a\t\n", "modules: "},
		{"/a", "modules: "},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
		machine_label("modules file %zu", i);
		boot_with_text(&machine.config.modules, cases[i].text);
		expect_stopped_early(cases[i].line);
	}
	machine_label("the modules file is none");
	bad_file(&machine.config.modules, "modules", 262144, 0);
}

/* --- command line --- */

/* Words that would open something, one at a time behind the image's own command line. */
static const char *const forbidden[] = {
	"init=/bin/sh",
	"rdinit=/bin/sh",
	"single",
	"S",
	"1",
	"s",
	"emergency",
	"rescue",
	"-b",
	"systemd.unit=rescue.target",
	"systemd.debug_shell",
	"systemd.debug_shell=1",
	"systemd.default_debug_tty=ttyS0",
	"systemd.run=/bin/sh",
	"systemd.mask=x.service",
	"systemd.wants=x.service",
	"systemd.setenv=LD_PRELOAD=/x",
	"systemd.image_policy=*",
	"systemd.set_credential=a:b",
	"systemd.import_credentials=yes",
	"systemd.getty_auto=yes",
	"systemd.gpt_auto=yes",
	"systemd.swap=1",
	"systemd.verity=0",
	"systemd.machine_id=1",
	"SYSTEMD_SULOGIN_FORCE=1",
	"rd.break",
	"rd.break=pre-mount",
	"rd.shell",
	"rd.shell=1",
	"rd.emergency=reboot",
	"rd.cmdline=ask",
	"rd.overlay",
	"rd.live.image",
	"iso-scan/filename=x",
	"root=/dev/sda1",
	"rootflags=rw",
	"rw",
	"resume=/dev/sda2",
	"noresume",
	"initrd=x.img",
	"ip=dhcp",
	"netroot=nbd:1.2.3.4",
	"console=ttyS1",
	"console=tty1",
	"kgdboc=ttyS0",
	"kgdbwait",
	"debug",
	"ignore_loglevel",
	"earlycon",
	"earlyprintk=serial",
	"lockdown=integrity",
	"lockdown=none",
	"module.sig_enforce=0",
	"efi=runtime",
	"efi=debug",
	"acpi=off",
	"acpi_rsdp=0x1000",
	"mem=1G",
	"memmap=1G$1G",
	"iommu=off",
	"mitigations=off",
	"nokaslr",
	"nopti",
	"nosmep",
	"slub_debug=FZ",
	"kexec_load_disabled=0",
	"crashkernel=256M",
	"hugepages=1",
	"modprobe.blacklist=tpm",
	"module_blacklist=dm_verity",
	"initcall_blacklist=tpm_init",
	"ima_appraise=off",
	"selinux=0",
	"apparmor=0",
	"lsm=",
	"security=none",
	"dm-mod.create=x",
	"dm_verity.require_signatures=0",
	"trace_event=x",
	"ftrace=function",
	"sysrq_always_enabled",
	"panic=1",
	"oops=continue",
	"random.trust_bootloader=on",
	"tpm_tis.force=1",
	"tpm.disable_pcr_integrity=1",
	"hallmark.profile=debug",
	"--",
	"quiet=1",
	"LD_PRELOAD=/x",
	"PATH=/x",
	"sysctl.kernel.modules_disabled=0",
	"rdblaster",
};

static void test_forbidden_words(void **state)
{
	size_t len;
	uint8_t *image = machine_read("cmdline", &len);

	(void)state;
	while (len > 0 && image[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < HM_ARRAY_LEN(forbidden); i++) {
		char text[4096], line[128];

		machine_label("%s", forbidden[i]);
		snprintf(text, sizeof(text), "%.*s %s\n", (int)len, image, forbidden[i]);
		boot_with_text(&machine.config.cmdline, text);
		snprintf(line, sizeof(line), "cmdline: %s: ", forbidden[i]);
		expect_stopped_early(line);
		expect(strstr(machine.console, hm_err_text(HM_E_CMDLINE_UNKNOWN)) ||
			       strstr(machine.console, hm_err_text(HM_E_CMDLINE_REPEATED)),
		       "the reason");
		expect(machine.command_count == 6, "nothing was asked of the TPM but the cap");
	}
	free(image);
}

static void test_missing_words(void **state)
{
	size_t len;
	uint8_t *image = machine_read("cmdline", &len);
	const char *required = getenv("HALLMARK_REQUIRED_WORDS");
	size_t missing = 0;

	(void)state;
	while (len > 0 && image[len - 1] == '\n')
		len--;
	/* Each word left out in turn: the required ones are missed by name. */
	for (size_t off = 0; off < len;) {
		size_t end = off;
		char text[4096];

		while (end < len && image[end] != ' ')
			end++;
		machine_label("without %.*s", (int)(end - off), image + off);
		/* With the space behind the word, or the one before the last. */
		snprintf(text, sizeof(text), "%.*s%.*s\n", (int)(end < len ? off : off - 1), image,
			 end < len ? (int)(len - end - 1) : 0, image + end + (end < len));
		boot_with_text(&machine.config.cmdline, text);
		off = end + 1;
		if (machine.seen->started)
			continue;
		expect_stopped_early("cmdline: ");
		expect_reason(hm_err_text(HM_E_CMDLINE_MISSING));
		missing++;
	}
	/* lib.sh counts them in docs/FORMATS.md 6. */
	expect(required && missing == strtoul(required, NULL, 10), "%zu words are required", missing);
	free(image);
}

static void test_cmdline_form(void **state)
{
	static const char *const cases[] = {"",	       "\n",	      " ro\n",	"ro \n", "ro  quiet\n", "ro\tquiet\n",
					    "ro ro\n", "ro\nquiet\n", "ro\n\n", "\x80\n"};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
		machine_label("command line form %zu", i);
		boot_with_text(&machine.config.cmdline, cases[i]);
		expect_stopped_early("cmdline: ");
	}
	machine_label("the command line is none");
	bad_file(&machine.config.cmdline, "cmdline", HM_CMDLINE_MAX + 2, 0);
}

/* --- layers --- */

static void test_layers(void **state)
{
	static const struct {
		const char *text;
		enum hm_err err;
	} cases[] = {
		{"", HM_E_LAYERS_EMPTY},
		{"\n", HM_E_LAYERS_NEWLINE},
		{"root 11 a b / erofs -", HM_E_LAYERS_NEWLINE},
		{"root 11 a b / erofs\n", HM_E_LAYERS_SYNTAX},
		{"Root 11 a b / erofs -\n", HM_E_LAYERS_NAME},
		{"root 15 a b / erofs -\n", HM_E_LAYERS_PCR},
		{"root 10 a b / erofs -\n", HM_E_LAYERS_PCR},
		{"root 11 a/b b / erofs -\n", HM_E_LAYERS_LABEL},
		{"root 11 a b /x/../y erofs -\n", HM_E_LAYERS_MOUNT},
		{"root 11 a b / vfat -\n", HM_E_LAYERS_FSTYPE},
		{"root 11 a b / erofs rw\n", HM_E_LAYERS_OPTIONS},
		{"root 11 a a / erofs -\n", HM_E_LAYERS_DUPLICATE},
		{"root 11 a b /x erofs -\n", HM_E_LAYERS_ROOT},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
		machine_label("layers file %zu", i);
		boot_with_text(&machine.config.layers, cases[i].text);
		expect_stopped_early("layers: ");
		expect_reason(hm_err_text(cases[i].err));
	}
	machine_label("the layers file is none");
	bad_file(&machine.config.layers, "layers", HM_LAYERS_FILE_MAX, 0);
}

/* --- activation and mounts --- */

static void test_activation(void **state)
{
	(void)state;
	for (size_t i = 1; i <= MACHINE_LAYERS; i++) {
		machine_label("dm-verity refuses layer %zu", i);
		machine_on();
		machine.kernel.fail_activation = i;
		machine_boot();
		/* Measured, and then not there: the cap says so. */
		expect_stopped("verity: ", i, true, i - 1);
		expect_log(i, "verity", 5);
		expect(machine.seen->mount_count == i - 1, "not mounted");
	}
}

/* With the flags that layers file and writable places say, and none else. The inputs are the demo's layers file and
 * lib.sh's /var. */
static void test_mount_flags(void **state)
{
	static const struct seen_mount want[] = {
		{"/", "/dev/dm-0", "erofs", "", MS_RDONLY},
		{"/hallmark/app", "/dev/dm-1", "erofs", "", MS_RDONLY | MS_NODEV | MS_NOSUID},
		{"/hallmark/weights", "/dev/dm-2", "erofs", "", MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC},
		{"/var", "tmpfs", "tmpfs", "mode=0755,size=64m", MS_NODEV | MS_NOSUID | MS_NOEXEC},
	};

	(void)state;
	machine_label("the flags of each mount");
	machine_on();
	machine_boot();
	expect_started();
	for (size_t i = 0; i < HM_ARRAY_LEN(want); i++) {
		const struct seen_mount *seen = &machine.seen->mount[i];

		expect(!strcmp(seen->path, want[i].path) && !strcmp(seen->source, want[i].source) &&
			       !strcmp(seen->fstype, want[i].fstype),
		       "mount %zu: %s of %s on %s", i, seen->fstype, seen->source, seen->path);
		expect(seen->flags == want[i].flags && !strcmp(seen->data, want[i].data), "%s: flags 0x%lx, data '%s'",
		       seen->path, seen->flags, seen->data);
	}
}

static void test_mount(void **state)
{
	(void)state;
	for (size_t i = 1; i <= MACHINE_LAYERS + 1; i++) {
		bool layer = i <= MACHINE_LAYERS;

		machine_label("mount %zu fails", i);
		machine_on();
		machine.kernel.fail_mount = i;
		machine_boot();
		expect_stopped(layer ? "filesystem: erofs on /" : "writable: /var: ", layer ? i : MACHINE_LAYERS, true,
			       layer ? i : MACHINE_LAYERS);
		expect_reason("Input/output error");
		expect(machine.seen->mount_count == i, "nothing is mounted after that");
	}
}

static void test_writable(void **state)
{
	static const char *const cases[] = {
		"/var tmpfs mode=0755,size=64m", "/var ext4 mode=0755,size=64m\n",   "/var tmpfs -\n",
		"var tmpfs mode=0755,size=1\n",	 "/ tmpfs mode=0755,size=1\n",	     "/a/../b tmpfs mode=0755,size=1\n",
		"/v tmpfs mode=0755\n",		 "/v tmpfs size=1,mode=0755\n",	     "/v tmpfs mode=0755,size=0\n",
		"/v tmpfs mode=0855,size=1\n",	 "/v tmpfs mode=0755,size=1,exec\n", "\n",
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
		machine_label("writable file %zu", i);
		boot_with_text(&machine.config.writable, cases[i]);
		expect_stopped("writable: ", MACHINE_LAYERS, true, MACHINE_LAYERS);
		expect(machine.seen->mount_count == MACHINE_LAYERS, "nothing is mounted for it");
	}
}

/* --- the lock --- */

static void expect_not_locked(const char *line)
{
	machine_boot();
	expect_stopped(line, MACHINE_LAYERS, true, MACHINE_LAYERS);
	expect_log(MACHINE_LAYERS, machine_stage(), 5);
}

static void test_disks_stay_writable(void **state)
{
	(void)state;
	machine_label("a disk cannot be set read-only");
	machine_on();
	machine.kernel.fail_read_only = true;
	expect_not_locked("lock: vda: Operation not permitted");
	machine_label("a disk does not stay read-only");
	machine_on();
	machine.kernel.lose_read_only = true;
	expect_not_locked("lock: vda: it does not stay read-only");
}

static void test_settings(void **state)
{
	static const char *const names[] = {"kexec_load_disabled", "modules_disabled",	  "sysrq",
					    "core_pattern",	   "usermodehelper/bset", "usermodehelper/inheritable"};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(names); i++) {
		char path[64];

		snprintf(path, sizeof(path), "sysctl/%s", names[i]);
		machine_label("%s does not keep its value", names[i]);
		machine_on();
		machine_write_text(path, "something that is longer\n");
		expect_not_locked("lock: ");
		expect_reason("it does not keep its value");
		machine_label("%s cannot be written", names[i]);
		machine_on();
		machine_remove(path);
		assert_int_equal(symlink("/dev/full", machine_path(path)), 0);
		expect_not_locked("lock: ");
		expect_reason("No space left on device");
		machine_label("%s does not exist", names[i]);
		machine_on();
		machine_remove(path);
		machine_boot();
		expect_started();
	}
}

static void test_lockdown(void **state)
{
	static const char *const cases[] = {"[none] integrity confidentiality\n", "none [integrity] confidentiality\n",
					    "confidentiality\n", "\n", ""};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
		machine_label("lockdown file %zu", i);
		machine_write_text("input", cases[i]);
		machine_on();
		machine.config.lockdown = machine_path("input");
		expect_not_locked("lock: ");
		expect_reason("the kernel is not locked down for confidentiality");
	}
	machine_label("no lockdown file");
	machine_on();
	machine.config.lockdown = machine_path("no-such-file");
	expect_not_locked("lock: ");
}

/* In force before the lock record says that nothing can be added. */
static void test_seal(void **state)
{
	size_t extends = 0, lock_at = 0;

	(void)state;
	machine_label("no filter of system calls");
	machine_on();
	machine.kernel.fail_seal = true;
	expect_not_locked("lock: system call filter: ");
	machine_label("the filter comes before the lock record");
	machine_on();
	machine_boot();
	expect_started();
	for (size_t i = 0; i < machine.command_count && !lock_at; i++) {
		if (machine.command[i].code == 0x182 && ++extends == MACHINE_LAYERS + 1)
			lock_at = i + 1;
	}
	expect(lock_at > 0, "there is a lock record");
	expect(machine.seen->sealed_at > 0 && machine.seen->sealed_at < lock_at,
	       "the filter at command %zu, the lock at %zu", machine.seen->sealed_at, lock_at);
}

/* --- how many TPMs --- */

static void second_tpm(struct hm_boot *boot, unsigned int poll)
{
	(void)boot;
	if (poll == 0)
		machine_write_text("tpm-class/tpm1", "");
}

static void test_second_tpm(void **state)
{
	(void)state;
	machine_label("two TPMs");
	machine_on();
	machine_write_text("tpm-class/tpm1", "");
	machine_boot();
	expect_stopped_early("tpm: ");
	expect_reason("not exactly one TPM");
	machine_label("a second TPM comes later");
	machine_on();
	machine.kernel.at_poll = second_tpm;
	expect_not_locked("tpm: ");
	expect_reason("not exactly one TPM");
	machine_label("no TPM in the kernel");
	machine_on();
	machine_remove("tpm-class/tpm0");
	machine_boot();
	expect_stopped_early("tpm: ");
}

/* --- the OS --- */

static void test_switch(void **state)
{
	(void)state;
	machine_label("the OS cannot be started");
	machine_on();
	machine.kernel.fail_switch = true;
	machine_boot();
	expect_stopped("switch: /sbin/init: ", MACHINE_RECORDS, true, MACHINE_LAYERS);
	expect_log(MACHINE_RECORDS, "switch", 5);
}

static void deadline_now(struct hm_boot *boot, unsigned int poll)
{
	(void)boot;
	(void)poll;
	machine.seen->deadline_now = true;
	while (!machine.seen->powered_off)
		usleep(1000);
}

static void test_deadline_while_waiting(void **state)
{
	char line[64];

	(void)state;
	machine_label("the deadline passes while disks are waited for");
	machine_on();
	machine.kernel.at_poll = deadline_now;
	machine_boot();
	snprintf(line, sizeof(line), "disk: boot: not finished after %u seconds", MACHINE_DEADLINE_S);
	expect_stopped_early(line);
}

/* --- the hooks of a general initramfs: a process each --- */

static void hook(enum hm_mode mode)
{
	machine.mode = mode;
	machine_boot();
}

static void hook_passes(enum hm_mode mode)
{
	hook(mode);
	expect(machine.status == 0 && !machine.seen->powered_off && !machine.seen->started, "the hook passes");
	expect(!strstr(machine.console, "stopped"), "nothing is said");
}

static void lock_by_hooks(void)
{
	struct registers want;

	machine_on();
	hook_passes(HM_MODE_HOOK_CMDLINE);
	expect(machine.command_count == 0 && machine.seen->read_count == 0, "of the command line alone");
	hook_passes(HM_MODE_HOOK_MOUNT);
	expect(machine.seen->activation_count == MACHINE_LAYERS && machine.seen->sealed_at > 0, "layers and filter");
	model_boot(MACHINE_RECORDS, NULL, &want);
	expect_registers(&want);
	expect_log(MACHINE_RECORDS, NULL, 0);
}

/* The log is that of another process: nothing is added to it, and the line about a cap that was made says so. */
static void expect_capped_beside_the_log(void)
{
	expect_log(MACHINE_RECORDS, NULL, 0);
	for (unsigned int pcr = 11; pcr <= 15; pcr++) {
		char line[192];

		snprintf(line, sizeof(line), "hallmark: PCR %u is capped, but not in %s: File exists\n", pcr,
			 machine.config.log);
		expect(strstr(machine.kmsg, line), "PCR %u: %s", pcr, machine.kmsg);
	}
	expect(!strstr(machine.kmsg, ": cap: "), "no cap has failed");
}

static void test_hooks(void **state)
{
	(void)state;
	machine_label("the hooks, and the last one once more");
	lock_by_hooks();
	hook(HM_MODE_HOOK_MOUNT);
	expect_stopped("tpm: PCR 11 sha1: ", MACHINE_RECORDS, true, 0);
	expect_capped_beside_the_log();
	machine_label("a word that is not in the grammar, in the first hook");
	machine_write_text("input", "ro rd.break\n");
	machine_on();
	machine.config.cmdline = machine_path("input");
	hook(HM_MODE_HOOK_CMDLINE);
	expect_stopped_early("cmdline: rd.break: ");
}

static void test_hook_fail(void **state)
{
	(void)state;
	machine_label("dracut gives up before anything is measured");
	machine_on();
	hook(HM_MODE_HOOK_FAIL);
	expect_stopped_early("switch: initramfs: gave up");
	machine_label("dracut gives up after the lock");
	lock_by_hooks();
	hook(HM_MODE_HOOK_FAIL);
	expect_stopped("switch: initramfs: gave up", MACHINE_RECORDS, true, 0);
	expect_capped_beside_the_log();
}

/* A TPM that takes its time for each cap: power-off does not wait for all of them. */
static void test_cap_time(void **state)
{
	struct registers want;

	(void)state;
	machine_label("no time is left after the first cap");
	machine_on();
	machine.kernel.fail_kernel_mounts = true;
	machine.config.cap_ms = 0;
	machine_boot();
	expect(machine.seen->powered_off && strcmp(machine_stage(), "mount") == 0, "stopped");
	expect(strstr(machine.kmsg, "no time is left to cap PCR 12 to 15"), "it is told: %s", machine.kmsg);
	want = machine.power_on;
	model_extend(&want, 11, "hallmark-fail/1 stage=mount");
	expect_registers(&want);
	expect_log(0, "mount", 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{"f12_kernel_mounts", test_mounts, NULL, NULL, NULL},
		{"f15_modules", test_modules, NULL, NULL, NULL},
		{"e18_f02_f03_f04_f05_f07_f08_forbidden_words", test_forbidden_words, NULL, NULL, NULL},
		{"f05_missing_words", test_missing_words, NULL, NULL, NULL},
		{"d13_cmdline_form", test_cmdline_form, NULL, NULL, NULL},
		{"f12_layers_file", test_layers, NULL, NULL, NULL},
		{"f12_dm_verity", test_activation, NULL, NULL, NULL},
		{"f12_mount", test_mount, NULL, NULL, NULL},
		{"f10_g19_mount_flags", test_mount_flags, NULL, NULL, NULL},
		{"f10_writable", test_writable, NULL, NULL, NULL},
		{"g19_disks_stay_writable", test_disks_stay_writable, NULL, NULL, NULL},
		{"e14_settings", test_settings, NULL, NULL, NULL},
		{"e14_lockdown", test_lockdown, NULL, NULL, NULL},
		{"g09_filter_before_lock", test_seal, NULL, NULL, NULL},
		{"d03_second_tpm", test_second_tpm, NULL, NULL, NULL},
		{"f12_switch", test_switch, NULL, NULL, NULL},
		{"d25_deadline", test_deadline_while_waiting, NULL, NULL, NULL},
		{"j05_cap_time", test_cap_time, NULL, NULL, NULL},
		{"f11_hooks", test_hooks, NULL, NULL, NULL},
		{"f12_hook_fail", test_hook_fail, NULL, NULL, NULL},
	};

	return machine_run("stages", tests, HM_ARRAY_LEN(tests), machine_teardown);
}
