/* SPDX-License-Identifier: BSD-2-Clause */
/* eventlog.h - reader, writer and replay of the firmware's TCG2 crypto-agile event log */
#ifndef HM_EVENTLOG_H
#define HM_EVENTLOG_H

#include "pcr.h"

/*
 * Source: TCG PC Client Platform Firmware Profile 1.06, chapter 10. The log is
 * an explanation, never the verdict: only digests that replay to quoted registers
 * count. EV_NO_ACTION never extends; StartupLocality changes PCR 0's start value
 * only, before any event of PCR 0, once, value 0, 3 or 4.
 *
 * Firmware hands over the whole area that it set aside for the log. What follows the last event is filling where it is
 * 00 throughout or ff throughout, and ends the log; anything else is a malformed event.
 *
 * A TD's log (ACPI CCEL) has the same form; its register numbers are measurement registers (core/tdx.h). OVMF marks
 * it: the Spec ID event is of register 1, not 0.
 */
#define HM_EVENTLOG_MAX (1024u * 1024u) /* OVMF's is 64 KiB */
#define HM_EVENTLOG_ALGS_MAX 8u		/* algorithms in the header; ours are four of them */

/* Event types; TCG PFP 10.4.1. */
#define HM_EV_POST_CODE 0x00000001u
#define HM_EV_NO_ACTION 0x00000003u
#define HM_EV_SEPARATOR 0x00000004u
#define HM_EV_ACTION 0x00000005u
#define HM_EV_EVENT_TAG 0x00000006u
#define HM_EV_S_CRTM_VERSION 0x00000008u
#define HM_EV_PLATFORM_CONFIG_FLAGS 0x0000000au
#define HM_EV_IPL 0x0000000du
#define HM_EV_EFI_VARIABLE_DRIVER_CONFIG 0x80000001u
#define HM_EV_EFI_VARIABLE_BOOT 0x80000002u
#define HM_EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define HM_EV_EFI_BOOT_SERVICES_DRIVER 0x80000004u
#define HM_EV_EFI_RUNTIME_SERVICES_DRIVER 0x80000005u
#define HM_EV_EFI_GPT_EVENT 0x80000006u
#define HM_EV_EFI_ACTION 0x80000007u
#define HM_EV_EFI_PLATFORM_FIRMWARE_BLOB 0x80000008u
#define HM_EV_EFI_HANDOFF_TABLES 0x80000009u
#define HM_EV_EFI_PLATFORM_FIRMWARE_BLOB2 0x8000000au
#define HM_EV_EFI_HCRTM_EVENT 0x80000010u
#define HM_EV_EFI_VARIABLE_AUTHORITY 0x800000e0u

/* "EV_SEPARATOR" and so on; "EV_0x..." is the caller's to print where this is NULL. */
const char *hm_event_type_name(uint32_t type);

/* What EFI variables are named under, as in memory: UEFI 2.10, 3.3 and 32.6.1. */
#define HM_GUID_LEN 16u
extern const uint8_t hm_guid_global[HM_GUID_LEN];   /* EFI_GLOBAL_VARIABLE: SecureBoot, PK, KEK, BootOrder, Boot#### */
extern const uint8_t hm_guid_security[HM_GUID_LEN]; /* EFI_IMAGE_SECURITY_DATABASE_GUID: db, dbx */
/*
 * The event data of a variable, UEFI_VARIABLE_DATA: TCG PFP 1.06, 10.2.6. `name` is ASCII. The last bytes are `value`;
 * HM_VARIABLE_HEADER_MAX is room for all that stands before it, for names up to 16 characters.
 */
#define HM_VARIABLE_HEADER_MAX 64u
void hm_eventlog_put_variable(struct hm_writer *w, const uint8_t guid[HM_GUID_LEN], const char *name,
			      struct hm_bytes value);

struct hm_eventlog_alg {
	uint16_t tpm_id;
	uint16_t size;
};

struct hm_eventlog {
	struct hm_reader reader;
	uint32_t alg_count;
	struct hm_eventlog_alg alg[HM_EVENTLOG_ALGS_MAX];
	bool td;	  /* the Spec ID event is of register 1: registers are a TD's, not PCRs */
	uint32_t banks;	  /* those of ours among them */
	uint8_t locality; /* of PCR 0, as found so far */
	bool locality_seen;
	bool pcr0_seen;
	size_t next_index;
};

struct hm_event {
	size_t index; /* 0 is the first event after the Spec ID header */
	uint32_t pcr;
	uint32_t type;
	struct hm_digests digests; /* of our banks; a bank of another algorithm is bounds-checked and left out */
	struct hm_bytes data;	   /* borrowed */
};

/*
 * Check the header. The log is borrowed. Sizes of known algorithms come from our own table and must agree. A log of
 * TPM 1.2 is LOG_SHA1.
 */
HM_MUST_CHECK enum hm_err hm_eventlog_open(struct hm_bytes log, struct hm_eventlog *ret);
/* The next event; *ret_end is set, and *ret untouched, exactly at the last byte or where filling begins. */
HM_MUST_CHECK enum hm_err hm_eventlog_next(struct hm_eventlog *log, struct hm_event *ret, bool *ret_end);
/* PCRs after the whole log, from power-on values, in all banks of the log. A log marked as a TD's is LOG_HEADER. */
HM_MUST_CHECK enum hm_err hm_eventlog_replay(struct hm_bytes log, const struct hm_hasher *hasher, struct hm_pcrs *ret);

/* The Spec ID header event for a set of banks (as OVMF writes it), then events one by one. */
HM_MUST_CHECK enum hm_err hm_eventlog_put_header(struct hm_writer *w, uint32_t banks);
HM_MUST_CHECK enum hm_err hm_eventlog_put_event(struct hm_writer *w, uint32_t pcr, uint32_t type,
						const struct hm_digests *digests, struct hm_bytes data);

#endif
