/* SPDX-License-Identifier: BSD-2-Clause */
/* machine.c - inputs and power-on of the machine, and what a boot must have left behind */
#include "machine.h"

#include "doubles.h"
#include "proxy.h"
#include "swtpm.h"

#include "core/eventlog.h"
#include "lib/crypto/hash.h"

#include <openssl/evp.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct machine machine;
size_t machine_points;

/* What the stub measures, as far as hallmark-boot is concerned: something. */
static const char *const stub_event[] = {"test stub event 1", "test stub event 2"};
static const char settings[] = "kexec_load_disabled=1 modules_disabled=1 sysrq=0 "
			       "core_pattern=|/nonexistent usermodehelper/bset=0\t0 usermodehelper/inheritable=0\t0";

/* --- files --- */

const char *machine_path(const char *name)
{
	static char path[8][256];
	static unsigned int next;
	char *p = path[next++ % HM_ARRAY_LEN(path)];

	snprintf(p, sizeof(path[0]), "%s/%s", machine.dir, name);
	return p;
}

void machine_write(const char *name, const void *content, size_t len)
{
	int fd = open(machine_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(hm_write_all(fd, hm_bytes_of(content, len)), 0);
	close(fd);
}

void machine_write_text(const char *name, const char *text)
{
	machine_write(name, text, strlen(text));
}

uint8_t *machine_read(const char *name, size_t *ret_len)
{
	struct hm_file file;

	if (hm_file_read(machine_path(name), SIZE_MAX - 1, &file))
		fail_msg("%s cannot be read", name);
	*ret_len = file.len;
	return file.p;
}

void machine_remove(const char *name)
{
	const char *path = machine_path(name);

	if (remove(path) < 0 && errno != ENOENT)
		fail_msg("%s: %s", path, strerror(errno));
}

static void remove_entries(const char *name)
{
	DIR *dir = opendir(machine_path(name));
	const struct dirent *entry;
	char path[300];

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
		machine_remove(path);
	}
	closedir(dir);
}

void machine_disks_none(void)
{
	remove_entries("block");
	remove_entries("dev");
}

void machine_disk(const char *name, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "block/%s", name);
	machine_write_text(path, "");
	snprintf(path, sizeof(path), "dev/%s", name);
	if (symlink(machine_path(file), machine_path(path)) < 0)
		fail_msg("symlink %s: %s", path, strerror(errno));
}

/* --- registers, by OpenSSL alone --- */

static void digest_of(enum hm_bank bank, const void *p, size_t len, uint8_t *ret)
{
	unsigned int ret_len = 0;
	const EVP_MD *md = EVP_get_digestbyname(hm_algs[bank].name);

	assert_non_null(md);
	assert_int_equal(EVP_Digest(p, len, ret, &ret_len, md, NULL), 1);
	assert_int_equal(ret_len, hm_algs[bank].len);
}

static void model_extend_bank(struct registers *registers, enum hm_bank bank, uint32_t pcr, const char *text)
{
	uint8_t both[2 * HM_DIGEST_MAX];
	size_t size = hm_algs[bank].len;

	memcpy(both, registers->value[bank][pcr], size);
	digest_of(bank, text, strlen(text), both + size);
	digest_of(bank, both, 2 * size, registers->value[bank][pcr]);
}

void model_extend(struct registers *registers, uint32_t pcr, const char *text)
{
	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (machine.banks & HM_BANK_BIT(bank))
			model_extend_bank(registers, (enum hm_bank)bank, pcr, text);
	}
}

void model_boot(size_t records, const char *stage, struct registers *ret)
{
	char cap[64];

	*ret = machine.power_on;
	for (size_t i = 0; i < records; i++)
		model_extend(ret, machine.record_pcr[i], machine.record[i]);
	if (!stage)
		return;
	snprintf(cap, sizeof(cap), "hallmark-fail/1 stage=%s", stage);
	for (uint32_t pcr = 11; pcr <= 15; pcr++)
		model_extend(ret, pcr, cap);
}

