/* SPDX-License-Identifier: BSD-2-Clause */
/* platform_list.c - hallmark platform list: the platform table, for people and programs */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/commands.h"
#include "host/base/args.h"
#include "lib/base/json.h"
#include "lib/platform/table.h"

static const char *const kinds[] = {
	[HM_PLATFORM_PREDICTED] = "predicted",
	[HM_PLATFORM_CONSTANT] = "constant",
	[HM_PLATFORM_PROFILE] = "profile",
	[HM_PLATFORM_SHOWN] = "shown",
};

static void print_key(const struct hm_platform *p)
{
	if (p->ak_handle)
		printf("  attestation key   handle 0x%08" PRIx32, p->ak_handle);
	else if (p->ak_template_nv)
		printf("  attestation key   made from the template in NV 0x%08" PRIx32 " (RSA) or 0x%08" PRIx32
		       " (ECC)",
		       p->ak_template_nv, p->ak_ecc_template_nv);
	else
		printf("  attestation key   made by the guest, P-256");
	if (p->ak_certified)
		printf(", certificate in NV 0x%08" PRIx32 "\n", p->ak_certificate_nv);
	else
		puts(", without a certificate: the hardware report vouches for it");
}

static void print_banks(uint32_t banks)
{
	fputs("  banks            ", stdout);
	for (size_t i = 0; i < HM_BANK_COUNT; i++) {
		if (banks & HM_BANK_BIT(i))
			printf(" %s", hm_algs[i].name);
	}
	putchar('\n');
}

static void print_platform(const struct hm_platform *p)
{
	printf("%s: %s\n", p->name, p->summary);
	print_key(p);
	print_banks(p->banks);
	if (p->hardware_type)
		printf("  hardware report   %s\n", p->hardware_type);
	for (size_t i = 0; i < HM_PLATFORM_NOTES_MAX && p->note[i].text; i++)
		printf("  PCR %-2u            %s: %s\n", p->note[i].pcr, kinds[p->note[i].kind], p->note[i].text);
	printf("  proven by         %s\n  not proven        %s\n  verified on       %s\n", p->proves, p->not_proven,
	       p->verified_on);
}

static json_t *hex_or_null(uint32_t value)
{
	char text[11];

	if (!value)
		return json_null();
	snprintf(text, sizeof(text), "0x%08" PRIx32, value);
	return json_string(text);
}

static json_t *notes_json(const struct hm_platform *p, bool *failed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < HM_PLATFORM_NOTES_MAX && p->note[i].text; i++)
		hm_json_append(array,
			       json_pack("{s:i, s:s, s:s}", "pcr", (int)p->note[i].pcr, "kind", kinds[p->note[i].kind],
					 "text", p->note[i].text),
			       failed);
	return array;
}

static json_t *platform_json(const struct hm_platform *p, bool *failed)
{
	json_t *o = json_object();

	hm_json_add(o, "name", json_string(p->name), failed);
	hm_json_add(o, "summary", json_string(p->summary), failed);
	hm_json_add(o, "ak_handle", hex_or_null(p->ak_handle), failed);
	hm_json_add(o, "ak_template_nv", hex_or_null(p->ak_template_nv), failed);
	hm_json_add(o, "ak_certificate_nv", hex_or_null(p->ak_certificate_nv), failed);
	hm_json_add(o, "ak_ecc_template_nv", hex_or_null(p->ak_ecc_template_nv), failed);
	hm_json_add(o, "ak_ecc_certificate_nv", hex_or_null(p->ak_ecc_certificate_nv), failed);
	hm_json_add(o, "report_nv", hex_or_null(p->report_nv), failed);
	hm_json_add(o, "ak_certified", json_boolean(p->ak_certified), failed);
	hm_json_add(o, "eku_required", json_boolean(p->eku_required), failed);
	hm_json_add(o, "banks", hm_json_bank_names(p->banks), failed);
	hm_json_add(o, "hardware_type", p->hardware_type ? json_string(p->hardware_type) : json_null(), failed);
	hm_json_add(o, "registers", notes_json(p, failed), failed);
	hm_json_add(o, "proves", json_string(p->proves), failed);
	hm_json_add(o, "not_proven", json_string(p->not_proven), failed);
	hm_json_add(o, "verified_on", json_string(p->verified_on), failed);
	return o;
}

static int print_json(void)
{
	json_t *array = json_array();
	bool failed = !array;
	const struct hm_platform *p;
	char *text;

	for (size_t i = 0; (p = hm_platform_at(i)) != NULL; i++)
		hm_json_append(array, platform_json(p, &failed), &failed);
	text = hm_json_finish(array, failed);
	if (!text)
		return hm_fail_text(HM_EXIT_RUN, "platform list", "out of memory");
	fputs(text, stdout);
	free(text);
	return HM_EXIT_OK;
}

struct options {
	bool json;
};

static int command(void *options, const struct hm_words *words)
{
	const struct options *o = options;
	const struct hm_platform *p;

	(void)words;
	if (o->json)
		return print_json();
	for (size_t i = 0; (p = hm_platform_at(i)) != NULL; i++)
		print_platform(p);
	return HM_EXIT_OK;
}

static const struct hm_option options[] = {
	HM_OPTION(struct options, json, "--json", NULL, "The same for programs."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_platform_list = {
	.name = "platform list",
	.summary = "the platforms, where their keys are, and what each proves",
	.description =
		"The platforms that hallmark-guest attest and hallmark verify know: where the attestation key is, "
		"who certifies it, which bank can be quoted, which registers are special, what is proven and "
		"by whom, and what is not.",
	.example = "hallmark platform list --json",
	.see_also = "docs/PLATFORMS.md",
	.args = {.tables = {{options, 0}}},
	.size = sizeof(struct options),
	.run = command,
};
