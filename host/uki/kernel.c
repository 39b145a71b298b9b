/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.c - a kernel's version, and whether a command line keeps its IMA from extending PCR 10 */
#include "host/uki/kernel.h"

#include <string.h>

/* kernel, Documentation/arch/x86/boot.rst: the setup header of a bzImage. */
#define HEADER_OFF 0x202u
#define HEADER_MAGIC "HdrS"
#define VERSION_POINTER_OFF 0x20eu
#define VERSION_BASE 0x200u
#define NUMBER_DIGITS_MAX 4u

#define INITCALL_BLACKLIST "initcall_blacklist="
#define INITCALL_IMA "init_ima"
#define INITCALL_SECURITY "security_initcall_late"
/* The first version whose security framework starts IMA. */
#define FRAMEWORK_MAJOR 6u
#define FRAMEWORK_MINOR 19u

/* A decimal number at the start of *rest, and what follows it. */
static bool take_number(struct hm_bytes *rest, unsigned int *ret)
{
	size_t digits = 0;
	uint64_t v;

	while (digits < rest->len && rest->p[digits] >= '0' && rest->p[digits] <= '9')
		digits++;
	if (digits > NUMBER_DIGITS_MAX || !hm_parse_dec(hm_bytes_of(rest->p, digits), &v))
		return false;
	*rest = hm_bytes_of(rest->p + digits, rest->len - digits);
	*ret = (unsigned int)v;
	return true;
}

bool hm_kernel_version(struct hm_bytes kernel, struct hm_kernel_version *ret)
{
	struct hm_kernel_version version;
	struct hm_bytes magic, pointer, text;
	struct hm_reader r;

	if (!hm_bytes_slice(kernel, HEADER_OFF, strlen(HEADER_MAGIC), &magic) ||
	    !hm_bytes_equal_text(magic, HEADER_MAGIC) || !hm_bytes_slice(kernel, VERSION_POINTER_OFF, 2, &pointer))
		return false;
	r = hm_reader_of(pointer);
	if (!hm_bytes_slice(kernel, VERSION_BASE + (uint64_t)hm_get_u16le(&r), 2 * NUMBER_DIGITS_MAX + 2, &text))
		return false;
	if (!take_number(&text, &version.major) || text.len == 0 || text.p[0] != '.')
		return false;
	text = hm_bytes_of(text.p + 1, text.len - 1);
	if (!take_number(&text, &version.minor))
		return false;
	*ret = version;
	return true;
}

static const char *initcall_of(struct hm_kernel_version version)
{
	bool framework = version.major > FRAMEWORK_MAJOR ||
			 (version.major == FRAMEWORK_MAJOR && version.minor >= FRAMEWORK_MINOR);

	return framework ? INITCALL_SECURITY : INITCALL_IMA;
}

/* Whether a word of the line blacklists the initcall; several words add up (init/main.c, initcall_blacklist). */
static bool blacklists(struct hm_bytes cmdline, const char *initcall)
{
	const size_t key_len = strlen(INITCALL_BLACKLIST);
	struct hm_bytes word, names, name;

	while (hm_next_field(&cmdline, ' ', &word)) {
		if (word.len <= key_len || memcmp(word.p, INITCALL_BLACKLIST, key_len) != 0)
			continue;
		names = hm_bytes_of(word.p + key_len, word.len - key_len);
		while (hm_next_field(&names, ',', &name)) {
			if (hm_bytes_equal_text(name, initcall))
				return true;
		}
	}
	return false;
}

bool hm_kernel_ima_is_off(struct hm_bytes cmdline, struct hm_kernel_version version)
{
	return blacklists(cmdline, initcall_of(version));
}

bool hm_kernel_check_ima(struct hm_bytes cmdline, struct hm_bytes kernel, struct hm_error *error)
{
	struct hm_kernel_version version;

	if (!hm_kernel_version(kernel, &version) || hm_kernel_ima_is_off(cmdline, version))
		return true;
	return hm_error_set(
		error,
		"Linux %u.%u starts IMA, which extends PCR 10: the command line has to say " INITCALL_BLACKLIST
		"%s (or " INITCALL_IMA "," INITCALL_SECURITY " for every version)",
		version.major, version.minor, initcall_of(version));
}
