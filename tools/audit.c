/* SPDX-License-Identifier: BSD-2-Clause */
/* audit.c - hallmark audit: rebuild what was published, compare bit for bit, name the first difference */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/error.h"
#include "tools/commands.h"
#include "host/audit/audit.h"
#include "host/base/args.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/detached.h"
#include "lib/base/rfc3339.h"
#include "lib/tlog/check.h"

#define WORD_LEN (PATH_MAX + 64)
#define WORDS_OWN 8u

struct options {
	const char *golden, *signature, *key, *source, *work, *built, *log_policy, *log_key;
	struct hm_list set;
	bool json;
};

struct auditing {
	struct options o;
	struct hm_file golden_file, signature, key, list_file, log_policy, log_key, log_proof;
	struct hm_golden *golden, *rebuilt;
	struct hm_artefacts *list;
	struct hm_audit audit;
	char published[PATH_MAX / 4], source[PATH_MAX / 4], work[PATH_MAX / 4];
	bool temporary; /* work is to be removed */
	bool make_failed;
};

static int in_directory(char *ret, size_t cap, const char *directory, const char *name)
{
	return (size_t)snprintf(ret, cap, "%s/%s", directory, name) < cap ? HM_EXIT_OK
									  : hm_fail_errno(directory, -ENAMETOOLONG);
}

static int read_inputs(struct auditing *a)
{
	struct hm_error error = {0};
	char path[PATH_MAX];
	int status = hm_input_read(a->o.golden, HM_GOLDEN_MAX, &a->golden_file);

	if (!status)
		status = hm_input_read(a->o.signature, HM_CRYPTO_SIGNATURE_MAX, &a->signature);
	if (!status)
		status = hm_input_read(a->o.key, HM_CRYPTO_KEY_MAX, &a->key);
	if (!status && !hm_crypto_check_public(hm_file_bytes(&a->key), &error))
		status = hm_fail_text(HM_EXIT_INPUT, a->o.key, error.text);
	if (status)
		return status;
	/* Before a byte of it is believed. */
	if (!hm_crypto_verify_detached(hm_file_bytes(&a->golden_file), hm_file_bytes(&a->signature),
				       hm_file_bytes(&a->key), &error))
		return hm_fail_format(HM_EXIT_REJECTED, a->o.golden, "is not signed by %s: %s", a->o.key, error.text);
	hm_audit_add(&a->audit, HM_AUDIT_SIGNATURE, true, "golden.json", "signed by %s", a->o.key);
	if (!hm_golden_parse(hm_file_bytes(&a->golden_file), &a->golden, &error))
		return hm_fail_text(HM_EXIT_INPUT, a->o.golden, error.text);
	status = in_directory(path, sizeof(path), a->published, "artefacts");
	if (!status)
		status = hm_input_read(path, HM_ARTEFACTS_MAX, &a->list_file);
	if (!status && !hm_artefacts_parse(hm_file_bytes(&a->list_file), &a->list, &error))
		status = hm_fail_text(HM_EXIT_INPUT, path, error.text);
	return status;
}

/* The list is believed because the signed file has its SHA-256. */
static int check_list(struct auditing *a)
{
	struct hm_bytes text = hm_file_bytes(&a->list_file);
	struct hm_digests digests;
	enum hm_err err = hm_digests_of(&hm_crypto_hasher, HM_BANK_BIT(HM_SHA256), &text, 1, 0, &digests);

	if (err)
		return hm_fail_input("artefacts", err);
	for (size_t i = 0; i < a->golden->input_count; i++) {
		const struct hm_golden_source *input = &a->golden->input[i];

		if (strcmp(input->name, "artefacts") != 0)
			continue;
		if (memcmp(input->sha256, digests.value[HM_SHA256], 32) != 0)
			return hm_fail_format(HM_EXIT_REJECTED, "artefacts", "is not the list that %s names",
					      a->o.golden);
		hm_audit_add(&a->audit, HM_AUDIT_LIST, true, "artefacts", "named by golden.json");
		return HM_EXIT_OK;
	}
	return hm_fail_text(HM_EXIT_INPUT, a->o.golden,
			    "names no list of artefacts: only what make image publishes can be audited");
}

