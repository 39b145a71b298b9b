/* SPDX-License-Identifier: BSD-2-Clause */
/* eventlog.c - reader, writer and replay of the firmware's TCG2 crypto-agile event log */
#include "eventlog.h"

/* TCG PFP 1.06, 10.4.5.1: TCG_EfiSpecIdEvent. */
#define SPEC_ID_SIGNATURE "Spec ID Event03"
#define SPEC_VERSION_MINOR 0u
#define SPEC_VERSION_MAJOR 2u
/* What edk2 writes by default; the reader takes any. */
#define SPEC_ERRATA 0u
/* In units of 32 bits: 1 or 2. */
#define UINTN_SIZE_32 1u
#define UINTN_SIZE_64 2u
#define PLATFORM_CLIENT 0u
#define PLATFORM_SERVER 1u
#define SPEC_ID_FIXED_LEN 28u
#define SPEC_ID_ALG_LEN 4u

/* TCG PFP 1.06, 10.4.5.3: TCG_EfiStartupLocalityEvent. */
#define LOCALITY_SIGNATURE "StartupLocality"
#define SIGNATURE_LEN 16u
#define LOCALITY_HCRTM 4u
HM_STATIC_ASSERT(sizeof(SPEC_ID_SIGNATURE) == SIGNATURE_LEN, "signatures count their NUL");
HM_STATIC_ASSERT(sizeof(LOCALITY_SIGNATURE) == SIGNATURE_LEN, "signatures count their NUL");

/* The Spec ID event's register: 0 by PFP 1.06, 10.4.5.1; OVMF's TdTcg2Dxe writes 1 into a TD's log. */
#define REGISTER_PCR 0u
#define REGISTER_TD 1u

/* A log area that was never written: firmware fills it with one of these. */
#define PADDING_ZERO 0x00u
#define PADDING_ONES 0xffu

struct event_type {
	uint32_t type;
	const char *name;
};

/* TCG PFP 1.06, 10.4.1. */
/* 8be4df61-93ca-11d2-aa0d-00e098032b8c */
const uint8_t hm_guid_global[HM_GUID_LEN] = {
	0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c,
};
/* d719b2cb-3d3a-4596-a3bc-dad00e67656f */
const uint8_t hm_guid_security[HM_GUID_LEN] = {
	0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45, 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f,
};

