/* SPDX-License-Identifier: BSD-2-Clause */
/* test_tdx.c - TD quotes and TDs' event logs: real ones, one field of them changed, and logs made here */
#include "core/tdx.h"

#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

/* Offsets: Intel TDX DCAP Quoting Library API, appendix A.3, A.4; of the QE report's fields: Intel SDM 3D, "REPORT". */
enum offset {
	AT_VERSION = 0,
	AT_KEY_TYPE = 2,
	AT_TEE = 4,
	AT_SVNS = 8,
	AT_VENDOR = 12,
	AT_USER_DATA = 28,
	AT_TEE_TCB_SVN = 48,
	AT_MR_SEAM = 64,
	AT_MR_SIGNER_SEAM = 112,
	AT_SEAM_ATTRIBUTES = 160,
	AT_TD_ATTRIBUTES = 168,
	AT_XFAM = 176,
	AT_MR_TD = 184,
	AT_MR_CONFIG_ID = 232,
	AT_MR_OWNER = 280,
	AT_MR_OWNER_CONFIG = 328,
	AT_RTMR = 376,
	AT_REPORT_DATA = 568,
	AT_SIGNATURE_LEN = 632,
	AT_R = 636,
	AT_S = 668,
	AT_X = 700,
	AT_Y = 732,
	AT_CERTIFICATION_TYPE = 764,
	AT_CERTIFICATION_LEN = 766,
	AT_QE_REPORT = 770,
	AT_QE_FLAGS = AT_QE_REPORT + 48,
	AT_QE_MR_SIGNER = AT_QE_REPORT + 128,
	AT_QE_PRODUCT = AT_QE_REPORT + 256,
	AT_QE_SVN = AT_QE_REPORT + 258,
	AT_QE_REPORT_DATA = AT_QE_REPORT + 320,
	AT_QE_R = AT_QE_REPORT + 384,
	AT_QE_S = AT_QE_R + 32,
	AT_QE_AUTH_LEN = AT_QE_S + 32,
	AT_QE_AUTH = AT_QE_AUTH_LEN + 2,
	/* For the 32 bytes of authentication data that Intel's quoting enclave has. */
	AT_CHAIN_TYPE = AT_QE_AUTH + 32,
	AT_CHAIN_LEN = AT_CHAIN_TYPE + 2,
	AT_CHAIN = AT_CHAIN_LEN + 4,
};

/* Where each quote ends is known from other programs (the fixtures' SOURCES.md), attributes and version from the bytes.
 */
static const struct real {
	const char *name;
	size_t len;
	uint64_t td_attributes;
	uint16_t qe_svn;
	bool terminated; /* the chain's text is followed by a NUL */
} real[] = {
	{"tdx/gce-cos-113.quote", 4935, UINT64_C(0x10000000), 6, false},
	{"tdx/live2.quote", 4936, UINT64_C(0x10000000), 7, true},
	{"tdx/debug-attributes.quote", 4936, UINT64_C(0x10000001), 4, true},
};

/* A copy of the quote alone, without what the quoting service puts after it; to be freed. */
static uint8_t *quote_of(const struct real *from)
{
	struct hm_bytes file;
	uint8_t *p = support_fixture(from->name, &file), *quote = malloc(from->len);

	assert_non_null(quote);
	assert_true(file.len >= from->len);
	assert_true(hm_bytes_is_zero(hm_bytes_of(p + from->len, file.len - from->len)));
	memcpy(quote, p, from->len);
	free(p);
	return quote;
}

static void assert_at(struct hm_bytes field, const uint8_t *quote, size_t off, size_t len)
{
	assert_int_equal(field.len, len);
	assert_ptr_equal(field.p, quote + off);
}

