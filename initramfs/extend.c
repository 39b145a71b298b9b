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

static enum hm_err log_line(void *ctx, struct hm_bytes line)
{
	struct hm_boot *boot = ctx;

	boot->log_errno = log_write(boot, line);
	return boot->log_errno ? HM_E_IO : HM_OK;
}

/* Why hm_extend_log has failed. */
static const char *log_reason(const struct hm_boot *boot, enum hm_err err)
{
	return err == HM_E_IO ? hm_errno_text(boot->log_errno) : hm_err_text(err);
}

static enum hm_err tpm_extend(void *ctx, uint32_t pcr, const struct hm_digests *digests)
{
	struct hm_boot *boot = ctx;
	uint32_t rc = hm_tpm_extend(boot->tpm, pcr, digests);

	if (!rc)
		return HM_OK;
	hm_stop(boot, HM_STAGE_EXTEND, hm_tpm_error(rc), "PCR %u", (unsigned int)pcr);
	return HM_E_EXTEND;
}

static enum hm_err tpm_read(void *ctx, uint32_t pcr, struct hm_pcrs *ret)
{
	struct hm_boot *boot = ctx;
	uint32_t rc = hm_tpm_read_one(boot->tpm, boot->banks, pcr, ret);

	if (!rc)
		return HM_OK;
	hm_stop(boot, HM_STAGE_EXTEND, hm_tpm_error(rc), "PCR %u read", (unsigned int)pcr);
	return HM_E_EXTEND;
}

static struct hm_extend extend_of(struct hm_boot *boot)
{
	return (struct hm_extend){boot, &hm_crypto_hasher, log_line, tpm_extend, tpm_read};
}

static enum hm_err extend_record(struct hm_boot *boot, const struct hm_measurement *m)
{
	const struct hm_extend to = extend_of(boot);
	struct hm_digests digests;
	uint32_t differing;
	enum hm_err err = hm_extend_log(&to, m, boot->banks, &boot->next_recnum, &digests);

	if (err) {
		hm_stop(boot, HM_STAGE_RECORD, log_reason(boot, err), "%s", boot->config->log);
		return err;
	}
	err = hm_extend_register(&to, m->pcr, &digests, &boot->pcrs, &differing);
	if (err == HM_E_PCR_UNEXPECTED)
		hm_stop(boot, HM_STAGE_EXTEND, hm_err_text(err), "PCR %u %s", (unsigned int)m->pcr,
			hm_banks_first_name(differing));
	return err;
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
	const struct hm_extend to = extend_of(boot);
	struct hm_digests digests;
	enum hm_err log_err;
	uint32_t rc;

	/* The kernel and ESYS repeat a command to a TPM that answers RETRY or TESTING, for some 15 s each. */
	if (m->pcr > HM_PCR_OWNED_FIRST && now_ms() - cap->start_ms >= boot->config->cap_ms) {
		if (!cap->late)
			hm_say(boot, "no time is left to cap PCR %u to %u", (unsigned int)m->pcr, HM_PCR_OWNED_LAST);
		cap->late = true;
		return HM_E_EXTEND;
	}
	log_err = hm_extend_log(&to, m, boot->banks, &boot->next_recnum, &digests);
	if (!digests.banks)
		return log_err;
	rc = hm_tpm_extend(boot->tpm, m->pcr, &digests);
	if (rc)
		hm_say(boot, "PCR %u: cap: %s", (unsigned int)m->pcr, hm_tpm_error(rc));
	else if (log_err)
		hm_say(boot, "PCR %u is capped, but not in %s: %s", (unsigned int)m->pcr, boot->config->log,
		       log_reason(boot, log_err));
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
