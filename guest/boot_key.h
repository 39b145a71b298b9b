/* SPDX-License-Identifier: BSD-2-Clause */
/* boot_key.h - in the booted machine: the TLS key of this boot, its record, and whether the TPM still is what it was */
#ifndef HM_GUEST_BOOT_KEY_H
#define HM_GUEST_BOOT_KEY_H

#include "core/record.h"
#include "host/crypto/tls_key.h"
#include "host/base/error.h"
#include "host/tpm/quote.h"

/*
 * Everything is in one directory in memory (/run/hallmark):
 *
 *   log             the runtime log that the initramfs has begun; the TLS record is appended
 *   tls/key.pem     the TLS key, made here and nowhere else; group-readable: the directory's group is the TLS server's
 *   tls/cert.pem    the certificate chain of that key
 *   attest.counts   resetCount and restartCount of the TPM, as the boot's first quote had them; every later quote must
 *                   have the same, also after a restart of the service
 *   attest.lock     held while any of these is made
 *
 * There is exactly one TLS record per boot: first the record, then the extend (docs/FORMATS.md, 1 and 2). The TPM, and
 * no marker file, says what was done before:
 *
 *   registers 12 to 15 equal the replay of the log                          the record was made and extended
 *   they equal the replay without the last record, which is the TLS record  the extend is made up for
 *   anything else                                                           HM_ERROR_REJECTED: something else was
 *                                                                           extended, or the TPM was reset
 */
#define HM_ENCLAVE_DIR "/run/hallmark"
#define HM_ENCLAVE_TCTI "device:/dev/tpmrm0"
#define HM_ENCLAVE_PATH_MAX 512u

struct hm_enclave_config {
	const char *directory;
	const char *tcti;
	const char *const *names; /* for the self-signed certificate; may be none */
	size_t name_count;
};

struct hm_enclave {
	char lock_path[HM_ENCLAVE_PATH_MAX];
	char log_path[HM_ENCLAVE_PATH_MAX];
	char tls_path[HM_ENCLAVE_PATH_MAX];
	char key_path[HM_ENCLAVE_PATH_MAX];
	char new_key_path[HM_ENCLAVE_PATH_MAX];
	char certificate_path[HM_ENCLAVE_PATH_MAX];
	char counts_path[HM_ENCLAVE_PATH_MAX];
	uint32_t banks;
	struct hm_pcrs pcrs; /* 12 to 15 as they must be from now on; the others have no meaning */
	struct hm_tls_key *key;
	uint8_t spki[HM_SHA256_LEN];
	struct hm_file log; /* with the TLS record; no more will be added */
};

/*
 * After this the TLS key is in PCR 15, and key.pem and cert.pem are there. False: nothing of *ret is to be released.
 */
HM_MUST_CHECK bool hm_enclave_open(const struct hm_enclave_config *config, struct hm_enclave *ret,
				   struct hm_error *error);
void hm_enclave_close(struct hm_enclave *enclave);

/* The chain of cert.pem as it is now. HM_ERROR_REJECTED where its leaf is not for this boot's key. */
HM_MUST_CHECK bool hm_enclave_chain(const struct hm_enclave *enclave, struct hm_tls_chain *ret, struct hm_error *error);
/* Put a chain that an operator's CA made for this boot's key into cert.pem: all of it or nothing. */
HM_MUST_CHECK bool hm_enclave_set_chain(const struct hm_enclave *enclave, const char *path, struct hm_error *error);

/*
 * Registers 12 to 15 of one bank as `seen` has them: HM_ERROR_REJECTED where one is not what the log says. That is a
 * TPM that was reset, or an extend that is not in the log.
 */
HM_MUST_CHECK bool hm_enclave_check(const struct hm_enclave *enclave, const struct hm_pcrs *seen, enum hm_bank bank,
				    struct hm_error *error);
/* HM_ERROR_RUN with what a TPM command returned; false. */
bool hm_error_tpm(struct hm_error *error, const char *tcti, uint32_t rc);

#endif
