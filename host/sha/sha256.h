/* SPDX-License-Identifier: BSD-2-Clause */
/* sha256.h - SHA-256 of many messages at once, by several kernels */
#ifndef HM_HOST_SHA_SHA256_H
#define HM_HOST_SHA_SHA256_H

#include "core/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
#define HM_SHA256_PREFIX_MAX 256u /* dm-verity's salt */
#define HM_SHA256_LANES_MAX 16u

/* A running hash: `h` after `done` whole blocks of 64 bytes. */
struct hm_sha256_state {
	uint32_t h[8];
};

struct hm_sha256_kernel {
	const char *name;	 /* "shani", "avx512", "openssl" */
	unsigned int lanes;	 /* messages that it works on at once */
	bool (*supported)(void); /* by this CPU and operating system */
	/*
	 * Messages of equal length: for i < count, hash prefix || p[i * stride .. + len) into ret[i * 32 ..].
	 * Any alignment, any len >= 0, prefix_len <= HM_SHA256_PREFIX_MAX. False only when OpenSSL failed; some of
	 * ret is then written.
	 */
	bool (*many)(const uint8_t *prefix, size_t prefix_len, const uint8_t *p, size_t stride, size_t len,
		     size_t count, uint8_t *ret);
	/*
	 * Independent streams, for files of different lengths: for i < lanes (<= HM_SHA256_LANES_MAX) compress
	 * blocks[i] blocks of 64 bytes at p[i] into state[i]. NULL where the kernel has none (openssl).
	 */
	void (*streams)(struct hm_sha256_state *const *state, const uint8_t *const *p, const size_t *blocks,
			size_t lanes);
	/* Cycles per byte: more than that, and the compiler spoiled it. On CPUs of Intel, of others; 0: not known. */
	struct {
		double intel, other;
	} cycles_max;
};

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

#endif
