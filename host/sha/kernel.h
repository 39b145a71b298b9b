/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.h - what a SHA-256 kernel is, and which there are */
#ifndef HM_HOST_SHA_KERNEL_H
#define HM_HOST_SHA_KERNEL_H

#include "core/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* The kernels; those of x86 exist on x86 only. */
extern const struct hm_sha256_kernel hm_sha256_openssl;
#if defined(__x86_64__)
extern const struct hm_sha256_kernel hm_sha256_shani;
extern const struct hm_sha256_kernel hm_sha256_avx512;
#endif

#endif
