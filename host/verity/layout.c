/* SPDX-License-Identifier: BSD-2-Clause */
/* layout.c - dm-verity hash trees: parameters, where everything lies, the superblock */
#include "host/verity/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/error.h"
#include "host/sha/sha256.h"

#define SIGNATURE "verity\0\0"
#define SIGNATURE_LEN 8u
#define SUPERBLOCK_VERSION 1u
#define HASH_TYPE 1u
#define ALGORITHM_LEN 32u
#define SALT_PAD_LEN 6u
#define TAIL_PAD_LEN 168u
/* veritysetup: the superblock stands on a sector. */
#define SECTOR_LEN 512u
#define VERSION_MAX 64u
#define LINE_MAX_LEN 160u

bool hm_tree_block_len_ok(uint64_t len)
{
	return len >= HM_TREE_BLOCK_MIN && len <= HM_TREE_BLOCK_MAX && (len & (len - 1)) == 0;
}

static unsigned int bits_of(uint32_t power_of_two)
{
	unsigned int bits = 0;

	while (power_of_two >> (bits + 1))
		bits++;
	return bits;
}

/* Where the tree begins: at the next whole hash block after the superblock. */
static bool place_tree(const struct hm_tree_params *p, uint64_t *ret, struct hm_error *error)
{
	uint64_t off = p->hash_off;
	uint64_t beyond;

	if (!p->superblock && off % p->hash_block_len != 0)
		return hm_error_set(error, "hash offset %" PRIu64 " is not a multiple of the hash block size, %u", off,
				    p->hash_block_len);
	if (off % SECTOR_LEN != 0)
		return hm_error_set(error, "hash offset %" PRIu64 " is not a multiple of 512", off);
	if (off > INT64_MAX - 2 * HM_TREE_BLOCK_MAX)
		return hm_error_set(error, "hash offset %" PRIu64 " is too large", off);
	if (p->superblock)
		off += HM_VERITY_SUPERBLOCK_LEN;
	beyond = off % p->hash_block_len;
	*ret = beyond ? off + (p->hash_block_len - beyond) : off;
	return true;
}

static void count_levels(const struct hm_tree_params *p, struct hm_tree_layout *l)
{
	uint64_t blocks = p->data_blocks;

	while (blocks > 1) {
		blocks = ((blocks - 1) >> l->digest_bits) + 1;
		l->level_blocks[l->levels++] = blocks;
	}
}

bool hm_tree_layout(const struct hm_tree_params *p, struct hm_tree_layout *ret, struct hm_error *error)
{
	struct hm_tree_layout l = {0};

	if (!hm_tree_block_len_ok(p->data_block_len) || !hm_tree_block_len_ok(p->hash_block_len))
		return hm_error_set(error, "block sizes are 512, 1024, 2048 or 4096");
	if (p->data_blocks == 0)
		return hm_error_set(error, "there is no data block");
	if (p->data_blocks > INT64_MAX / p->data_block_len)
		return hm_error_set(error, "%" PRIu64 " data blocks are too many", p->data_blocks);
	if (p->salt_len > HM_VERITY_SALT_MAX)
		return hm_error_set(error, "the salt is longer than %u bytes", HM_VERITY_SALT_MAX);
	if (!place_tree(p, &l.tree_off, error))
		return false;
	l.digest_bits = bits_of(p->hash_block_len / HM_TREE_DIGEST_LEN);
	l.data_len = p->data_blocks * p->data_block_len;
	count_levels(p, &l);
	l.end = l.tree_off;
	for (unsigned int level = l.levels; level-- > 0;) {
		l.level_off[level] = l.end;
		if (l.level_blocks[level] > (INT64_MAX - l.end) / p->hash_block_len)
			return hm_error_set(error, "the tree is too large");
		l.end += l.level_blocks[level] * p->hash_block_len;
	}
	*ret = l;
	return true;
}

