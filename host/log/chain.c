/* SPDX-License-Identifier: BSD-2-Clause */
/* chain.c - the chain from the firmware to the TLS key, as a picture */
#include "host/log/chain.h"

#include <stdlib.h>
#include <string.h>

#include "core/eventlog.h"
#include "core/record.h"
#include "host/log/event_text.h"
#include "host/log/html.h"

#define COLUMNS 5u
#define BOX_WIDTH 208u
#define BOX_HEIGHT 96u
#define STEP_X 238u
#define STEP_Y 142u
#define MARGIN 8u
/* What fits into a box, in characters. */
#define TITLE_MAX 24u
#define DETAIL_MAX 31u
#define HEX_BYTES 8u

/* Boxes before the records: the firmware's, the stub's, the kernel's. */
struct stage {
	const char *title;
	const char *detail;
	const char *pcrs;
	uint32_t set; /* of HM_PCR_BIT */
};
/* This order is an interface: it is that of the boot. docs/FORMATS.md, "Registers". */
static const struct stage stages[] = {
	{"Firmware", "code, configuration, options", "PCR 0-3, 6",
	 HM_PCRS_PLATFORM | HM_PCR_BIT(HM_PCR_OPTION_ROM) | HM_PCR_BIT(HM_PCR_OPTION_ROM_CONFIG)},
	{"Secure Boot", "variables and authority", "PCR 7", HM_PCR_BIT(HM_PCR_SECURE_BOOT)},
	{"Kernel image (UKI)", "and the partition table", "PCR 4, 5",
	 HM_PCR_BIT(HM_PCR_BOOT_APPLICATION) | HM_PCR_BIT(HM_PCR_PARTITIONS)},
	{"Stub", "the image's own sections", "PCR 11", HM_PCR_BIT(HM_PCR_OS)},
	{"Kernel", "command line, initrd", "PCR 9", HM_PCR_BIT(HM_PCR_KERNEL_STUB)},
};

/* Text from elsewhere is cut to what a box holds; `state` is never. */
struct box {
	char title[TITLE_MAX + 1];
	char detail[DETAIL_MAX + 1];
	char pcrs[32];
	char hex[2 * HEX_BYTES + 1];
	const char *state;
	char state_text[40];
	enum hm_tone tone;
};

struct chain {
	FILE *out;
	const struct hm_page *page;
	size_t drawn;
};

static void copy_text(char *ret, size_t cap, const char *text)
{
	size_t len = strlen(text);

	if (len >= cap)
		len = cap - 1;
	memcpy(ret, text, len);
	ret[len] = '\0';
}

static void put_short_hex(char ret[2 * HEX_BYTES + 1], const uint8_t *value)
{
	struct hm_writer w = hm_writer_of(ret, 2 * HEX_BYTES + 1);

	ret[0] = '\0';
	if (!value)
		return;
	hm_put_hex(&w, hm_bytes_of(value, HEX_BYTES));
	hm_put_u8(&w, 0);
}

static bool explained(const struct hm_page *page, uint32_t pcr)
{
	return pcr >= HM_PCR_QUOTED || !hm_evidence_has_registers(page->evidence) ||
	       !hm_evidence_unexplained(page->evidence, pcr);
}

/* Digests decide: events that match say nothing where the log does not give the register's value. */
static void judge(const struct hm_page *page, const struct hm_align_row *row, struct box *box)
{
	bool shown = row->pcr < HM_PCR_QUOTED && page->diff && !page->diff->row[row->pcr].rejects;

	if (!explained(page, row->pcr) && box->tone < HM_TONE_BAD) {
		box->tone = HM_TONE_BAD;
		box->state = "the log does not explain it";
		return;
	}
	switch (row->state) {
	case HM_ALIGN_UNJUDGED:
		break;
	case HM_ALIGN_MATCH:
		if (box->tone < HM_TONE_GOOD) {
			box->tone = HM_TONE_GOOD;
			box->state = "as predicted";
		}
		break;
	case HM_ALIGN_CHANGED:
	case HM_ALIGN_EXTRA:
	case HM_ALIGN_MISSING:
		if (box->tone < (shown ? HM_TONE_SHOWN : HM_TONE_BAD)) {
			box->tone = shown ? HM_TONE_SHOWN : HM_TONE_BAD;
			box->state = row->state == HM_ALIGN_MISSING ? "MISSING"
				     : shown			    ? "differs (shown only)"
								    : "DIFFERS";
		}
		break;
	}
}