static void assert_fields(const struct hm_tdx_quote *q, const uint8_t *p)
{
	assert_at(q->signed_part, p, 0, AT_SIGNATURE_LEN);
	assert_at(q->tee_tcb_svn, p, AT_TEE_TCB_SVN, 16);
	assert_at(q->mr_seam, p, AT_MR_SEAM, 48);
	assert_at(q->mr_signer_seam, p, AT_MR_SIGNER_SEAM, 48);
	assert_at(q->mr_td, p, AT_MR_TD, 48);
	assert_at(q->mr_config_id, p, AT_MR_CONFIG_ID, 48);
	assert_at(q->mr_owner, p, AT_MR_OWNER, 48);
	assert_at(q->mr_owner_config, p, AT_MR_OWNER_CONFIG, 48);
	for (size_t i = 0; i < HM_TDX_RTMRS; i++)
		assert_at(q->rtmr[i], p, AT_RTMR + 48 * i, 48);
	assert_at(q->report_data, p, AT_REPORT_DATA, 64);
	assert_at(q->r, p, AT_R, 32);
	assert_at(q->s, p, AT_S, 32);
	assert_at(q->x, p, AT_X, 32);
	assert_at(q->y, p, AT_Y, 32);
	assert_at(q->qe_report, p, AT_QE_REPORT, HM_TDX_QE_REPORT_LEN);
	assert_at(q->qe_mr_signer, p, AT_QE_MR_SIGNER, 32);
	assert_at(q->qe_report_data, p, AT_QE_REPORT_DATA, 64);
	assert_at(q->qe_r, p, AT_QE_R, 32);
	assert_at(q->qe_s, p, AT_QE_S, 32);
	assert_at(q->qe_auth, p, AT_QE_AUTH, 32);
}

/* The key that signs quotes is in the enclave's report: SHA-256 of it and the authentication data (A.4). */
static void assert_key_bound(const struct hm_tdx_quote *q)
{
	const struct hm_bytes parts[] = {q->x, q->y, q->qe_auth};
	uint8_t digest[HM_DIGEST_MAX];

	assert_ok(hm_crypto_hasher.hash(NULL, HM_SHA256, parts, HM_ARRAY_LEN(parts), 0, digest));
	assert_memory_equal(q->qe_report_data.p, digest, 32);
	assert_true(hm_bytes_is_zero(hm_bytes_of(q->qe_report_data.p + 32, 32)));
}

static void real_quotes(void **state)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----\n", end[] = "-----END CERTIFICATE-----\n";

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, real, real[i].name); i++) {
		uint8_t *p = quote_of(&real[i]);
		struct hm_tdx_quote q;
		size_t chain_len = real[i].len - AT_CHAIN - real[i].terminated;

		assert_ok(hm_tdx_quote_decode(hm_bytes_of(p, real[i].len), &q));
		assert_fields(&q, p);
		assert_int_equal(q.td_attributes, real[i].td_attributes);
		assert_int_equal(q.td_attributes & HM_TDX_ATTRIBUTE_TUD, real[i].td_attributes & 1);
		assert_int_equal(q.seam_attributes, 0);
		/* Intel's own module has no signer. */
		assert_true(hm_bytes_is_zero(q.mr_signer_seam));
		/* As the identity of Intel's TD quoting enclave says (PCS, tdx/certification/v4/qe/identity). */
		assert_hex(q.qe_mr_signer, "dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5");
		assert_int_equal(q.qe_product, 2);
		assert_int_equal(q.qe_svn, real[i].qe_svn);
		/* INIT, MODE64BIT, PROVISION_KEY; no DEBUG. */
		assert_int_equal(q.qe_flags, 0x15);
		assert_key_bound(&q);
		assert_at(q.pck_chain, p, AT_CHAIN, chain_len);
		assert_memory_equal(q.pck_chain.p, begin, strlen(begin));
		assert_memory_equal(q.pck_chain.p + chain_len - strlen(end), end, strlen(end));
		free(p);
	}
}

