/* SPDX-License-Identifier: BSD-2-Clause */
/* page.c - a log as one HTML page */
#include "host/log/page.h"

#include <stdlib.h>
#include <string.h>

#include "core/eventlog.h"
#include "host/base/args.h"
#include "host/log/chain.h"
#include "host/log/event_text.h"
#include "host/log/html.h"

/* No script, no link, nothing to load: the policy says so to the browser, whatever the page holds. */
static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<style>\n"
	":root{--good:#1a7f37;--goodbg:#e6f6ea;--bad:#c0182b;--badbg:#fde8ea;--shown:#8a5a00;--shownbg:#fff4dc;"
	"--plain:#3a5a8a;--plainbg:#eef3fa}\n"
	"body{font:15px/1.45 'DejaVu Sans',Verdana,sans-serif;color:#1c2330;background:#fff;margin:0 auto;max-width:1260px;"
	"padding:20px}\n"
	"h1{font-size:22px;margin:0 0 4px}h2{font-size:17px;margin:30px 0 8px}\n"
	"p{margin:4px 0}code,.mono{font-family:'DejaVu Sans Mono',monospace;font-size:12px}\n"
	".verdict{padding:10px 14px;border-left:6px solid;border-radius:4px;font-weight:bold;margin:14px 0}\n"
	".good{--tone:var(--good);--back:var(--goodbg)}.bad{--tone:var(--bad);--back:var(--badbg)}\n"
	".shown{--tone:var(--shown);--back:var(--shownbg)}.plain{--tone:var(--plain);--back:var(--plainbg)}\n"
	".verdict,td.state{color:var(--tone)}.verdict{background:var(--back);border-color:var(--tone)}\n"
	"td.state{font-weight:bold;white-space:nowrap}\n"
	"table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:5px 10px 5px 0;"
	"border-bottom:1px solid #dde2ea}th{font-size:12px;color:#5a6475}\n"
	"td.log{white-space:nowrap}td.text{overflow-wrap:anywhere}td.number{text-align:right}tr.bad td{background:var(--badbg)}\n"
	"svg text{fill:#1c2330}#chain{width:100%;height:auto}#chain .name{font-size:15px;font-weight:bold}"
	"#chain .small{font-size:11.5px}\n"
	"#chain .mono{font-size:11.5px}#chain .state{font-size:12.5px;font-weight:bold;fill:var(--tone)}\n"
	"#chain g>rect{fill:var(--back);stroke:var(--tone);stroke-width:2}\n"
	"#chain .arrow{fill:none;stroke:#5a6475;stroke-width:2;marker-end:url(#head)}#head path{fill:#5a6475}\n"
	".bar{vertical-align:middle}.bar rect{fill:var(--tone)}.bar rect.off{fill:var(--bad);stroke:var(--bad)}\n"
	"ul{padding-left:20px}li{overflow-wrap:anywhere}\n"
	"</style>\n";

static void put_hex(FILE *out, const uint8_t *value, enum hm_bank bank)
{
	char hex[2 * HM_DIGEST_MAX];
	struct hm_writer w = hm_writer_of(hex, sizeof(hex));

	if (!value) {
		fputs("-", out);
		return;
	}
	hm_put_hex(&w, hm_bytes_of(value, hm_algs[bank].len));
	fprintf(out, "<code>%.*s</code>", (int)w.len, hex);
}