static void draw_arrow(struct chain *chain, size_t from)
{
	unsigned int row = (unsigned int)(from / COLUMNS), column = (unsigned int)(from % COLUMNS);
	unsigned int x = MARGIN + column * STEP_X, y = MARGIN + row * STEP_Y;

	if (column + 1 < COLUMNS) {
		fprintf(chain->out, "<path class=\"arrow\" d=\"M%u %uh%u\"/>\n", x + BOX_WIDTH, y + BOX_HEIGHT / 2,
			STEP_X - BOX_WIDTH - 13);
		return;
	}
	fprintf(chain->out, "<path class=\"arrow\" d=\"M%u %uv%uH%uv%u\"/>\n", x + BOX_WIDTH / 2, y + BOX_HEIGHT,
		(STEP_Y - BOX_HEIGHT) / 2, MARGIN + BOX_WIDTH / 2, (STEP_Y - BOX_HEIGHT) / 2 - 13);
}

static void draw_line(FILE *out, unsigned int x, unsigned int y, const char *class_name, const char *text)
{
	fprintf(out, "<text class=\"%s\" x=\"%u\" y=\"%u\">", class_name, x, y);
	hm_html_text(out, text);
	fputs("</text>", out);
}

static void draw(struct chain *chain, const struct box *box)
{
	unsigned int x = MARGIN + (unsigned int)(chain->drawn % COLUMNS) * STEP_X;
	unsigned int y = MARGIN + (unsigned int)(chain->drawn / COLUMNS) * STEP_Y;
	char line[64];

	if (chain->drawn > 0)
		draw_arrow(chain, chain->drawn - 1);
	fprintf(chain->out, "<g class=\"%s\"><rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" rx=\"7\"/>",
		hm_tone_class[box->tone], x, y, BOX_WIDTH, BOX_HEIGHT);
	draw_line(chain->out, x + 12, y + 23, "name", box->title);
	draw_line(chain->out, x + 12, y + 42, "small", box->detail);
	snprintf(line, sizeof(line), "%s%s%s", box->pcrs, *box->hex ? "  " : "", box->hex);
	draw_line(chain->out, x + 12, y + 63, "mono", line);
	draw_line(chain->out, x + 12, y + 84, "state", box->state);
	fputs("</g>\n", chain->out);
	chain->drawn++;
}

static bool is_record(const struct hm_align_row *row)
{
	return row->seen ? row->seen->type == HM_EV_HALLMARK : row->wanted->type == HM_EV_HALLMARK;
}

/* A box of several registers, some of which the golden file leaves to the platform, says which. */
static void name_unpredicted(const struct hm_page *page, const struct stage *stage, struct box *box)
{
	size_t at = 0;

	if (box->tone != HM_TONE_GOOD || !page->diff)
		return;
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if ((stage->set & HM_PCR_BIT(pcr)) && !page->diff->row[pcr].predicted && at < sizeof(box->state_text))
			at += (size_t)snprintf(box->state_text + at, sizeof(box->state_text) - at, "%s%u",
					       at ? ", " : "match (not PCR ", pcr);
	}
	if (at > 0 && at + 1 < sizeof(box->state_text)) {
		strcpy(box->state_text + at, ")");
		box->state = box->state_text;
	}
}

static void draw_stage(struct chain *chain, const struct stage *stage)
{
	const struct hm_page *page = chain->page;
	struct box box = {.state = "not in the log"};
	uint32_t one = 0;
	bool any = false;

	copy_text(box.title, sizeof(box.title), stage->title);
	copy_text(box.detail, sizeof(box.detail), stage->detail);
	copy_text(box.pcrs, sizeof(box.pcrs), stage->pcrs);
	for (size_t i = 0; i < page->align->count; i++) {
		const struct hm_align_row *row = &page->align->row[i];

		if (row->pcr >= HM_PCR_QUOTED || !(stage->set & 1u << row->pcr) || is_record(row))
			continue;
		if (!any && box.tone == HM_TONE_PLAIN)
			box.state = page->golden ? "not predicted" : "in the log";
		any = true;
		judge(page, row, &box);
	}
	name_unpredicted(page, stage, &box);
	while (one < HM_PCR_QUOTED && stage->set != 1u << one)
		one++;
	/* One register that no record extends, too: its value. */
	if (any && one < HM_PCR_OWNED_FIRST)
		put_short_hex(box.hex, page->evidence->pcrs.value[page->bank][one]);
	draw(chain, &box);
}

