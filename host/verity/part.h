/* SPDX-License-Identifier: BSD-2-Clause */
/* part.h - a tree made on many machines: the digests of a part of the data, and the parts joined */
#ifndef HM_HOST_VERITY_PART_H
#define HM_HOST_VERITY_PART_H

#include "lib/base/error.h"
#include "host/crypto/sha256_stream.h"
#include "host/verity/build.h"
#include "host/base/mapped.h"

/*
 * Part files, docs/FORMATS.md section 13: a header of 512 bytes with every parameter, then the digests of the
 * part's data blocks. Parts meet at whole leaf blocks and differ in length by at most one of them.
 */
#define HM_TREE_PART_HEADER_LEN 512u
#define HM_TREE_PART_DIGEST_OFF 480u /* SHA-256 of the header before it and the content */
#define HM_TREE_PARTS_MAX 4096u

struct hm_tree_part {
	struct hm_tree_params params; /* hash_off is 0 */
	uint32_t index;		      /* 1 to count */
	uint32_t count;
	uint64_t first_block;
	uint64_t block_count; /* 0 where there are more parts than leaf blocks */
	uint8_t fingerprint[HM_TREE_DIGEST_LEN];
};

/* "2/7": sets index and count. */
HM_MUST_CHECK bool hm_tree_part_parse(const char *text, struct hm_tree_part *ret);
/* Sets first_block and block_count from all else. */
void hm_tree_part_range(struct hm_tree_part *part, const struct hm_tree_layout *layout);
void hm_tree_part_encode(const struct hm_tree_part *part, uint8_t ret[HM_TREE_PART_DIGEST_OFF]);
/* `header` is HM_TREE_PART_DIGEST_OFF bytes. False with the reason; *ret_layout is the whole tree's. */
HM_MUST_CHECK bool hm_tree_part_decode(struct hm_bytes header, struct hm_tree_part *ret,
				       struct hm_tree_layout *ret_layout, struct hm_error *error);

/* The parts of one tree, opened and checked against each other; their digests are checked while they are read. */
struct hm_tree_join {
	struct hm_mapped *inputs; /* by index */
	struct hm_tree_part *parts;
	uint8_t (*digests)[HM_TREE_DIGEST_LEN];
	uint32_t count;
	struct hm_tree_layout layout;
	struct hm_sha256_stream *stream; /* over the part that is being read */
	uint32_t current;
	uint64_t current_left; /* bytes */
};

/*
 * False where a part is malformed (HM_ERROR_INPUT), or missing, there twice, of other parameters or of other data
 * (HM_ERROR_REJECTED). To be freed in any case.
 */
HM_MUST_CHECK bool hm_tree_join_open(const char *const *paths, size_t count, struct hm_tree_join *ret,
				     struct hm_error *error);
/* For hm_tree_build: digests from the parts; `in_order` checks each part's own SHA-256. */
struct hm_tree_source hm_tree_join_source(struct hm_tree_join *join);
HM_MUST_CHECK bool hm_tree_join_in_order(void *ctx, const uint8_t *p, size_t len, struct hm_error *error);
/* After the build: true where every part's SHA-256 was compared, the empty ones' too. */
HM_MUST_CHECK bool hm_tree_join_end(struct hm_tree_join *join, struct hm_error *error);
void hm_tree_join_free(struct hm_tree_join *join);

#endif
