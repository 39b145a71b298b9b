/* SPDX-License-Identifier: BSD-2-Clause */
/* event_text.c - an event of a log in words for a person; never used to judge anything */
#include "host/log/event_text.h"

#include <stdio.h>
#include <string.h>

#include "core/eventlog.h"
#include "core/gpt.h"
#include "host/base/args.h"

#define GUID_LEN 16u
#define HEX_BYTES 24u
#define SECURE_BOOT "SecureBoot"

/* TCG PFP 1.06, 10.4.5.3: signature, NUL, one byte. */
#define LOCALITY "StartupLocality"

/* Text made of an event's data is cut, not failed, when the line is full. */
struct line {
	char *text;
	size_t len;
	size_t cap;
};

static void put(struct line *line, struct hm_bytes bytes)
{
	static const char mark[] = "...";
	size_t room = line->cap - 1 - line->len;
	char escaped[4 * HM_DESCRIBE_MAX];
	size_t len;

	hm_escape(bytes, escaped, sizeof(escaped));
	len = strlen(escaped);
	memcpy(line->text + line->len, escaped, len < room ? len : room);
	line->len += len < room ? len : room;
	if (len > room)
		memcpy(line->text + line->cap - sizeof(mark), mark, sizeof(mark) - 1);
	line->text[line->len] = '\0';
}

static void put_text(struct line *line, const char *text)
{
	put(line, hm_bytes_of_text(text));
}

static void put_hex(struct line *line, struct hm_bytes bytes)
{
	char text[2 * HEX_BYTES];
	struct hm_writer w = hm_writer_of(text, sizeof(text));
	char size[48];

	hm_put_hex(&w, hm_bytes_of(bytes.p, bytes.len < HEX_BYTES ? bytes.len : HEX_BYTES));
	put(line, hm_writer_bytes(&w));
	if (bytes.len <= HEX_BYTES)
		return;
	snprintf(size, sizeof(size), "... (%zu bytes)", bytes.len);
	put_text(line, size);
}

/* Printable ASCII, perhaps with NULs at the end. */
static bool put_if_ascii(struct line *line, struct hm_bytes data)
{
	while (data.len > 0 && data.p[data.len - 1] == 0)
		data.len--;
	for (size_t i = 0; i < data.len; i++) {
		if (data.p[i] < 0x20 || data.p[i] > 0x7e)
			return false;
	}
	if (data.len == 0)
		return false;
	put(line, data);
	return true;
}

/* UTF-16LE of printable ASCII characters. */
static bool put_if_utf16(struct line *line, struct hm_bytes data)
{
	uint8_t text[HM_DESCRIBE_FIRMWARE_MAX + 1];
	size_t len = 0;

	if (data.len < 2 || data.len % 2)
		return false;
	for (size_t i = 0; i < data.len; i += 2) {
		if (data.p[i + 1] != 0 || (data.p[i] != 0 && (data.p[i] < 0x20 || data.p[i] > 0x7e)))
			return false;
		if (data.p[i] != 0 && len < sizeof(text))
			text[len++] = data.p[i];
	}
	put(line, hm_bytes_of(text, len));
	return len > 0;
}

static void put_data(struct line *line, struct hm_bytes data)
{
	if (data.len == 0)
		put_text(line, "(no data)");
	else if (!put_if_utf16(line, data) && !put_if_ascii(line, data))
		put_hex(line, data);
}

static void put_separator(struct line *line, struct hm_bytes data)
{
	static const uint8_t zeros[4];

	put_text(line, "separator");
	if (hm_bytes_equal(data, hm_bytes_of(zeros, sizeof(zeros))))
		return;
	put_text(line, " ");
	put_hex(line, data);
}

static bool is_secure_boot(struct hm_bytes guid, struct hm_bytes name)
{
	char utf16[2 * (sizeof(SECURE_BOOT) - 1)];
	struct hm_writer w = hm_writer_of(utf16, sizeof(utf16));

	hm_put_utf16(&w, hm_bytes_of_text(SECURE_BOOT));
	return hm_bytes_equal(guid, hm_bytes_of(hm_guid_global, HM_GUID_LEN)) &&
	       hm_bytes_equal(name, hm_writer_bytes(&w));
}

static const char *secure_boot_word(uint8_t value)
{
	if (value > 1)
		return " neither on nor off";
	return value ? " on" : " off";
}

