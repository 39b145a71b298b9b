/* SPDX-License-Identifier: BSD-2-Clause */
/* record.h - the lines that user space extends, and the runtime log that stores them */
#ifndef HM_RECORD_H
#define HM_RECORD_H

#include "pcr.h"
#include "verity.h"

/*
 * A record is one line of printable ASCII without newline; the digest extended
 * into each bank is the hash of exactly these bytes. docs/FORMATS.md has the
 * grammar. The runtime log is CEL-JSON, one record a line. Reader and writer of
 * both are in this file and accept nothing but the one canonical form.
 */
#define HM_RECORD_MAX 1024u /* TPM2_PCR_Event's limit */
#define HM_RECORD_NAME_MAX 32u
#define HM_CEL_LINE_MAX 2048u  /* a record with digests of four banks */
#define HM_LAYERS_MAX 32u      /* a lock record counts to here: far more than a machine has */
#define HM_CEL_RECORDS_MAX 64u /* 32 layers, 5 locks, the TLS record, and room */
#define HM_RUNTIME_LOG_MAX (HM_CEL_RECORDS_MAX * HM_CEL_LINE_MAX) /* bytes of the whole log */

enum hm_record_kind { HM_RECORD_LAYER, HM_RECORD_RAM, HM_RECORD_LOCK, HM_RECORD_TLS, HM_RECORD_FAIL };

struct hm_record {
	enum hm_record_kind kind;
	uint8_t name_len; /* LAYER, RAM; FAIL: the stage */
	char name[HM_RECORD_NAME_MAX];
	struct hm_verity verity;       /* LAYER */
	uint64_t size;		       /* RAM: bytes */
	uint64_t layers;	       /* LOCK: how many layers were measured */
	uint8_t sha256[HM_SHA256_LEN]; /* RAM: of the content; TLS: of the DER SubjectPublicKeyInfo */
};

/* The words of hallmark-fail/1 stage=...; this order is not an interface, the words are. */
#define HM_STAGE_LIST(X) \
	X(STUB, "stub") \
	X(MOUNT, "mount") \
	X(MODULES, "modules") \
	X(TPM, "tpm") \
	X(CMDLINE, "cmdline") \
	X(LAYERS, "layers") \
	X(DISK, "disk") \
	X(SUPERBLOCK, "superblock") \
	X(RECORD, "record") \
	X(EXTEND, "extend") \
	X(VERITY, "verity") \
	X(FILESYSTEM, "filesystem") \
	X(WRITABLE, "writable") \
	X(LOCK, "lock") \
	X(SWITCH, "switch")
enum hm_stage {
#define HM_STAGE_ENUM(name, word) HM_STAGE_##name,
	HM_STAGE_LIST(HM_STAGE_ENUM)
#undef HM_STAGE_ENUM
		HM_STAGE_COUNT
};
const char *hm_stage_word(enum hm_stage stage);

/* Write the line of a record (no newline). RECORD_VALUE if the struct has an impossible value. */
HM_MUST_CHECK enum hm_err hm_record_format(const struct hm_record *record, struct hm_writer *w);
/* Read a line; only what hm_record_format can write is accepted. */
HM_MUST_CHECK enum hm_err hm_record_parse(struct hm_bytes line, struct hm_record *ret);
/* The record of a boot that failed at `stage`. hm_record_format refuses it where that is no stage. */
struct hm_record hm_record_of_stage(enum hm_stage stage);

/*
 * The order of a boot's records, over all registers: layers, in PCR 11 to 14; the lock, once in each of PCR 11 to 15,
 * ascending; the TLS key, once, in PCR 15. A lock, a key or a layer anywhere else is refused, and so is every record
 * after the key and every record of a failed boot. A zeroed struct is the start of a boot.
 */
struct hm_record_order {
	uint32_t locks; /* registers that are locked */
	bool tls;
};
/* For a reader that knows from elsewhere that the lock is complete: the TLS key may follow, and nothing else. */
extern const struct hm_record_order hm_record_order_locked;
/* The next record. Refused: one of HM_E_ORDER_*, and *order stays as it is. */
HM_MUST_CHECK enum hm_err hm_record_order_next(struct hm_record_order *order, uint32_t pcr, enum hm_record_kind kind);
/* After the last record: ORDER_NOT_LOCKED unless every register is locked. */
HM_MUST_CHECK enum hm_err hm_record_order_check(const struct hm_record_order *order);

struct hm_cel_record {
	uint64_t recnum;
	uint32_t pcr;
	struct hm_digests digests;
	struct hm_bytes content; /* the record's line; borrowed */
};
/* One log line with its LF. The content must be free of '"' and '\\', which no record can contain. */
HM_MUST_CHECK enum hm_err hm_cel_format(const struct hm_cel_record *record, struct hm_writer *w);
/* One log line without its LF, canonical form only. */
HM_MUST_CHECK enum hm_err hm_cel_parse(struct hm_bytes line, struct hm_cel_record *ret);

/* Reading a whole log: recnum from 0, the same banks in every line, PCR 11 to 15, every line ended by LF. */
struct hm_cel {
	struct hm_bytes rest;
	uint64_t next_recnum;
	uint32_t banks;
};
HM_MUST_CHECK enum hm_err hm_cel_open(struct hm_bytes log, struct hm_cel *ret);
/* *ret_end is set, and *ret untouched, after the last record. Checks digest = H(content) where `hasher` is not NULL. */
HM_MUST_CHECK enum hm_err hm_cel_next(struct hm_cel *cel, const struct hm_hasher *hasher, struct hm_cel_record *ret,
				      bool *ret_end);
/* Extend all records of a log into *pcrs (whose banks must be among the log's), on top of its present values. */
HM_MUST_CHECK enum hm_err hm_cel_replay(struct hm_bytes log, const struct hm_hasher *hasher, struct hm_pcrs *pcrs);

#endif