/* The end of a file with a tree of its `data_blocks` appended; what is too large ends nowhere. */
static uint64_t appended_end(uint32_t data_block_len, uint32_t hash_block_len, uint64_t data_blocks,
			     uint64_t *ret_hash_off)
{
	struct hm_tree_params p = {.data_block_len = data_block_len,
				   .hash_block_len = hash_block_len,
				   .data_blocks = data_blocks,
				   .superblock = true,
				   .hash_off = data_blocks * data_block_len};
	uint64_t beyond = p.hash_off % hash_block_len;
	struct hm_tree_layout layout;
	struct hm_error error = {0};

	if (beyond)
		p.hash_off += hash_block_len - beyond;
	*ret_hash_off = p.hash_off;
	return hm_tree_layout(&p, &layout, &error) ? layout.end : UINT64_MAX;
}

bool hm_tree_appended_at(uint32_t data_block_len, uint32_t hash_block_len, uint64_t end, uint64_t *ret_hash_off)
{
	uint64_t low = 1;
	uint64_t high = end / data_block_len;
	uint64_t hash_off;

	/* More data blocks never end earlier; those that end at the same place have their tree at the same place. */
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (appended_end(data_block_len, hash_block_len, middle, &hash_off) < end)
			low = middle + 1;
		else
			high = middle;
	}
	/* Beyond INT64_MAX nothing ends. */
	if (low > high || end > INT64_MAX || appended_end(data_block_len, hash_block_len, low, &hash_off) != end)
		return false;
	*ret_hash_off = hash_off;
	return true;
}

void hm_tree_superblock_encode(const struct hm_tree_params *p, uint8_t ret[HM_VERITY_SUPERBLOCK_LEN])
{
	static const uint8_t algorithm[ALGORITHM_LEN] = "sha256";
	struct hm_writer w = hm_writer_of(ret, HM_VERITY_SUPERBLOCK_LEN);

	memset(ret, 0, HM_VERITY_SUPERBLOCK_LEN);
	hm_put_bytes(&w, hm_bytes_of(SIGNATURE, SIGNATURE_LEN));
	hm_put_u32le(&w, SUPERBLOCK_VERSION);
	hm_put_u32le(&w, HASH_TYPE);
	hm_put_bytes(&w, hm_bytes_of(p->uuid, sizeof(p->uuid)));
	hm_put_bytes(&w, hm_bytes_of(algorithm, sizeof(algorithm)));
	hm_put_u32le(&w, p->data_block_len);
	hm_put_u32le(&w, p->hash_block_len);
	hm_put_u64le(&w, p->data_blocks);
	hm_put_u16le(&w, p->salt_len);
	for (unsigned int i = 0; i < SALT_PAD_LEN; i++)
		hm_put_u8(&w, 0);
	hm_put_bytes(&w, hm_bytes_of(p->salt, p->salt_len));
}