/* Whoever took the published copy of the key instead of their own would be misled. */
static int check_key_copy(struct auditing *a)
{
	struct hm_file copy = {0};
	struct hm_error error = {0};
	char path[PATH_MAX];
	int status = in_directory(path, sizeof(path), a->published, "golden.pub");
	bool good;

	if (status || access(path, F_OK) != 0)
		return status;
	status = hm_input_read(path, HM_CRYPTO_KEY_MAX, &copy);
	if (status)
		return status;
	good = hm_crypto_verify_detached(hm_file_bytes(&a->golden_file), hm_file_bytes(&a->signature),
					 hm_file_bytes(&copy), &error);
	hm_audit_add(&a->audit, HM_AUDIT_PUBLISHED, good, "golden.pub",
		     good ? "the same key" : "is not the key that signed golden.json");
	hm_file_free(&copy);
	return HM_EXIT_OK;
}

static int read_log_files(struct auditing *a, const char *proof)
{
	int status = hm_input_read(proof, HM_TLOG_PROOF_MAX, &a->log_proof);

	if (!status && a->o.log_policy)
		status = hm_input_read(a->o.log_policy, HM_TLOG_POLICY_MAX, &a->log_policy);
	return status || !a->o.log_key ? status : hm_input_read(a->o.log_key, HM_CRYPTO_KEY_MAX, &a->log_key);
}