/* One byte changed, and the exact refusal. */
static void quote_refusals(void **state)
{
	static const struct {
		size_t off;
		uint8_t value;
		enum hm_err err;
	} cases[] = {
		{AT_VERSION, 3, HM_E_TDX_VERSION},
		{AT_VERSION, 5, HM_E_TDX_BODY}, /* read as version 5 */
		{AT_VERSION, 6, HM_E_TDX_VERSION},
		{AT_VERSION + 1, 1, HM_E_TDX_VERSION},
		{AT_TEE, 0, HM_E_TDX_VERSION}, /* SGX */
		{AT_TEE + 3, 1, HM_E_TDX_VERSION},
		{AT_KEY_TYPE, 3, HM_E_TDX_KEY_TYPE}, /* P-384 */
		{AT_KEY_TYPE + 1, 1, HM_E_TDX_KEY_TYPE},
		{AT_VENDOR, 0, HM_E_TDX_VENDOR},
		{AT_VENDOR + 15, 0, HM_E_TDX_VENDOR},
		{AT_SIGNATURE_LEN, 0xff, HM_E_TDX_LENGTH},
		{AT_SIGNATURE_LEN + 3, 0x80, HM_E_TDX_LENGTH},
		{AT_CERTIFICATION_TYPE, 5, HM_E_TDX_CERTIFICATION},
		{AT_CERTIFICATION_TYPE + 1, 1, HM_E_TDX_CERTIFICATION},
		{AT_CERTIFICATION_LEN, 0xff, HM_E_TDX_LENGTH},
		{AT_CERTIFICATION_LEN + 3, 0xff, HM_E_TDX_LENGTH},
		{AT_QE_AUTH_LEN, 31, HM_E_TDX_LENGTH},
		{AT_QE_AUTH_LEN + 1, 0xff, HM_E_TDX_LENGTH},
		{AT_CHAIN_TYPE, 6, HM_E_TDX_CERTIFICATION},
		{AT_CHAIN_TYPE + 1, 1, HM_E_TDX_CERTIFICATION},
		{AT_CHAIN_LEN, 0xff, HM_E_TDX_LENGTH},
		{AT_CHAIN_LEN + 3, 0xff, HM_E_TDX_LENGTH},
	};
	/* Of no say here: security versions of SGX quotes, the enclave's user data, everything that is measured. */
	static const size_t free_bytes[] = {AT_SVNS, AT_USER_DATA, AT_TEE_TCB_SVN, AT_MR_TD,
					    AT_RTMR, AT_R,	   AT_QE_REPORT,   AT_CHAIN};
	uint8_t *p = quote_of(&real[0]);
	struct hm_bytes wire = hm_bytes_of(p, real[0].len);
	struct hm_tdx_quote q;

	(void)state;
	for (size_t i = 0; ROW(i, cases); i++) {
		uint8_t kept = p[cases[i].off];

		p[cases[i].off] = cases[i].value;
		q.qe_svn = 77;
		assert_err(hm_tdx_quote_decode(wire, &q), cases[i].err);
		assert_int_equal(q.qe_svn, 77);
		p[cases[i].off] = kept;
	}
	for (size_t i = 0; ROW(i, free_bytes); i++) {
		p[free_bytes[i]] ^= 0x40;
		assert_ok(hm_tdx_quote_decode(wire, &q));
		p[free_bytes[i]] ^= 0x40;
	}
	free(p);
}

/* Cut anywhere; lengths that agree with each other and not with the file; a quote without a chain; the largest that is
 * looked at. */
static void quote_lengths(void **state)
{
	uint8_t *p = quote_of(&real[1]), *large;
	size_t len = real[1].len;
	struct hm_tdx_quote q;

	(void)state;
	for (size_t cut = 0; cut < len; cut += cut < AT_CHAIN + 2 ? 1 : 97)
		assert_err(hm_tdx_quote_decode(hm_bytes_of(p, cut), &q), HM_E_TDX_LENGTH);
	support_set_u32(p + AT_CHAIN_LEN, 0);
	support_set_u32(p + AT_CERTIFICATION_LEN, AT_CHAIN - AT_QE_REPORT);
	support_set_u32(p + AT_SIGNATURE_LEN, AT_CHAIN - AT_R);
	assert_ok(hm_tdx_quote_decode(hm_bytes_of(p, AT_CHAIN), &q));
	assert_int_equal(q.pck_chain.len, 0);
	support_set_u32(p + AT_SIGNATURE_LEN, AT_CHAIN - AT_R - 1);
	assert_err(hm_tdx_quote_decode(hm_bytes_of(p, AT_CHAIN), &q), HM_E_TDX_LENGTH);
	large = calloc(1, HM_TDX_QUOTE_MAX + 1);
	assert_non_null(large);
	memcpy(large, p, AT_CHAIN);
	for (uint32_t more = 0; more < 2; more++) {
		uint32_t chain = HM_TDX_QUOTE_MAX - AT_CHAIN + more;

		support_set_u32(large + AT_CHAIN_LEN, chain);
		support_set_u32(large + AT_CERTIFICATION_LEN, AT_CHAIN - AT_QE_REPORT + chain);
		support_set_u32(large + AT_SIGNATURE_LEN, AT_CHAIN - AT_R + chain);
		assert_err(hm_tdx_quote_decode(hm_bytes_of(large, HM_TDX_QUOTE_MAX + more), &q),
			   more ? HM_E_TDX_LENGTH : HM_OK);
	}
	free(large);
	free(p);
}

