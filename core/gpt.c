/* SPDX-License-Identifier: BSD-2-Clause */
/* gpt.c - a strict reader of GUID partition tables, and the search for a layer's partitions */
#include "gpt.h"

#define SIGNATURE "EFI PART"
#define SIGNATURE_LEN 8u
#define REVISION 0x00010000u
#define HEADER_LBA 1u
#define CRC_OFF 16u
#define CRC_LEN 4u
#define GUID_LEN 16u
#define SECTOR_LEN_MIN 512u
#define SECTOR_LEN_MAX 4096u
#define LABEL_UNIT_LEN 2u
HM_STATIC_ASSERT(HM_GPT_ENTRY_LEN == 2 * GUID_LEN + 3 * 8 + HM_GPT_LABEL_MAX * LABEL_UNIT_LEN,
		 "the fields fill an entry");
HM_STATIC_ASSERT(HM_GPT_TABLE_LEN % SECTOR_LEN_MAX == 0, "a full table is whole sectors");

static const char hex_digits[] = "0123456789abcdef";

/* UEFI 2.10, table 5.5, in that order, as far as it is used. */
struct header {
	struct hm_bytes signature;
	uint32_t revision;
	uint32_t header_len;
	uint32_t header_crc;
	uint32_t reserved;
	uint64_t my_lba;
	uint64_t alternate_lba;
	uint64_t first_usable;
	uint64_t last_usable;
	uint64_t entries_lba;
	uint32_t entry_count;
	uint32_t entry_len;
	uint32_t entries_crc;
};

/* UEFI 2.10, table 5.6. */
struct entry {
	struct hm_bytes type_guid;
	struct hm_bytes guid;
	uint64_t first_lba;
	uint64_t last_lba;
	struct hm_bytes label;
};

/* Bit by bit: 16 KiB take well under a millisecond, and there is no table to get wrong. */
uint32_t hm_crc32(uint32_t crc, struct hm_bytes b)
{
	crc = ~crc;
	for (size_t i = 0; i < b.len; i++) {
		crc ^= b.p[i];
		for (unsigned int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1u ? 0xedb88320u : 0u);
	}
	return ~crc;
}

void hm_guid_text_order(const uint8_t guid[16], uint8_t ret[16])
{
	/* UEFI 2.10, appendix A: the first three fields are little-endian, the text is not. */
	static const uint8_t order[GUID_LEN] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
	uint8_t text[GUID_LEN];

	for (size_t i = 0; i < GUID_LEN; i++)
		text[i] = guid[order[i]];
	memcpy(ret, text, GUID_LEN);
}

void hm_guid_text(const uint8_t guid[16], char ret[36])
{
	uint8_t text[GUID_LEN];
	size_t len = 0;

	hm_guid_text_order(guid, text);
	for (size_t i = 0; i < GUID_LEN; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			ret[len++] = '-';
		ret[len++] = hex_digits[text[i] >> 4];
		ret[len++] = hex_digits[text[i] & 0xf];
	}
}

/* --- header --- */

static struct header read_header(struct hm_bytes bytes)
{
	struct hm_reader r = hm_reader_of(bytes);
	struct header h;

	h.signature = hm_get_bytes(&r, SIGNATURE_LEN);
	h.revision = hm_get_u32le(&r);
	h.header_len = hm_get_u32le(&r);
	h.header_crc = hm_get_u32le(&r);
	h.reserved = hm_get_u32le(&r);
	h.my_lba = hm_get_u64le(&r);
	h.alternate_lba = hm_get_u64le(&r);
	h.first_usable = hm_get_u64le(&r);
	h.last_usable = hm_get_u64le(&r);
	hm_skip(&r, GUID_LEN); /* the disk's own */
	h.entries_lba = hm_get_u64le(&r);
	h.entry_count = hm_get_u32le(&r);
	h.entry_len = hm_get_u32le(&r);
	h.entries_crc = hm_get_u32le(&r);
	return h;
}

/* The checksum is taken with its own field zero. */
static uint32_t header_crc(struct hm_bytes header)
{
	static const uint8_t zero[CRC_LEN];
	uint32_t crc = hm_crc32(0, hm_bytes_of(header.p, CRC_OFF));

	crc = hm_crc32(crc, hm_bytes_of(zero, CRC_LEN));
	return hm_crc32(crc, hm_bytes_of(header.p + CRC_OFF + CRC_LEN, HM_GPT_HEADER_LEN - CRC_OFF - CRC_LEN));
}

