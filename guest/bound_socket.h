/* SPDX-License-Identifier: BSD-2-Clause */
/* bound_socket.h - how the TLS end point has a quote made over one of its connections: DIR/tls/bound.sock */
#ifndef HM_GUEST_BOUND_SOCKET_H
#define HM_GUEST_BOUND_SOCKET_H

#include "core/bytes.h"
#include "lib/base/error.h"

/*
 * A stream socket of the attestation service, in the directory that belongs to the TLS end point's group: whoever may
 * read the TLS key may ask for quotes over connections, and nobody else. One question a connection (docs/FORMATS.md,
 * "The TLS end point"):
 *
 *   question   32 bytes nonce, 32 bytes exporter
 *   answer     1 byte status, u32le length, the proof: empty unless the status is HM_BOUND_PROOF
 */
#define HM_BOUND_NAME "bound.sock" /* in DIR/tls */
#define HM_BOUND_NONCE_LEN 32u
#define HM_BOUND_EXPORTER_LEN 32u
#define HM_BOUND_PROOF_MAX (4u * 1024u * 1024u) /* as large as a proof may be */

enum hm_bound_status {
	HM_BOUND_PROOF, /* the text is one */
	HM_BOUND_BUSY,	/* too many were asked for; later */
	HM_BOUND_NONE,	/* the TPM does not answer now, or never will */
	HM_BOUND_STATUSES,
};

/* What is answered; `text` is from malloc, taken over, and NULL unless the status is HM_BOUND_PROOF. */
struct hm_bound_answer {
	enum hm_bound_status status;
	char *text;
};

struct hm_bound_config {
	const char *path; /* a socket of an earlier run is replaced */
	/* Called in the server's thread, one after the other. */
	void (*answer)(void *ctx, const uint8_t nonce[HM_BOUND_NONCE_LEN],
		       const uint8_t exporter[HM_BOUND_EXPORTER_LEN], struct hm_bound_answer *ret);
	void *ctx;
};

struct hm_bound_server;
/* 0 or a negative errno. Mode 0660: the group is the directory's, where that has the set-group-id bit. */
HM_MUST_CHECK int hm_bound_server_start(const struct hm_bound_config *config, struct hm_bound_server **ret);
/* Waits for the thread; the socket is removed. NULL is allowed. */
void hm_bound_server_stop(struct hm_bound_server *server);

/*
 * Ask, and wait at most `timeout_ms` for each step. *ret is filled only where the result is 0, and its text is
 * NUL-terminated, *ret_len bytes; release with free(). Negative errno: nobody answers, or not in this form (-EPROTO).
 */
HM_MUST_CHECK int hm_bound_ask(const char *path, const uint8_t nonce[HM_BOUND_NONCE_LEN],
			       const uint8_t exporter[HM_BOUND_EXPORTER_LEN], unsigned int timeout_ms,
			       struct hm_bound_answer *ret, size_t *ret_len);

#endif
