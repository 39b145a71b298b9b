/* SPDX-License-Identifier: BSD-2-Clause */
/* test_profile.c - platform profiles: one form, everything else refused with a line */
#include "lib/base/error.h"
#include "host/firmware/profile.h"

#include "tests/support/support.h"
#include "host/base/args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZEROS64 "0000000000000000000000000000000000000000000000000000000000000000"
/* printf '\0\0' | sha256sum */
#define SHA256_0000 "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"

static const char good[] = "{\n"
			   "  \"version\": \"hallmark-profile/1\",\n"
			   "  \"name\": \"ovmf\",\n"
			   "  \"status\": \"learned\",\n"
			   "  \"firmware_sha256\": \"ab"
			   "00000000000000000000000000000000000000000000000000000000000000\",\n"
			   "  \"machine\": \"q35, 1024 MiB\",\n"
			   "  \"gpt_pcr\": 2,\n"
			   "  \"image_pcr\": 2,\n"
			   "  \"boot\": {\n"
			   "    \"first_slot\": 3,\n"
			   "    \"dxe_name\": \"c9bdb87cebf8344faaea3ee4af6516a1\",\n"
			   "    \"last\": \"shell\",\n"
			   "    \"image_tops\": [\n"
			   "      1039560704,\n"
			   "      4096\n"
			   "    ]\n"
			   "  },\n"
			   "  \"registers\": [\n"
			   "    {\n"
			   "      \"pcr\": 1,\n"
			   "      \"policy\": \"shown\"\n"
			   "    },\n"
			   "    {\n"
			   "      \"pcr\": 6,\n"
			   "      \"policy\": \"pinned\",\n"
			   "      \"values\": {\n"
			   "        \"sha256\": \"" ZEROS64 "\"\n"
			   "      }\n"
			   "    }\n"
			   "  ],\n"
			   "  \"events\": [\n"
			   "    {\n"
			   "      \"place\": \"first\",\n"
			   "      \"pcr\": 0,\n"
			   "      \"type\": \"EV_S_CRTM_VERSION\",\n"
			   "      \"what\": \"CRTM version\",\n"
			   "      \"data\": \"0000\",\n"
			   "      \"why\": \"reason\"\n"
			   "    },\n"
			   "    {\n"
			   "      \"place\": \"variables\",\n"
			   "      \"pcr\": 0,\n"
			   "      \"type\": \"EV_COMPACT_HASH\",\n"
			   "      \"what\": \"UUID\",\n"
			   "      \"data\": \"\"\n"
			   "    }\n"
			   "  ]\n"
			   "}\n";

static void test_round_trip(void **state)
{
	struct hm_profile *profile = NULL;
	struct hm_error error = {0};
	char *text;

	(void)state;
	if (!hm_profile_parse(hm_bytes_of_text(good), &profile, &error))
		fail_msg("%s", error.text);
	assert_int_equal(profile->status, HM_PROFILE_LEARNED);
	assert_int_equal(profile->gpt_pcr, 2);
	assert_int_equal(profile->first_slot, 3);
	assert_true(profile->shell);
	assert_int_equal(profile->image_top[1], 4096);
	assert_int_equal(profile->registers, 1u << 1 | 1u << 6);
	assert_false(profile->has_value[1]);
	assert_true(profile->has_value[6]);
	assert_int_equal(profile->event_count, 2);
	assert_int_equal(profile->event[1].place, HM_PLACE_VARIABLES);
	/* Without digests in the file: those of the data. */
	assert_hex(hm_bytes_of(profile->event[0].digests.value[HM_SHA256], 32), SHA256_0000);
	text = hm_profile_format(profile);
	assert_string_equal(text, good);
	free(text);
	hm_profile_free(profile);
}