/* `sectors` is the disk's length. A disk may be longer than its table knows, never shorter. */
static enum hm_err check_positions(const struct header *h, uint64_t sectors)
{
	if (h->my_lba != HEADER_LBA)
		return HM_E_GPT_HEADER;
	if (h->first_usable > h->last_usable)
		return HM_E_GPT_HEADER;
	/* The backup stands behind the last usable sector, which is therefore on the disk too. */
	if (h->alternate_lba <= h->last_usable || h->alternate_lba >= sectors)
		return HM_E_GPT_HEADER;
	return HM_OK;
}

static enum hm_err check_table(const struct header *h, uint32_t sector_len)
{
	uint64_t table_sectors;

	if (h->entry_len != HM_GPT_ENTRY_LEN)
		return HM_E_GPT_ENTRIES;
	if (h->entry_count == 0 || h->entry_count > HM_GPT_ENTRIES_MAX)
		return HM_E_GPT_ENTRIES;
	table_sectors = (h->entry_count * HM_GPT_ENTRY_LEN + sector_len - 1) / sector_len;
	if (h->entries_lba <= HEADER_LBA || h->entries_lba >= h->first_usable)
		return HM_E_GPT_ENTRIES;
	if (table_sectors > h->first_usable - h->entries_lba)
		return HM_E_GPT_ENTRIES;
	return HM_OK;
}

/* `sector` is the whole sector 1. */
static enum hm_err check_header(struct hm_bytes sector, uint64_t sectors, struct header *ret)
{
	struct header h = read_header(sector);
	enum hm_err err;

	if (!hm_bytes_equal(h.signature, hm_bytes_of(SIGNATURE, SIGNATURE_LEN)))
		return HM_E_GPT_SIGNATURE;
	if (h.revision != REVISION || h.header_len != HM_GPT_HEADER_LEN || h.reserved != 0)
		return HM_E_GPT_HEADER;
	if (header_crc(sector) != h.header_crc)
		return HM_E_GPT_HEADER_CRC;
	/* UEFI 2.10, table 5.5: the rest of the block is reserved and zero. */
	if (!hm_bytes_is_zero(hm_bytes_of(sector.p + HM_GPT_HEADER_LEN, sector.len - HM_GPT_HEADER_LEN)))
		return HM_E_GPT_HEADER;
	err = check_positions(&h, sectors);
	if (err)
		return err;
	err = check_table(&h, (uint32_t)sector.len);
	if (err)
		return err;
	*ret = h;
	return HM_OK;
}

/* --- entries --- */

static struct entry read_entry(const uint8_t entry[HM_GPT_ENTRY_LEN])
{
	struct hm_reader r = hm_reader_of(hm_bytes_of(entry, HM_GPT_ENTRY_LEN));
	struct entry e;

	e.type_guid = hm_get_bytes(&r, GUID_LEN);
	e.guid = hm_get_bytes(&r, GUID_LEN);
	e.first_lba = hm_get_u64le(&r);
	e.last_lba = hm_get_u64le(&r);
	hm_skip(&r, 8); /* attributes steer nothing here */
	e.label = hm_get_bytes(&r, HM_GPT_LABEL_MAX * LABEL_UNIT_LEN);
	return e;
}

/*
 * UTF-16LE, ended by a NUL or by the field. What a label could hide behind its NUL is refused;
 * a label that is not printable ASCII becomes the empty label, which matches no layer.
 */
static enum hm_err read_label(struct hm_bytes field, struct hm_gpt_partition *ret)
{
	struct hm_reader r = hm_reader_of(field);
	bool ascii = true;
	uint8_t len = 0;

	while (hm_reader_left(&r) > 0) {
		uint16_t unit = hm_get_u16le(&r);

		if (unit == 0)
			break;
		if (unit < ' ' || unit > '~')
			ascii = false;
		ret->label[len++] = (uint8_t)unit;
	}
	if (!hm_bytes_is_zero(hm_get_bytes(&r, hm_reader_left(&r))))
		return HM_E_GPT_LABEL;
	if (!ascii) {
		memset(ret->label, 0, sizeof(ret->label));
		len = 0;
	}
	ret->label_len = len;
	return HM_OK;
}

static bool is_used(const uint8_t *entry)
{
	return !hm_bytes_is_zero(hm_bytes_of(entry, GUID_LEN));
}

static enum hm_err add_partition(struct hm_gpt *gpt, const struct header *h, uint32_t index, uint32_t sector_len)
{
	struct entry e = read_entry(gpt->entries + index * HM_GPT_ENTRY_LEN);
	struct hm_gpt_partition *partition = &gpt->partition[gpt->partition_count];

	if (e.first_lba > e.last_lba || e.first_lba < h->first_usable || e.last_lba > h->last_usable)
		return HM_E_GPT_ENTRY_BOUNDS;
	/* last_usable is on the disk, whose length in bytes is 64-bit: no product below can wrap.
	 */
	partition->number = index + 1;
	partition->off = e.first_lba * sector_len;
	partition->len = (e.last_lba - e.first_lba + 1) * sector_len;
	memcpy(partition->type_guid, e.type_guid.p, GUID_LEN);
	memcpy(partition->guid, e.guid.p, GUID_LEN);
	gpt->partition_count++;
	return read_label(e.label, partition);
}

