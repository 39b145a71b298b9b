/* SPDX-License-Identifier: BSD-2-Clause */
/* report.c - hallmark-guest report: in the guest, write registers and logs for the host */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/eventlog.h"
#include "core/record.h"
#include "tools/commands.h"
#include "host/base/args.h"
#include "lib/golden/golden.h"
#include "host/log/report.h"
#include "host/tpm/tpm.h"

#define PORTS_DIR "/sys/class/virtio-ports"
#define PORT_NAME_MAX 256u

struct options {
	const char *port, *output, *tcti, *firmware_log, *runtime_log;
};

static int fail_tpm(const char *tcti, uint32_t rc)
{
	return hm_fail_text(HM_EXIT_RUN, tcti, hm_tpm_error(rc));
}

static int read_open_tpm(const char *tcti, struct hm_tpm *tpm, struct hm_pcrs *ret)
{
	uint16_t unknown = 0;
	uint32_t banks = 0;
	uint32_t rc = hm_tpm_banks(tpm, &banks, &unknown);

	if (rc)
		return fail_tpm(tcti, rc);
	if (unknown)
		return hm_fail_text(HM_EXIT_RUN, tcti, hm_err_text(HM_E_BANK_UNKNOWN));
	if (hm_banks_check(banks))
		return hm_fail_text(HM_EXIT_RUN, tcti, hm_err_text(hm_banks_check(banks)));
	rc = hm_tpm_read(tpm, banks, ret);
	return rc ? fail_tpm(tcti, rc) : HM_EXIT_OK;
}

static int read_registers(const char *tcti, struct hm_pcrs *ret)
{
	struct hm_tpm *tpm;
	uint32_t rc;
	int status;

	/* One line for each error, ours; who wants the library's lines sets the variable. */
	if (setenv("TSS2_LOG", "all+NONE", 0) < 0)
		return hm_fail_errno("TSS2_LOG", -errno);
	rc = hm_tpm_open(tcti, &tpm);
	if (rc)
		return fail_tpm(tcti, rc);
	status = read_open_tpm(tcti, tpm, ret);
	hm_tpm_close(tpm);
	return status;
}

static int read_log(const char *path, size_t max, bool required, uint8_t **ret, size_t *ret_len)
{
	struct hm_file file = {0};
	int r = hm_file_read(path, max, &file);

	if (r == -ENOENT && !required)
		return HM_EXIT_OK;
	if (r < 0)
		return hm_fail_errno(path, r);
	*ret = file.p;
	*ret_len = file.len;
	return HM_EXIT_OK;
}

/* The logs first: what is extended meanwhile shows as a register that no log explains, never the other way round. */
static int collect(const struct options *o, struct hm_report *report)
{
	int status =
		read_log(o->firmware_log ? o->firmware_log : "/sys/kernel/security/tpm0/binary_bios_measurements",
			 HM_EVENTLOG_MAX, o->firmware_log != NULL, &report->firmware_log, &report->firmware_log_len);

	if (!status)
		status = read_log(o->runtime_log ? o->runtime_log : "/run/hallmark/log", HM_RUNTIME_LOG_MAX, true,
				  &report->runtime_log, &report->runtime_log_len);
	if (!status)
		status = read_registers(o->tcti ? o->tcti : "device:/dev/tpmrm0", &report->pcrs);
	return status;
}

static bool port_has_name(const char *device, const char *name)
{
	char path[PORT_NAME_MAX + sizeof(PORTS_DIR) + 16];
	struct hm_file file;
	bool same;

	snprintf(path, sizeof(path), PORTS_DIR "/%.*s/name", (int)PORT_NAME_MAX, device);
	if (hm_file_read(path, PORT_NAME_MAX, &file) < 0)
		return false;
	if (file.len > 0 && file.p[file.len - 1] == '\n')
		file.len--;
	same = hm_bytes_equal(hm_file_bytes(&file), hm_bytes_of(name, strlen(name)));
	hm_file_free(&file);
	return same;
}

/* There is no udev that would make /dev/virtio-ports. */
static int find_port(const char *name, char *ret, size_t cap)
{
	DIR *dir = opendir(PORTS_DIR);
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return hm_fail_errno(PORTS_DIR, -errno);
	while (!found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !port_has_name(entry->d_name, name))
			continue;
		snprintf(ret, cap, "/dev/%.*s", (int)PORT_NAME_MAX, entry->d_name);
		found = true;
	}
	closedir(dir);
	return found ? HM_EXIT_OK : hm_fail_text(HM_EXIT_RUN, name, "there is no virtio-serial port with this name");
}

static int write_port(const char *name, struct hm_bytes text)
{
	char path[PORT_NAME_MAX + 8];
	int status = find_port(name, path, sizeof(path));
	int fd, r;

	if (status)
		return status;
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return hm_fail_errno(path, -errno);
	r = hm_write_all(fd, text);
	if (close(fd) < 0 && !r)
		r = -errno;
	return r < 0 ? hm_fail_errno(path, r) : HM_EXIT_OK;
}

static int write_report(const struct options *o, struct hm_bytes text)
{
	bool is_stdout = o->output && !strcmp(o->output, "-");
	int r;

	if (o->port)
		return write_port(o->port, text);
	r = is_stdout ? hm_write_all(STDOUT_FILENO, text) : hm_file_write_atomic(o->output, text);
	return r < 0 ? hm_fail_errno(is_stdout ? "standard output" : o->output, r) : HM_EXIT_OK;
}

static int run(const struct options *o)
{
	struct hm_report *report = calloc(1, sizeof(*report));
	char *text = NULL;
	int status = HM_EXIT_RUN;

	if (report)
		status = collect(o, report);
	if (!report || (!status && !(text = hm_report_format(report))))
		status = hm_fail_text(HM_EXIT_RUN, "report", "out of memory");
	if (!status)
		status = write_report(o, hm_bytes_of(text, strlen(text)));
	free(text);
	hm_report_free(report);
	return status;
}

static int command(void *options, const struct hm_words *words)
{
	const struct options *o = options;

	(void)words;
	if (!o->port == !o->output)
		return hm_usage("report", "needs either --port or --output");
	return run(o);
}

static const struct hm_option options[] = {
	HM_OPTION(struct options, port, "--port", "NAME", "A virtio-serial port, by the name that the host gave it."),
	HM_OPTION(struct options, output, "--output", "FILE", "A file, or - for standard output."),
	HM_OPTION(struct options, tcti, "--tcti", "TEXT", "How to reach the TPM (default: device:/dev/tpmrm0)."),
	HM_OPTION(struct options, firmware_log, "--firmware-log", "FILE",
		  "Default: /sys/kernel/security/tpm0/binary_bios_measurements, which may be absent."),
	HM_OPTION(struct options, runtime_log, "--runtime-log", "FILE", "Default: /run/hallmark/log."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_report = {
	.name = "report",
	.summary = "write registers and logs for the host",
	.synopsis = "report (--port NAME | --output FILE) [option...]",
	.description = "Reads the TPM's registers 0 to 15 in every active bank and both event logs, and writes them "
		       "as one report.",
	.example = "hallmark-guest report --port org.hallmark.report",
	.see_also = "hallmark-log-diff(1)",
	.args = {.tables = {{options, 0}}},
	.size = sizeof(struct options),
	.run = command,
};