static const struct event_type event_types[] = {
	{0x00000000u, "EV_PREBOOT_CERT"},
	{HM_EV_POST_CODE, "EV_POST_CODE"},
	{0x00000002u, "EV_UNUSED"},
	{HM_EV_NO_ACTION, "EV_NO_ACTION"},
	{HM_EV_SEPARATOR, "EV_SEPARATOR"},
	{HM_EV_ACTION, "EV_ACTION"},
	{HM_EV_EVENT_TAG, "EV_EVENT_TAG"},
	{0x00000007u, "EV_S_CRTM_CONTENTS"},
	{HM_EV_S_CRTM_VERSION, "EV_S_CRTM_VERSION"},
	{0x00000009u, "EV_CPU_MICROCODE"},
	{HM_EV_PLATFORM_CONFIG_FLAGS, "EV_PLATFORM_CONFIG_FLAGS"},
	{0x0000000bu, "EV_TABLE_OF_DEVICES"},
	{0x0000000cu, "EV_COMPACT_HASH"},
	{HM_EV_IPL, "EV_IPL"},
	{0x0000000eu, "EV_IPL_PARTITION_DATA"},
	{0x0000000fu, "EV_NONHOST_CODE"},
	{0x00000010u, "EV_NONHOST_CONFIG"},
	{0x00000011u, "EV_NONHOST_INFO"},
	{0x00000012u, "EV_OMIT_BOOT_DEVICE_EVENTS"},
	{0x00000013u, "EV_POST_CODE2"},
	{HM_EV_EFI_VARIABLE_DRIVER_CONFIG, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
	{HM_EV_EFI_VARIABLE_BOOT, "EV_EFI_VARIABLE_BOOT"},
	{HM_EV_EFI_BOOT_SERVICES_APPLICATION, "EV_EFI_BOOT_SERVICES_APPLICATION"},
	{HM_EV_EFI_BOOT_SERVICES_DRIVER, "EV_EFI_BOOT_SERVICES_DRIVER"},
	{HM_EV_EFI_RUNTIME_SERVICES_DRIVER, "EV_EFI_RUNTIME_SERVICES_DRIVER"},
	{HM_EV_EFI_GPT_EVENT, "EV_EFI_GPT_EVENT"},
	{HM_EV_EFI_ACTION, "EV_EFI_ACTION"},
	{HM_EV_EFI_PLATFORM_FIRMWARE_BLOB, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
	{HM_EV_EFI_HANDOFF_TABLES, "EV_EFI_HANDOFF_TABLES"},
	{HM_EV_EFI_PLATFORM_FIRMWARE_BLOB2, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"},
	{0x8000000bu, "EV_EFI_HANDOFF_TABLES2"},
	{0x8000000cu, "EV_EFI_VARIABLE_BOOT2"},
	{0x8000000du, "EV_EFI_GPT_EVENT2"},
	{HM_EV_EFI_HCRTM_EVENT, "EV_EFI_HCRTM_EVENT"},
	{HM_EV_EFI_VARIABLE_AUTHORITY, "EV_EFI_VARIABLE_AUTHORITY"},
	{0x800000e1u, "EV_EFI_SPDM_FIRMWARE_BLOB"},
	{0x800000e2u, "EV_EFI_SPDM_FIRMWARE_CONFIG"},
	{0x800000e3u, "EV_EFI_SPDM_DEVICE_POLICY"},
	{0x800000e4u, "EV_EFI_SPDM_DEVICE_AUTHORITY"},
};

const char *hm_event_type_name(uint32_t type)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(event_types); i++) {
		if (event_types[i].type == type)
			return event_types[i].name;
	}
	return NULL;
}

/* --- header --- */

/* What is left is a log area's filling, not an event that was cut off. */
static bool is_padding(struct hm_bytes rest)
{
	for (size_t i = 0; i < rest.len; i++) {
		if (rest.p[i] != rest.p[0])
			return false;
	}
	return rest.len > 0 && (rest.p[0] == PADDING_ZERO || rest.p[0] == PADDING_ONES);
}

static struct hm_bytes unread(const struct hm_reader *r)
{
	return hm_bytes_of(r->p + r->off, hm_reader_left(r));
}

/*
 * Whether all of it is events in the old format, TCG_PCR_EVENT, and more than the one that a TCG2 log begins with: what
 * firmware logs for a TPM 1.2 (TCG EFI Platform Specification 1.22, 7.2). Asked of refused logs only, for their line.
 */
static bool is_sha1_log(struct hm_bytes bytes)
{
	struct hm_reader r = hm_reader_of(bytes);
	size_t count = 0;

	while (hm_reader_left(&r) > 0 && !is_padding(unread(&r))) {
		uint32_t pcr = hm_get_u32le(&r);

		hm_skip(&r, sizeof(uint32_t) + hm_algs[HM_SHA1].len);
		hm_skip(&r, hm_get_u32le(&r));
		if (r.failed || pcr >= HM_PCR_COUNT)
			return false;
		count++;
	}
	return count > 1;
}

static bool has_alg(const struct hm_eventlog *log, uint16_t tpm_id)
{
	for (uint32_t i = 0; i < log->alg_count; i++) {
		if (log->alg[i].tpm_id == tpm_id)
			return true;
	}
	return false;
}

/* The size of an algorithm that we know is ours to say, whatever the log claims. */
static bool add_alg(struct hm_eventlog *log, uint16_t tpm_id, uint16_t size)
{
	enum hm_bank bank;

	if (size == 0 || size > HM_DIGEST_MAX || has_alg(log, tpm_id))
		return false;
	if (hm_bank_of_tpm_id(tpm_id, &bank)) {
		if (size != hm_algs[bank].len)
			return false;
		log->banks |= HM_BANK_BIT(bank);
	}
	log->alg[log->alg_count++] = (struct hm_eventlog_alg){.tpm_id = tpm_id, .size = size};
	return true;
}

static enum hm_err read_algs(struct hm_reader *r, struct hm_eventlog *log)
{
	uint32_t count = hm_get_u32le(r);

	if (count == 0 || count > HM_EVENTLOG_ALGS_MAX)
		return HM_E_LOG_ALGORITHMS;
	for (uint32_t i = 0; i < count; i++) {
		uint16_t tpm_id = hm_get_u16le(r);
		uint16_t size = hm_get_u16le(r);

		if (r->failed)
			return HM_E_LOG_HEADER;
		if (!add_alg(log, tpm_id, size))
			return HM_E_LOG_ALGORITHMS;
	}
	/* Without a bank that we can compute, every replay would be empty and hold. */
	return log->banks ? HM_OK : HM_E_LOG_ALGORITHMS;
}

static enum hm_err read_spec_id(struct hm_bytes data, struct hm_eventlog *log)
{
	struct hm_reader r = hm_reader_of(data);
	struct hm_bytes signature = hm_get_bytes(&r, SIGNATURE_LEN);
	uint32_t platform = hm_get_u32le(&r);
	uint8_t minor = hm_get_u8(&r);
	uint8_t major = hm_get_u8(&r);
	uint8_t uintn_size;
	enum hm_err err;

	hm_skip(&r, 1); /* errata */
	uintn_size = hm_get_u8(&r);
	if (r.failed || !hm_bytes_equal(signature, hm_bytes_of(SPEC_ID_SIGNATURE, SIGNATURE_LEN)))
		return HM_E_LOG_HEADER;
	if (major != SPEC_VERSION_MAJOR || minor != SPEC_VERSION_MINOR)
		return HM_E_LOG_VERSION;
	if (platform != PLATFORM_CLIENT && platform != PLATFORM_SERVER)
		return HM_E_LOG_HEADER;
	if (uintn_size != UINTN_SIZE_32 && uintn_size != UINTN_SIZE_64)
		return HM_E_LOG_HEADER;
	err = read_algs(&r, log);
	if (err)
		return err;
	hm_skip(&r, hm_get_u8(&r)); /* vendorInfo */
	return hm_reader_done(&r) ? HM_OK : HM_E_LOG_HEADER;
}

static enum hm_err open_log(struct hm_bytes bytes, struct hm_eventlog *ret)
{
	struct hm_eventlog log = {.reader = hm_reader_of(bytes)};
	struct hm_bytes digest, data;
	uint32_t pcr, type;
	enum hm_err err;

	if (bytes.len > HM_EVENTLOG_MAX)
		return HM_E_LOG_TOO_LARGE;
	/* The first event is in the old format: TCG_PCR_EVENT, with a SHA-1 digest of zeros. */
	pcr = hm_get_u32le(&log.reader);
	type = hm_get_u32le(&log.reader);
	digest = hm_get_bytes(&log.reader, hm_algs[HM_SHA1].len);
	data = hm_get_bytes(&log.reader, hm_get_u32le(&log.reader));
	if (log.reader.failed)
		return HM_E_LOG_TRUNCATED;
	if ((pcr != REGISTER_PCR && pcr != REGISTER_TD) || type != HM_EV_NO_ACTION || !hm_bytes_is_zero(digest))
		return HM_E_LOG_HEADER;
	log.td = pcr == REGISTER_TD;
	err = read_spec_id(data, &log);
	if (err)
		return err;
	*ret = log;
	return HM_OK;
}

enum hm_err hm_eventlog_open(struct hm_bytes bytes, struct hm_eventlog *ret)
{
	enum hm_err err = open_log(bytes, ret);

	return err == HM_E_LOG_HEADER && is_sha1_log(bytes) ? HM_E_LOG_SHA1 : err;
}

/* --- events --- */

/* Which of the header's algorithms it is; false if none. */
static bool alg_index(const struct hm_eventlog *log, uint16_t tpm_id, uint32_t *ret)
{
	for (uint32_t i = 0; i < log->alg_count; i++) {
		if (log->alg[i].tpm_id == tpm_id) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* Every algorithm of the header exactly once, in any order: Azure's firmware has them descending.
 */
static enum hm_err read_digests(struct hm_eventlog *log, struct hm_digests *ret)
{
	uint32_t count = hm_get_u32le(&log->reader);
	uint32_t seen = 0;

	if (log->reader.failed)
		return HM_E_LOG_TRUNCATED;
	if (count != log->alg_count)
		return HM_E_LOG_DIGEST_COUNT;
	for (uint32_t i = 0; i < count; i++) {
		uint16_t tpm_id = hm_get_u16le(&log->reader);
		struct hm_bytes digest;
		enum hm_bank bank;
		uint32_t index;

		if (log->reader.failed)
			return HM_E_LOG_TRUNCATED;
		if (!alg_index(log, tpm_id, &index))
			return HM_E_LOG_DIGEST_ALG;
		if (seen & 1u << index)
			return HM_E_LOG_DIGEST_COUNT;
		seen |= 1u << index;
		digest = hm_get_bytes(&log->reader, log->alg[index].size);
		if (log->reader.failed)
			return HM_E_LOG_TRUNCATED;
		if (!hm_bank_of_tpm_id(tpm_id, &bank))
			continue;
		memcpy(ret->value[bank], digest.p, digest.len);
		ret->banks |= HM_BANK_BIT(bank);
	}
	return HM_OK;
}

static enum hm_err read_event(struct hm_eventlog *log, struct hm_event *ret)
{
	enum hm_err err;

	ret->index = log->next_index;
	ret->pcr = hm_get_u32le(&log->reader);
	ret->type = hm_get_u32le(&log->reader);
	if (log->reader.failed)
		return HM_E_LOG_TRUNCATED;
	if (ret->pcr >= HM_PCR_COUNT)
		return HM_E_LOG_PCR;
	err = read_digests(log, &ret->digests);
	if (err)
		return err;
	ret->data = hm_get_bytes(&log->reader, hm_get_u32le(&log->reader));
	return log->reader.failed ? HM_E_LOG_TRUNCATED : HM_OK;
}

static bool is_locality(const struct hm_event *event)
{
	struct hm_bytes start;

	return event->type == HM_EV_NO_ACTION && hm_bytes_slice(event->data, 0, SIGNATURE_LEN, &start) &&
	       hm_bytes_equal(start, hm_bytes_of(LOCALITY_SIGNATURE, SIGNATURE_LEN));
}

static enum hm_err note_locality(struct hm_eventlog *log, const struct hm_event *event)
{
	uint8_t locality;

	if (event->pcr != HM_PCR_FIRMWARE_CODE || log->pcr0_seen || log->locality_seen)
		return HM_E_LOG_LOCALITY;
	if (event->data.len != SIGNATURE_LEN + 1)
		return HM_E_LOG_LOCALITY;
	locality = event->data.p[SIGNATURE_LEN];
	if (locality != 0 && locality != 3 && locality != 4)
		return HM_E_LOG_LOCALITY;
	log->locality = locality;
	log->locality_seen = true;
	return HM_OK;
}

/*
 * An H-CRTM measures before TPM2_Startup, by _TPM_Hash_Start at locality 4: PCR 0 begins with 4, whether the log says
 * so in a StartupLocality event or not. TPM 2.0 library, part 1, 34.3; TCG PFP 1.06, 3.3.4.1.
 */
static enum hm_err note_hcrtm(struct hm_eventlog *log)
{
	if (log->pcr0_seen || (log->locality_seen && log->locality != LOCALITY_HCRTM))
		return HM_E_LOG_LOCALITY;
	log->locality = LOCALITY_HCRTM;
	log->locality_seen = true;
	return HM_OK;
}

enum hm_err hm_eventlog_next(struct hm_eventlog *log, struct hm_event *ret, bool *ret_end)
{
	struct hm_eventlog next = *log;
	struct hm_event event = {.pcr = 0};
	struct hm_bytes rest = unread(&log->reader);
	enum hm_err err;

	/* Filling is never an event: without digests, or of no register, none can be read. */
	if (rest.len == 0 || is_padding(rest)) {
		*ret_end = true;
		return HM_OK;
	}
	err = read_event(&next, &event);
	if (err)
		return err;
	if (is_locality(&event))
		err = note_locality(&next, &event);
	else if (event.pcr == HM_PCR_FIRMWARE_CODE && event.type == HM_EV_EFI_HCRTM_EVENT)
		err = note_hcrtm(&next);
	if (event.pcr == HM_PCR_FIRMWARE_CODE && event.type != HM_EV_NO_ACTION)
		next.pcr0_seen = true;
	if (err)
		return err;
	next.next_index++;
	*log = next;
	*ret = event;
	*ret_end = false;
	return HM_OK;
}

/* Read all of it, so that PCR 0's start value is known and nothing malformed is ever replayed. */
static enum hm_err scan(struct hm_bytes bytes, struct hm_eventlog *ret)
{
	struct hm_eventlog log;
	bool end = false;
	enum hm_err err = hm_eventlog_open(bytes, &log);

	while (!err && !end) {
		struct hm_event event;

		err = hm_eventlog_next(&log, &event, &end);
	}
	if (err)
		return err;
	*ret = log;
	return HM_OK;
}

enum hm_err hm_eventlog_replay(struct hm_bytes bytes, const struct hm_hasher *hasher, struct hm_pcrs *ret)
{
	struct hm_eventlog scanned, log;
	struct hm_pcrs pcrs;
	enum hm_err err = scan(bytes, &scanned);

	if (err)
		return err;
	if (scanned.td)
		return HM_E_LOG_HEADER;
	err = hm_eventlog_open(bytes, &log);
	if (err)
		return err;
	hm_pcrs_init(&pcrs, log.banks, scanned.locality);
	for (;;) {
		struct hm_event event;
		bool end;

		err = hm_eventlog_next(&log, &event, &end);
		if (err)
			return err;
		if (end)
			break;
		if (event.type == HM_EV_NO_ACTION)
			continue;
		err = hm_pcrs_extend(&pcrs, hasher, event.pcr, &event.digests);
		if (err)
			return err;
	}
	*ret = pcrs;
	return HM_OK;
}

/* --- writer --- */

static uint32_t count_banks(uint32_t banks)
{
	uint32_t count = 0;

	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++)
		count += banks >> bank & 1u;
	return count;
}

static enum hm_err check_banks(uint32_t banks)
{
	if (banks & ~HM_BANKS_ALL)
		return HM_E_BANK_UNKNOWN;
	return banks ? HM_OK : HM_E_BANK_DIGEST;
}

/* An event that did not fit leaves no half of itself behind. */
static enum hm_err finish(struct hm_writer *w, size_t start)
{
	if (!w->failed)
		return HM_OK;
	w->len = start;
	return HM_E_BUFFER;
}

enum hm_err hm_eventlog_put_header(struct hm_writer *w, uint32_t banks)
{
	uint32_t count = count_banks(banks);
	size_t start = w->len;
	enum hm_err err = check_banks(banks);

	if (err)
		return err;
	hm_put_u32le(w, 0);
	hm_put_u32le(w, HM_EV_NO_ACTION);
	for (size_t i = 0; i < hm_algs[HM_SHA1].len; i++)
		hm_put_u8(w, 0);
	/* The fixed fields, the count, the table, and the one byte that says "no vendorInfo". */
	hm_put_u32le(w, SPEC_ID_FIXED_LEN + SPEC_ID_ALG_LEN * count + 1);
	hm_put_bytes(w, hm_bytes_of(SPEC_ID_SIGNATURE, SIGNATURE_LEN));
	hm_put_u32le(w, PLATFORM_CLIENT);
	hm_put_u8(w, SPEC_VERSION_MINOR);
	hm_put_u8(w, SPEC_VERSION_MAJOR);
	hm_put_u8(w, SPEC_ERRATA);
	hm_put_u8(w, UINTN_SIZE_64);
	hm_put_u32le(w, count);
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(banks & HM_BANK_BIT(bank)))
			continue;
		hm_put_u16le(w, hm_algs[bank].tpm_id);
		hm_put_u16le(w, hm_algs[bank].len);
	}
	hm_put_u8(w, 0);
	return finish(w, start);
}

