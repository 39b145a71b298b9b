/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * base64.h - base64 and base64url (RFC 4648, 4 and 5), strictly
 *
 * A decoder accepts one text for each sequence of bytes: no line break, no space, no bit that is set beyond the last
 * byte; base64 has its padding, base64url has none. Two texts of one signed value would let somebody change a file
 * without changing what it means. OpenSSL's EVP_DecodeBlock is lax in these points, so it is not used.
 */
#ifndef HM_LIB_BASE_BASE64_H
#define HM_LIB_BASE_BASE64_H

#include <stdbool.h>
#include <stdio.h>

#include "core/bytes.h"

/* NUL-terminated, from malloc; NULL when out of memory. */
HM_MUST_CHECK char *hm_base64_encode(struct hm_bytes bytes);
/* The only encoding of some bytes, or false. *ret is from malloc, never NULL. */
HM_MUST_CHECK bool hm_base64_decode(struct hm_bytes text, uint8_t **ret, size_t *ret_len);

/* DER as a PEM block "CERTIFICATE", lines of 64 (RFC 7468, 2 and 5); false when out of memory. */
HM_MUST_CHECK bool hm_base64_put_certificate(FILE *out, struct hm_bytes der);

/* base64url without padding; released with free(), NULL when out of memory. */
HM_MUST_CHECK char *hm_base64url_encode(struct hm_bytes bytes);
/* base64url without padding (RFC 4648, 5; RFC 7515, 2): the only encoding of some bytes, or false. As above. */
HM_MUST_CHECK bool hm_base64url_decode(struct hm_bytes text, uint8_t **ret, size_t *ret_len);

#endif