bool hm_tree_superblock_decode(struct hm_bytes superblock, struct hm_tree_params *ret, struct hm_error *error)
{
	static const uint8_t sha256[ALGORITHM_LEN] = "sha256";
	struct hm_reader r = hm_reader_of(superblock);
	struct hm_bytes signature = hm_get_bytes(&r, SIGNATURE_LEN);
	uint32_t version = hm_get_u32le(&r);
	uint32_t hash_type = hm_get_u32le(&r);
	struct hm_bytes uuid = hm_get_bytes(&r, HM_TREE_UUID_LEN);
	struct hm_bytes algorithm = hm_get_bytes(&r, ALGORITHM_LEN);
	uint32_t data_block_len = hm_get_u32le(&r);
	uint32_t hash_block_len = hm_get_u32le(&r);
	uint64_t data_blocks = hm_get_u64le(&r);
	uint16_t salt_len = hm_get_u16le(&r);
	struct hm_bytes salt_pad = hm_get_bytes(&r, SALT_PAD_LEN);
	struct hm_bytes salt = hm_get_bytes(&r, HM_VERITY_SALT_MAX);
	struct hm_bytes tail_pad = hm_get_bytes(&r, TAIL_PAD_LEN);

	if (!hm_reader_done(&r))
		return hm_error_set(error, "%s", hm_err_text(HM_E_SHORT_READ));
	if (!hm_bytes_equal(signature, hm_bytes_of(SIGNATURE, SIGNATURE_LEN)))
		return hm_error_set(error, "%s", hm_err_text(HM_E_VERITY_SIGNATURE));
	if (version != SUPERBLOCK_VERSION)
		return hm_error_set(error, "%s", hm_err_text(HM_E_VERITY_VERSION));
	if (hash_type != HASH_TYPE)
		return hm_error_set(error, "%s", hm_err_text(HM_E_VERITY_HASH_TYPE));
	if (!hm_bytes_equal(algorithm, hm_bytes_of(sha256, sizeof(sha256))))
		return hm_error_set(error, "%s", hm_err_text(HM_E_VERITY_ALGORITHM));
	if (salt_len > HM_VERITY_SALT_MAX)
		return hm_error_set(error, "%s", hm_err_text(HM_E_VERITY_SALT));
	if (!hm_bytes_is_zero(salt_pad) || !hm_bytes_is_zero(tail_pad) ||
	    !hm_bytes_is_zero(hm_bytes_of(salt.p + salt_len, salt.len - salt_len)))
		return hm_error_set(error, "%s", hm_err_text(HM_E_VERITY_RESERVED));
	ret->data_block_len = data_block_len;
	ret->hash_block_len = hash_block_len;
	ret->data_blocks = data_blocks;
	ret->salt_len = salt_len;
	memset(ret->salt, 0, sizeof(ret->salt));
	memcpy(ret->salt, salt.p, salt_len);
	memcpy(ret->uuid, uuid.p, sizeof(ret->uuid));
	ret->superblock = true;
	return true;
}

static bool digest_of_line(const char *tag, const char *name, const char *version, uint8_t ret[HM_TREE_DIGEST_LEN])
{
	const struct hm_sha256_kernel *kernel = hm_sha256_kernel_find("openssl");
	char line[LINE_MAX_LEN];
	int len = snprintf(line, sizeof(line), "%s %s %s", tag, name, version);

	if (!kernel || len < 0 || (size_t)len >= sizeof(line))
		return false;
	return kernel->many(NULL, 0, (const uint8_t *)line, 0, (size_t)len, 1, ret);
}

bool hm_tree_default_salt(const char *name, const char *version, uint8_t ret[HM_TREE_DIGEST_LEN])
{
	return digest_of_line("hallmark-salt/1", name, version, ret);
}

bool hm_tree_default_uuid(const char *name, const char *version, uint8_t ret[HM_TREE_UUID_LEN])
{
	uint8_t digest[HM_TREE_DIGEST_LEN];

	if (!digest_of_line("hallmark-verity/1", name, version, digest))
		return false;
	/* RFC 9562, version 8: custom. The variant takes the whole digit, as image/lib.sh does. */
	memcpy(ret, digest, HM_TREE_UUID_LEN);
	ret[6] = (uint8_t)(0x80 | (ret[6] & 0x0f));
	ret[8] = (uint8_t)(0x80 | (ret[8] & 0x0f));
	return true;
}

bool hm_tree_version_ok(const char *version)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+~_-";
	size_t len = strspn(version, allowed);

	return len > 0 && len <= VERSION_MAX && version[len] == '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hm_tree_uuid_parse(const char *text, uint8_t ret[HM_TREE_UUID_LEN])
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	uint8_t uuid[HM_TREE_UUID_LEN] = {0};
	unsigned int digits = 0;

	if (strlen(text) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i]; i++) {
		int digit = hex_digit(text[i]);

		if (form[i] == '-' ? text[i] != '-' : digit < 0)
			return false;
		if (form[i] == '-')
			continue;
		uuid[digits / 2] = (uint8_t)(uuid[digits / 2] << 4 | digit);
		digits++;
	}
	memcpy(ret, uuid, sizeof(uuid));
	return true;
}