void hm_eventlog_put_variable(struct hm_writer *w, const uint8_t guid[HM_GUID_LEN], const char *name,
			      struct hm_bytes value)
{
	struct hm_bytes ascii = hm_bytes_of_text(name);

	hm_put_bytes(w, hm_bytes_of(guid, HM_GUID_LEN));
	hm_put_u64le(w, ascii.len); /* in characters, without NUL */
	hm_put_u64le(w, value.len);
	hm_put_utf16(w, ascii);
	hm_put_bytes(w, value);
}

enum hm_err hm_eventlog_put_event(struct hm_writer *w, uint32_t pcr, uint32_t type, const struct hm_digests *digests,
				  struct hm_bytes data)
{
	size_t start = w->len;
	enum hm_err err = check_banks(digests->banks);

	if (err)
		return err;
	if (pcr >= HM_PCR_COUNT)
		return HM_E_LOG_PCR;
	if (data.len > HM_EVENTLOG_MAX)
		return HM_E_LOG_TOO_LARGE;
	hm_put_u32le(w, pcr);
	hm_put_u32le(w, type);
	hm_put_u32le(w, count_banks(digests->banks));
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(digests->banks & HM_BANK_BIT(bank)))
			continue;
		hm_put_u16le(w, hm_algs[bank].tpm_id);
		hm_put_bytes(w, hm_bytes_of(digests->value[bank], hm_algs[bank].len));
	}
	hm_put_u32le(w, (uint32_t)data.len);
	hm_put_bytes(w, data);
	return finish(w, start);
}
