/* SPDX-License-Identifier: BSD-2-Clause */
/* boot_key.c - in the booted machine: the TLS key of this boot and its record */
#include "guest/boot_key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/extend.h"
#include "core/measure_record.h"
#include "lib/crypto/hash.h"

/* A private key in PEM has about 250 bytes. */
#define KEY_MAX 4096u

/* Where the record of the TLS key stands. */
enum tls_record {
	TLS_NONE,    /* not in the log, not extended */
	TLS_PENDING, /* in the log, not extended */
	TLS_DONE,
};

/* While the record is looked for and made. */
struct opening {
	const struct hm_enclave_config *config;
	struct hm_enclave *enclave;
	struct hm_error *error;
	struct hm_tpm *tpm;
	enum tls_record state;
	uint64_t next_recnum;
	uint8_t recorded[32];	   /* TLS_PENDING, TLS_DONE: the SPKI in the log */
	struct hm_digests digests; /* of the TLS record */
	struct hm_pcrs before;	   /* after the log without the TLS record */
	uint32_t extend_rc;	   /* what the TPM has answered to the extend */
	struct hm_pcrs seen;	   /* PCR 15 after it */
};

bool hm_error_tpm(struct hm_error *error, const char *tcti, uint32_t rc)
{
	return hm_error_of(error, HM_ERROR_RUN, tcti, "%s", hm_tpm_error(rc));
}

static bool fail_log(struct opening *o, const char *why)
{
	return hm_error_of(o->error, HM_ERROR_REJECTED, o->enclave->log_path, "%s", why);
}

/* --- the log --- */

static bool take_record(struct opening *o, const struct hm_cel_record *cel, struct hm_record_order *order)
{
	struct hm_record record;
	enum hm_err err = hm_record_parse(cel->content, &record);

	if (!err && cel->digests.banks != o->enclave->banks)
		return fail_log(o, "its digests are not of the TPM's active banks");
	if (!err)
		err = hm_record_order_next(order, cel->pcr, record.kind);
	if (err)
		return fail_log(o, hm_err_text(err));
	if (record.kind == HM_RECORD_TLS) {
		o->state = TLS_DONE;
		o->digests = cel->digests;
		memcpy(o->recorded, record.sha256, sizeof(o->recorded));
		return true;
	}
	err = hm_pcrs_extend(&o->before, &hm_crypto_hasher, cel->pcr, &cel->digests);
	return err ? fail_log(o, hm_err_text(err)) : true;
}

static bool walk_log(struct opening *o, struct hm_cel *cel)
{
	struct hm_record_order order = {.locks = 0};
	enum hm_err err;

	for (;;) {
		struct hm_cel_record record;
		bool end = false;

		err = hm_cel_next(cel, &hm_crypto_hasher, &record, &end);
		if (err)
			return fail_log(o, hm_err_text(err));
		if (end)
			break;
		if (!take_record(o, &record, &order))
			return false;
		o->next_recnum = record.recnum + 1;
	}
	err = hm_record_order_check(&order);
	return err ? fail_log(o, hm_err_text(err)) : true;
}

static bool read_log(struct opening *o)
{
	struct hm_enclave *e = o->enclave;
	struct hm_cel cel;
	enum hm_err err;
	int r;

	hm_file_free(&e->log);
	r = hm_file_read(e->log_path, HM_RUNTIME_LOG_MAX, &e->log);
	if (r < 0)
		return hm_error_errno(o->error, e->log_path, r);
	err = hm_cel_open(hm_file_bytes(&e->log), &cel);
	if (err)
		return fail_log(o, hm_err_text(err));
	o->state = TLS_NONE;
	hm_pcrs_init(&o->before, e->banks, 0);
	if (!walk_log(o, &cel))
		return false;
	e->pcrs = o->before;
	if (o->state == TLS_DONE && hm_pcrs_extend(&e->pcrs, &hm_crypto_hasher, HM_PCR_TLS, &o->digests))
		return fail_log(o, hm_err_text(HM_E_BANK_DIGEST));
	return true;
}

/* --- registers --- */

bool hm_enclave_check(const struct hm_enclave *enclave, const struct hm_pcrs *seen, enum hm_bank bank,
		      struct hm_error *error)
{
	/* Not 11: what the firmware has extended there is not in this log. */
	for (uint32_t pcr = HM_PCR_CONFIG; pcr <= HM_PCR_TLS; pcr++) {
		if (!hm_pcr_differing(&enclave->pcrs, seen, HM_BANK_BIT(bank), pcr))
			continue;
		if (hm_pcr_is_zero(seen, pcr))
			return hm_error_of(error, HM_ERROR_REJECTED, "TPM",
					   "PCR %u %s is at its power-on value: the TPM was reset", (unsigned int)pcr,
					   hm_algs[bank].name);
		return hm_error_of(error, HM_ERROR_REJECTED, "TPM",
				   "PCR %u %s is not what the runtime log says: something else was extended",
				   (unsigned int)pcr, hm_algs[bank].name);
	}
	return true;
}

