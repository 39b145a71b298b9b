/* SPDX-License-Identifier: BSD-2-Clause */
/* extend.c - a record: written to the runtime log, then extended, then read back */
#include "boot.h"

#include "lib/crypto/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

uint32_t hm_boot_tpm_open(struct hm_boot *boot, uint32_t *ret_banks, uint16_t *ret_unknown)
{
	uint32_t rc;

	if (!boot->tpm) {
		rc = hm_tpm_open(boot->config->tcti, &boot->tpm);
		if (rc)
			return rc;
	}
	rc = hm_tpm_banks(boot->tpm, ret_banks, ret_unknown);
	if (rc)
		return rc;
	boot->banks = *ret_banks;
	return 0;
}

static int log_open(struct hm_boot *boot)
{
	char dir[PATH_MAX];
	const char *path = boot->config->log;
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (boot->log_fd >= 0)
		return 0;
	if (len == 0 || len >= sizeof(dir))
		return -EINVAL;
	memcpy(dir, path, len);
	dir[len] = '\0';
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	/* 0644: the service that adds the TLS record later is root; nobody else may write. */
	boot->log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return boot->log_fd < 0 ? -errno : 0;
}

static int log_write(struct hm_boot *boot, struct hm_bytes line)
{
	int err = log_open(boot);

	if (!err)
		err = hm_write_all(boot->log_fd, line);
	if (!err && fsync(boot->log_fd) < 0)
		err = -errno;
	return err;
}

/* NULL, or why the log does not have the record. */
static const char *log_record(struct hm_boot *boot, uint32_t pcr, const struct hm_digests *digests,
			      struct hm_bytes content)
{
	struct hm_cel_record record = {
		.recnum = boot->next_recnum,
		.pcr = pcr,
		.digests = *digests,
		.content = content,
	};
	uint8_t line[HM_CEL_LINE_MAX];
	struct hm_writer w = hm_writer_of(line, sizeof(line));
	enum hm_err err = hm_cel_format(&record, &w);
	int io_err;

	if (err)
		return hm_err_text(err);
	io_err = log_write(boot, hm_writer_bytes(&w));
	if (io_err)
		return hm_errno_text(io_err);
	boot->next_recnum++;
	return NULL;
}

/* The TPM says it has extended; believe the register. */
static enum hm_err read_back(struct hm_boot *boot, uint32_t pcr, const struct hm_pcrs *expected)
{
	struct hm_pcrs now;
	uint32_t rc = hm_tpm_read_one(boot->tpm, boot->banks, pcr, &now);

	if (rc) {
		hm_stop(boot, HM_STAGE_EXTEND, hm_tpm_error(rc), "PCR %u read", (unsigned int)pcr);
		return HM_E_EXTEND;
	}
	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(boot->banks & HM_BANK_BIT(bank)))
			continue;
		if (memcmp(now.value[bank][pcr], expected->value[bank][pcr], hm_algs[bank].size) != 0) {
			hm_stop(boot, HM_STAGE_EXTEND, hm_err_text(HM_E_PCR_UNEXPECTED), "PCR %u %s", (unsigned int)pcr,
				hm_algs[bank].name);
			return HM_E_PCR_UNEXPECTED;
		}
	}
	return HM_OK;
}

static enum hm_err extend_record(struct hm_boot *boot, const struct hm_measurement *m)
{
	struct hm_pcrs expected = boot->pcrs;
	struct hm_digests digests;
	const char *not_logged;
	enum hm_err err;
	uint32_t rc;

	/* The log stores the record as one line; nothing else can come out of core/measure here. */
	if (m->part_count != 1 || m->zero_tail != 0)
		return HM_E_RECORD_LENGTH;
	err = hm_digests_of(&hm_crypto_hasher, boot->banks, m->parts, m->part_count, 0, &digests);
	if (err)
		return err;
	err = hm_pcrs_extend(&expected, &hm_crypto_hasher, m->pcr, &digests);
	if (err)
		return err;
	not_logged = log_record(boot, m->pcr, &digests, m->parts[0]);
	if (not_logged) {
		hm_stop(boot, HM_STAGE_RECORD, not_logged, "%s", boot->config->log);
		return HM_E_IO;
	}
	rc = hm_tpm_extend(boot->tpm, m->pcr, &digests);
	if (rc) {
		hm_stop(boot, HM_STAGE_EXTEND, hm_tpm_error(rc), "PCR %u", (unsigned int)m->pcr);
		return HM_E_EXTEND;
	}
	err = read_back(boot, m->pcr, &expected);
	if (err)
		return err;
	boot->pcrs = expected;
	return HM_OK;
}

static enum hm_err sink_extend(void *ctx, const struct hm_measurement *m)
{
	struct hm_boot *boot = ctx;
	enum hm_err err;

	pthread_mutex_lock(&boot->tpm_lock);
	hm_boot_halt_if_ended(boot);
	err = extend_record(boot, m);
	/* The TPM may have taken longer than there was time: then the layer is not to be used. */
	hm_boot_halt_if_ended(boot);
	pthread_mutex_unlock(&boot->tpm_lock);
	return err;
}

struct hm_sink hm_boot_sink(struct hm_boot *boot)
{
	return (struct hm_sink){.ctx = boot, .extend = sink_extend};
}

static uint64_t now_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct cap {
	struct hm_boot *boot;
	uint64_t start_ms;
	bool late;
};

/*
 * Neither a full log, nor one that another hook's process has made, nor one dead register may keep the others from
 * being capped.
 */
static enum hm_err cap_extend(void *ctx, const struct hm_measurement *m)
{
	struct cap *cap = ctx;
	struct hm_boot *boot = cap->boot;
	const char *not_logged;
	struct hm_digests digests;
	enum hm_err err;
	uint32_t rc;

	/* The kernel and ESYS repeat a command to a TPM that answers RETRY or TESTING, for some 15 s each. */
	if (m->pcr > HM_PCR_OWNED_FIRST && now_ms() - cap->start_ms >= boot->config->cap_ms) {
		if (!cap->late)
			hm_say(boot, "no time is left to cap PCR %u to %u", (unsigned int)m->pcr, HM_PCR_OWNED_LAST);
		cap->late = true;
		return HM_E_EXTEND;
	}
	err = hm_digests_of(&hm_crypto_hasher, boot->banks, m->parts, m->part_count, 0, &digests);
	if (err)
		return err;
	not_logged = log_record(boot, m->pcr, &digests, m->data);
	rc = hm_tpm_extend(boot->tpm, m->pcr, &digests);
	if (rc)
		hm_say(boot, "PCR %u: cap: %s", (unsigned int)m->pcr, hm_tpm_error(rc));
	else if (not_logged)
		hm_say(boot, "PCR %u is capped, but not in %s: %s", (unsigned int)m->pcr, boot->config->log,
		       not_logged);
	return rc ? HM_E_EXTEND : HM_OK;
}

void hm_boot_cap(struct hm_boot *boot, enum hm_stage stage)
{
	struct cap cap = {.boot = boot, .start_ms = now_ms()};
	const struct hm_sink sink = {.ctx = &cap, .extend = cap_extend};
	uint16_t unknown;
	uint32_t banks;
	enum hm_err err;

	/* The failure may have come before the TPM was opened, and even because of its banks: what can be capped is. */
	if (!boot->banks && hm_boot_tpm_open(boot, &banks, &unknown))
		return;
	hm_say(boot, "capping PCR %u to %u", HM_PCR_OWNED_FIRST, HM_PCR_OWNED_LAST);
	err = hm_measure_cap(stage, &sink);
	/* Each register has been reported above; the boot is over either way. */
	(void)err;
}
