/* SPDX-License-Identifier: BSD-2-Clause */
/* bound_request.h - the one request that the TLS end point reads, and how it answers it */
#ifndef HM_GUEST_BOUND_REQUEST_H
#define HM_GUEST_BOUND_REQUEST_H

#include "core/bytes.h"

/*
 * The first bytes on a connection with ALPN hallmark/2, exactly (docs/FORMATS.md, "The TLS end point"):
 *
 *   GET /.well-known/hallmark/proof?nonce=<64 lower-case hex digits> HTTP/1.1 CR LF
 *   Host: <1 to 272 of A-Z a-z 0-9 . : [ ] -> CR LF
 *   CR LF
 *
 * Nothing else is read as a request, so there is nothing that this reader and the web server behind it could take for
 * two different requests.
 */
#define HM_BOUND_REQUEST_MAX 512u
#define HM_BOUND_REQUEST_NONCE_LEN 32u

enum hm_bound_request { HM_BOUND_REQUEST_MORE, HM_BOUND_REQUEST_WHOLE, HM_BOUND_REQUEST_BAD };
/* `text` is what has come. WHOLE: it is one request and no byte more; the nonce is in `ret`. */
HM_MUST_CHECK enum hm_bound_request hm_bound_request_parse(struct hm_bytes text,
							   uint8_t ret[HM_BOUND_REQUEST_NONCE_LEN]);

#define HM_BOUND_HEAD_MAX 256u
/*
 * Head of the answer. 200: application/json of `content_len` bytes follows, and the connection goes on. Any other
 * status: the connection ends after `content_len` bytes of text.
 */
HM_MUST_CHECK size_t hm_bound_head(unsigned int status, size_t content_len, char ret[HM_BOUND_HEAD_MAX]);

#endif