/* TCG PC Client PFP, UEFI_VARIABLE_DATA. */
static void put_variable(struct line *line, struct hm_bytes data)
{
	struct hm_reader r = hm_reader_of(data);
	struct hm_bytes guid = hm_get_bytes(&r, GUID_LEN);
	uint64_t name_len = hm_get_u64le(&r);
	uint64_t data_len = hm_get_u64le(&r);
	struct hm_bytes name = hm_get_bytes(&r, name_len > data.len ? UINT64_MAX : name_len * 2);
	char text[96];
	char guid_text[36];

	if (r.failed) {
		put_hex(line, data);
		return;
	}
	hm_guid_text(guid.p, guid_text);
	if (!put_if_utf16(line, name))
		put_text(line, "(unnamed)");
	/* UEFI 2.10, 3.3: SecureBoot is one byte, 1 or 0. */
	if (is_secure_boot(guid, name) && data_len == 1 && hm_reader_left(&r) == 1) {
		put_text(line, secure_boot_word(hm_get_u8(&r)));
		return;
	}
	snprintf(text, sizeof(text), " %.36s, %llu bytes", guid_text, (unsigned long long)data_len);
	put_text(line, text);
}

/* TCG PC Client PFP, UEFI_IMAGE_LOAD_EVENT. */
static void put_image(struct line *line, struct hm_bytes data)
{
	struct hm_reader r = hm_reader_of(data);
	uint64_t address = hm_get_u64le(&r);
	uint64_t len = hm_get_u64le(&r);
	char text[96];

	if (r.failed) {
		put_text(line, "image");
		return;
	}
	snprintf(text, sizeof(text), "image of %llu bytes, loaded at 0x%llx", (unsigned long long)len,
		 (unsigned long long)address);
	put_text(line, text);
}

static void put_gpt(struct line *line, struct hm_bytes data)
{
	struct hm_reader r = hm_reader_of(data);
	uint64_t count;
	char text[64];

	hm_skip(&r, HM_GPT_HEADER_LEN);
	count = hm_get_u64le(&r);
	if (r.failed) {
		put_hex(line, data);
		return;
	}
	snprintf(text, sizeof(text), "partition table, %llu partitions", (unsigned long long)count);
	put_text(line, text);
}

/* TCG_PCClientTaggedEvent: id, length, data. */
static void put_tagged(struct line *line, struct hm_bytes data)
{
	struct hm_reader r = hm_reader_of(data);
	uint32_t id = hm_get_u32le(&r);
	uint32_t len = hm_get_u32le(&r);
	struct hm_bytes content = hm_get_bytes(&r, len);
	char text[32];

	if (r.failed) {
		put_hex(line, data);
		return;
	}
	snprintf(text, sizeof(text), "tag 0x%08x ", id);
	put_text(line, text);
	put_data(line, content);
}

/* TCG PC Client PFP, UEFI_PLATFORM_FIRMWARE_BLOB: where it is and its size, 8 bytes each. */
static void put_blob(struct line *line, struct hm_bytes data)
{
	struct hm_reader r = hm_reader_of(data);
	uint64_t base = hm_get_u64le(&r);
	uint64_t len = hm_get_u64le(&r);
	char text[96];

	if (!hm_reader_done(&r)) {
		put_data(line, data);
		return;
	}
	snprintf(text, sizeof(text), "firmware of %llu bytes at 0x%llx", (unsigned long long)len,
		 (unsigned long long)base);
	put_text(line, text);
}

static void put_no_action(struct line *line, struct hm_bytes data)
{
	char text[32];

	if (data.len != sizeof(LOCALITY) + 1 || memcmp(data.p, LOCALITY, sizeof(LOCALITY)) != 0) {
		put_data(line, data);
		return;
	}
	snprintf(text, sizeof(text), "startup locality %u", data.p[sizeof(LOCALITY)]);
	put_text(line, text);
}

void hm_describe_event(const struct hm_seen_event *event, char ret[HM_DESCRIBE_MAX])
{
	size_t cap = event->type == HM_EV_HALLMARK ? HM_DESCRIBE_MAX : HM_DESCRIBE_FIRMWARE_MAX;
	struct line line = {.text = ret, .cap = cap};

	ret[0] = '\0';
	switch (event->type) {
	case HM_EV_SEPARATOR:
		put_separator(&line, event->data);
		break;
	case HM_EV_EFI_VARIABLE_DRIVER_CONFIG:
	case HM_EV_EFI_VARIABLE_BOOT:
	case HM_EV_EFI_VARIABLE_AUTHORITY:
		put_variable(&line, event->data);
		break;
	case HM_EV_EFI_PLATFORM_FIRMWARE_BLOB:
		put_blob(&line, event->data);
		break;
	case HM_EV_NO_ACTION:
		put_no_action(&line, event->data);
		break;
	case HM_EV_EFI_BOOT_SERVICES_APPLICATION:
	case HM_EV_EFI_BOOT_SERVICES_DRIVER:
	case HM_EV_EFI_RUNTIME_SERVICES_DRIVER:
		put_image(&line, event->data);
		break;
	case HM_EV_EFI_GPT_EVENT:
		put_gpt(&line, event->data);
		break;
	case HM_EV_EVENT_TAG:
		put_tagged(&line, event->data);
		break;
	default:
		put_data(&line, event->data);
		break;
	}
}