/* The quoting service's answer: zeros after the quote are no part of it; any other byte there is refused. */
static void padded_quotes(void **state)
{
	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(real); i++) {
		struct hm_bytes file;
		uint8_t *p = support_fixture(real[i].name, &file);
		struct hm_tdx_quote q;

		assert_ok(hm_tdx_quote_decode(file, &q));
		assert_int_equal(q.len, real[i].len);
		for (size_t at = real[i].len; at < file.len; at++) {
			p[at] = 1;
			assert_err(hm_tdx_quote_decode(file, &q), HM_E_TDX_LENGTH);
			p[at] = 0;
		}
		free(p);
	}
}

/* Offsets of version 5: Intel TDX DCAP Quoting Library API, A.4. */
enum offset_5 {
	AT_5_BODY_TYPE = 48,
	AT_5_BODY_LEN = 50,
	AT_5_BODY = 54,
	AT_5_REPORT_DATA = AT_5_BODY + 520,
	AT_5_TEE_TCB_SVN_2 = AT_5_BODY + 584,
	AT_5_MR_SERVICE_TD = AT_5_BODY + 600,
	AT_5_SIGNATURE_LEN = AT_5_BODY + 648,
};

static void version_5(void **state)
{
	static const struct {
		size_t off;
		uint8_t value;
		enum hm_err err;
	} cases[] = {
		{AT_VERSION, 4, HM_E_TDX_LENGTH}, /* read as version 4 */
		{AT_VERSION, 6, HM_E_TDX_VERSION},
		{AT_5_BODY_TYPE, 0, HM_E_TDX_BODY},
		{AT_5_BODY_TYPE, 1, HM_E_TDX_BODY}, /* an SGX enclave's report */
		{AT_5_BODY_TYPE, 2, HM_E_TDX_BODY}, /* with the length of TDX 1.5 */
		{AT_5_BODY_TYPE, 4, HM_E_TDX_BODY},
		{AT_5_BODY_TYPE + 1, 1, HM_E_TDX_BODY},
		{AT_5_BODY_LEN, 0x48, HM_E_TDX_BODY}, /* 584 */
		{AT_5_BODY_LEN, 0x87, HM_E_TDX_BODY},
		{AT_5_BODY_LEN + 3, 0x80, HM_E_TDX_BODY},
		{AT_5_SIGNATURE_LEN, 0xff, HM_E_TDX_LENGTH},
		{AT_5_SIGNATURE_LEN + 3, 0x80, HM_E_TDX_LENGTH},
	};
	struct hm_bytes wire;
	uint8_t *p = support_fixture("tdx/version-5.quote", &wire), *short_body;
	struct hm_tdx_quote q;

	(void)state;
	assert_ok(hm_tdx_quote_decode(wire, &q));
	assert_int_equal(q.version, 5);
	assert_true(q.td_1_5);
	assert_int_equal(q.len, wire.len);
	assert_at(q.signed_part, p, 0, AT_5_SIGNATURE_LEN);
	assert_at(q.tee_tcb_svn, p, AT_5_BODY, 16);
	assert_at(q.mr_td, p, AT_5_BODY + 136, 48);
	assert_at(q.rtmr[0], p, AT_5_BODY + 328, 48);
	assert_at(q.report_data, p, AT_5_REPORT_DATA, 64);
	assert_at(q.tee_tcb_svn_2, p, AT_5_TEE_TCB_SVN_2, 16);
	assert_at(q.mr_service_td, p, AT_5_MR_SERVICE_TD, 48);
	assert_key_bound(&q);
	for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
		uint8_t kept = p[cases[i].off];

		p[cases[i].off] = cases[i].value;
		assert_err(hm_tdx_quote_decode(wire, &q), cases[i].err);
		p[cases[i].off] = kept;
	}
	for (size_t cut = 0; cut < wire.len; cut += cut < AT_5_SIGNATURE_LEN + 4 ? 1 : 97)
		assert_err(hm_tdx_quote_decode(hm_bytes_of(p, cut), &q), HM_E_TDX_LENGTH);
	/* The same with a report of TDX 1.0: 64 bytes less, and a type that says so. */
	short_body = malloc(wire.len - 64);
	assert_non_null(short_body);
	memcpy(short_body, p, AT_5_TEE_TCB_SVN_2);
	memcpy(short_body + AT_5_TEE_TCB_SVN_2, p + AT_5_SIGNATURE_LEN, wire.len - AT_5_SIGNATURE_LEN);
	short_body[AT_5_BODY_TYPE] = 2;
	short_body[AT_5_BODY_LEN] = 0x48;
	assert_ok(hm_tdx_quote_decode(hm_bytes_of(short_body, wire.len - 64), &q));
	assert_false(q.td_1_5);
	assert_int_equal(q.tee_tcb_svn_2.len, 0);
	assert_int_equal(q.mr_service_td.len, 0);
	assert_at(q.signed_part, short_body, 0, AT_5_TEE_TCB_SVN_2);
	short_body[AT_5_BODY_TYPE] = 3;
	assert_err(hm_tdx_quote_decode(hm_bytes_of(short_body, wire.len - 64), &q), HM_E_TDX_BODY);
	free(short_body);
	free(p);
}

