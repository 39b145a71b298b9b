/* SPDX-License-Identifier: BSD-2-Clause */
/* sha256.h - SHA-256 of many messages at once, by several kernels */
#ifndef HM_HOST_SHA_SHA256_H
#define HM_HOST_SHA_SHA256_H

#include "host/sha/kernel.h"

/*
 * Which one do I call?
 *
 * - one short content: hm_sha256() of lib/crypto/hash.h; in several banks: hm_digests_of() of core/digest.h
 * - bytes that come one after the other: host/crypto/sha256_stream.h; one file: host/crypto/sha256_file.h
 * - a few long contents in memory, in several banks: hm_digest_pool() of host/sha/digests.h
 * - all files of a directory: host/verity/sums.h
 * - thousands of blocks of equal length, as of a hash tree: the kernels here, hm_sha256_kernel_best()->many
 *
 * host/sha/messages.h is digests.h's own.
 *
 * One SHA-NI lane waits for its own result most of the time; three lanes side by side do not. A dm-verity
 * tree and a directory of files have as many independent messages as one wants, so every kernel here takes
 * many. OpenSSL is the portable kernel and the reference: each other kernel is tested against it.
 * Source: FIPS 180-4. Kernels keep no secrets and make no promise about timing.
 */
/* All that were compiled in, best guess first, "openssl" last; NULL-ended. */
extern const struct hm_sha256_kernel *const hm_sha256_kernels[];

/* The kernel of that name if it is supported here, else NULL. */
const struct hm_sha256_kernel *hm_sha256_kernel_find(const char *name);
/*
 * The fastest one here, by a self-test of one to two milliseconds for all together, which also compares each result
 * with OpenSSL's: a kernel that computes something else is never chosen. Call it once and keep the result.
 */
const struct hm_sha256_kernel *hm_sha256_kernel_best(void);
/*
 * Bytes per second of one kernel on one core with data in the cache: the best pass of about `milliseconds`, so that
 * other programs disturb it little.
 */
double hm_sha256_kernel_speed(const struct hm_sha256_kernel *kernel, unsigned int milliseconds);
/*
 * Cycles per byte, measured likewise; the cycle is that of a chain of multiplications, which x86 makes in three each.
 * On another architecture the number is only roughly that. Both return 0 when OpenSSL or malloc failed.
 */
double hm_sha256_kernel_cycles(const struct hm_sha256_kernel *kernel, unsigned int milliseconds);
/* The kernel's cycles_max of this maker's CPUs: about 1.2 times what was measured on them. */
double hm_sha256_kernel_cycles_max(const struct hm_sha256_kernel *kernel);

/* For tests: the same among a NULL-ended list. Best is OpenSSL's where no other is right. */
const struct hm_sha256_kernel *hm_sha256_kernel_choose(const struct hm_sha256_kernel *const *kernels);
const struct hm_sha256_kernel *hm_sha256_kernel_find_in(const struct hm_sha256_kernel *const *kernels,
							const char *name);

#endif