static bool overlap(const struct hm_gpt_partition *a, const struct hm_gpt_partition *b)
{
	return a->off < b->off ? b->off - a->off < a->len : a->off - b->off < b->len;
}

static enum hm_err check_overlap(const struct hm_gpt *gpt)
{
	for (uint32_t i = 0; i < gpt->partition_count; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (overlap(&gpt->partition[i], &gpt->partition[j]))
				return HM_E_GPT_ENTRY_OVERLAP;
		}
	}
	return HM_OK;
}

static enum hm_err decode_entries(struct hm_gpt *gpt, const struct header *h, uint32_t sector_len)
{
	struct hm_bytes table = hm_bytes_of(gpt->entries, h->entry_count * HM_GPT_ENTRY_LEN);

	if (hm_crc32(0, table) != h->entries_crc)
		return HM_E_GPT_ENTRIES_CRC;
	gpt->entry_count = h->entry_count;
	for (uint32_t i = 0; i < h->entry_count; i++) {
		enum hm_err err;

		if (!is_used(gpt->entries + i * HM_GPT_ENTRY_LEN))
			continue;
		err = add_partition(gpt, h, i, sector_len);
		if (err)
			return err;
	}
	return check_overlap(gpt);
}

/* Every byte is read once: what is checked here is what is used and hashed later. */
enum hm_err hm_gpt_read(const struct hm_disk *disk, struct hm_gpt *ret)
{
	struct hm_gpt gpt = {.entry_count = 0};
	uint8_t sector[SECTOR_LEN_MAX];
	struct header h;
	enum hm_err err;

	if (disk->sector_len != SECTOR_LEN_MIN && disk->sector_len != SECTOR_LEN_MAX)
		return HM_E_GPT_HEADER;
	if (disk->len / disk->sector_len <= HEADER_LBA)
		return HM_E_GPT_SIGNATURE;
	err = disk->read(disk->ctx, (uint64_t)HEADER_LBA * disk->sector_len, sector, disk->sector_len);
	if (err)
		return err;
	err = check_header(hm_bytes_of(sector, disk->sector_len), disk->len / disk->sector_len, &h);
	if (err)
		return err;
	memcpy(gpt.header, sector, HM_GPT_HEADER_LEN);
	err = disk->read(disk->ctx, h.entries_lba * disk->sector_len, gpt.entries, h.entry_count * HM_GPT_ENTRY_LEN);
	if (err)
		return err;
	err = decode_entries(&gpt, &h, disk->sector_len);
	if (err)
		return err;
	*ret = gpt;
	return HM_OK;
}

/* edk2, Tcg2MeasureGptTable: TCG PFP's UEFI_GPT_DATA, entries in table order. */
enum hm_err hm_gpt_event_data(const struct hm_gpt *gpt, struct hm_writer *w)
{
	size_t start = w->len;

	hm_put_bytes(w, hm_bytes_of(gpt->header, sizeof(gpt->header)));
	hm_put_u64le(w, gpt->partition_count);
	for (uint32_t i = 0; i < gpt->partition_count; i++) {
		size_t off = (size_t)(gpt->partition[i].number - 1) * HM_GPT_ENTRY_LEN;

		hm_put_bytes(w, hm_bytes_of(gpt->entries + off, HM_GPT_ENTRY_LEN));
	}
	if (!w->failed)
		return HM_OK;
	w->len = start;
	return HM_E_BUFFER;
}

static bool has_label(const struct hm_gpt_partition *partition, struct hm_bytes label)
{
	/* Length 0 stands for a label that is not ASCII, and for none. */
	return partition->label_len > 0 && hm_bytes_equal(hm_bytes_of(partition->label, partition->label_len), label);
}

enum hm_err hm_gpt_find(const struct hm_gpt *const *gpts, size_t count, struct hm_bytes label, struct hm_gpt_match *ret)
{
	struct hm_gpt_match match = {.partition = NULL};

	for (size_t disk = 0; disk < count; disk++) {
		for (uint32_t i = 0; i < gpts[disk]->partition_count; i++) {
			const struct hm_gpt_partition *partition = &gpts[disk]->partition[i];

			if (!has_label(partition, label))
				continue;
			if (match.partition)
				return HM_E_PART_DUPLICATE;
			match = (struct hm_gpt_match){.disk = disk, .partition = partition};
		}
	}
	if (!match.partition)
		return HM_E_PART_MISSING;
	*ret = match;
	return HM_OK;
}