/* The areas of two firmwares without a quote: as many events as another program counts (SOURCES.md and td-shim). */
static void real_areas(void **state)
{
	static const struct {
		const char *log;
		size_t len;
		bool td;
	} cases[] = {{"tdx/ovmf.ccel", 2120, true}, {"tdx/td-shim.ccel", 9822, false}};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
		struct hm_bytes area;
		uint8_t *p = support_fixture(cases[i].log, &area);
		uint8_t rtmr[HM_TDX_RTMRS][HM_TDX_MEASUREMENT_LEN];
		struct hm_eventlog log;
		size_t len = 0;

		assert_ok(hm_eventlog_open(area, &log));
		assert_int_equal(log.td, cases[i].td);
		assert_ok(hm_tdx_log_length(area, &len));
		assert_int_equal(len, cases[i].len);
		assert_ok(hm_tdx_log_replay(area, &hm_crypto_hasher, rtmr));
		free(p);
	}
}

/* The logs of two of these machines: their own lengths as SOURCES.md has them, and their replay gives the quote's
 * registers. */
static void real_logs(void **state)
{
	static const struct {
		const char *log;
		size_t quote, len;
	} cases[] = {{"tdx/gce-cos-113.ccel", 0, 18101}, {"tdx/live2.ccel", 1, 2120}};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].log); i++) {
		struct hm_bytes area;
		uint8_t *p = support_fixture(cases[i].log, &area), *quote = quote_of(&real[cases[i].quote]);
		uint8_t rtmr[HM_TDX_RTMRS][HM_TDX_MEASUREMENT_LEN];
		size_t len = 0;

		/* OVMF puts the header event into register 1. */
		assert_int_equal(p[0], 1);
		assert_ok(hm_tdx_log_length(area, &len));
		assert_int_equal(len, cases[i].len);
		assert_ok(hm_tdx_log_replay(hm_bytes_of(p, len), &hm_crypto_hasher, rtmr));
		assert_memory_equal(rtmr, quote + AT_RTMR, sizeof(rtmr));
		/* The whole area, as the kernel hands it over; and td-shim's header, which is in register 0. */
		assert_ok(hm_tdx_log_replay(area, &hm_crypto_hasher, rtmr));
		assert_memory_equal(rtmr, quote + AT_RTMR, sizeof(rtmr));
		p[0] = 0;
		assert_ok(hm_tdx_log_replay(area, &hm_crypto_hasher, rtmr));
		assert_memory_equal(rtmr, quote + AT_RTMR, sizeof(rtmr));
		p[0] = 2;
		assert_err(hm_tdx_log_replay(area, &hm_crypto_hasher, rtmr), HM_E_LOG_HEADER);
		free(quote);
		free(p);
	}
}

