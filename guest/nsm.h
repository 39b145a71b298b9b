/* SPDX-License-Identifier: BSD-2-Clause */
/* nsm.h - AWS: what the Nitro security module is asked, and what it answers */
#ifndef HM_GUEST_NSM_H
#define HM_GUEST_NSM_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "core/bytes.h"

/*
 * CBOR, as AWS's aws-nitro-enclaves-nsm-api writes and reads it (api::Request and api::Response, externally tagged):
 * {"Attestation": {"nonce": bytes, "user_data": null, "public_key": bytes}} and {"Attestation": {"document": bytes}},
 * or
 * {"Error": "InvalidArgument"}. The module takes up to 1024 bytes in each field.
 */
#define HM_NSM_FIELD_MAX 1024u
#define HM_NSM_REQUEST_MAX (2u * HM_NSM_FIELD_MAX)

/* A request for an attestation document. */
void hm_nsm_attestation_put(struct hm_writer *w, struct hm_bytes nonce, struct hm_bytes public_key);
/* *ret is the document, borrowed. What follows the answer is not looked at: it stands in an NV index of a fixed size.
 */
HM_MUST_CHECK bool hm_nsm_attestation_decode(struct hm_bytes answer, struct hm_bytes *ret, struct hm_error *error);

#endif