static void name_record(const struct hm_record *record, const char *line, struct box *box)
{
	char text[64];

	switch (record->kind) {
	case HM_RECORD_LAYER:
	case HM_RECORD_RAM:
		snprintf(text, sizeof(text), "Layer %.*s", (int)record->name_len, record->name);
		copy_text(box->title, sizeof(box->title), text);
		copy_text(box->detail, sizeof(box->detail),
			  record->kind == HM_RECORD_RAM ? "whole, in memory" : "root hash and parameters");
		return;
	case HM_RECORD_LOCK:
		copy_text(box->title, sizeof(box->title), "Lock");
		snprintf(text, sizeof(text), "after %llu layers", (unsigned long long)record->layers);
		copy_text(box->detail, sizeof(box->detail), text);
		return;
	case HM_RECORD_TLS:
		copy_text(box->title, sizeof(box->title), "TLS key");
		copy_text(box->detail, sizeof(box->detail), "what the client connects to");
		return;
	case HM_RECORD_FAIL:
		copy_text(box->title, sizeof(box->title), "Boot given up");
		snprintf(text, sizeof(text), "at stage %.*s", (int)record->name_len, record->name);
		copy_text(box->detail, sizeof(box->detail), text);
		return;
	}
	copy_text(box->title, sizeof(box->title), line);
}

static bool same_line(const struct hm_align_row *a, const struct hm_align_row *b)
{
	if (a->seen && b->seen)
		return hm_bytes_equal(a->seen->data, b->seen->data);
	return !a->seen && !b->seen && !strcmp(a->wanted->content, b->wanted->content);
}

/* One box for a record and the same record in the registers that follow: the lock is in five. Returns how many rows. */
static size_t draw_record(struct chain *chain, size_t at)
{
	const struct hm_page *page = chain->page;
	const struct hm_align_row *first = &page->align->row[at];
	struct hm_bytes line = first->seen ? first->seen->data : hm_bytes_of_text(first->wanted->content);
	struct box box = {.state = page->golden ? "shown, matched by the client" : "in the log"};
	struct hm_record record;
	char text[HM_DESCRIBE_MAX];
	size_t count = 0;

	hm_escape(line, text, sizeof(text));
	if (hm_record_parse(line, &record))
		copy_text(box.title, sizeof(box.title), text);
	else
		name_record(&record, text, &box);
	while (at + count < page->align->count && is_record(&page->align->row[at + count]) &&
	       same_line(first, &page->align->row[at + count]))
		judge(page, &page->align->row[at + count++], &box);
	if (count > 1)
		snprintf(box.pcrs, sizeof(box.pcrs), "PCR %u-%u", first->pcr, page->align->row[at + count - 1].pcr);
	else
		snprintf(box.pcrs, sizeof(box.pcrs), "PCR %u", first->pcr);
	put_short_hex(box.hex,
		      hm_html_digest(first->seen ? &first->seen->digests : &first->wanted->digests, page->bank));
	draw(chain, &box);
	return count;
}

static bool is_tls(const struct hm_align_row *row)
{
	struct hm_record record;

	return is_record(row) && row->seen && !hm_record_parse(row->seen->data, &record) &&
	       record.kind == HM_RECORD_TLS;
}

static bool has_tls(const struct hm_align *align)
{
	for (size_t i = 0; i < align->count; i++) {
		if (is_tls(&align->row[i]))
			return true;
	}
	return false;
}

/* How many boxes there will be. */
static size_t count_boxes(const struct hm_page *page)
{
	size_t boxes = HM_ARRAY_LEN(stages);

	for (size_t i = 0; i < page->align->count; i++) {
		const struct hm_align_row *row = &page->align->row[i];

		if (is_record(row) && (i == 0 || !is_record(row - 1) || !same_line(row - 1, row)))
			boxes++;
	}
	return boxes + !has_tls(page->align);
}

void hm_chain_write(FILE *out, const struct hm_page *page)
{
	struct chain chain = {.out = out, .page = page};
	size_t rows = (count_boxes(page) + COLUMNS - 1) / COLUMNS;

	fprintf(out,
		"<svg id=\"chain\" viewBox=\"0 0 %u %zu\" role=\"img\" aria-label=\"The chain from the firmware to the TLS key\">\n",
		2 * MARGIN + (COLUMNS - 1) * STEP_X + BOX_WIDTH, 2 * MARGIN + (rows - 1) * STEP_Y + BOX_HEIGHT);
	fputs("<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"1\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" "
	      "orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
	      out);
	for (size_t i = 0; i < HM_ARRAY_LEN(stages); i++)
		draw_stage(&chain, &stages[i]);
	for (size_t i = 0; i < page->align->count;)
		i += is_record(&page->align->row[i]) ? draw_record(&chain, i) : 1;
	if (!has_tls(page->align))
		draw(&chain,
		     &(struct box){.title = "TLS key", .detail = "none in the log", .pcrs = "PCR 15", .state = "-"});
	fputs("</svg>\n", out);
}
