/* SPDX-License-Identifier: BSD-2-Clause */
/* published.c - what stands among the published files without being listed: certificates and strangers */
#include "host/audit/audit.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "core/eventlog.h"
#include "lib/crypto/hash.h"

#define CERTIFICATE_MAX 65536u
#define SIGNATURE "uki.efi.p7"
#define DEPTH_MAX 8u

/* UEFI 2.10, 32.4.1: EFI_CERT_X509_GUID, in memory. */
static const uint8_t guid_x509[HM_GUID_LEN] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
					       0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
/* image/enroll: the UUID of "hallmark-signature-owner/1", in memory. */
static const uint8_t owner[HM_GUID_LEN] = {0xe9, 0x6e, 0x6d, 0x99, 0x30, 0x36, 0x0d, 0x89,
					   0x84, 0xea, 0x85, 0xbb, 0x0f, 0x69, 0xf3, 0xe9};

static const struct certificate {
	const char *file, *variable;
	const uint8_t *guid;
} certificates[] = {
	{"PK.crt", "PK", hm_guid_global}, {"KEK.crt", "KEK", hm_guid_global}, {"db.crt", "db", hm_guid_security}};

static bool der_of(struct hm_bytes pem, unsigned char **ret, int *ret_len)
{
	BIO *bio = pem.len <= CERTIFICATE_MAX ? BIO_new_mem_buf(pem.p, (int)pem.len) : NULL;
	X509 *x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	*ret = NULL;
	*ret_len = x ? i2d_X509(x, ret) : -1;
	X509_free(x);
	BIO_free(bio);
	ERR_clear_error();
	return *ret_len > 0;
}

/* SHA-256 of the event that the firmware measures for a variable that holds this certificate alone, as image/enroll
 * makes it. */
static bool variable_digest(const struct certificate *c, struct hm_bytes der, uint8_t ret[HM_SHA256_LEN])
{
	uint32_t list_len = HM_GUID_LEN + 12 + HM_GUID_LEN + (uint32_t)der.len;
	uint8_t *list = malloc(list_len), *event = malloc(list_len + HM_VARIABLE_HEADER_MAX);
	struct hm_writer l = hm_writer_of(list, list_len);
	struct hm_writer e = hm_writer_of(event, list_len + HM_VARIABLE_HEADER_MAX);
	bool good = list && event;

	if (good) {
		struct hm_bytes text;

		hm_put_bytes(&l, hm_bytes_of(guid_x509, sizeof(guid_x509)));
		hm_put_u32le(&l, list_len);
		hm_put_u32le(&l, 0);
		hm_put_u32le(&l, HM_GUID_LEN + (uint32_t)der.len);
		hm_put_bytes(&l, hm_bytes_of(owner, sizeof(owner)));
		hm_put_bytes(&l, der);
		hm_eventlog_put_variable(&e, c->guid, c->variable, hm_writer_bytes(&l));
		text = hm_writer_bytes(&e);
		good = !l.failed && !e.failed && hm_sha256(&text, 1, ret);
	}
	free(list);
	free(event);
	return good;
}

static const struct hm_golden_event *event_of(const struct hm_golden *golden, const char *variable)
{
	for (size_t i = 0; i < golden->event_count; i++) {
		if (golden->event[i].pcr == HM_PCR_SECURE_BOOT && !strcmp(golden->event[i].what, variable))
			return &golden->event[i];
	}
	return NULL;
}