static const struct {
	const char *from;
	const char *to;
	const char *why;
} changes[] = {
	{"hallmark-profile/1", "hallmark-profile/2", "version is not hallmark-profile/1"},
	{"\"ovmf\"", "\"O\"", "name is not of [a-z0-9-]{1,32}"},
	{"learned", "trusted", "status is not draft, reviewed, learned or calculated"},
	{"\"ab00", "\"AB00", "firmware_sha256 is not 64"},
	{"q35, 1024 MiB", "", "machine is not of 1 to 128"},
	{"\"gpt_pcr\": 2", "\"gpt_pcr\": 3", "gpt_pcr is not 5 or 2"},
	{"\"image_pcr\": 2", "\"image_pcr\": 11", "image_pcr is not 4 or 2"},
	{"\"first_slot\": 3", "\"first_slot\": 0", "boot.first_slot is 0"},
	{"\"first_slot\": 3", "\"first_slot\": 32", "boot.first_slot is not from 0 to 31"},
	{"\"shell\"", "\"bash\"", "boot.last is not menu or shell"},
	{"1039560704", "-1", "image_tops is not from 0"},
	{"1039560704", "\"1\"", "boot.image_tops[0] is not an integer"},
	{"1039560704", "1,1,1,1,1,1,1,1", "boot.image_tops has more than 8 entries"},
	{"\"pcr\": 6,", "\"pcr\": 1,", "registers[1].pcr is out of order"},
	{"\"pcr\": 6,", "\"pcr\": 7,", "registers[1].pcr is not from 0 to 6"},
	{"\"pcr\": 6,", "\"pcr\": 2,", "registers[1].pcr is not 0, 1 or 6"},
	{"\"pcr\": 6,", "\"pcr\": 3,", "registers[1].pcr is not 0, 1 or 6"},
	{"\"pcr\": 6,", "\"pcr\": 4,", "registers[1].pcr is not 0, 1 or 6"},
	{"\"pcr\": 6,", "\"pcr\": 5,", "registers[1].pcr is not 0, 1 or 6"},
	{"\"policy\": \"shown\"", "\"policy\": \"pinned\"", "registers[0].values is missing"},
	{"\"policy\": \"pinned\"", "\"policy\": \"shown\"", "registers[1].values exists for a register that is shown"},
	{"\"policy\": \"pinned\"", "\"policy\": \"zero\"", "registers[1].policy is not pinned or shown"},
	{"\"sha256\": \"" ZEROS64, "\"md5\": \"00", "registers[1].values: neither"},
	{"\"place\": \"first\"", "\"place\": \"last\"", "events[0].place is not first or variables"},
	{"\"pcr\": 0,", "\"pcr\": 4,", "events[0].pcr is not 0, 1 or 6"},
	{"\"pcr\": 0,", "\"pcr\": 1,", "events[0].pcr is among registers too"},
	{"\"pcr\": 0,", "\"pcr\": 11,", "events[0].pcr is not from 0 to 6"},
	{"EV_S_CRTM_VERSION", "EV_NO_ACTION", "events[0].type is not an event type that extends"},
	{"EV_S_CRTM_VERSION", "hallmark", "events[0].type is not an event type that extends"},
	{"\"data\": \"0000\"", "\"data\": \"000\"", "events[0].data is not of 0 to 4096 bytes"},
	{"\"data\": \"0000\"", "\"data\": \"00 0\"", "events[0].data is not 4 lower-case hex"},
	{"\"data\": \"0000\"", "\"data\": \"0000\", \"digests\": {}", "events[0].digests.sha1 is missing"},
	{"\"why\": \"reason\"", "\"because\": \"reason\"", "events[0].because is not a known field"},
	{"\"why\": \"reason\"", "\"why\": \"\"", "events[0].why is not of 1 to 256"},
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, changes, changes[i].why); i++) {
		const char *at = strstr(good, changes[i].from);
		struct hm_profile *profile = NULL;
		struct hm_error error = {0};
		char text[8192];

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, changes[i].to,
			 at + strlen(changes[i].from));
		if (hm_profile_parse(hm_bytes_of(text, strlen(text)), &profile, &error))
			fail_msg("accepted, although: %s", changes[i].why);
		if (!strstr(error.text, changes[i].why))
			fail_msg("refused with '%s', not with '%s'", error.text, changes[i].why);
		assert_null(profile);
	}
}

static void test_empty(void **state)
{
	static const char text[] =
		"{\"version\":\"hallmark-profile/1\",\"name\":\"x\",\"status\":\"learned\",\"machine\":\"m\","
		"\"registers\":[],\"events\":[]}";
	struct hm_profile *profile = NULL;
	struct hm_error error = {0};

	(void)state;
	assert_false(hm_profile_parse(hm_bytes_of_text(text), &profile, &error));
	assert_string_equal(error.text, "neither registers nor events say anything");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_refused),
					   cmocka_unit_test(test_empty)};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
