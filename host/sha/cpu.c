/* SPDX-License-Identifier: BSD-2-Clause */
/* cpu.c - which instructions the SHA-256 kernels may use here */
#include "host/sha/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* CPUID leaf 1, ECX */
#define ECX1_SSSE3 (1u << 9)
#define ECX1_SSE4_1 (1u << 19)
#define ECX1_OSXSAVE (1u << 27)
/* CPUID leaf 7, subleaf 0, EBX */
#define EBX7_AVX2 (1u << 5)
#define EBX7_AVX512F (1u << 16)
#define EBX7_SHA (1u << 29)
#define EBX7_AVX512BW (1u << 30)
/* XCR0: the registers that the operating system saves */
#define XCR0_ZMM 0xe6u

static bool cpu_has(uint32_t want_ecx1, uint32_t want_ebx7)
{
	uint32_t eax, ebx, ecx, edx;

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & want_ecx1) != want_ecx1)
		return false;
	if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx))
		return false;
	return (ebx & want_ebx7) == want_ebx7;
}

/* Call only where OSXSAVE is set. */
static bool os_saves(uint32_t want_xcr0)
{
	uint32_t eax, edx;

	__asm__ volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
	return (eax & want_xcr0) == want_xcr0;
}

bool hm_sha256_cpu_intel(void)
{
	uint32_t eax, ebx = 0, ecx = 0, edx = 0;

	return __get_cpuid(0, &eax, &ebx, &ecx, &edx) && ebx == signature_INTEL_ebx && ecx == signature_INTEL_ecx &&
	       edx == signature_INTEL_edx;
}

bool hm_sha256_cpu_shani(void)
{
	return cpu_has(ECX1_SSSE3 | ECX1_SSE4_1, EBX7_SHA);
}

bool hm_sha256_cpu_avx512(void)
{
	return cpu_has(ECX1_OSXSAVE, EBX7_AVX2 | EBX7_AVX512F | EBX7_AVX512BW) && os_saves(XCR0_ZMM);
}
#else
bool hm_sha256_cpu_intel(void)
{
	return false;
}

bool hm_sha256_cpu_shani(void)
{
	return false;
}

bool hm_sha256_cpu_avx512(void)
{
	return false;
}
#endif
