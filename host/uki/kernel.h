/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.h - a kernel's version, and whether a command line keeps its IMA from extending PCR 10 */
#ifndef HM_HOST_UKI_KERNEL_H
#define HM_HOST_UKI_KERNEL_H

#include <stdbool.h>

#include "core/bytes.h"
#include "lib/base/error.h"

struct hm_kernel_version {
	unsigned int major;
	unsigned int minor;
};

/*
 * The version in a bzImage's setup header (kernel, Documentation/arch/x86/boot.rst: kernel_version). False where
 * `kernel` is none or has no version: programs that stand for a kernel.
 */
HM_MUST_CHECK bool hm_kernel_version(struct hm_bytes kernel, struct hm_kernel_version *ret);

/*
 * IMA extends PCR 10 when it starts. Up to Linux 6.18 its initcall is init_ima; from 6.19 on the security framework
 * starts it, in security_initcall_late (security/lsm_init.c). `initcall_blacklist=` has to name the one of this kernel.
 * The word may name both. What else security_initcall_late starts: EVM and AppArmor's hashes of profiles, which the
 * image does not use; lockdown is started early.
 */
HM_MUST_CHECK bool hm_kernel_ima_is_off(struct hm_bytes cmdline, struct hm_kernel_version version);

/* False: the kernel's version is known and `cmdline` leaves its IMA on; one line in `error` says which word it takes.
 */
HM_MUST_CHECK bool hm_kernel_check_ima(struct hm_bytes cmdline, struct hm_bytes kernel, struct hm_error *error);

#endif
