/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_gpt.c - partition tables and verity superblocks; the checksums are made right, or nothing behind them would be
 * reached */
#include "core/gpt.h"
#include "core/verity.h"
#include "tests/fuzz/fuzz.h"

#define SECTOR 512u
#define IMAGE_MAX 65536u

struct image {
	uint8_t p[IMAGE_MAX];
	size_t len;
};

static enum hm_err image_read(void *ctx, uint64_t off, void *buf, size_t len)
{
	const struct image *image = ctx;

	if (off > image->len || len > image->len - off)
		return HM_E_SHORT_READ;
	memcpy(buf, image->p + off, len);
	return HM_OK;
}

static uint64_t le(const uint8_t *p, unsigned int n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

static void put32(uint8_t *p, uint32_t v)
{
	for (unsigned int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* UEFI 2.10, 5.3.2: the entries' CRC at 88, the header's own at 16, computed with 0 in its place. */
static void checksums(struct image *image)
{
	uint8_t *h = image->p + SECTOR;
	uint64_t at = le(h + 72, 8) * SECTOR, size = le(h + 80, 4) * le(h + 84, 4);

	if (image->len < 2 * SECTOR)
		return;
	if (at <= image->len && size <= image->len - at)
		put32(h + 88, hm_crc32(0, hm_bytes_of(image->p + at, (size_t)size)));
	put32(h + 16, 0);
	put32(h + 16, hm_crc32(0, hm_bytes_of(h, 92)));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static struct image image;
	static struct hm_gpt gpt;
	static uint8_t event[HM_GPT_TABLE_LEN + 4096];
	const struct hm_gpt *gpts[] = {&gpt};
	struct hm_disk disk = {.ctx = &image, .read = image_read, .sector_len = SECTOR};
	struct hm_writer w = hm_writer_of(event, sizeof(event));
	struct hm_gpt_match match;
	struct hm_verity verity;
	char table[HM_VERITY_TABLE_MAX];
	uint8_t root[HM_VERITY_ROOT_LEN] = {0};

	if (len < 1)
		return 0;
	image.len = len - 1 < IMAGE_MAX ? len - 1 : IMAGE_MAX;
	memcpy(image.p, p + 1, image.len);
	if (p[0] & 1)
		checksums(&image);
	/* A disk may be longer than what can be read of it here. */
	disk.len = p[0] & 2 ? image.len : (uint64_t)1 << 40;
	if (!hm_gpt_read(&disk, &gpt)) {
		FUZZ_CHECK(gpt.partition_count <= HM_GPT_ENTRIES_MAX);
		for (uint32_t i = 0; i < gpt.partition_count; i++)
			FUZZ_CHECK(gpt.partition[i].off <= disk.len &&
				   gpt.partition[i].len <= disk.len - gpt.partition[i].off);
		FUZZ_CHECK(!hm_gpt_event_data(&gpt, &w));
		if (!hm_gpt_find(gpts, 1, hm_bytes_of_text("hallmark-root"), &match))
			FUZZ_CHECK(match.partition->label_len == 13);
	}
	if (!hm_verity_decode(hm_bytes_of(image.p, image.len < 512 ? image.len : 512), (uint64_t)1 << 40,
			      (uint64_t)1 << 40, root, &verity)) {
		FUZZ_CHECK(!hm_verity_check(&verity) && verity.data_blocks <= HM_VERITY_DATA_BLOCKS_MAX);
		FUZZ_CHECK(!hm_verity_table(&verity, hm_bytes_of_text("253:0"), hm_bytes_of_text("253:1"), true, table,
					    sizeof(table)));
	}
	return 0;
}