static void tpm_extend(uint32_t pcr, uint32_t banks, const char *text)
{
	uint8_t digests[HM_BANK_COUNT][HM_DIGEST_MAX];

	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++)
		digest_of((enum hm_bank)bank, text, strlen(text), digests[bank]);
	assert_int_equal(swtpm_extend(pcr, banks, digests), 0);
}

void machine_extend(uint32_t pcr, const char *text)
{
	tpm_extend(pcr, machine.banks, text);
	model_extend(&machine.power_on, pcr, text);
}

void machine_extend_bank(uint32_t pcr, enum hm_bank bank, const char *text)
{
	tpm_extend(pcr, HM_BANK_BIT(bank), text);
	model_extend_bank(&machine.power_on, bank, pcr, text);
}

void machine_read_registers(struct registers *ret)
{
	assert_int_equal(swtpm_read(machine.banks, ret), 0);
}

void machine_set_banks(uint32_t banks)
{
	assert_int_equal(swtpm_allocate(banks), 0);
	machine.banks = banks;
}

/* --- power on --- */

static void put_event(struct hm_writer *w, uint32_t banks, uint32_t pcr, const char *text)
{
	struct hm_digests digests = {.banks = banks};

	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (banks & HM_BANK_BIT(bank))
			digest_of((enum hm_bank)bank, text, strlen(text), digests.value[bank]);
	}
	assert_int_equal(hm_eventlog_put_event(w, pcr, HM_EV_IPL, &digests, hm_bytes_of_text(text)), HM_OK);
}

void machine_write_firmware_log(const char *name, uint32_t banks, size_t events)
{
	uint8_t log[4096];
	struct hm_writer w = hm_writer_of(log, sizeof(log));

	assert_int_equal(hm_eventlog_put_header(&w, banks), HM_OK);
	put_event(&w, banks, 4, "a register that is not ours");
	for (size_t i = 0; i < events; i++)
		put_event(&w, banks, 11, stub_event[i]);
	machine_write(name, w.p, w.len);
}

static void write_settings(void)
{
	char copy[sizeof(settings)], *rest = copy, *word;

	memcpy(copy, settings, sizeof(settings));
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');
		char path[64], line[64];

		*value++ = '\0';
		snprintf(path, sizeof(path), "sysctl/%s", word);
		snprintf(line, sizeof(line), "%s\n", value);
		/* A test may have made it a link. */
		machine_remove(path);
		machine_write_text(path, line);
	}
	machine_write_text("lockdown", "none integrity [confidentiality]\n");
}

static char *keep(const char *prefix, const char *name)
{
	char *text;

	if (asprintf(&text, "%s%s/%s", prefix, machine.dir, name) < 0)
		abort();
	return text;
}

static void config_set(void)
{
	static struct hm_boot_config config;

	if (!config.tcti)
		config = (struct hm_boot_config){
			.tcti = keep("swtpm:path=", "tpm"),
			.sys_tpm = keep("", "tpm-class"),
			.firmware_log = keep("", "firmware-log"),
			.cmdline = keep("", "cmdline"),
			.modules = keep("", "modules"),
			.layers = keep("", "layers"),
			.writable = keep("", "writable"),
			.log = keep("", "run/hallmark/log"),
			.sys_block = keep("", "block"),
			.dev = keep("", "dev"),
			.sysctl = keep("", "sysctl"),
			.lockdown = keep("", "lockdown"),
			.ram = keep("", "ram"),
			.new_root = "/sysroot",
			.wait_ms = 100,
			.deadline_s = MACHINE_DEADLINE_S,
			.cap_ms = 30000,
		};
	machine.config = config;
}

void machine_on_bare(void)
{
	assert_true(swtpm_reset());
	memset(&machine.power_on, 0, sizeof(machine.power_on));
	memset(&machine.tpm_fault, 0, sizeof(machine.tpm_fault));
	memset(&machine.kernel, 0, sizeof(machine.kernel));
	config_set();
	machine.mode = HM_MODE_INIT;
	write_settings();
	remove_entries("tpm-class");
	machine_write_text("tpm-class/tpm0", "");
	machine_disks_none();
	machine_disk("vda", "disk.img");
	machine_remove("run/hallmark/log");
	machine_remove("run/hallmark");
}

