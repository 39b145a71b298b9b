/* SPDX-License-Identifier: BSD-2-Clause */
/* verity.c - hm_verity_decode, hm_verity_table: any superblock, partitions of any length */
#include "core/verity.h"
#include "proof.h"

int main(void)
{
	struct hm_bytes superblock = any_bytes_of_len(HM_VERITY_SUPERBLOCK_LEN);
	uint64_t data_len = nondet_u64(), hash_len = nondet_u64();
	uint8_t root[HM_VERITY_ROOT_LEN];
	struct hm_verity v;

	if (hm_verity_decode(superblock, data_len, hash_len, root, &v))
		return 0;
	__CPROVER_assert(v.salt_len <= sizeof(v.salt), "the salt is in the struct");
	__CPROVER_assert(v.data_blocks <= data_len / HM_VERITY_BLOCK_LEN, "the data are in their partition");
	return 0;
}
