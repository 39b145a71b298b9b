/* SPDX-License-Identifier: BSD-2-Clause */
/* profiles.c - the platform profiles that a prediction uses */
#include "host/predict/profiles.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/detached.h"

#define SUFFIX ".json"
#define PATH_LEN 4096u

/* PATH.sig is a signature of the profile by the key of --profile-key. */
static bool check_signature(const char *path, struct hm_bytes profile, const char *key_path, struct hm_error *error)
{
	struct hm_file key = {0}, signature = {0};
	char sig_path[PATH_LEN];
	bool good = hm_file_load(key_path, HM_CRYPTO_KEY_MAX, &key, error);

	if (good && snprintf(sig_path, sizeof(sig_path), "%s.sig", path) >= (int)sizeof(sig_path))
		good = hm_error_errno(error, path, -ENAMETOOLONG);
	good = good && hm_file_load(sig_path, HM_CRYPTO_SIGNATURE_MAX, &signature, error) &&
	       (hm_crypto_verify_detached(profile, hm_file_bytes(&signature), hm_file_bytes(&key), error) ||
		hm_error_about(error, sig_path));
	hm_file_free(&signature);
	hm_file_free(&key);
	return good;
}

/* A person decides about what only a log says: by name, and with a key. */
static bool check_status(const char *path, const struct hm_profile *profile, const char *key, struct hm_error *error)
{
	if (profile->status == HM_PROFILE_DRAFT)
		return hm_error_of(error, HM_ERROR_INPUT, path,
				   "is a draft: review it, set its status to reviewed, and sign it");
	/* A file says of itself what its status is: with a key, none counts that the reviewers have not signed. */
	if (key)
		return check_signature(path, hm_file_bytes(&profile->text), key, error);
	return profile->status != HM_PROFILE_REVIEWED ||
	       hm_error_of(error, HM_ERROR_USAGE, path,
			   "is a reviewed profile: it counts with a signature only (--profile-key)");
}

/* The file at `path`, of which the profile keeps the text. */
static bool read_profile(const char *path, struct hm_profile **ret, struct hm_error *error)
{
	struct hm_file file;

	if (!hm_file_load(path, HM_PROFILE_FILE_MAX, &file, error))
		return false;
	if (!hm_profile_parse(hm_file_bytes(&file), ret, error)) {
		hm_file_free(&file);
		return hm_error_about(error, path);
	}
	(*ret)->text = file;
	return true;
}

/* With `firmware_sha256`, a profile of another firmware is no error, and not taken. */
static bool load(const char *path, const uint8_t *firmware_sha256, const char *key, struct hm_inputs *in,
		 struct hm_error *error)
{
	struct hm_profile *profile = NULL;
	bool other;

	if (in->profile_count >= HM_GOLDEN_PROFILES_MAX)
		return hm_error_of(error, HM_ERROR_USAGE, path, "more than %u profiles", HM_GOLDEN_PROFILES_MAX);
	if (!read_profile(path, &profile, error))
		return false;
	other = firmware_sha256 &&
		(!profile->firmware_known || memcmp(profile->firmware_sha256, firmware_sha256, 32) != 0);
	if (other || !check_status(path, profile, key, error)) {
		hm_profile_free(profile);
		return other;
	}
	in->profile[in->profile_count] = profile;
	in->profile_path[in->profile_count] = strdup(path);
	return in->profile_path[in->profile_count++] || hm_error_memory(error, path);
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
static bool load_directory(const char *dir, const char *key, struct hm_inputs *in, struct hm_error *error)
{
	struct dirent **entry;
	int count = scandir(dir, &entry, is_profile, by_bytes);
	bool good = true;

	if (count < 0)
		return hm_error_errno(error, dir, -errno);
	for (int i = 0; i < count; i++) {
		char path[PATH_LEN];

		if (good && snprintf(path, sizeof(path), "%s/%s", dir, entry[i]->d_name) >= (int)sizeof(path))
			good = hm_error_errno(error, dir, -ENAMETOOLONG);
		good = good && load(path, in->firmware_sha256, key, in, error);
		free(entry[i]);
	}
	free(entry);
	return good;
}

bool hm_profiles_load(const struct hm_input_options *o, struct hm_inputs *in, bool *ret_unknown, struct hm_error *error)
{
	size_t before;

	*ret_unknown = false;
	if (o->platforms && !o->firmware)
		return hm_error_of(error, HM_ERROR_USAGE, "--platforms", "needs --firmware");
	for (size_t i = 0; i < o->profiles.count; i++) {
		if (!load(o->profiles.word[i], NULL, o->profile_key, in, error))
			return false;
	}
	before = in->profile_count;
	if (o->platforms && !load_directory(o->platforms, o->profile_key, in, error))
		return false;
	*ret_unknown = o->platforms && in->profile_count == before;
	return true;
}
