/* SPDX-License-Identifier: BSD-2-Clause */
/* clouds.h - platform profiles of the clouds, by calculation */
#ifndef HM_HOST_FIRMWARE_CLOUDS_H
#define HM_HOST_FIRMWARE_CLOUDS_H

#include "host/firmware/profile.h"

/* One row a kind; the order of the names is that of --help. */
struct hm_profile_cloud {
	const char *name; /* "google" */
	const char *summary;
	enum hm_profile_status status;
	bool formula; /* PCR 0 is a function of version and technology; else a constant */
};
extern const struct hm_profile_cloud hm_profile_clouds[];
extern const size_t hm_profile_cloud_count;

#define HM_CLOUD_VERSION_MAX 999u

/* "none", "sev", "sev-es", "tdx", "snp": Google's number of a technology; false for another word. */
HM_MUST_CHECK bool hm_profile_technology(const char *name, uint8_t *ret);
/*
 * The profile of a row; version (1 to HM_CLOUD_VERSION_MAX) and technology count for rows with a formula. Its name and
 * its machine are the caller's. NULL when out of memory. Sources: docs/FORMATS.md, "Profiles of clouds".
 */
struct hm_profile *hm_profile_calculate(const struct hm_profile_cloud *cloud, uint32_t version, uint8_t technology);

#endif
