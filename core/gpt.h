/* SPDX-License-Identifier: BSD-2-Clause */
/* gpt.h - a strict reader of GUID partition tables, and the search for a layer's partitions */
#ifndef HM_GPT_H
#define HM_GPT_H

#include "bytes.h"
#include "err.h"

/*
 * The disk belongs to the host. This is the only code that parses a partition
 * table, at boot and at build time. It reads the primary header at sector 1 and
 * its entries, checks both checksums, every bound and every overlap, and refuses
 * anything unusual instead of repairing it. The backup is not consulted.
 * Source: UEFI 2.10, 5.3. Sector sizes 512 and 4096.
 */
#define HM_GPT_ENTRIES_MAX 128u /* what every tool writes */
#define HM_GPT_ENTRY_LEN 128u
#define HM_GPT_HEADER_LEN 92u
#define HM_GPT_LABEL_MAX 36u
#define HM_GPT_TABLE_LEN (HM_GPT_ENTRIES_MAX * HM_GPT_ENTRY_LEN)

/* Random access to a disk or image. `read` fills all of `len` bytes or fails. */
struct hm_disk {
	void *ctx;
	enum hm_err (*read)(void *ctx, uint64_t off, void *buf, size_t len);
	uint64_t len;	     /* bytes */
	uint32_t sector_len; /* 512 or 4096 */
};

struct hm_gpt_partition {
	uint32_t number;       /* 1 is the first entry */
	uint64_t off;	       /* bytes from the start of the disk */
	uint64_t len;	       /* bytes */
	uint8_t type_guid[16]; /* as on disk (mixed-endian) */
	uint8_t guid[16];
	uint8_t label_len;
	uint8_t label[HM_GPT_LABEL_MAX]; /* ASCII; a label with other characters has length 0 */
};

struct hm_gpt {
	uint8_t header[HM_GPT_HEADER_LEN]; /* the primary header as read: the firmware hashes it into PCR 5 */
	uint8_t entries[HM_GPT_TABLE_LEN]; /* the entries as read */
	uint32_t entry_count;		   /* as in the header, <= HM_GPT_ENTRIES_MAX */
	uint32_t partition_count;
	struct hm_gpt_partition partition[HM_GPT_ENTRIES_MAX];
};

HM_MUST_CHECK enum hm_err hm_gpt_read(const struct hm_disk *disk, struct hm_gpt *ret);
/* The event data of EV_EFI_GPT_EVENT: 92-byte header, u64le count, the used entries (RULES: PCR 5). */
HM_MUST_CHECK enum hm_err hm_gpt_event_data(const struct hm_gpt *gpt, struct hm_writer *w);

/* A partition on one of several disks. */
struct hm_gpt_match {
	size_t disk; /* index into the array given to hm_gpt_find */
	const struct hm_gpt_partition *partition;
};
/* Exactly one partition on all disks may carry the label: PART_MISSING, PART_DUPLICATE. */
HM_MUST_CHECK enum hm_err hm_gpt_find(const struct hm_gpt *const *gpts, size_t count, struct hm_bytes label,
				      struct hm_gpt_match *ret);
/* A GUID's 16 bytes in the order of its text form without dashes (0396ca16... is stored 16ca9603...). */
void hm_guid_text_order(const uint8_t guid[16], uint8_t ret[16]);
/* 36 characters, lower case, no NUL. */
void hm_guid_text(const uint8_t guid[16], char ret[36]);
/* CRC-32 (IEEE 802.3), as GPT uses it; `crc` is 0 or the result for the bytes before. */
uint32_t hm_crc32(uint32_t crc, struct hm_bytes b);

#endif
