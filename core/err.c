/* SPDX-License-Identifier: BSD-2-Clause */
/* err.c - texts and names of the error codes */
#include "err.h"

static const char *const texts[] = {
#define HM_ERR_TEXT(name, text) [HM_E_##name] = text,
	HM_ERR_LIST(HM_ERR_TEXT)
#undef HM_ERR_TEXT
};
HM_STATIC_ASSERT(HM_ARRAY_LEN(texts) == HM_E_COUNT, "every error has a text");

static const char *const names[] = {
#define HM_ERR_NAME(name, text) [HM_E_##name] = #name,
	HM_ERR_LIST(HM_ERR_NAME)
#undef HM_ERR_NAME
};
HM_STATIC_ASSERT(HM_ARRAY_LEN(names) == HM_E_COUNT, "every error has a name");

const char *hm_err_text(enum hm_err err)
{
	if ((size_t)err >= HM_E_COUNT)
		return "an error that has no text";
	return texts[err];
}

const char *hm_err_name(enum hm_err err)
{
	if ((size_t)err >= HM_E_COUNT)
		return "UNKNOWN";
	return names[err];
}
