/* SPDX-License-Identifier: BSD-2-Clause */
/* codes.c - names and meanings of the codes, from the list in hallmark.h */
#include "lib/hallmark.h"

static const char *const code_names[] = {
#define CODE_NAME(name, text, meaning) [HALLMARK_##name] = text,
	HALLMARK_CODES(CODE_NAME)
#undef CODE_NAME
};
static const char *const code_meanings[] = {
#define CODE_MEANING(name, text, meaning) [HALLMARK_##name] = meaning,
	HALLMARK_CODES(CODE_MEANING)
#undef CODE_MEANING
};

const char *hallmark_code_name(enum hallmark_code code)
{
	return (size_t)code < HALLMARK_CODE_COUNT ? code_names[code] : code_names[HALLMARK_INTERNAL_ERROR];
}

const char *hallmark_code_meaning(enum hallmark_code code)
{
	return (size_t)code < HALLMARK_CODE_COUNT ? code_meanings[code] : code_meanings[HALLMARK_INTERNAL_ERROR];
}