/* --- logs made here --- */

struct made {
	uint8_t bytes[4096];
	struct hm_writer writer;
};

static void begin_log(struct made *log, uint32_t banks)
{
	log->writer = hm_writer_of(log->bytes, sizeof(log->bytes));
	assert_ok(hm_eventlog_put_header(&log->writer, banks));
}

/* Every digest of the event is `fill` throughout. */
static void add_event(struct made *log, uint32_t banks, uint32_t reg, uint32_t type, uint8_t fill)
{
	struct hm_digests digests = {.banks = banks};

	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++)
		memset(digests.value[bank], fill, sizeof(digests.value[bank]));
	assert_ok(hm_eventlog_put_event(&log->writer, reg, type, &digests, hm_bytes_of_text("event")));
}

static struct hm_bytes end_log(const struct made *log)
{
	return hm_bytes_of(log->bytes, log->writer.len);
}

/* SHA-384 of the register and the event's digest (Intel TDX module, TDG.MR.RTMR.EXTEND). */
static void extend_by_hand(uint8_t rtmr[HM_TDX_MEASUREMENT_LEN], uint8_t fill)
{
	uint8_t digest[HM_TDX_MEASUREMENT_LEN], value[HM_DIGEST_MAX];
	const struct hm_bytes parts[] = {hm_bytes_of(rtmr, HM_TDX_MEASUREMENT_LEN),
					 hm_bytes_of(digest, sizeof(digest))};

	memset(digest, fill, sizeof(digest));
	assert_ok(hm_crypto_hasher.hash(NULL, HM_SHA384, parts, HM_ARRAY_LEN(parts), 0, value));
	memcpy(rtmr, value, HM_TDX_MEASUREMENT_LEN);
}

/* Registers 1 to 4 are RTMR 0 to 3; what is no action extends nothing, whatever register it names. */
static void replay_registers(void **state)
{
	const uint32_t banks = HM_BANK_BIT(HM_SHA384) | HM_BANK_BIT(HM_SHA256);
	uint8_t want[HM_TDX_RTMRS][HM_TDX_MEASUREMENT_LEN] = {{0}}, got[HM_TDX_RTMRS][HM_TDX_MEASUREMENT_LEN];
	struct made log;

	(void)state;
	begin_log(&log, banks);
	assert_ok(hm_tdx_log_replay(end_log(&log), &hm_crypto_hasher, got));
	assert_memory_equal(got, want, sizeof(want));
	for (uint8_t i = 0; i < 9; i++) {
		uint32_t reg = 1 + (i * 3u) % 4;

		add_event(&log, banks, reg, HM_EV_EFI_ACTION, i);
		extend_by_hand(want[reg - 1], i);
		add_event(&log, banks, i, HM_EV_NO_ACTION, i);
	}
	assert_ok(hm_tdx_log_replay(end_log(&log), &hm_crypto_hasher, got));
	assert_memory_equal(got, want, sizeof(want));
}

