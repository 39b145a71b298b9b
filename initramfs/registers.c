/* SPDX-License-Identifier: BSD-2-Clause */
/* registers.c - find the TPM, and refuse registers that somebody else has used */
#include "boot.h"

#include "lib/crypto/hash.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define POLL_MS 20u

static bool wait_for_tpm(struct hm_boot *boot)
{
	const char *path = boot->config->tpm_device;

	if (!path)
		return true;
	for (unsigned int waited = 0; access(path, F_OK) < 0; waited += POLL_MS) {
		if (waited >= boot->config->wait_ms)
			return hm_stop(boot, HM_STAGE_TPM, "no TPM", "%s", path);
		hm_sleep_ms(POLL_MS);
	}
	return true;
}

/*
 * The host can show a second TPM beside the firmware's. Records in that one would leave the registers of the firmware's
 * TPM open to the program that runs next.
 */
bool hm_boot_only_tpm(struct hm_boot *boot)
{
	const char *path = boot->config->sys_tpm;
	const struct dirent *entry;
	unsigned int count = 0;
	DIR *dir;

	if (!path)
		return true;
	dir = opendir(path);
	if (!dir)
		return hm_stop(boot, HM_STAGE_TPM, hm_errno_text(-errno), "%s", path);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	if (count != 1)
		return hm_stop(boot, HM_STAGE_TPM, "not exactly one TPM", "%s: %u", path, count);
	return true;
}

static bool tpm_open(struct hm_boot *boot)
{
	uint16_t unknown = 0;
	uint32_t banks = 0;
	uint32_t rc = hm_boot_tpm_open(boot, &banks, &unknown);
	enum hm_err err;

	if (rc)
		return hm_stop(boot, HM_STAGE_TPM, hm_tpm_error(rc), "%s", boot->config->tcti);
	/* Into a bank that stays empty, a later program could replay any boot. */
	if (unknown)
		return hm_stop(boot, HM_STAGE_TPM, hm_err_text(HM_E_BANK_UNKNOWN), "algorithm 0x%04x", unknown);
	err = hm_banks_check(banks);
	if (err)
		return hm_stop(boot, HM_STAGE_TPM, hm_err_text(err), "%s", boot->config->tcti);
	rc = hm_tpm_read(boot->tpm, banks, &boot->pcrs);
	if (rc)
		return hm_stop(boot, HM_STAGE_TPM, hm_tpm_error(rc), "PCR read");
	return true;
}

static bool check_zero(struct hm_boot *boot, enum hm_bank bank)
{
	static const uint8_t zero[HM_DIGEST_MAX];

	/* IMA starts before any process, and no prediction knows what it measures (host/uki/kernel.h). */
	if (memcmp(boot->pcrs.value[bank][HM_PCR_IMA], zero, hm_algs[bank].len) != 0)
		return hm_stop(boot, HM_STAGE_CMDLINE, hm_err_text(HM_E_PCR_IMA), "PCR %u %s", HM_PCR_IMA,
			       hm_algs[bank].name);

	for (uint32_t pcr = HM_PCR_CONFIG; pcr <= HM_PCR_OWNED_LAST; pcr++) {
		if (memcmp(boot->pcrs.value[bank][pcr], zero, hm_algs[bank].len) != 0)
			return hm_stop(boot, HM_STAGE_TPM, hm_err_text(HM_E_PCR_UNEXPECTED), "PCR %u %s",
				       (unsigned int)pcr, hm_algs[bank].name);
	}
	return true;
}

/*
 * PCR 11 belongs to the stub so far. `replay` is NULL where the firmware hands over no log (Azure
 * does).
 */
static bool check_os_register(struct hm_boot *boot, enum hm_bank bank, const struct hm_pcrs *replay)
{
	static const uint8_t zero[HM_DIGEST_MAX];
	const uint8_t *value = boot->pcrs.value[bank][HM_PCR_OS];
	size_t size = hm_algs[bank].len;
	bool good;

	if (!replay)
		good = memcmp(value, zero, size) != 0;
	else
		good = (replay->banks & HM_BANK_BIT(bank)) && memcmp(value, replay->value[bank][HM_PCR_OS], size) == 0;
	if (!good)
		return hm_stop(boot, HM_STAGE_TPM, hm_err_text(HM_E_PCR_UNEXPECTED), "PCR %u %s", HM_PCR_OS,
			       hm_algs[bank].name);
	return true;
}

static bool check_registers(struct hm_boot *boot, const struct hm_pcrs *replay)
{
	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(boot->banks & HM_BANK_BIT(bank)))
			continue;
		if (!check_os_register(boot, (enum hm_bank)bank, replay) || !check_zero(boot, (enum hm_bank)bank))
			return false;
	}
	return true;
}

static bool check_with_log(struct hm_boot *boot, struct hm_bytes log)
{
	struct hm_pcrs replay;
	enum hm_err err;

	if (log.len == 0)
		return check_registers(boot, NULL);
	err = hm_eventlog_replay(log, &hm_crypto_hasher, &replay);
	if (err)
		return hm_stop(boot, HM_STAGE_TPM, hm_err_text(err), "%s", boot->config->firmware_log);
	return check_registers(boot, &replay);
}

static bool read_and_check(struct hm_boot *boot)
{
	struct hm_file log = {0};
	int err = hm_file_read(boot->config->firmware_log, HM_EVENTLOG_MAX, &log);
	bool ok;

	if (err && err != -ENOENT)
		return hm_stop(boot, HM_STAGE_TPM, hm_errno_text(err), "%s", boot->config->firmware_log);
	ok = check_with_log(boot, hm_file_bytes(&log));
	hm_file_free(&log);
	return ok;
}

bool hm_boot_registers(struct hm_boot *boot)
{
	bool ok;

	if (!wait_for_tpm(boot) || !hm_boot_only_tpm(boot))
		return false;
	pthread_mutex_lock(&boot->tpm_lock);
	ok = tpm_open(boot) && read_and_check(boot);
	pthread_mutex_unlock(&boot->tpm_lock);
	return ok;
}