static void audit_certificate(struct hm_audit *audit, const struct hm_golden *golden, const struct certificate *c,
			      const char *path)
{
	const struct hm_golden_event *event = event_of(golden, c->variable);
	struct hm_file file = {0};
	unsigned char *der = NULL;
	uint8_t digest[HM_SHA256_LEN];
	int len = 0, err = hm_file_read(path, CERTIFICATE_MAX, &file);

	if (err)
		hm_audit_add(audit, HM_AUDIT_PUBLISHED, false, c->file, "cannot be read: %s", strerror(-err));
	else if (!der_of(hm_file_bytes(&file), &der, &len))
		hm_audit_add(audit, HM_AUDIT_PUBLISHED, false, c->file, "is not a certificate");
	else if (!event || !(event->digests.banks & HM_BANK_BIT(HM_SHA256)) ||
		 !variable_digest(c, hm_bytes_of(der, (size_t)len), digest) ||
		 memcmp(digest, event->digests.value[HM_SHA256], sizeof(digest)) != 0)
		hm_audit_add(audit, HM_AUDIT_PUBLISHED, false, c->file, "is not what the predicted variable %s holds",
			     c->variable);
	else
		hm_audit_add(audit, HM_AUDIT_PUBLISHED, true, c->file, "what the predicted variable %s holds",
			     c->variable);
	OPENSSL_free(der);
	hm_file_free(&file);
}

static bool is_listed(const struct hm_artefacts *list, const char *name)
{
	for (size_t i = 0; i < list->artefact_count; i++) {
		if (!strcmp(list->artefact[i].name, name))
			return true;
	}
	return false;
}

/* Compared elsewhere: the golden file, its signature and its log's proof, the logs, the list, the key. */
static bool is_known(const struct hm_audit_files_known *known, const char *name)
{
	static const char *const names[] = {"golden.tcglog", "golden.cel", "artefacts", "golden.pub", SIGNATURE};

	for (size_t i = 0; i < HM_ARRAY_LEN(names); i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return !strcmp(name, known->golden) || !strcmp(name, known->signature) || !strcmp(name, known->log_proof);
}

struct walk {
	struct hm_audit *audit;
	const struct hm_artefacts *list;
	const struct hm_golden *golden;
	const struct hm_audit_files_known *known;
};

static void audit_name(const struct walk *w, const char *name, const char *path)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(certificates); i++) {
		if (!strcmp(certificates[i].file, name)) {
			audit_certificate(w->audit, w->golden, &certificates[i], path);
			return;
		}
	}
	if (!is_listed(w->list, name) && !is_known(w->known, name))
		hm_audit_add(w->audit, HM_AUDIT_PUBLISHED, false, name, "is on no list: nobody vouches for it");
}

/* In the order of their names, so that two audits print the same. */
static void walk_directory(const struct walk *w, const char *directory, const char *prefix, unsigned int depth)
{
	struct dirent **entry = NULL;
	int count = scandir(directory, &entry, NULL, alphasort);

	if (count < 0) {
		hm_audit_add(w->audit, HM_AUDIT_PUBLISHED, false, *prefix ? prefix : ".", "cannot be read: %s",
			     strerror(errno));
		return;
	}
	for (int i = 0; i < count; i++) {
		const char *name = entry[i]->d_name;
		char path[PATH_MAX], shown[PATH_MAX];
		struct stat st;

		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, name) >= sizeof(path) ||
		    (size_t)snprintf(shown, sizeof(shown), "%s%s", prefix, name) >= sizeof(shown))
			hm_audit_add(w->audit, HM_AUDIT_PUBLISHED, false, name, "%s", strerror(ENAMETOOLONG));
		else if (depth < DEPTH_MAX && !lstat(path, &st) && S_ISDIR(st.st_mode)) {
			/* The list has no directories. */
			strncat(shown, "/", sizeof(shown) - strlen(shown) - 1);
			walk_directory(w, path, shown, depth + 1);
		} else if (*prefix) {
			hm_audit_add(w->audit, HM_AUDIT_PUBLISHED, false, shown,
				     "is on no list: nobody vouches for it");
		} else {
			audit_name(w, name, path);
		}
		free(entry[i]);
		entry[i] = NULL;
	}
	for (int i = 0; i < count; i++)
		free(entry[i]);
	free(entry);
}

void hm_audit_unlisted(struct hm_audit *audit, const struct hm_artefacts *list, const struct hm_golden *golden,
		       const char *published, const struct hm_audit_files_known *known)
{
	struct walk w = {audit, list, golden, known};

	walk_directory(&w, published, "", 0);
}
