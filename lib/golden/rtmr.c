/* SPDX-License-Identifier: BSD-2-Clause */
/* rtmr.c - the runtime measurement register that the stub extends, in golden.json */
#include "lib/golden/rtmr.h"

#include <string.h>

#include "lib/base/error.h"
#include "lib/crypto/hash.h"

/*
 * The events of the stub are EV_IPL in PCR 11, and nobody else's are. RTMR 2 takes PCR 8 to 15 (UEFI 2.10, 38.4.1); the
 * kernel's EFI stub measures to the TPM only where there is one, and hallmark-boot does not extend RTMRs. A register
 * begins as zeros and is extended as a PCR of a SHA-384 bank is, so that one of the same index stands for it.
 */
bool hm_golden_rtmr2(const struct hm_golden *golden, uint8_t ret[HM_RTMR_LEN])
{
	struct hm_pcrs pcrs;
	bool any = false;

	if (!(golden->banks & HM_BANK_BIT(HM_SHA384)))
		return false;
	hm_pcrs_init(&pcrs, HM_BANK_BIT(HM_SHA384), 0);
	for (size_t i = 0; i < golden->event_count; i++) {
		const struct hm_golden_event *event = &golden->event[i];

		if (event->type != HM_EV_IPL || event->pcr != HM_PCR_OS)
			continue;
		if (hm_pcrs_extend(&pcrs, &hm_crypto_hasher, event->pcr, &event->digests))
			return false;
		any = true;
	}
	if (any)
		memcpy(ret, pcrs.value[HM_SHA384][HM_PCR_OS], HM_RTMR_LEN);
	return any;
}

json_t *hm_golden_rtmrs_array(const struct hm_golden *golden, bool *failed)
{
	json_t *array = json_array();
	uint8_t value[HM_RTMR_LEN];
	json_t *object;

	if (!hm_golden_rtmr2(golden, value))
		return array;
	object = json_object();
	hm_json_add(object, "rtmr", json_integer(2), failed);
	hm_json_add(object, "value", hm_json_hex_string(hm_bytes_of(value, sizeof(value))), failed);
	hm_json_append(array, object, failed);
	return array;
}

bool hm_golden_rtmrs_check(json_t *array, const struct hm_golden *golden, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "rtmr", .type = JSON_INTEGER},
		{.name = "value", .type = JSON_STRING},
	};
	uint8_t want[HM_RTMR_LEN], got[HM_RTMR_LEN];
	bool known;

	if (!array)
		return true;
	known = hm_golden_rtmr2(golden, want);
	if (json_array_size(array) != (known ? 1 : 0))
		return hm_error_set(error, "rtmrs has not exactly the registers that the events give");
	if (!known)
		return true;
	if (!hm_json_fields(json_array_get(array, 0), "rtmrs[0]", fields, HM_ARRAY_LEN(fields), error) ||
	    !hm_json_hex(&fields[1], "rtmrs[0]", got, sizeof(got), error))
		return false;
	if (json_integer_value(fields[0].value) != 2)
		return hm_error_set(error, "rtmrs[0].rtmr is not 2");
	if (memcmp(got, want, sizeof(got)) != 0)
		return hm_error_set(error, "rtmrs[0].value is not what the events give");
	return true;
}
