/* SPDX-License-Identifier: BSD-2-Clause */
/* tdx.c - the Intel TDX quote, versions 4 and 5, and the replay of a TD's event log */
#include "tdx.h"

#define VERSION_4 4u
#define VERSION_5 5u
/* Version 5 says what the body is, and its length (A.4). */
#define BODY_TD_1_0 2u
#define BODY_TD_1_5 3u
#define TD_1_0_LEN 584u
#define TD_1_5_LEN 648u
#define KEY_ECDSA_P256 2u
#define TEE_TDX 0x81u
#define CERTIFICATION_QE_REPORT 6u
#define CERTIFICATION_PCK_CHAIN 5u

/* Intel's quoting enclaves: 939a7233-f79c-4ca9-940a-0db3957f0607. */
static const uint8_t intel_vendor[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
					 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

static enum hm_err read_header(struct hm_reader *r, uint16_t *ret_version)
{
	uint16_t version = hm_get_u16le(r), key_type = hm_get_u16le(r);
	uint32_t tee = hm_get_u32le(r);
	struct hm_bytes vendor;

	/* QE and PCE security versions: of SGX quotes only. */
	hm_skip(r, 4);
	vendor = hm_get_bytes(r, sizeof(intel_vendor));
	/* User data: the QE's own. */
	hm_skip(r, 20);
	if (r->failed)
		return HM_E_TDX_LENGTH;
	if ((version != VERSION_4 && version != VERSION_5) || tee != TEE_TDX)
		return HM_E_TDX_VERSION;
	if (key_type != KEY_ECDSA_P256)
		return HM_E_TDX_KEY_TYPE;
	if (!hm_bytes_equal(vendor, hm_bytes_of(intel_vendor, sizeof(intel_vendor))))
		return HM_E_TDX_VENDOR;
	*ret_version = version;
	return HM_OK;
}

/* Version 4 has a TD report of TDX 1.0 and does not say so. */
static enum hm_err read_body_descriptor(struct hm_reader *r, struct hm_tdx_quote *quote)
{
	uint16_t type;
	uint32_t len;

	if (quote->version == VERSION_4)
		return HM_OK;
	type = hm_get_u16le(r);
	len = hm_get_u32le(r);
	if (r->failed)
		return HM_E_TDX_LENGTH;
	if (type != BODY_TD_1_0 && type != BODY_TD_1_5)
		return HM_E_TDX_BODY;
	quote->td_1_5 = type == BODY_TD_1_5;
	return len == (quote->td_1_5 ? TD_1_5_LEN : TD_1_0_LEN) ? HM_OK : HM_E_TDX_BODY;
}

static void read_body(struct hm_reader *r, struct hm_tdx_quote *quote)
{
	quote->tee_tcb_svn = hm_get_bytes(r, 16);
	quote->mr_seam = hm_get_bytes(r, HM_TDX_MEASUREMENT_LEN);
	quote->mr_signer_seam = hm_get_bytes(r, HM_TDX_MEASUREMENT_LEN);
	quote->seam_attributes = hm_get_u64le(r);
	quote->td_attributes = hm_get_u64le(r);
	quote->xfam = hm_get_u64le(r);
	quote->mr_td = hm_get_bytes(r, HM_TDX_MEASUREMENT_LEN);
	quote->mr_config_id = hm_get_bytes(r, HM_TDX_MEASUREMENT_LEN);
	quote->mr_owner = hm_get_bytes(r, HM_TDX_MEASUREMENT_LEN);
	quote->mr_owner_config = hm_get_bytes(r, HM_TDX_MEASUREMENT_LEN);
	for (size_t i = 0; i < HM_TDX_RTMRS; i++)
		quote->rtmr[i] = hm_get_bytes(r, HM_TDX_MEASUREMENT_LEN);
	quote->report_data = hm_get_bytes(r, 64);
	if (!quote->td_1_5)
		return;
	quote->tee_tcb_svn_2 = hm_get_bytes(r, 16);
	quote->mr_service_td = hm_get_bytes(r, HM_TDX_MEASUREMENT_LEN);
}

/* Intel SDM 3D, "REPORT": the parts of the enclave's report that are looked at. */
static void read_qe_report(struct hm_tdx_quote *quote)
{
	struct hm_reader r = hm_reader_of(quote->qe_report);

	hm_skip(&r, 48);
	quote->qe_flags = hm_get_u64le(&r);
	hm_skip(&r, 8 + 32 + 32);
	quote->qe_mr_signer = hm_get_bytes(&r, 32);
	hm_skip(&r, 96);
	quote->qe_product = hm_get_u16le(&r);
	quote->qe_svn = hm_get_u16le(&r);
	hm_skip(&r, 60);
	quote->qe_report_data = hm_get_bytes(&r, 64);
}

static enum hm_err read_certification(struct hm_bytes data, struct hm_tdx_quote *quote)
{
	struct hm_reader r = hm_reader_of(data);
	uint16_t type;
	uint32_t len;

	quote->qe_report = hm_get_bytes(&r, HM_TDX_QE_REPORT_LEN);
	quote->qe_r = hm_get_bytes(&r, 32);
	quote->qe_s = hm_get_bytes(&r, 32);
	quote->qe_auth = hm_get_bytes(&r, hm_get_u16le(&r));
	type = hm_get_u16le(&r);
	len = hm_get_u32le(&r);
	quote->pck_chain = hm_get_bytes(&r, len);
	if (!hm_reader_done(&r))
		return HM_E_TDX_LENGTH;
	if (type != CERTIFICATION_PCK_CHAIN)
		return HM_E_TDX_CERTIFICATION;
	/* Some quoting libraries count the text's terminator. */
	if (len > 0 && quote->pck_chain.p[len - 1] == 0)
		quote->pck_chain.len--;
	read_qe_report(quote);
	return HM_OK;
}

/* From the signature's length to the end of the quote, and what follows it. */
static enum hm_err read_signature(struct hm_reader *r, struct hm_tdx_quote *quote)
{
	uint32_t len = hm_get_u32le(r), certification_len;
	size_t start = r->off;
	struct hm_bytes certification;
	uint16_t type;

	quote->r = hm_get_bytes(r, 32);
	quote->s = hm_get_bytes(r, 32);
	quote->x = hm_get_bytes(r, 32);
	quote->y = hm_get_bytes(r, 32);
	type = hm_get_u16le(r);
	certification_len = hm_get_u32le(r);
	certification = hm_get_bytes(r, certification_len);
	if (r->failed || r->off - start != len)
		return HM_E_TDX_LENGTH;
	quote->len = r->off;
	if (!hm_bytes_is_zero(hm_get_bytes(r, hm_reader_left(r))))
		return HM_E_TDX_LENGTH;
	if (type != CERTIFICATION_QE_REPORT)
		return HM_E_TDX_CERTIFICATION;
	return read_certification(certification, quote);
}

enum hm_err hm_tdx_quote_decode(struct hm_bytes wire, struct hm_tdx_quote *ret)
{
	struct hm_reader r = hm_reader_of(wire);
	struct hm_tdx_quote quote = {0};
	enum hm_err err;

	if (wire.len > HM_TDX_QUOTE_MAX)
		return HM_E_TDX_LENGTH;
	err = read_header(&r, &quote.version);
	if (!err)
		err = read_body_descriptor(&r, &quote);
	if (err)
		return err;
	read_body(&r, &quote);
	quote.signed_part = hm_bytes_of(wire.p, r.off);
	err = read_signature(&r, &quote);
	if (err)
		return err;
	*ret = quote;
	return HM_OK;
}

static enum hm_err extend(uint8_t rtmr[HM_TDX_MEASUREMENT_LEN], const struct hm_hasher *hasher,
			  const struct hm_event *event)
{
	const struct hm_bytes parts[] = {
		hm_bytes_of(rtmr, HM_TDX_MEASUREMENT_LEN),
		hm_bytes_of(event->digests.value[HM_SHA384], HM_TDX_MEASUREMENT_LEN),
	};
	uint8_t value[HM_DIGEST_MAX];
	enum hm_err err = hasher->hash(hasher->ctx, HM_SHA384, parts, HM_ARRAY_LEN(parts), 0, value);

	if (err)
		return err;
	memcpy(rtmr, value, HM_TDX_MEASUREMENT_LEN);
	return HM_OK;
}

enum hm_err hm_tdx_log_replay(struct hm_bytes log, const struct hm_hasher *hasher,
			      uint8_t ret[HM_TDX_RTMRS][HM_TDX_MEASUREMENT_LEN])
{
	uint8_t rtmr[HM_TDX_RTMRS][HM_TDX_MEASUREMENT_LEN] = {{0}};
	struct hm_eventlog reader;
	struct hm_event event;
	bool end = false;
	enum hm_err err = hm_eventlog_open(log, &reader);

	if (err)
		return err;
	if (!(reader.banks & HM_BANK_BIT(HM_SHA384)))
		return HM_E_BANK_MISSING;
	for (;;) {
		err = hm_eventlog_next(&reader, &event, &end);
		if (err)
			return err;
		if (end)
			break;
		if (event.type == HM_EV_NO_ACTION)
			continue;
		if (event.pcr < HM_TDX_REGISTER_RTMR0 || event.pcr - HM_TDX_REGISTER_RTMR0 >= HM_TDX_RTMRS)
			return HM_E_TDX_REGISTER;
		err = extend(rtmr[event.pcr - HM_TDX_REGISTER_RTMR0], hasher, &event);
		if (err)
			return err;
	}
	memcpy(ret, rtmr, sizeof(rtmr));
	return HM_OK;
}

enum hm_err hm_tdx_log_length(struct hm_bytes area, size_t *ret)
{
	struct hm_eventlog reader;
	struct hm_event event;
	bool end = false;
	enum hm_err err = hm_eventlog_open(area, &reader);

	while (!err && !end)
		err = hm_eventlog_next(&reader, &event, &end);
	if (err)
		return err;
	*ret = reader.reader.off;
	return HM_OK;
}