static bool check_all_banks(const struct hm_enclave *e, const struct hm_pcrs *seen, struct hm_error *error)
{
	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++) {
		if ((e->banks & HM_BANK_BIT(bank)) && !hm_enclave_check(e, seen, (enum hm_bank)bank, error))
			return false;
	}
	return true;
}

static bool read_banks(struct opening *o)
{
	uint16_t unknown = 0;
	uint32_t banks = 0;
	uint32_t rc = hm_tpm_banks(o->tpm, &banks, &unknown);

	if (rc)
		return hm_error_tpm(o->error, o->config->tcti, rc);
	if (unknown)
		return hm_error_of(o->error, HM_ERROR_REJECTED, o->config->tcti, "%s", hm_err_text(HM_E_BANK_UNKNOWN));
	if (hm_banks_check(banks))
		return hm_error_of(o->error, HM_ERROR_REJECTED, o->config->tcti, "%s",
				   hm_err_text(hm_banks_check(banks)));
	o->enclave->banks = banks;
	return true;
}

/* The TPM's word on whether the last record was extended. */
static bool find_state(struct opening *o)
{
	struct hm_enclave *e = o->enclave;
	struct hm_pcrs seen;
	uint32_t rc;

	if (!read_banks(o) || !read_log(o))
		return false;
	rc = hm_tpm_read(o->tpm, e->banks, &seen);
	if (rc)
		return hm_error_tpm(o->error, o->config->tcti, rc);
	if (o->state == TLS_DONE && !hm_pcr_differing(&o->before, &seen, e->banks, HM_PCR_TLS)) {
		o->state = TLS_PENDING;
		for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++)
			memcpy(seen.value[bank][HM_PCR_TLS], e->pcrs.value[bank][HM_PCR_TLS], HM_DIGEST_MAX);
	}
	return check_all_banks(e, &seen, o->error);
}

/* --- the key file --- */