/* The row of the proof: by the policy, or without one that the proof is at least of this file. */
static int judge_log(struct auditing *a, const char *name)
{
	const struct hm_file *pem = a->o.log_key ? &a->log_key : &a->key;
	uint8_t key[HM_ED25519_KEY_LEN];
	struct hm_tlog_entry entry;
	struct hm_error error = {0};
	bool known = hm_ed25519_of_pem(hm_file_bytes(pem), false, key, &error), good;
	size_t witnesses = 0;

	if (!known && a->o.log_key)
		return hm_fail_text(HM_EXIT_INPUT, a->o.log_key, error.text);
	if (!hm_tlog_entry_of(hm_file_bytes(&a->golden_file), known ? key : NULL, &entry))
		return hm_fail_text(HM_EXIT_RUN, name, "out of memory");
	good = hm_tlog_judge(hm_file_bytes(&a->log_policy), hm_file_bytes(&a->log_proof), &entry, &witnesses, &error);
	if (!good && error.kind == HM_ERROR_INPUT)
		return hm_fail_text(HM_EXIT_INPUT, a->o.log_policy, error.text);
	if (!good)
		hm_audit_add(&a->audit, HM_AUDIT_PUBLISHED, false, name, "%s", error.text);
	else if (a->o.log_policy)
		hm_audit_add(&a->audit, HM_AUDIT_PUBLISHED, true, name, "logged, before %zu witnesses of the policy",
			     witnesses);
	else
		hm_audit_add(&a->audit, HM_AUDIT_PUBLISHED, true, name,
			     "of this file; without --log-policy nothing is said of the log");
	return HM_EXIT_OK;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int check_log(struct auditing *a)
{
	char path[PATH_MAX];
	int status;

	if ((size_t)snprintf(path, sizeof(path), "%s.log-proof", a->o.golden) >= sizeof(path))
		return hm_fail_errno(a->o.golden, -ENAMETOOLONG);
	if (access(path, F_OK) != 0) {
		if (a->o.log_policy)
			hm_audit_add(&a->audit, HM_AUDIT_PUBLISHED, false, base_name(path), "is not there");
		return HM_EXIT_OK;
	}
	status = read_log_files(a, path);
	return status ? status : judge_log(a, base_name(path));
}

/* What nobody listed. */
static int look_around(struct auditing *a)
{
	struct hm_audit_files_known known = {.golden = base_name(a->o.golden), .signature = base_name(a->o.signature)};
	char log_proof[NAME_MAX + 1];

	if ((size_t)snprintf(log_proof, sizeof(log_proof), "%s.log-proof", known.golden) >= sizeof(log_proof))
		return hm_fail_errno(a->o.golden, -ENAMETOOLONG);
	known.log_proof = log_proof;
	hm_audit_unlisted(&a->audit, a->list, a->golden, a->published, &known);
	return HM_EXIT_OK;
}

static int absolute(const char *path, char *ret, size_t cap)
{
	char *real = realpath(path, NULL);
	size_t len = real ? strlen(real) : 0;

	if (!real)
		return hm_fail_errno(path, -errno);
	if (len >= cap) {
		free(real);
		return hm_fail_errno(path, -ENAMETOOLONG);
	}
	memcpy(ret, real, len + 1);
	free(real);
	return HM_EXIT_OK;
}

static int find_directories(struct auditing *a)
{
	char path[PATH_MAX];
	const char *slash = strrchr(a->o.golden, '/');
	size_t len = slash ? (size_t)(slash - a->o.golden) : 0;
	int status;

	if (len >= sizeof(path))
		return hm_fail_errno(a->o.golden, -ENAMETOOLONG);
	memcpy(path, a->o.golden, len);
	path[len] = 0;
	status = absolute(slash ? (len ? path : "/") : ".", a->published, sizeof(a->published));
	return status ? status : absolute(a->o.source, a->source, sizeof(a->source));
}

static int make_work(struct auditing *a)
{
	const char *tmp = getenv("TMPDIR");

	if (a->o.work) {
		if (mkdir(a->o.work, 0755) != 0)
			return hm_fail_errno(a->o.work, -errno);
		return absolute(a->o.work, a->work, sizeof(a->work));
	}
	if ((size_t)snprintf(a->work, sizeof(a->work), "%s/hallmark-audit.XXXXXX", tmp && *tmp ? tmp : "/var/tmp") >=
	    sizeof(a->work))
		return hm_fail_errno("TMPDIR", -ENAMETOOLONG);
	if (!mkdtemp(a->work))
		return hm_fail_errno(a->work, -errno);
	a->temporary = true;
	return HM_EXIT_OK;
}

static int copy_published(const struct auditing *a, const char *name, const char *to)
{
	char from[PATH_MAX], path[PATH_MAX];
	struct hm_file file = {0};
	int status = in_directory(from, sizeof(from), a->published, name), err;

	if (!status)
		status = in_directory(path, sizeof(path), a->work, to);
	if (!status)
		status = hm_input_read(from, HM_GOLDEN_MAX, &file);
	if (status)
		return status;
	err = hm_file_write_atomic(path, hm_file_bytes(&file));
	hm_file_free(&file);
	return err ? hm_fail_errno(path, err) : HM_EXIT_OK;
}

/* Published signature and certificates, in the places where the build looks for them. */
static int place_signature(const struct auditing *a, bool *ret_secure_boot)
{
	static const char *const directories[] = {"build", "build/image", "keys", "source"};
	static const char *const files[][2] = {{"uki.efi.p7", "build/image/uki.efi.p7"},
					       {"PK.crt", "keys/PK.crt"},
					       {"KEK.crt", "keys/KEK.crt"},
					       {"db.crt", "keys/db.crt"}};
	char path[PATH_MAX];
	int status;

	for (size_t i = 0; i < HM_ARRAY_LEN(directories); i++) {
		status = in_directory(path, sizeof(path), a->work, directories[i]);
		if (status)
			return status;
		if (mkdir(path, 0755) != 0)
			return hm_fail_errno(path, -errno);
	}
	status = in_directory(path, sizeof(path), a->published, files[0][0]);
	if (status)
		return status;
	*ret_secure_boot = access(path, F_OK) == 0;
	for (size_t i = 0; !status && *ret_secure_boot && i < HM_ARRAY_LEN(files); i++)
		status = copy_published(a, files[i][0], files[i][1]);
	return status;
}

static int rebuild(struct auditing *a)
{
	char own[WORDS_OWN][WORD_LEN], copy[PATH_MAX], log[PATH_MAX], from[HM_RFC3339_LEN + 1] = "",
											    to[HM_RFC3339_LEN + 1] = "";
	const char *words[WORDS_OWN + HM_LIST_MAX];
	bool secure_boot = false;
	size_t count = 0;
	struct hm_error error = {0};
	int status = place_signature(a, &secure_boot);

	if (status)
		return status;
	snprintf(copy, sizeof(copy), "%s/source", a->work);
	snprintf(log, sizeof(log), "%s/log", a->work);
	if (a->golden->has_not_before)
		hm_rfc3339_format(a->golden->not_before, from);
	if (a->golden->has_not_after)
		hm_rfc3339_format(a->golden->not_after, to);
	snprintf(own[0], WORD_LEN, "audit-rebuild");
	snprintf(own[1], WORD_LEN, "B=%s/build", a->work);
	snprintf(own[2], WORD_LEN, "ARTEFACTS=%s/artefacts", a->published);
	snprintf(own[3], WORD_LEN, "SECURE_BOOT=%s", secure_boot ? "yes" : "no");
	snprintf(own[4], WORD_LEN, "KEYS=%s/keys", a->work);
	snprintf(own[5], WORD_LEN, "GOLDEN_KEY=");
	snprintf(own[6], WORD_LEN, "NOT_BEFORE=%s", from);
	snprintf(own[7], WORD_LEN, "NOT_AFTER=%s", to);
	for (size_t i = 0; i < WORDS_OWN; i++)
		words[count++] = own[i];
	for (size_t i = 0; i < a->o.set.count; i++)
		words[count++] = a->o.set.word[i];
	status = hm_rebuild_copy(a->list, a->source, copy, &error) ? HM_EXIT_OK : hm_report(&error);
	if (status)
		return status;
	if (isatty(2))
		fprintf(stderr, "hallmark: rebuilding in %s; log: %s\n", copy, log);
	status = hm_rebuild_make(copy, log, words, count, &a->make_failed, &error) ? HM_EXIT_OK : hm_report(&error);
	if (!status)
		hm_audit_add(&a->audit, HM_AUDIT_REBUILD, !a->make_failed, "make",
			     a->make_failed ? "failed; log: %s" : "done", log);
	return status;
}

static void compare(struct auditing *a)
{
	static const char *const names[] = {"golden.tcglog", "golden.cel"};
	struct hm_error error = {0};
	char build[PATH_MAX / 2], theirs[PATH_MAX], ours[PATH_MAX];
	struct hm_file file = {0};
	int err;

	snprintf(build, sizeof(build), "%s%s", a->o.built ? a->o.built : a->work, a->o.built ? "" : "/build");
	hm_audit_artefacts(&a->audit, a->list, build, a->published);
	snprintf(ours, sizeof(ours), "%s/image/golden/golden.json", build);
	err = hm_file_read(ours, HM_GOLDEN_MAX, &file);
	if (err) {
		hm_audit_add(&a->audit, HM_AUDIT_GOLDEN, false, "golden.json", "was not built: %s", strerror(-err));
		return;
	}
	if (hm_golden_parse(hm_file_bytes(&file), &a->rebuilt, &error))
		hm_audit_golden(&a->audit, a->golden, a->rebuilt);
	else
		hm_audit_add(&a->audit, HM_AUDIT_GOLDEN, false, "golden.json", "of the rebuild: %s", error.text);
	/* The signed bytes: the file may have become another since. */
	hm_audit_bytes(&a->audit, "golden.json", hm_file_bytes(&a->golden_file), hm_file_bytes(&file));
	hm_file_free(&file);
	for (size_t i = 0; i < HM_ARRAY_LEN(names); i++) {
		snprintf(theirs, sizeof(theirs), "%s/%s", a->published, names[i]);
		snprintf(ours, sizeof(ours), "%s/image/golden/%s", build, names[i]);
		hm_audit_files(&a->audit, names[i], theirs, ours);
	}
	/* A rebuild has made uki.signed.efi with it, which was compared. */
	snprintf(theirs, sizeof(theirs), "%s/uki.efi.p7", a->published);
	if (a->o.built && access(theirs, F_OK) == 0) {
		snprintf(ours, sizeof(ours), "%s/image/uki.efi.p7", build);
		hm_audit_files(&a->audit, "uki.efi.p7", theirs, ours);
	}
}

static void print_rows(const struct auditing *a)
{
	for (size_t i = 0; i < a->audit.count; i++) {
		const struct hm_audit_row *row = &a->audit.row[i];
		char name[HM_SOURCE_PATH_MAX + 1], detail[2 * HM_ERROR_TEXT_MAX];

		/* Layers that are equal are long and say nothing. */
		hm_escape(hm_bytes_of_text(row->name), name, sizeof(name));
		hm_escape(hm_bytes_of_text(row->kind == HM_AUDIT_LAYER && row->equal ? "" : row->detail), detail,
			  sizeof(detail));
		printf("%-10s %-24s %-7s %s\n", hm_audit_kind_name(row->kind), name, row->equal ? "equal" : "DIFFERS",
		       detail);
	}
}

/* "source core/pe.c is not the published file; artefact stub.efi differs, first at byte 80" */
static int verdict(const struct auditing *a)
{
	const struct hm_audit_row *first = hm_audit_first(&a->audit), *artefact;

	if (!first) {
		printf("%s: %s %s: %zu artefacts and every register, bit for bit\n",
		       a->o.built ? "SAME (nothing was rebuilt)" : "REPRODUCED", a->golden->image_name,
		       a->golden->image_version, a->list->artefact_count);
		return HM_EXIT_OK;
	}
	if (!first->name)
		return hm_fail_text(HM_EXIT_RUN, "audit", "out of memory");
	artefact = hm_audit_first_of(&a->audit, HM_AUDIT_ARTEFACT);
	if (first->kind == HM_AUDIT_REBUILD && artefact)
		first = artefact;
	printf("DIFFERENT: %s %s %s", hm_audit_kind_name(first->kind), first->name, first->detail);
	if (artefact && artefact != first)
		printf("; %s %s %s", hm_audit_kind_name(artefact->kind), artefact->name, artefact->detail);
	putchar('\n');
	return HM_EXIT_REJECTED;
}

static int report(const struct auditing *a)
{
	char *text;

	if (!a->o.json) {
		print_rows(a);
		return verdict(a);
	}
	text = hm_json_audit(&a->audit, a->golden);
	if (!text)
		return hm_fail_text(HM_EXIT_RUN, "audit", "out of memory");
	fputs(text, stdout);
	free(text);
	return hm_audit_first(&a->audit) ? HM_EXIT_REJECTED : HM_EXIT_OK;
}

static void clean(struct auditing *a)
{
	if (a->temporary) {
		const char *words[] = {"audit-clean", NULL};
		char own[WORD_LEN], copy[PATH_MAX];
		struct hm_error error = {0};
		bool failed;

		/* The build's files are root's: its own rule removes them. */
		snprintf(own, sizeof(own), "B=%s", a->work);
		snprintf(copy, sizeof(copy), "%s/source", a->work);
		words[1] = own;
		if (!hm_rebuild_make(copy, "/dev/null", words, HM_ARRAY_LEN(words), &failed, &error))
			failed = hm_report(&error) != HM_EXIT_OK;
		if (failed)
			fprintf(stderr, "hallmark: %s: could not be removed\n", a->work);
	}
	hm_file_free(&a->golden_file);
	hm_file_free(&a->signature);
	hm_file_free(&a->key);
	hm_file_free(&a->list_file);
	hm_file_free(&a->log_policy);
	hm_file_free(&a->log_key);
	hm_file_free(&a->log_proof);
	hm_golden_free(a->golden);
	hm_golden_free(a->rebuilt);
	hm_artefacts_free(a->list);
	hm_audit_free(&a->audit);
}

static int command(void *options, const struct hm_words *words)
{
	struct auditing a = {.o = *(const struct options *)options};
	int status;

	(void)words;
	for (size_t i = 0; i < a.o.set.count; i++) {
		const char *word = a.o.set.word[i];

		if (word[0] < 'A' || word[0] > 'Z' || !strchr(word, '='))
			return hm_fail_text(HM_EXIT_USAGE, word, "is not NAME=VALUE");
	}
	if (a.o.built && (a.o.work || a.o.set.count))
		return hm_fail_text(HM_EXIT_USAGE, "audit", "--built goes with neither --work nor --set");
	status = find_directories(&a);
	if (!status)
		status = read_inputs(&a);
	if (!status)
		status = check_list(&a);
	if (!status)
		status = check_key_copy(&a);
	if (!status)
		status = check_log(&a);
	if (!status && !a.o.built)
		status = make_work(&a);
	if (!status)
		hm_audit_published(&a.audit, a.list, a.published);
	if (!status)
		status = look_around(&a);
	if (!status)
		hm_audit_sources(&a.audit, a.list, a.source);
	if (!status && a.o.built)
		hm_audit_add(&a.audit, HM_AUDIT_REBUILD, true, "make", "not run");
	else if (!status)
		status = rebuild(&a);
	if (!status) {
		compare(&a);
		status = report(&a);
	}
	clean(&a);
	return status;
}

static const struct hm_option options[] = {
	HM_OPTION_REQUIRED(struct options, golden, "--golden", "FILE", "golden.json, as published."),
	HM_OPTION_REQUIRED(struct options, signature, "--signature", "SIG", "The detached signature of golden.json."),
	HM_OPTION_REQUIRED(struct options, key, "--key", "PUB", "The public key that you trust, PEM."),
	HM_OPTION_REQUIRED(struct options, source, "--source", "DIR", "The source tree to audit."),
	HM_OPTION(struct options, log_policy, "--log-policy", "FILE",
		  "Logs and witnesses that you believe: golden.json must be proven to be logged by "
		  "golden.json.log-proof, beside it (docs/FORMATS.md, 14)."),
	HM_OPTION(struct options, log_key, "--log-key", "PUB",
		  "The public key, PEM, Ed25519, that the log's entry is signed by, where it is another than --key's."),
	HM_OPTION(struct options, work, "--work", "DIR",
		  "Build here, and leave everything there (default: a temporary directory, removed)."),
	HM_OPTION(struct options, set, "--set", "NAME=VALUE",
		  "A variable of make: CACHE, MIRROR, SNAPSHOT, OVMF_CODE, OVMF_VARS, APP, WEIGHTS. May be "
		  "repeated."),
	HM_OPTION(struct options, built, "--built", "DIR",
		  "Rebuild nothing: compare with this build directory, and say SAME instead of REPRODUCED."),
	HM_OPTION(struct options, json, "--json", NULL, "The findings as JSON."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_audit = {
	.name = "audit",
	.summary = "rebuild what was published, compare bit for bit, name the first difference",
	.description = "Checks the signature of golden.json, rebuilds the image in a fresh directory from the "
		       "sources and the packages of their lock, and compares: published files, sources, artefacts, "
		       "layers, registers. The other published files (artefacts, golden.tcglog, golden.cel; "
		       "uki.efi.p7 and PK.crt, KEK.crt, db.crt with Secure Boot) are looked for beside FILE. Says "
		       "REPRODUCED, or DIFFERENT with the first artefact and byte that differ.\n"
		       "\n"
		       "Needs what image/packages/host lists, root or sudo, and about 4 GiB.",
	.exit_status = "0 REPRODUCED, 1 DIFFERENT or not signed by PUB, 2 a published file is malformed, 3 usage, 4 "
		       "could not rebuild.",
	.example = "hallmark audit --golden golden.json --signature golden.json.sig --key release.pub --source "
		   "hallmark-0.1.0",
	.see_also = "docs/AUDIT.md",
	.args = {.tables = {{options, 0}}},
	.size = sizeof(struct options),
	.run = command,
};
