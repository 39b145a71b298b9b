/* SPDX-License-Identifier: BSD-2-Clause */
/* service.h - serves proofs: a fresh one for a nonce, the last unsolicited one without */
#ifndef HM_GUEST_SERVICE_H
#define HM_GUEST_SERVICE_H

#include "guest/bound_socket.h"
#include "guest/prover.h"

/*
 * GET /.well-known/hallmark/proof?nonce=<64 lower-case hex>: a proof for this nonce (header Hallmark-Proof: fresh).
 * Without a nonce: the unsolicited proof that was made last (Hallmark-Proof: stored). Errors are one line of text: 400
 * nonce, 404 path, 405 method, 429 too many proofs (with Retry-After), 503 the TPM does not answer.
 *
 * Proofs that are bound to a connection go to the TLS end point, by a socket of its own.
 *
 * The TPM is used for one proof at a time. Fresh proofs are limited to `rate` a second, and after a pause to the
 * proofs of HM_PROOF_BURST_S seconds at once. All clients share the limit: they look the same behind a TLS server.
 */
#define HM_PROOF_PATH "/.well-known/hallmark/proof"
#define HM_PROOF_RATE_DEFAULT 100u
#define HM_PROOF_RATE_MAX 10000u
#define HM_PROOF_BURST_S 10u /* a full bucket: so many seconds of the rate */

struct hm_proof_service_config {
	struct hm_prover *prover;
	const char *socket;
	const char *bound_socket; /* guest/bound_socket.h: for the TLS end point alone */
	const char *proof_path;	  /* proof.json, kept up to date with the certificate */
	unsigned int rate;
	unsigned int check_s;			      /* how often the registers are looked at when nobody asks */
	void (*report)(const struct hm_error *error); /* of a request that failed, where the service goes on */
};

/*
 * Returns when SIGTERM or SIGINT comes (true) or when nothing can be proved any more (false, HM_ERROR_REJECTED: the TPM
 * was reset or something was extended). `ready` is called once the socket answers.
 */
HM_MUST_CHECK bool hm_proof_service_run(const struct hm_proof_service_config *config, void (*ready)(void),
					struct hm_error *error);
/* Make an unsolicited proof and write it to `path`, all of it or nothing; *ret_text may be NULL, else release with
 * free(). */
HM_MUST_CHECK bool hm_proof_write(struct hm_prover *prover, const char *path, char **ret_text, struct hm_error *error);

#endif