static bool write_key(struct opening *o)
{
	char *text = hm_tls_key_format(o->enclave->key);
	int fd, r;

	if (!text)
		return hm_error_of(o->error, HM_ERROR_RUN, o->enclave->new_key_path, "out of memory");
	fd = open(o->enclave->new_key_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : hm_write_all(fd, hm_bytes_of(text, strlen(text)));
	hm_tls_text_free(text);
	if (!r && fsync(fd) < 0)
		r = -errno;
	if (fd >= 0 && close(fd) < 0 && !r)
		r = -errno;
	if (r < 0)
		unlink(o->enclave->new_key_path);
	return r < 0 ? hm_error_errno(o->error, o->enclave->new_key_path, r) : true;
}

/* A key without a record was never handed to the TLS server, and may come from anywhere: remove it. */
static bool make_key(struct opening *o)
{
	struct hm_enclave *e = o->enclave;
	const char *const stale[] = {o->enclave->new_key_path, e->key_path, e->certificate_path};
	int r;

	for (size_t i = 0; i < HM_ARRAY_LEN(stale); i++) {
		if (unlink(stale[i]) < 0 && errno != ENOENT)
			return hm_error_errno(o->error, stale[i], -errno);
	}
	r = hm_random_wait();
	if (r < 0)
		return hm_error_errno(o->error, "getrandom", r);
	e->key = hm_tls_key_make();
	if (!e->key || !hm_tls_key_spki(e->key, e->spki))
		return hm_error_of(o->error, HM_ERROR_RUN, "TLS key", "it cannot be made");
	return write_key(o);
}

static bool load_key_file(struct opening *o, const char *path)
{
	struct hm_enclave *e = o->enclave;
	struct hm_file file;
	int r = hm_file_read(path, KEY_MAX, &file);

	if (r < 0)
		return hm_error_errno(o->error, path, r);
	e->key = hm_tls_key_read(hm_file_bytes(&file));
	explicit_bzero(file.p, file.len);
	hm_file_free(&file);
	if (!e->key || !hm_tls_key_spki(e->key, e->spki))
		return hm_error_of(o->error, HM_ERROR_REJECTED, path, "it is not a TLS key of this program's");
	if (memcmp(e->spki, o->recorded, sizeof(e->spki)) != 0)
		return hm_error_of(o->error, HM_ERROR_REJECTED, path,
				   "it is not the key that was recorded in this boot");
	return true;
}

static bool load_key(struct opening *o)
{
	bool is_new = access(o->enclave->key_path, F_OK) < 0 && errno == ENOENT;

	return load_key_file(o, is_new ? o->enclave->new_key_path : o->enclave->key_path);
}

/* The TLS server can read the key from here on. */
static bool hand_over_key(struct opening *o)
{
	if (access(o->enclave->key_path, F_OK) == 0)
		return true;
	if (chmod(o->enclave->new_key_path, 0640) < 0 || rename(o->enclave->new_key_path, o->enclave->key_path) < 0)
		return hm_error_errno(o->error, o->enclave->key_path, -errno);
	return true;
}

/* --- the record --- */

static bool append_log(struct opening *o, struct hm_bytes line)
{
	const char *path = o->enclave->log_path;
	int fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	off_t end;
	int r;

	if (fd < 0)
		return hm_error_errno(o->error, path, -errno);
	end = lseek(fd, 0, SEEK_END);
	r = end < 0 ? -errno : hm_write_all(fd, line);
	if (!r && fsync(fd) < 0)
		r = -errno;
	/* Half a line would make the whole log unreadable. */
	if (r && end >= 0 && ftruncate(fd, end) < 0)
		r = -errno;
	close(fd);
	return r < 0 ? hm_error_errno(o->error, path, r) : true;
}

static enum hm_err log_line(void *ctx, struct hm_bytes line)
{
	return append_log(ctx, line) ? HM_OK : HM_E_IO;
}

/* The answer may be lost on its way, so that the register alone says whether this was done. */
static enum hm_err tpm_extend(void *ctx, uint32_t pcr, const struct hm_digests *digests)
{
	struct opening *o = ctx;

	o->extend_rc = hm_tpm_extend(o->tpm, pcr, digests);
	return HM_OK;
}

static enum hm_err tpm_read(void *ctx, uint32_t pcr, struct hm_pcrs *ret)
{
	struct opening *o = ctx;
	uint32_t rc = hm_tpm_read_one(o->tpm, o->enclave->banks, pcr, &o->seen);

	if (!rc) {
		*ret = o->seen;
		return HM_OK;
	}
	hm_error_tpm(o->error, o->config->tcti, o->extend_rc ? o->extend_rc : rc);
	return HM_E_IO;
}

static struct hm_extend extend_of(struct opening *o)
{
	return (struct hm_extend){o, &hm_crypto_hasher, log_line, tpm_extend, tpm_read};
}

static enum hm_err log_record(void *ctx, const struct hm_measurement *m)
{
	struct opening *o = ctx;
	const struct hm_extend to = extend_of(o);
	struct hm_digests digests;

	return hm_extend_log(&to, m, o->enclave->banks, &o->next_recnum, &digests);
}

static bool record_key(struct opening *o)
{
	const struct hm_sink sink = {.ctx = o, .extend = log_record};
	enum hm_err err = hm_measure_tls(o->enclave->spki, &sink);

	/* append_log has told why. */
	if (err == HM_E_IO)
		return false;
	if (err)
		return fail_log(o, hm_err_text(err));
	/* As a restart would find it: from here on both do the same. */
	return read_log(o);
}

/* When the extend was not done this run ends, and the next one finds the record pending. */
static bool extend_record(struct opening *o)
{
	const struct hm_extend to = extend_of(o);
	struct hm_pcrs pcrs = o->before;
	uint32_t differing;
	enum hm_err err = hm_extend_register(&to, HM_PCR_TLS, &o->digests, &pcrs, &differing);

	if (!err)
		return true;
	/* tpm_read has told why. */
	if (err == HM_E_IO)
		return false;
	if (o->extend_rc && !hm_pcr_differing(&o->before, &o->seen, o->enclave->banks, HM_PCR_TLS))
		return hm_error_tpm(o->error, o->config->tcti, o->extend_rc);
	return hm_error_of(o->error, HM_ERROR_REJECTED, o->config->tcti, "PCR 15 after the extend: %s",
			   hm_err_text(err));
}

/* --- certificates --- */

static bool make_certificate(struct opening *o)
{
	struct hm_enclave *e = o->enclave;
	char *text;
	int r;

	if (access(e->certificate_path, F_OK) == 0)
		return true;
	text = hm_tls_certificate_make(e->key, o->config->names, o->config->name_count);
	if (!text)
		return hm_error_of(o->error, HM_ERROR_RUN, e->certificate_path, "the certificate cannot be made");
	r = hm_file_write_atomic(e->certificate_path, hm_bytes_of(text, strlen(text)));
	hm_tls_text_free(text);
	return r < 0 ? hm_error_errno(o->error, e->certificate_path, r) : true;
}

static bool chain_of_file(const struct hm_enclave *e, const char *path, struct hm_file *file, struct hm_tls_chain *ret,
			  struct hm_error *error)
{
	int r = hm_file_read(path, HM_TLS_CHAIN_MAX * 2 * HM_TLS_CERTIFICATE_MAX, file);

	if (r < 0)
		return hm_error_errno(error, path, r);
	if (!hm_tls_chain_read(hm_file_bytes(file), ret))
		return hm_error_of(error, HM_ERROR_INPUT, path, "it is not a chain of PEM certificates, leaf first");
	if (memcmp(ret->spki, e->spki, sizeof(ret->spki)) != 0) {
		hm_tls_chain_free(ret);
		return hm_error_of(error, HM_ERROR_REJECTED, path,
				   "its first certificate is not for the key of this boot");
	}
	return true;
}

bool hm_enclave_chain(const struct hm_enclave *enclave, struct hm_tls_chain *ret, struct hm_error *error)
{
	struct hm_file file = {0};
	bool good = chain_of_file(enclave, enclave->certificate_path, &file, ret, error);

	hm_file_free(&file);
	return good;
}

bool hm_enclave_set_chain(const struct hm_enclave *enclave, const char *path, struct hm_error *error)
{
	struct hm_tls_chain chain = {0};
	struct hm_file file = {0};
	bool good = chain_of_file(enclave, path, &file, &chain, error);

	if (good) {
		int r = hm_file_write_atomic(enclave->certificate_path, hm_file_bytes(&file));

		if (r < 0)
			good = hm_error_errno(error, enclave->certificate_path, r);
	}
	hm_tls_chain_free(&chain);
	hm_file_free(&file);
	return good;
}

/* --- all of it --- */

static bool open_locked(struct opening *o)
{
	struct hm_tls_chain chain;

	if (!find_state(o))
		return false;
	if (o->state == TLS_NONE) {
		if (!make_key(o) || !record_key(o))
			return false;
		o->state = TLS_PENDING;
	} else if (!load_key(o)) {
		return false;
	}
	if (o->state == TLS_PENDING && !extend_record(o))
		return false;
	if (!hand_over_key(o) || !make_certificate(o) || !hm_enclave_chain(o->enclave, &chain, o->error))
		return false;
	hm_tls_chain_free(&chain);
	return true;
}

static bool open_tpm(struct opening *o)
{
	uint32_t rc = hm_tpm_open(o->config->tcti, &o->tpm);
	bool good;

	if (rc)
		return hm_error_tpm(o->error, o->config->tcti, rc);
	good = open_locked(o);
	hm_tpm_close(o->tpm);
	return good;
}

static bool open_lock(struct opening *o)
{
	struct hm_enclave *e = o->enclave;
	int fd = open(e->lock_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool good;

	if (fd < 0)
		return hm_error_errno(o->error, e->lock_path, -errno);
	while (flock(fd, LOCK_EX) < 0) {
		if (errno == EINTR)
			continue;
		close(fd);
		return hm_error_errno(o->error, e->lock_path, -errno);
	}
	if (mkdir(e->tls_path, 0750) < 0 && errno != EEXIST)
		good = hm_error_errno(o->error, e->tls_path, -errno);
	else
		good = open_tpm(o);
	close(fd);
	return good;
}

static bool path_of(char *ret, const struct hm_enclave_config *config, const char *name)
{
	int n = snprintf(ret, HM_ENCLAVE_PATH_MAX, "%s/%s", config->directory, name);

	return n > 0 && (size_t)n < HM_ENCLAVE_PATH_MAX;
}

bool hm_enclave_open(const struct hm_enclave_config *config, struct hm_enclave *ret, struct hm_error *error)
{
	struct opening o = {.config = config, .enclave = ret, .error = error};

	memset(ret, 0, sizeof(*ret));
	if (!path_of(ret->lock_path, config, "attest.lock") || !path_of(ret->log_path, config, "log") ||
	    !path_of(ret->tls_path, config, "tls") || !path_of(ret->key_path, config, "tls/key.pem") ||
	    !path_of(ret->new_key_path, config, "tls/key.new") ||
	    !path_of(ret->certificate_path, config, "tls/cert.pem") ||
	    !path_of(ret->counts_path, config, "attest.counts"))
		return hm_error_errno(error, config->directory, -ENAMETOOLONG);
	if (open_lock(&o))
		return true;
	hm_enclave_close(ret);
	return false;
}

void hm_enclave_close(struct hm_enclave *enclave)
{
	hm_tls_key_free(enclave->key);
	enclave->key = NULL;
	hm_file_free(&enclave->log);
}
