/* SPDX-License-Identifier: BSD-2-Clause */
/* boot_key.h - in the enclave: the TLS key of this boot, its record, and whether the TPM still is what it was */
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
 *   attest.counts   resetCount and restartCount of the TPM as the first quote had them; all later ones must, also of a
 * service that was started again attest.lock     held while any of these is made
 *
 * Exactly one TLS record per boot, record first, then extend (docs/FORMATS.md, 1 and 2). What was done already is told
 * by the TPM, not by a marker: registers 12 to 15 equal to the replay of the log: done; equal to it without its last
 * record, which is the TLS record: that extend is made up for; anything else: HM_EXIT_REJECTED, since something else
 * was extended or the TPM was reset.
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
 * After this the TLS key is in PCR 15, and key.pem and cert.pem are there. False: *fault says why, nothing of *ret is
 * to be released, and its paths stay for the fault's line.
 */
HM_MUST_CHECK bool hm_enclave_open(const struct hm_enclave_config *config, struct hm_enclave *ret,
				   struct hm_fault *fault);
void hm_enclave_close(struct hm_enclave *enclave);

/* The chain of cert.pem as it is now. HM_EXIT_REJECTED where its leaf is not for this boot's key. */
HM_MUST_CHECK bool hm_enclave_chain(const struct hm_enclave *enclave, struct hm_tls_chain *ret, struct hm_fault *fault);
/* Put a chain that an operator's CA made for this boot's key into cert.pem: all of it or nothing. */
HM_MUST_CHECK bool hm_enclave_set_chain(const struct hm_enclave *enclave, const char *path, struct hm_fault *fault);

/*
 * Registers 12 to 15 of one bank as `seen` has them: HM_EXIT_REJECTED where one is not what the log says. That is a TPM
 * that was reset, or an extend that is not in the log.
 */
HM_MUST_CHECK bool hm_enclave_check(const struct hm_enclave *enclave, const struct hm_pcrs *seen, enum hm_bank bank,
				    struct hm_fault *fault);
bool hm_fault_tpm(struct hm_fault *fault, const char *tcti, uint32_t rc);

#endif
