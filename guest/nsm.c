/* SPDX-License-Identifier: BSD-2-Clause */
/* nsm.c - AWS: what the Nitro security module is asked, and what it answers */
#include "guest/nsm.h"

#include "lib/base/error.h"
#include "lib/base/cbor_write.h"
#include "lib/base/cbor_read.h"
#include "host/base/args.h"

#define ERROR_NAME_MAX 32

void hm_nsm_attestation_put(struct hm_writer *w, struct hm_bytes nonce, struct hm_bytes public_key)
{
	hm_cbor_map(w, 1);
	hm_cbor_text(w, "Attestation");
	hm_cbor_map(w, 3);
	hm_cbor_text(w, "nonce");
	hm_cbor_bytes(w, nonce);
	hm_cbor_text(w, "user_data");
	hm_cbor_null(w);
	hm_cbor_text(w, "public_key");
	hm_cbor_bytes(w, public_key);
}

static bool read_document(struct hm_reader *c, struct hm_bytes *ret)
{
	struct hm_cbor_map map = hm_cbor_get_map(c);
	struct hm_bytes document;

	if (!hm_cbor_next_pair(c, &map) || !hm_bytes_equal_text(hm_cbor_get_text(c), "document"))
		return false;
	document = hm_cbor_get_bytes(c);
	if (hm_cbor_next_pair(c, &map) || c->failed || document.len == 0)
		return false;
	*ret = document;
	return true;
}

bool hm_nsm_attestation_decode(struct hm_bytes answer, struct hm_bytes *ret, struct hm_error *error)
{
	struct hm_reader c = hm_reader_of(answer);
	struct hm_cbor_map map = hm_cbor_get_map(&c);
	struct hm_bytes name, refusal, document;

	if (!hm_cbor_next_pair(&c, &map))
		return hm_error_set(error, "the security module's answer is not a CBOR map");
	name = hm_cbor_get_text(&c);
	if (hm_bytes_equal_text(name, "Error")) {
		char text[4 * ERROR_NAME_MAX + 1];

		refusal = hm_cbor_get_text(&c);
		hm_escape(hm_bytes_of(refusal.p, refusal.len < ERROR_NAME_MAX ? refusal.len : ERROR_NAME_MAX), text,
			  sizeof(text));
		return hm_error_set(error, "the security module refuses: %s", text);
	}
	if (!hm_bytes_equal_text(name, "Attestation") || !read_document(&c, &document) || hm_cbor_next_pair(&c, &map) ||
	    c.failed)
		return hm_error_set(error, "the security module's answer is not an attestation document");
	*ret = document;
	return true;
}