static void put_verdict(FILE *out, const struct hm_page *page)
{
	const struct hm_diff *diff = page->diff;
	const char *tone = !diff ? "plain" : diff->accepted ? "good" : "bad";

	fprintf(out, "<p id=\"verdict\" class=\"verdict %s\">", tone);
	if (!diff) {
		fputs("Not compared: no golden file was given.", out);
	} else {
		fputs(diff->accepted ? "accepted: all judged registers are those of "
				     : "rejected: not what is predicted for ",
		      out);
		hm_html_text(out, page->golden->image_name);
		fputs(" ", out);
		hm_html_text(out, page->golden->image_version);
	}
	fputs("</p>\n", out);
	if (!diff || !diff->line_count)
		return;
	fputs("<ul id=\"reasons\">\n", out);
	for (size_t i = 0; i < diff->line_count; i++) {
		fputs("<li>", out);
		hm_html_text(out, diff->line[i]);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static enum hm_tone register_tone(const struct hm_diff_row *row)
{
	if (!row || !row->predicted)
		return HM_TONE_PLAIN;
	if (!row->differing)
		return HM_TONE_GOOD;
	return row->rejects ? HM_TONE_BAD : HM_TONE_SHOWN;
}

static const char *register_word(const struct hm_diff_row *row)
{
	if (!row)
		return "";
	if (!row->predicted)
		return "not predicted";
	if (!row->differing)
		return "match";
	return row->rejects ? "MISMATCH" : "differs (shown only)";
}

/* "one-of", and which profile it is by. */
static void put_policy(FILE *out, const struct hm_page *page, const struct hm_diff_row *row)
{
	if (!row)
		return;
	fputs(hm_policy_name(row->policy), out);
	if (row->policy != HM_POLICY_ONE_OF || page->diff->profile >= page->golden->profile_count)
		return;
	fputs("<br><small>", out);
	hm_html_text(out, page->golden->profile[page->diff->profile]->name);
	fputs("</small>", out);
}

static void put_register(FILE *out, const struct hm_page *page, uint32_t pcr)
{
	const struct hm_diff_row *row = page->diff ? &page->diff->row[pcr] : NULL;
	enum hm_tone tone = register_tone(row);
	const uint8_t *seen = page->evidence->pcrs.value[page->bank][pcr];
	const uint8_t *wanted =
		row && row->expected.has_value ? hm_html_digest(&row->expected.value, page->bank) : NULL;

	fprintf(out, "<tr class=\"%s\"><td class=\"number\">%u</td><td>", hm_tone_class[tone], pcr);
	hm_html_text(out, hm_pcr_table[pcr].holds);
	fputs("</td><td>", out);
	put_policy(out, page, row);
	fputs("</td><td>", out);
	hm_html_bar(out, seen, wanted, hm_algs[page->bank].len, tone);
	fputs("</td><td class=\"text\">", out);
	put_hex(out, seen, page->bank);
	fprintf(out, "</td><td class=\"state %s\">%s</td></tr>\n", hm_tone_class[tone], register_word(row));
}

static void put_registers(FILE *out, const struct hm_page *page)
{
	fprintf(out,
		"<h2>Registers</h2>\n<table id=\"registers\">\n<tr><th>PCR</th><th>holds</th><th>policy</th>"
		"<th>seen%s</th><th>%s</th><th></th></tr>\n",
		page->golden ? " / golden" : "", hm_algs[page->bank].name);
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++)
		put_register(out, page, pcr);
	fputs("</table>\n", out);
}

static const char *event_word(const struct hm_page *page, const struct hm_align_row *row)
{
	switch (row->state) {
	case HM_ALIGN_UNJUDGED:
		return page->golden ? "not predicted" : "";
	case HM_ALIGN_MATCH:
		return "match";
	case HM_ALIGN_CHANGED:
		return "MISMATCH";
	case HM_ALIGN_EXTRA:
		return "EXTRA";
	case HM_ALIGN_MISSING:
		return "MISSING";
	}
	return "";
}

static enum hm_tone event_tone(const struct hm_page *page, const struct hm_align_row *row)
{
	if (row->state == HM_ALIGN_UNJUDGED)
		return HM_TONE_PLAIN;
	if (row->state == HM_ALIGN_MATCH)
		return HM_TONE_GOOD;
	return page->diff->row[row->pcr].rejects || !page->diff->row[row->pcr].differing ? HM_TONE_BAD : HM_TONE_SHOWN;
}

static void put_event(FILE *out, const struct hm_page *page, const struct hm_align_row *row)
{
	enum hm_tone tone = event_tone(page, row);
	const uint8_t *seen = row->seen ? hm_html_digest(&row->seen->digests, page->bank) : NULL;
	const uint8_t *wanted = row->wanted ? hm_html_digest(&row->wanted->digests, page->bank) : NULL;
	char type[HM_EVENT_NAME_MAX];
	char what[HM_DESCRIBE_MAX];

	hm_golden_type_name(row->seen ? row->seen->type : row->wanted->type, type);
	if (row->seen)
		hm_describe_event(row->seen, what);
	else
		snprintf(what, sizeof(what), "golden: %s",
			 row->wanted->content ? row->wanted->content : row->wanted->what);
	fprintf(out, "<tr class=\"%s\"><td class=\"log\">", hm_tone_class[tone]);
	if (row->seen)
		fprintf(out, "%s %zu", row->seen->runtime ? "runtime" : "firmware", row->seen->index);
	fprintf(out, "</td><td class=\"number\">%u</td><td>", row->pcr);
	hm_html_text(out, type);
	fputs("</td><td class=\"text\">", out);
	hm_html_text(out, what);
	if (row->state == HM_ALIGN_CHANGED) {
		fputs("<br>golden: ", out);
		hm_html_text(out, row->wanted->content ? row->wanted->content : row->wanted->what);
	}
	fputs("</td><td>", out);
	hm_html_bar(out, seen, wanted, hm_algs[page->bank].len, tone);
	fprintf(out, "</td><td class=\"state %s\">%s</td></tr>\n", hm_tone_class[tone], event_word(page, row));
}

static void put_events(FILE *out, const struct hm_page *page)
{
	fprintf(out,
		"<h2>Events</h2>\n<table id=\"events\">\n<tr><th>log</th><th>PCR</th><th>type</th>"
		"<th>what the log says</th><th>%s%s</th><th></th></tr>\n",
		hm_algs[page->bank].name, page->golden ? ", seen / golden" : "");
	for (size_t i = 0; i < page->align->count; i++)
		put_event(out, page, &page->align->row[i]);
	fputs("</table>\n", out);
}

void hm_page_write(FILE *out, const struct hm_page *page)
{
	fputs(head, out);
	fputs("<title>", out);
	hm_html_text(out, page->title);
	fputs(" - measured boot</title>\n</head>\n<body>\n<h1>Measured boot</h1>\n<p><code>", out);
	hm_html_text(out, page->title);
	fprintf(out, "</code>, %zu events</p>\n", page->evidence->event_count);
	put_verdict(out, page);
	fputs("<h2>The chain</h2>\n", out);
	hm_chain_write(out, page);
	put_registers(out, page);
	put_events(out, page);
	fputs("<p>Registers decide. Descriptions are what the log says; only digests count.</p>\n</body>\n</html>\n",
	      out);
}
