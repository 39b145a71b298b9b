/* SPDX-License-Identifier: BSD-2-Clause */
/* attested.h - a TLS connection over which a proof was fetched and verified before anything else was sent */
#ifndef HM_HOST_CLIENT_ATTESTED_H
#define HM_HOST_CLIENT_ATTESTED_H

#include "core/digest.h"
#include "lib/base/error.h"
#include "lib/hallmark.h"
#include "host/base/args.h"
#include "host/crypto/tls_client.h"

/* docs/ARCHITECTURE.md, "The client". A URL is https://HOST[:PORT][/]; HOST a name, an IPv4 address or [IPv6]. */
struct hm_endpoint {
	char host[254]; /* without brackets */
	char port[6];
	char authority[272]; /* as it stands in a Host field: the port only where it is not 443 */
	char via_host[254];  /* of an HTTP proxy on the way (via.h); "": none */
	char via_port[6];
};
HM_MUST_CHECK bool hm_endpoint_parse(const char *url, struct hm_endpoint *ret);

/* Time for the handshake, and again for the proof; a TPM signs in under a second. */
#define HM_ATTESTED_CONNECT_MS 10000u
#define HM_ATTESTED_PROOF_MS 20000u

enum hm_attested_state {
	HM_ATTESTED,	      /* the verdict is an accepting one, and the connection is open */
	HM_ATTESTED_REJECTED, /* by result->code */
	HM_ATTESTED_NO_PROOF, /* not reached, or what it answers is no proof: `error` */
};

struct hm_attestation {
	enum hm_attested_state state;
	struct hallmark_result result; /* of meaning unless NO_PROOF */
	struct hm_error error;
	uint8_t nonce[32];
	uint8_t spki_sha256[HM_SHA256_LEN];    /* of the connection's key */
	uint8_t exporter[HM_TLS_EXPORTER_LEN]; /* of the connection, computed by our own end of it */
	struct hm_file proof;		       /* as it came; release with hm_file_free */
	unsigned int retry_after_s; /* what the server asked for in place of a proof (429, 503); 0: nothing */
	double handshake_ms;
	double proof_ms; /* asking and receiving */
	double verify_ms;
};

/*
 * Connect, ask for a proof with a nonce of our own over that very connection, verify it with the key and the exporter
 * of that very connection. *ret is the connection where the state is HM_ATTESTED, else NULL and all is closed. `as_of`:
 * seconds since 1970. `epoch`: as in struct hallmark_request.
 */
void hm_attested_connect(const struct hm_endpoint *endpoint, const struct hallmark_verifier *verifier, int64_t as_of,
			 const struct hallmark_epoch *epoch, bool run_all, struct hm_tls **ret,
			 struct hm_attestation *attestation);

#endif
