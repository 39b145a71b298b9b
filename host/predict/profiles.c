/* SPDX-License-Identifier: BSD-2-Clause */
/* profiles.c - the platform profiles that a prediction uses */
#include "host/predict/profiles.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/crypto/detached.h"

#define SUFFIX ".json"
#define PATH_LEN 4096u

/* PATH.sig is a signature of the profile by the key of --profile-key. */
static int check_signature(const char *path, struct hm_bytes profile, const char *key_path)
{
	struct hm_file key = {0}, signature = {0};
	struct hm_error error = {0};
	char sig_path[PATH_LEN];
	int status = hm_input_read(key_path, HM_CRYPTO_KEY_MAX, &key);

	if (!status && snprintf(sig_path, sizeof(sig_path), "%s.sig", path) >= (int)sizeof(sig_path))
		status = hm_fail_errno(path, -ENAMETOOLONG);
	if (!status)
		status = hm_input_read(sig_path, HM_CRYPTO_SIGNATURE_MAX, &signature);
	if (!status && !hm_crypto_verify_detached(profile, hm_file_bytes(&signature), hm_file_bytes(&key), &error))
		status = hm_fail_text(HM_EXIT_INPUT, sig_path, error.text);
	hm_file_free(&signature);
	hm_file_free(&key);
	return status;
}

/* A person decides about what only a log says: by name, and with a key. */
static int check_status(const char *path, const struct hm_profile *profile, struct hm_bytes text, const char *key)
{
	if (profile->status == HM_PROFILE_DRAFT)
		return hm_fail_text(HM_EXIT_INPUT, path,
				    "is a draft: review it, set its status to reviewed, and sign it");
	/* A file says of itself what its status is: with a key, none counts that the reviewers have not signed. */
	if (key)
		return check_signature(path, text, key);
	return profile->status != HM_PROFILE_REVIEWED
		       ? HM_EXIT_OK
		       : hm_fail_text(HM_EXIT_USAGE, path,
				      "is a reviewed profile: it counts with a signature only (--profile-key)");
}

/* Reads one; with `firmware_sha256`, one of another firmware is no error, and not taken. */
static int load(const char *path, const uint8_t *firmware_sha256, const char *key, struct hm_inputs *in)
{
	struct hm_profile *profile = NULL;
	struct hm_error error = {0};
	struct hm_file file;
	bool other = false;
	int status;

	if (in->profile_count >= HM_GOLDEN_PROFILES_MAX)
		return hm_fail_format(HM_EXIT_USAGE, path, "more than %u profiles", HM_GOLDEN_PROFILES_MAX);
	status = hm_input_read(path, HM_PROFILE_FILE_MAX, &file);
	if (status)
		return status;
	if (!hm_profile_parse(hm_file_bytes(&file), &profile, &error))
		status = hm_fail_text(HM_EXIT_INPUT, path, error.text);
	else if (firmware_sha256 &&
		 (!profile->firmware_known || memcmp(profile->firmware_sha256, firmware_sha256, 32) != 0))
		other = true;
	else
		status = check_status(path, profile, hm_file_bytes(&file), key);
	if (profile)
		profile->text = file;
	else
		hm_file_free(&file);
	if (!status && !other) {
		in->profile_path[in->profile_count] = strdup(path);
		in->profile[in->profile_count] = profile;
		if (in->profile_path[in->profile_count]) {
			in->profile_count++;
			return HM_EXIT_OK;
		}
		status = hm_fail_text(HM_EXIT_RUN, path, "out of memory");
	}
	hm_profile_free(profile);
	return status;
}

static int is_profile(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > strlen(SUFFIX) && !strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The profiles of a directory that are of the firmware, in the order of their names. */
static int load_directory(const char *dir, const char *firmware, const char *key, struct hm_inputs *in)
{
	size_t before = in->profile_count;
	struct dirent **entry;
	int count = scandir(dir, &entry, is_profile, by_bytes);
	int status = HM_EXIT_OK;

	if (count < 0)
		return hm_fail_errno(dir, -errno);
	for (int i = 0; i < count; i++) {
		char path[PATH_LEN];

		if (!status && snprintf(path, sizeof(path), "%s/%s", dir, entry[i]->d_name) >= (int)sizeof(path))
			status = hm_fail_errno(dir, -ENAMETOOLONG);
		if (!status)
			status = load(path, in->firmware_sha256, key, in);
		free(entry[i]);
	}
	free(entry);
	if (!status && in->profile_count == before)
		fprintf(stderr,
			"hallmark: %s: no profile in %s is of this firmware: PCR 0 and 1 are shown, not pinned\n",
			firmware, dir);
	return status;
}

int hm_inputs_load_profiles(const struct hm_input_options *o, struct hm_inputs *in)
{
	int status = HM_EXIT_OK;

	if (o->platforms && !o->firmware)
		return hm_fail_text(HM_EXIT_USAGE, "--platforms", "needs --firmware");
	for (size_t i = 0; i < o->profiles.count && !status; i++)
		status = load(o->profiles.word[i], NULL, o->profile_key, in);
	if (!status && o->platforms)
		status = load_directory(o->platforms, o->firmware, o->profile_key, in);
	return status;
}

int hm_inputs_note_profiles(struct hm_golden *golden, const struct hm_inputs *in)
{
	char name[HM_RECORD_NAME_MAX + 1] = "profile";
	int status = HM_EXIT_OK;

	for (size_t i = 0; i < in->profile_count && !status; i++) {
		if (i > 0)
			snprintf(name, sizeof(name), "profile%zu", i + 1);
		for (size_t k = 0; k < golden->input_count; k++) {
			if (!strcmp(golden->input[k].name, name))
				return hm_fail_format(HM_EXIT_USAGE, "--input", "%s is the name of another input",
						      name);
		}
		status = hm_inputs_note(golden, name, &in->profile[i]->text);
	}
	return status;
}
