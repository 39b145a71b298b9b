/* SPDX-License-Identifier: BSD-2-Clause */
/* cpu.h - what this CPU has */
#ifndef HM_HOST_SHA_CPU_H
#define HM_HOST_SHA_CPU_H

#include "core/bytes.h"

/* What this CPU has and the operating system saves at a context switch. False on other than x86. */
HM_MUST_CHECK bool hm_sha256_cpu_shani(void);
HM_MUST_CHECK bool hm_sha256_cpu_avx512(void);
/* Made by Intel: its limits of cycles are other ones. */
HM_MUST_CHECK bool hm_sha256_cpu_intel(void);

#endif
