/* SPDX-License-Identifier: BSD-2-Clause */
/* stub.c - whose stub a UKI has, and what that stub does */
#include "host/uki/stub.h"

#include <string.h>

#include "lib/base/error.h"
#include "host/base/args.h"

#define SYSTEMD_MARK "#### LoaderInfo: systemd-stub "
#define OUR_SBAT_LINE "\nhallmark,"
/* The first one whose UKI sections are known here, and the last one that starts the kernel by LoadImage. */
#define SYSTEMD_FIRST 252u
#define SYSTEMD_LAST 257u
/* The first one that cuts white space off both ends of the command line; what is inside it makes spaces of. */
#define SYSTEMD_TRIMS 253u

/* Since which version a section is measured; the others always were. Source: systemd's NEWS and src/fundamental/uki.c.
 */
static const struct {
	enum hm_uki_section section;
	uint32_t since;
} systemd_sections[] = {
	{HM_UKI_UNAME, 254},   {HM_UKI_SBAT, 254},  {HM_UKI_UCODE, 256}, {HM_UKI_PROFILE, 257},
	{HM_UKI_DTBAUTO, 257}, {HM_UKI_HWIDS, 257}, {HM_UKI_EFIFW, 258},
};

static const uint8_t *find(struct hm_bytes in, const char *text)
{
	return in.len ? memmem(in.p, in.len, text, strlen(text)) : NULL;
}

/* The mark stands in front of the sections that are payload: in the first 256 KiB of the file. */
static bool systemd_version(struct hm_bytes file, uint32_t *ret)
{
	struct hm_bytes head = hm_bytes_of(file.p, file.len < 256u * 1024u ? file.len : 256u * 1024u);
	const uint8_t *at = find(head, SYSTEMD_MARK);
	uint32_t version = 0;

	if (!at)
		return false;
	at += strlen(SYSTEMD_MARK);
	for (; at < head.p + head.len && *at >= '0' && *at <= '9' && version < 100000; at++)
		version = version * 10 + (uint32_t)(*at - '0');
	*ret = version;
	return true;
}

static bool is_white(uint8_t c)
{
	return c <= ' ' || c == 0x7f;
}

/*
 * A C string to systemd: dracut and mkosi end it with a NUL, which is measured with the section and not handed on. What
 * would be changed inside is left, for the caller's check to refuse.
 */
static struct hm_bytes systemd_cmdline(struct hm_bytes section, uint32_t version)
{
	const uint8_t *nul = section.len ? memchr(section.p, 0, section.len) : NULL;
	size_t end = nul ? (size_t)(nul - section.p) : section.len, start = 0;

	while (version >= SYSTEMD_TRIMS && end > 0 && is_white(section.p[end - 1]))
		end--;
	while (version >= SYSTEMD_TRIMS && start < end && is_white(section.p[start]))
		start++;
	return hm_bytes_of(section.p + start, end - start);
}

bool hm_stub_kind_find(struct hm_uki *uki, struct hm_stub *ret, struct hm_error *error)
{
	struct hm_bytes cmdline = uki->section[HM_UKI_CMDLINE].data;
	bool ours = uki->present[HM_UKI_SBAT] && find(uki->section[HM_UKI_SBAT].data, OUR_SBAT_LINE);
	uint32_t version;

	if (!systemd_version(uki->pe.image, &version)) {
		*ret = (struct hm_stub){HM_STUB_HALLMARK, 0, cmdline};
		return ours ? true
			    : hm_error_set(error, "the stub is neither Hallmark's nor systemd's: "
						  "what it does cannot be predicted");
	}
	if (ours)
		return hm_error_set(error, "the stub has the marks of Hallmark's and of systemd's");
	if (version < SYSTEMD_FIRST || version > SYSTEMD_LAST)
		return hm_error_set(error, "the stub is systemd's of version %u; known are %u to %u", version,
				    SYSTEMD_FIRST, SYSTEMD_LAST);
	for (size_t i = 0; i < HM_ARRAY_LEN(systemd_sections); i++) {
		if (version < systemd_sections[i].since)
			uki->present[systemd_sections[i].section] = false;
	}
	if (uki->present[HM_UKI_DTBAUTO])
		return hm_error_set(error, ".dtbauto: systemd's stub measures it only on a machine that it fits");
	*ret = (struct hm_stub){HM_STUB_SYSTEMD, version, systemd_cmdline(cmdline, version)};
	return true;
}