static void replay_refusals(void **state)
{
	static const struct {
		uint32_t banks, reg;
		enum hm_err err;
	} cases[] = {
		{HM_BANK_BIT(HM_SHA384), 1, HM_OK},
		{HM_BANK_BIT(HM_SHA384), 4, HM_OK},
		{HM_BANK_BIT(HM_SHA384), 0, HM_E_TDX_REGISTER}, /* MRTD, which nothing extends */
		{HM_BANK_BIT(HM_SHA384), 5, HM_E_TDX_REGISTER},
		{HM_BANK_BIT(HM_SHA384), 23, HM_E_TDX_REGISTER},
		{HM_BANK_BIT(HM_SHA384), 24, HM_E_LOG_PCR},
		{HM_BANK_BIT(HM_SHA256), 1, HM_E_BANK_MISSING},
		{HM_BANK_BIT(HM_SHA1) | HM_BANK_BIT(HM_SHA256), 1, HM_E_BANK_MISSING},
	};
	uint8_t got[HM_TDX_RTMRS][HM_TDX_MEASUREMENT_LEN];
	struct support_failing_hasher failing;
	struct made log;

	(void)state;
	for (size_t i = 0; ROW(i, cases); i++) {
		size_t header;

		begin_log(&log, cases[i].banks);
		header = log.writer.len;
		add_event(&log, cases[i].banks, cases[i].reg == 24 ? 1 : cases[i].reg, HM_EV_EFI_ACTION, 1);
		support_set_u32(log.bytes + header, cases[i].reg);
		got[0][0] = 77;
		assert_err(hm_tdx_log_replay(end_log(&log), &hm_crypto_hasher, got), cases[i].err);
		assert_true(!cases[i].err || got[0][0] == 77);
	}
	begin_log(&log, HM_BANK_BIT(HM_SHA384));
	add_event(&log, HM_BANK_BIT(HM_SHA384), 1, HM_EV_EFI_ACTION, 1);
	add_event(&log, HM_BANK_BIT(HM_SHA384), 2, HM_EV_EFI_ACTION, 2);
	got[0][0] = 77;
	for (unsigned int calls = 0; calls < 2; calls++) {
		support_failing_hasher_init(&failing, calls);
		assert_err(hm_tdx_log_replay(end_log(&log), &failing.hasher, got), HM_E_HASH);
	}
	assert_err(hm_tdx_log_replay(hm_bytes_of(log.bytes, log.writer.len - 1), &hm_crypto_hasher, got),
		   HM_E_LOG_TRUNCATED);
	log.bytes[0] = 2;
	assert_err(hm_tdx_log_replay(end_log(&log), &hm_crypto_hasher, got), HM_E_LOG_HEADER);
	assert_int_equal(got[0][0], 77);
}

/* The area that the firmware set aside: the rest is zeros, or 0xff; anything else is an event, and malformed. */
static void log_length(void **state)
{
	static const struct {
		uint8_t fill;
		enum hm_err other;
	} cases[] = {{0x00, HM_E_LOG_DIGEST_COUNT}, {0xff, HM_E_LOG_PCR}};
	struct made log;
	uint8_t area[8192];
	size_t len = 77, own;

	(void)state;
	begin_log(&log, HM_BANK_BIT(HM_SHA384));
	add_event(&log, HM_BANK_BIT(HM_SHA384), 3, HM_EV_EFI_ACTION, 1);
	own = log.writer.len;
	assert_ok(hm_tdx_log_length(end_log(&log), &len));
	assert_int_equal(len, own);
	for (size_t i = 0; ROW(i, cases); i++) {
		memset(area, cases[i].fill, sizeof(area));
		memcpy(area, log.bytes, own);
		len = 77;
		assert_ok(hm_tdx_log_length(hm_bytes_of(area, sizeof(area)), &len));
		assert_int_equal(len, own);
		area[sizeof(area) - 1] ^= 1;
		len = 77;
		assert_err(hm_tdx_log_length(hm_bytes_of(area, sizeof(area)), &len), cases[i].other);
		assert_int_equal(len, 77);
	}
	assert_err(hm_tdx_log_length(hm_bytes_of(log.bytes, own - 1), &len), HM_E_LOG_TRUNCATED);
	assert_err(hm_tdx_log_length(hm_bytes_of(log.bytes, 0), &len), HM_E_LOG_TRUNCATED);
	assert_int_equal(len, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_quotes),	 cmocka_unit_test(quote_refusals),   cmocka_unit_test(quote_lengths),
		cmocka_unit_test(padded_quotes), cmocka_unit_test(version_5),	     cmocka_unit_test(real_areas),
		cmocka_unit_test(real_logs),	 cmocka_unit_test(replay_registers), cmocka_unit_test(replay_refusals),
		cmocka_unit_test(log_length),
	};

	return cmocka_run_group_tests_name("tdx", tests, NULL, NULL);
}