void machine_on(void)
{
	machine_on_bare();
	for (size_t i = 0; i < HM_ARRAY_LEN(stub_event); i++)
		machine_extend(11, stub_event[i]);
}

static void read_records(void)
{
	FILE *f = fopen(machine_path("records"), "re");
	size_t i = 0;

	assert_non_null(f);
	while (i < MACHINE_RECORDS && fscanf(f, "%u %1024[^\n]\n", &machine.record_pcr[i], machine.record[i]) == 2)
		i++;
	fclose(f);
	assert_int_equal(i, MACHINE_RECORDS);
}

static void make_directories(void)
{
	static const char *const name[] = {"tpm.state", "block",     "dev", "sysctl", "sysctl/usermodehelper",
					   "run",	"tpm-class", "ram"};

	for (size_t i = 0; i < HM_ARRAY_LEN(name); i++) {
		if (mkdir(machine_path(name[i]), 0755) < 0 && errno != EEXIST)
			fail_msg("%s: %s", machine_path(name[i]), strerror(errno));
	}
}

int machine_setup(void **state)
{
	const char *dir = getenv("HALLMARK_BOOT_DIR");

	(void)state;
	if (!dir || strlen(dir) >= sizeof(machine.dir)) {
		print_message("# HALLMARK_BOOT_DIR: run this through tests/initramfs/*.t\n");
		return -1;
	}
	snprintf(machine.dir, sizeof(machine.dir), "%s", dir);
	signal(SIGPIPE, SIG_IGN);
	machine.banks = HM_BANKS_ALL;
	machine.console_fd = memfd_create("console", MFD_CLOEXEC);
	machine.kmsg_fd = memfd_create("kmsg", MFD_CLOEXEC);
	machine.seen = mmap(NULL, sizeof(*machine.seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(machine.seen, MAP_FAILED);
	make_directories();
	read_records();
	machine_write_text("modules", "");
	machine_write_firmware_log("firmware-log", HM_BANKS_ALL, HM_ARRAY_LEN(stub_event));
	return swtpm_start(machine_path("tpm.state")) ? 0 : -1;
}

int machine_teardown(void **state)
{
	(void)state;
	proxy_stop();
	swtpm_stop();
	return 0;
}

/* --- expectations --- */

void machine_label(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(machine.label, sizeof(machine.label), format, args);
	va_end(args);
}

void machine_expect(bool condition, const char *text, const char *file, int line, const char *format, ...)
{
	char why[512];
	va_list args;

	if (condition)
		return;
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	print_message("# %s:%d: %s: %s: %s\n# console: %s\n", file, line, machine.label, text, why, machine.console);
	fail();
}

void expect_registers(const struct registers *want)
{
	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(machine.banks & HM_BANK_BIT(bank)))
			continue;
		for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++)
			expect(memcmp(machine.registers.value[bank][pcr], want->value[bank][pcr], hm_algs[bank].len) ==
				       0,
			       "PCR %u %s is not what it must be", pcr, hm_algs[bank].name);
	}
}

static unsigned int count_of(const char *text, const char *what)
{
	unsigned int count = 0;

	for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
		count++;
	return count;
}

static const char stopped[] = "hallmark: stopped: ";

const char *machine_stage(void)
{
	static char stage[32];
	const char *p = strstr(machine.console, stopped);

	snprintf(stage, sizeof(stage), "%.*s", p ? (int)strcspn(p + strlen(stopped), ":") : 0,
		 p ? p + strlen(stopped) : "");
	return stage;
}

static void expect_activation(size_t index)
{
	uint8_t line[HM_RECORD_MAX];
	struct hm_writer w = hm_writer_of(line, sizeof(line));

	expect(hm_record_format(&machine.seen->activation[index].record, &w) == HM_OK, "the record of activation %zu",
	       index);
	expect(hm_bytes_equal_text(hm_writer_bytes(&w), machine.record[index]),
	       "layer %zu is activated with what veritysetup says: %.*s", index, (int)w.len, line);
}

