/* SPDX-License-Identifier: BSD-2-Clause */
/* stub_initrd.c - what the stub of a UKI hands to the kernel as initrd */
#include "host/uki/stub_initrd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/args.h"

#define DIRECTORY ".extra"
#define MODE_DIRECTORY 0040555u
#define MODE_FILE 0100444u
/* "newc": the magic and 13 words of eight digits. */
#define HEADER_LEN (6u + 13u * 8u)
#define TRAILER \
	"070701" \
	"00000000" \
	"00000000" \
	"00000000" \
	"00000000" \
	"00000001" \
	"00000000" \
	"00000000" \
	"00000000" \
	"00000000" \
	"00000000" \
	"00000000" \
	"0000000B" \
	"00000000" \
	"TRAILER!!!\0\0\0"
/* One part's archive without its content: two headers, two names, the trailer, padding. */
#define ARCHIVE_MAX 512u

/* In the order in which they are joined. This order is an interface: it is systemd-stub's. */
static const struct {
	enum hm_uki_section section;
	const char *name; /* of the file in /.extra; NULL: the section is an archive itself */
	uint32_t since;	  /* systemd's version; 0: our stub too */
} parts[] = {
	{HM_UKI_UCODE, NULL, 0},
	{HM_UKI_INITRD, NULL, 0},
	{HM_UKI_PCRSIG, "tpm2-pcr-signature.json", 252},
	{HM_UKI_PCRPKEY, "tpm2-pcr-public-key.pem", 252},
	{HM_UKI_OSREL, "os-release", 257},
	{HM_UKI_PROFILE, "profile", 257},
};

static void put_bytes(struct hm_file *file, const void *bytes, size_t len)
{
	memcpy(file->p + file->len, bytes, len);
	file->len += len;
}

/* The buffer is zeros. Parts begin at multiples of four, so their padding is the file's. */
static void pad(struct hm_file *file)
{
	file->len = (file->len + 3) & ~(size_t)3;
}

static void put_section(struct hm_file *file, const struct hm_pe_section *s)
{
	if (s->data.len)
		memcpy(file->p + file->len, s->data.p, s->data.len);
	file->len += s->virtual_len;
}

static void put_header(struct hm_file *file, unsigned int inode, unsigned int mode, uint32_t len, const char *name)
{
	char header[HEADER_LEN + 1];

	snprintf(header, sizeof(header), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", inode, mode, 0u,
		 0u, 1u, 0u, len, 0u, 0u, 0u, 0u, (unsigned int)strlen(name) + 1, 0u);
	put_bytes(file, header, HEADER_LEN);
	put_bytes(file, name, strlen(name) + 1);
	pad(file);
}

static void put_archive(struct hm_file *file, const char *name, const struct hm_pe_section *s)
{
	char path[64];

	snprintf(path, sizeof(path), DIRECTORY "/%s", name);
	put_header(file, 1, MODE_DIRECTORY, 0, DIRECTORY);
	put_header(file, 2, MODE_FILE, s->virtual_len, path);
	put_section(file, s);
	pad(file);
	put_bytes(file, TRAILER, sizeof(TRAILER));
}

bool hm_stub_initrd(const struct hm_uki *uki, const struct hm_stub *stub, struct hm_file *ret)
{
	bool systemd = stub->kind == HM_STUB_SYSTEMD, handed[HM_ARRAY_LEN(parts)];
	struct hm_file file = {0};
	size_t count = 0, cap = 0;

	for (size_t i = 0; i < HM_ARRAY_LEN(parts); i++) {
		handed[i] = uki->present[parts[i].section] &&
			    (!parts[i].since || (systemd && stub->version >= parts[i].since));
		if (!handed[i])
			continue;
		count++;
		cap += (size_t)uki->section[parts[i].section].virtual_len + ARCHIVE_MAX;
	}
	if (count == 1 && !uki->section[HM_UKI_INITRD].zero_tail)
		return true;
	file.p = calloc(1, cap);
	if (!file.p)
		return false;
	for (size_t i = 0; i < HM_ARRAY_LEN(parts); i++) {
		const struct hm_pe_section *s = &uki->section[parts[i].section];

		if (handed[i] && parts[i].name)
			put_archive(&file, parts[i].name, s);
		else if (handed[i])
			put_section(&file, s);
		if (systemd && count > 1)
			pad(&file);
	}
	*ret = file;
	return true;
}
