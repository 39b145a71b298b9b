/* SPDX-License-Identifier: BSD-2-Clause */
/* golden_sink.c - the sink that turns measurements into a golden file and two predicted logs */
#include "host/predict/golden_sink.h"

#include <stdlib.h>
#include <string.h>

#include "core/cmdline.h"
#include "lib/crypto/hash.h"

/*
 * UEFI_IMAGE_LOAD_EVENT: address, length, link address and device path depend on the VM; readers want the four fields.
 */
static const uint8_t unknown_image[32];

bool hm_recorder_resume(struct hm_recorder *recorder, struct hm_golden *golden)
{
	size_t cel_cap = HM_RUNTIME_LOG_MAX;
	struct hm_recorder r = {
		.golden = golden,
		.tcglog_memory = malloc(HM_EVENTLOG_MAX),
		.cel_memory = malloc(cel_cap),
	};

	r.tcglog = hm_writer_of(r.tcglog_memory, HM_EVENTLOG_MAX);
	r.cel = hm_writer_of(r.cel_memory, cel_cap);
	if (!r.tcglog_memory || !r.cel_memory || hm_eventlog_put_header(&r.tcglog, golden->banks)) {
		hm_recorder_free(&r);
		return false;
	}
	*recorder = r;
	return true;
}

bool hm_recorder_init(struct hm_recorder *recorder, struct hm_golden *golden)
{
	hm_pcrs_init(&golden->pcrs, golden->banks, 0);
	/* Without a profile nothing is known about the firmware's own registers. */
	for (size_t i = 0; i < HM_PCR_QUOTED; i++) {
		bool one_of = hm_pcr_table[i].policy == HM_POLICY_ONE_OF;

		golden->policy[i] = one_of ? HM_POLICY_SHOWN : hm_pcr_table[i].policy;
		golden->has_value[i] = !one_of;
	}
	return hm_recorder_resume(recorder, golden);
}

void hm_recorder_free(struct hm_recorder *recorder)
{
	free(recorder->tcglog_memory);
	free(recorder->cel_memory);
	recorder->tcglog_memory = NULL;
	recorder->cel_memory = NULL;
}

/* Text worth showing when it differs: a record, the command line. NULL for everything else. */
static char *content_of(const struct hm_measurement *m)
{
	bool text = m->type == HM_EV_HALLMARK || (m->pcr == HM_PCR_OS && !strcmp(m->what, ".cmdline"));

	if (!text || m->part_count != 1 || m->zero_tail || m->parts[0].len > HM_CMDLINE_MAX)
		return NULL;
	return strndup((const char *)m->parts[0].p, m->parts[0].len);
}

enum hm_err hm_recorder_event(const struct hm_measurement *m, const struct hm_digests *digests,
			      struct hm_golden_event *ret)
{
	*ret = (struct hm_golden_event){
		.pcr = m->pcr,
		.type = m->type,
		.what = strdup(m->what),
		.content = content_of(m),
		.digests = *digests,
	};
	return ret->what && (ret->content || m->type != HM_EV_HALLMARK) ? HM_OK : HM_E_BUFFER;
}

/* Layers are listed on their own too; the lock is not one. */
static enum hm_err add_layer(struct hm_golden *golden, const char *line)
{
	struct hm_record record;
	enum hm_err err = hm_record_parse(hm_bytes_of_text(line), &record);

	if (err)
		return err;
	if (record.kind != HM_RECORD_LAYER && record.kind != HM_RECORD_RAM)
		return HM_OK;
	if (golden->layer_count >= HM_LAYERS_MAX)
		return HM_E_BUFFER;
	golden->layer[golden->layer_count] = strdup(line);
	return golden->layer[golden->layer_count++] ? HM_OK : HM_E_BUFFER;
}

static enum hm_err write_log(struct hm_recorder *r, const struct hm_measurement *m, const struct hm_digests *digests)
{
	const struct hm_cel_record record = {
		.recnum = r->next_recnum,
		.pcr = m->pcr,
		.digests = *digests,
		.content = m->part_count ? m->parts[0] : m->data,
	};
	struct hm_bytes data = m->data;
	enum hm_err err;

	if (m->type == HM_EV_EFI_BOOT_SERVICES_APPLICATION && data.len == 0)
		data = hm_bytes_of(unknown_image, sizeof(unknown_image));
	if (m->type != HM_EV_HALLMARK)
		return hm_eventlog_put_event(&r->tcglog, m->pcr, m->type, digests, data);
	err = hm_cel_format(&record, &r->cel);
	if (!err)
		r->next_recnum++;
	return err;
}

static bool same_runs(const struct hm_known_digests *known, const struct hm_measurement *m)
{
	if (known->parts.count != m->part_count || known->zero_tail != m->zero_tail)
		return false;
	for (size_t i = 0; i < m->part_count; i++) {
		if (known->parts.parts[i].p != m->parts[i].p || known->parts.parts[i].len != m->parts[i].len)
			return false;
	}
	return true;
}

enum hm_err hm_recorder_digests(const struct hm_known_list *known, uint32_t banks, const struct hm_measurement *m,
				struct hm_digests *ret)
{
	struct hm_digests digests = {.banks = banks};
	const struct hm_digests *given = m->digests;

	for (size_t i = 0; known && i < known->count && !given; i++) {
		if (same_runs(&known->entry[i], m))
			given = &known->entry[i].digests;
	}
	if (!given)
		return hm_digests_of(&hm_crypto_hasher, banks, m->parts, m->part_count, m->zero_tail, ret);
	if (banks & ~given->banks)
		return HM_E_BANK_DIGEST;
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (banks & HM_BANK_BIT(bank))
			memcpy(digests.value[bank], given->value[bank], HM_DIGEST_MAX);
	}
	*ret = digests;
	return HM_OK;
}

static enum hm_err add_event(struct hm_golden *golden, const struct hm_measurement *m, const struct hm_digests *digests)
{
	enum hm_err err;

	if (golden->event_count >= HM_GOLDEN_EVENTS_MAX)
		return HM_E_BUFFER;
	err = hm_pcrs_extend(&golden->pcrs, &hm_crypto_hasher, m->pcr, digests);
	if (!err)
		err = hm_recorder_event(m, digests, &golden->event[golden->event_count++]);
	if (!err && m->type == HM_EV_HALLMARK)
		err = add_layer(golden, golden->event[golden->event_count - 1].content);
	return err;
}

static enum hm_err record_measurement(void *ctx, const struct hm_measurement *m)
{
	struct hm_recorder *r = ctx;
	struct hm_digests digests;
	enum hm_err err = hm_recorder_digests(r->known, r->golden->banks, m, &digests);

	if (!err && !(r->left_out & 1u << m->pcr))
		err = add_event(r->golden, m, &digests);
	return err ? err : write_log(r, m, &digests);
}

struct hm_sink hm_recorder_sink(struct hm_recorder *recorder)
{
	return (struct hm_sink){.ctx = recorder, .extend = record_measurement};
}