void expect_log(size_t records, const char *stage, size_t caps)
{
	char cap[64];
	struct hm_cel_record record;
	struct hm_cel cel;
	size_t len = 0;
	uint8_t *log = machine_read("run/hallmark/log", &len);
	bool end = false;

	snprintf(cap, sizeof(cap), "hallmark-fail/1 stage=%s", stage ? stage : "");
	expect(hm_cel_open(hm_bytes_of(log, len), &cel) == HM_OK, "the log can be read");
	for (size_t i = 0; i < records + caps; i++) {
		bool is_record = i < records;

		expect(hm_cel_next(&cel, &hm_crypto_hasher, &record, &end) == HM_OK && !end, "log line %zu of %zu", i,
		       records + caps);
		expect(record.pcr == (is_record ? machine.record_pcr[i] : 11 + i - records),
		       "log line %zu is about PCR %u", i, record.pcr);
		expect(hm_bytes_equal_text(record.content, is_record ? machine.record[i] : cap), "log line %zu: %.*s",
		       i, (int)record.content.len, record.content.p);
	}
	expect(hm_cel_next(&cel, &hm_crypto_hasher, &record, &end) == HM_OK && end, "the log has more than %zu lines",
	       records + caps);
	free(log);
}

void expect_started(void)
{
	struct registers want;
	const struct seen *seen = machine.seen;

	expect(machine.status == 0, "exit status 0x%x", (unsigned int)machine.status);
	expect(seen->started && !seen->powered_off && !seen->late, "the OS is started");
	expect(count_of(machine.console, stopped) == 0, "nothing is said to have stopped");
	expect(count_of(machine.kmsg, "locked: 3 layers") == 1, "the lock is told");
	expect(seen->activation_count == MACHINE_LAYERS, "%zu layers", seen->activation_count);
	expect(seen->mount_count == MACHINE_LAYERS + 1, "%zu mounts", seen->mount_count);
	for (size_t i = 0; i < MACHINE_LAYERS; i++)
		expect_activation(i);
	model_boot(MACHINE_RECORDS, NULL, &want);
	expect_registers(&want);
	expect_log(MACHINE_RECORDS, NULL, 0);
}

static size_t refusals;

/* Stage and reason, without the thing between them, for whoever counts how many different ones there are. */
static void note_refusal(const char *said)
{
	const char *path = getenv("HALLMARK_REFUSALS");
	size_t len = strcspn(said, "\r\n");
	const char *reason = said;
	FILE *f;

	refusals++;
	if (!path)
		return;
	for (const char *p = said; p + 2 < said + len; p++) {
		if (p[0] == ':' && p[1] == ' ')
			reason = p + 2;
	}
	f = fopen(path, "ae");
	assert_non_null(f);
	fprintf(f, "%.*s: %.*s\n", (int)strcspn(said, ":"), said, (int)(len - (size_t)(reason - said)), reason);
	fclose(f);
}

void expect_stopped(const char *line, size_t records, bool capped, size_t activated)
{
	const struct seen *seen = machine.seen;
	struct registers want;
	const char *said = strstr(machine.console, stopped);

	expect(machine.status == 0, "exit status 0x%x", (unsigned int)machine.status);
	expect(seen->powered_off && !seen->started, "the machine is switched off");
	expect(!seen->late, "nothing goes on after power-off");
	expect(count_of(machine.console, stopped) == 1, "one line on the console");
	expect(count_of(machine.kmsg, stopped) == 1, "one line in the kernel's log");
	expect(strncmp(said + strlen(stopped), line, strlen(line)) == 0, "the line begins with %s", line);
	note_refusal(said + strlen(stopped));
	expect(seen->activation_count == activated, "%zu layers are activated, not %zu", seen->activation_count,
	       activated);
	for (size_t i = 0; i < activated; i++)
		expect_activation(i);
	model_boot(records, capped ? machine_stage() : NULL, &want);
	expect_registers(&want);
}

int machine_run(const char *what, const struct CMUnitTest *tests, size_t count, CMFixtureFunction teardown)
{
	int failed = _cmocka_run_group_tests(what, tests, count, machine_setup, teardown);

	printf("#! fault points: %s: %zu\n", what, machine_points);
	printf("#! refusals: %s: %zu\n", what, refusals);
	return failed;
}
