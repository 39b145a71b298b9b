/* SPDX-License-Identifier: BSD-2-Clause */
/* record.c - the lines that user space extends, and the runtime log that stores them */
#include "record.h"

#define TYPE_LAYER "hallmark-layer/1"
#define TYPE_LOCK "hallmark-lock/1"
#define TYPE_TLS "hallmark-tls/1"
#define TYPE_FAIL "hallmark-fail/1"

static const char *const stage_words[] = {
#define HM_STAGE_WORD(name, word) [HM_STAGE_##name] = word,
	HM_STAGE_LIST(HM_STAGE_WORD)
#undef HM_STAGE_WORD
};
HM_STATIC_ASSERT(HM_ARRAY_LEN(stage_words) == HM_STAGE_COUNT, "every stage has a word");

const char *hm_stage_word(enum hm_stage stage)
{
	if ((size_t)stage >= HM_STAGE_COUNT)
		return "unknown";
	return stage_words[stage];
}

static bool is_stage(struct hm_bytes word)
{
	for (size_t i = 0; i < HM_STAGE_COUNT; i++) {
		if (hm_bytes_equal_text(word, stage_words[i]))
			return true;
	}
	return false;
}

/* --- format --- */

static struct hm_bytes name_of(const struct hm_record *record)
{
	return hm_bytes_of(record->name, record->name_len);
}

static bool has_name(const struct hm_record *record)
{
	return record->name_len <= sizeof(record->name) && hm_is_name(name_of(record));
}

static bool is_possible(const struct hm_record *record)
{
	switch (record->kind) {
	case HM_RECORD_LAYER:
		return has_name(record) && hm_verity_check(&record->verity) == HM_OK;
	case HM_RECORD_RAM:
		/* Size 0 would be the record of a layer that was not read. */
		return has_name(record) && record->size > 0;
	case HM_RECORD_LOCK:
		return record->layers > 0 && record->layers <= HM_LAYERS_MAX;
	case HM_RECORD_TLS:
		return true;
	case HM_RECORD_FAIL:
		return has_name(record) && is_stage(name_of(record));
	}
	return false;
}

static void put_dec_field(struct hm_writer *w, const char *key, uint64_t value)
{
	hm_put_text(w, key);
	hm_put_dec(w, value);
}

static void put_hex_field(struct hm_writer *w, const char *key, struct hm_bytes value)
{
	hm_put_text(w, key);
	hm_put_hex(w, value);
}

static void put_verity(struct hm_writer *w, const struct hm_verity *verity)
{
	hm_put_text(w, " type=dm-verity hash-type=1 hash=sha256");
	put_dec_field(w, " data-block-size=", verity->data_block_len);
	put_dec_field(w, " hash-block-size=", verity->hash_block_len);
	put_dec_field(w, " data-blocks=", verity->data_blocks);
	put_dec_field(w, " hash-offset=", verity->hash_off);
	if (verity->salt_len == 0)
		hm_put_text(w, " salt=-");
	else
		put_hex_field(w, " salt=", hm_bytes_of(verity->salt, verity->salt_len));
	put_hex_field(w, " root=", hm_bytes_of(verity->root, sizeof(verity->root)));
}

static void put_record(struct hm_writer *w, const struct hm_record *record)
{
	struct hm_bytes sha256 = hm_bytes_of(record->sha256, sizeof(record->sha256));

	switch (record->kind) {
	case HM_RECORD_LAYER:
		hm_put_text(w, TYPE_LAYER " name=");
		hm_put_bytes(w, name_of(record));
		put_verity(w, &record->verity);
		break;
	case HM_RECORD_RAM:
		hm_put_text(w, TYPE_LAYER " name=");
		hm_put_bytes(w, name_of(record));
		hm_put_text(w, " type=ram");
		put_dec_field(w, " size=", record->size);
		put_hex_field(w, " sha256=", sha256);
		break;
	case HM_RECORD_LOCK:
		put_dec_field(w, TYPE_LOCK " layers=", record->layers);
		break;
	case HM_RECORD_TLS:
		put_hex_field(w, TYPE_TLS " spki-sha256=", sha256);
		break;
	case HM_RECORD_FAIL:
		hm_put_text(w, TYPE_FAIL " stage=");
		hm_put_bytes(w, name_of(record));
		break;
	}
}

/* A line that does not fit is taken back whole. */
static enum hm_err finish(struct hm_writer *w, size_t start)
{
	if (!w->failed)
		return HM_OK;
	w->len = start;
	return HM_E_BUFFER;
}

enum hm_err hm_record_format(const struct hm_record *record, struct hm_writer *w)
{
	size_t start = w->len;

	if (!is_possible(record))
		return HM_E_RECORD_VALUE;
	put_record(w, record);
	return finish(w, start);
}

struct hm_record hm_record_of_stage(enum hm_stage stage)
{
	struct hm_record record = {.kind = HM_RECORD_FAIL};
	struct hm_bytes word = hm_bytes_of_text(hm_stage_word(stage));

	memcpy(record.name, word.p, word.len);
	record.name_len = (uint8_t)word.len;
	return record;
}

/* --- parse --- */

/* The next field must be `key`, and after it a value. */
static enum hm_err take_value(struct hm_bytes *rest, const char *key, struct hm_bytes *ret)
{
	struct hm_bytes field, start, prefix = hm_bytes_of_text(key);

	if (!hm_next_field(rest, ' ', &field))
		return HM_E_RECORD_FIELD;
	if (!hm_bytes_slice(field, 0, prefix.len, &start) || !hm_bytes_equal(start, prefix))
		return HM_E_RECORD_FIELD;
	*ret = hm_bytes_of(field.p + prefix.len, field.len - prefix.len);
	return HM_OK;
}

static enum hm_err take_text(struct hm_bytes *rest, const char *key, const char *only)
{
	struct hm_bytes value;
	enum hm_err err = take_value(rest, key, &value);

	if (err)
		return err;
	return hm_bytes_equal_text(value, only) ? HM_OK : HM_E_RECORD_VALUE;
}

static enum hm_err take_dec(struct hm_bytes *rest, const char *key, uint64_t *ret)
{
	struct hm_bytes value;
	enum hm_err err = take_value(rest, key, &value);

	if (err)
		return err;
	return hm_parse_dec(value, ret) ? HM_OK : HM_E_RECORD_VALUE;
}

static enum hm_err take_hex(struct hm_bytes *rest, const char *key, uint8_t *ret, size_t len)
{
	struct hm_bytes value;
	enum hm_err err = take_value(rest, key, &value);

	if (err)
		return err;
	return hm_parse_hex(value, ret, len) ? HM_OK : HM_E_RECORD_VALUE;
}

static enum hm_err take_name(struct hm_bytes *rest, const char *key, struct hm_record *record)
{
	struct hm_bytes value;
	enum hm_err err = take_value(rest, key, &value);

	if (err)
		return err;
	if (!hm_is_name(value))
		return HM_E_RECORD_VALUE;
	memcpy(record->name, value.p, value.len);
	record->name_len = (uint8_t)value.len;
	return HM_OK;
}

static enum hm_err take_salt(struct hm_bytes *rest, struct hm_verity *verity)
{
	struct hm_bytes value;
	enum hm_err err = take_value(rest, "salt=", &value);

	if (err)
		return err;
	if (hm_bytes_equal_text(value, "-"))
		return HM_OK;
	/* The empty salt is written "-" and in no other way, so that each record has one line. */
	if (value.len == 0 || value.len / 2 > sizeof(verity->salt))
		return HM_E_RECORD_VALUE;
	if (!hm_parse_hex(value, verity->salt, value.len / 2))
		return HM_E_RECORD_VALUE;
	verity->salt_len = (uint16_t)(value.len / 2);
	return HM_OK;
}

static enum hm_err parse_verity(struct hm_bytes *rest, struct hm_verity *verity)
{
	uint64_t data_block_len, hash_block_len;
	enum hm_err err = take_text(rest, "hash-type=", "1");

	if (!err)
		err = take_text(rest, "hash=", "sha256");
	if (!err)
		err = take_dec(rest, "data-block-size=", &data_block_len);
	if (!err)
		err = take_dec(rest, "hash-block-size=", &hash_block_len);
	if (!err)
		err = take_dec(rest, "data-blocks=", &verity->data_blocks);
	if (!err)
		err = take_dec(rest, "hash-offset=", &verity->hash_off);
	if (!err)
		err = take_salt(rest, verity);
	if (!err)
		err = take_hex(rest, "root=", verity->root, sizeof(verity->root));
	if (err)
		return err;
	/* Compared here, as 64 bits: the struct has 32. */
	if (data_block_len != HM_VERITY_BLOCK_LEN || hash_block_len != HM_VERITY_BLOCK_LEN)
		return HM_E_RECORD_VALUE;
	verity->data_block_len = HM_VERITY_BLOCK_LEN;
	verity->hash_block_len = HM_VERITY_BLOCK_LEN;
	return HM_OK;
}

static enum hm_err parse_layer(struct hm_bytes *rest, struct hm_record *record)
{
	struct hm_bytes type;
	enum hm_err err = take_name(rest, "name=", record);

	if (!err)
		err = take_value(rest, "type=", &type);
	if (err)
		return err;
	if (hm_bytes_equal_text(type, "dm-verity")) {
		record->kind = HM_RECORD_LAYER;
		return parse_verity(rest, &record->verity);
	}
	if (!hm_bytes_equal_text(type, "ram"))
		return HM_E_RECORD_TYPE;
	record->kind = HM_RECORD_RAM;
	err = take_dec(rest, "size=", &record->size);
	if (err)
		return err;
	return take_hex(rest, "sha256=", record->sha256, sizeof(record->sha256));
}

static enum hm_err parse_fields(struct hm_bytes type, struct hm_bytes *rest, struct hm_record *record)
{
	if (hm_bytes_equal_text(type, TYPE_LAYER))
		return parse_layer(rest, record);
	if (hm_bytes_equal_text(type, TYPE_LOCK)) {
		record->kind = HM_RECORD_LOCK;
		return take_dec(rest, "layers=", &record->layers);
	}
	if (hm_bytes_equal_text(type, TYPE_TLS)) {
		record->kind = HM_RECORD_TLS;
		return take_hex(rest, "spki-sha256=", record->sha256, sizeof(record->sha256));
	}
	if (hm_bytes_equal_text(type, TYPE_FAIL)) {
		record->kind = HM_RECORD_FAIL;
		return take_name(rest, "stage=", record);
	}
	return HM_E_RECORD_TYPE;
}

/* A parsed record must format to the very line that was read: each record has one line. */
static enum hm_err check_canonical(const struct hm_record *record, struct hm_bytes line)
{
	uint8_t buf[HM_RECORD_MAX];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	enum hm_err err = hm_record_format(record, &w);

	if (err)
		return err;
	return hm_bytes_equal(hm_writer_bytes(&w), line) ? HM_OK : HM_E_RECORD_VALUE;
}

enum hm_err hm_record_parse(struct hm_bytes line, struct hm_record *ret)
{
	struct hm_record record = {.kind = HM_RECORD_LAYER};
	struct hm_bytes rest = line, type;
	enum hm_err err;

	if (line.len == 0 || line.len > HM_RECORD_MAX)
		return HM_E_RECORD_LENGTH;
	if (!hm_next_field(&rest, ' ', &type))
		return HM_E_RECORD_TYPE;
	err = parse_fields(type, &rest, &record);
	if (err)
		return err;
	/* A field is left over; a space at the end leaves an empty one. */
	if (rest.p)
		return HM_E_RECORD_FIELD;
	err = check_canonical(&record, line);
	if (err)
		return err;
	*ret = record;
	return HM_OK;
}

/* --- their order --- */

const struct hm_record_order hm_record_order_locked = {.locks = HM_PCR_OWNED_COUNT};

enum hm_err hm_record_order_check(const struct hm_record_order *order)
{
	return order->locks == HM_PCR_OWNED_COUNT ? HM_OK : HM_E_ORDER_NOT_LOCKED;
}

enum hm_err hm_record_order_next(struct hm_record_order *order, uint32_t pcr, enum hm_record_kind kind)
{
	enum hm_err err;

	if (order->tls)
		return HM_E_ORDER_AFTER_TLS;
	switch (kind) {
	case HM_RECORD_LAYER:
	case HM_RECORD_RAM:
		return order->locks > 0 || pcr < HM_PCR_OWNED_FIRST || pcr >= HM_PCR_TLS ? HM_E_ORDER_LAYER : HM_OK;
	case HM_RECORD_LOCK:
		/* After the last register none is left to be equal to. */
		if (pcr > HM_PCR_OWNED_LAST || pcr != HM_PCR_OWNED_FIRST + order->locks)
			return HM_E_ORDER_LOCK;
		order->locks++;
		return HM_OK;
	case HM_RECORD_TLS:
		if (pcr != HM_PCR_TLS)
			return HM_E_ORDER_TLS;
		err = hm_record_order_check(order);
		order->tls = !err;
		return err;
	case HM_RECORD_FAIL:
		return HM_E_ORDER_FAILED;
	}
	return HM_E_RECORD_TYPE;
}

/* --- the runtime log --- */

static enum hm_err check_cel(const struct hm_cel_record *record)
{
	if (record->pcr < HM_PCR_OWNED_FIRST || record->pcr > HM_PCR_OWNED_LAST)
		return HM_E_CEL_PCR;
	if (record->digests.banks == 0 || record->digests.banks & ~HM_BANKS_ALL)
		return HM_E_CEL_BANKS;
	if (record->content.len == 0 || record->content.len > HM_RECORD_MAX)
		return HM_E_RECORD_LENGTH;
	/* What JSON would have to escape. */
	if (!hm_bytes_is_printable(record->content) || hm_bytes_has(record->content, '"') ||
	    hm_bytes_has(record->content, '\\'))
		return HM_E_CEL_SYNTAX;
	return HM_OK;
}

static void put_digests(struct hm_writer *w, const struct hm_digests *digests)
{
	const char *before = "{\"hashAlg\":\"";

	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(digests->banks & HM_BANK_BIT(bank)))
			continue;
		hm_put_text(w, before);
		hm_put_text(w, hm_algs[bank].name);
		hm_put_text(w, "\",\"digest\":\"");
		hm_put_hex(w, hm_bytes_of(digests->value[bank], hm_algs[bank].len));
		hm_put_text(w, "\"}");
		before = ",{\"hashAlg\":\"";
	}
}

enum hm_err hm_cel_format(const struct hm_cel_record *record, struct hm_writer *w)
{
	size_t start = w->len;
	enum hm_err err = check_cel(record);

	if (err)
		return err;
	hm_put_text(w, "{\"recnum\":");
	hm_put_dec(w, record->recnum);
	hm_put_text(w, ",\"pcr\":");
	hm_put_dec(w, record->pcr);
	hm_put_text(w, ",\"digests\":[");
	put_digests(w, &record->digests);
	hm_put_text(w, "],\"content_type\":\"hallmark\",\"content\":\"");
	hm_put_bytes(w, record->content);
	hm_put_text(w, "\"}\n");
	return finish(w, start);
}

/* Take `text` off the front of *rest. */
static bool take_literal(struct hm_bytes *rest, const char *text)
{
	struct hm_bytes start, literal = hm_bytes_of_text(text);

	if (!hm_bytes_slice(*rest, 0, literal.len, &start) || !hm_bytes_equal(start, literal))
		return false;
	*rest = hm_bytes_of(rest->p + literal.len, rest->len - literal.len);
	return true;
}

/* `before`, then what stands up to `end`; `end` is consumed. */
static bool take_between(struct hm_bytes *rest, const char *before, char end, struct hm_bytes *ret)
{
	return take_literal(rest, before) && hm_next_field(rest, (uint8_t)end, ret) && rest->p;
}

static enum hm_err take_digest(struct hm_bytes *rest, struct hm_digests *digests)
{
	struct hm_bytes name, hex;
	enum hm_bank bank;

	if (!take_between(rest, "{\"hashAlg\":\"", '"', &name) || !take_between(rest, ",\"digest\":\"", '"', &hex) ||
	    !take_literal(rest, "}"))
		return HM_E_CEL_SYNTAX;
	if (!hm_bank_of_name(name, &bank))
		return HM_E_CEL_BANKS;
	/* Ascending, hence each once. */
	if (digests->banks >> bank)
		return HM_E_CEL_BANKS;
	if (!hm_parse_hex(hex, digests->value[bank], hm_algs[bank].len))
		return HM_E_CEL_SYNTAX;
	digests->banks |= HM_BANK_BIT(bank);
	return HM_OK;
}

static enum hm_err take_digests(struct hm_bytes *rest, struct hm_digests *digests)
{
	enum hm_err err;

	if (!take_literal(rest, "\"digests\":["))
		return HM_E_CEL_SYNTAX;
	/* Ends: every turn adds a bank or fails. */
	do {
		err = take_digest(rest, digests);
		if (err)
			return err;
	} while (take_literal(rest, ","));
	return take_literal(rest, "]") ? HM_OK : HM_E_CEL_SYNTAX;
}

static enum hm_err check_cel_canonical(const struct hm_cel_record *record, struct hm_bytes line)
{
	uint8_t buf[HM_CEL_LINE_MAX];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	struct hm_bytes text;
	enum hm_err err = hm_cel_format(record, &w);

	if (err)
		return err;
	text = hm_bytes_of(buf, w.len - 1); /* without the LF */
	return hm_bytes_equal(text, line) ? HM_OK : HM_E_CEL_SYNTAX;
}

enum hm_err hm_cel_parse(struct hm_bytes line, struct hm_cel_record *ret)
{
	struct hm_cel_record record = {.recnum = 0};
	struct hm_bytes rest = line, number;
	uint64_t pcr;
	enum hm_err err;

	if (!take_between(&rest, "{\"recnum\":", ',', &number) || !hm_parse_dec(number, &record.recnum))
		return HM_E_CEL_SYNTAX;
	if (!take_between(&rest, "\"pcr\":", ',', &number) || !hm_parse_dec(number, &pcr))
		return HM_E_CEL_SYNTAX;
	if (pcr < HM_PCR_OWNED_FIRST || pcr > HM_PCR_OWNED_LAST)
		return HM_E_CEL_PCR;
	record.pcr = (uint32_t)pcr;
	err = take_digests(&rest, &record.digests);
	if (err)
		return err;
	if (!take_between(&rest, ",\"content_type\":\"hallmark\",\"content\":\"", '"', &record.content))
		return HM_E_CEL_SYNTAX;
	if (!hm_bytes_equal_text(rest, "}"))
		return HM_E_CEL_SYNTAX;
	err = check_cel_canonical(&record, line);
	if (err)
		return err;
	*ret = record;
	return HM_OK;
}

enum hm_err hm_cel_open(struct hm_bytes log, struct hm_cel *ret)
{
	if (log.len > HM_RUNTIME_LOG_MAX)
		return HM_E_CEL_SYNTAX;
	if (log.len > 0 && log.p[log.len - 1] != '\n')
		return HM_E_CEL_NEWLINE;
	*ret = (struct hm_cel){.rest = log};
	return HM_OK;
}

static enum hm_err check_digest(const struct hm_cel_record *record, const struct hm_hasher *hasher)
{
	struct hm_digests digests;
	enum hm_err err;

	if (!hasher)
		return HM_OK;
	err = hm_digests_of(hasher, record->digests.banks, &record->content, 1, 0, &digests);
	if (err)
		return err;
	return hm_digests_equal(&digests, &record->digests) ? HM_OK : HM_E_CEL_DIGEST;
}

enum hm_err hm_cel_next(struct hm_cel *cel, const struct hm_hasher *hasher, struct hm_cel_record *ret, bool *ret_end)
{
	struct hm_cel_record record;
	struct hm_bytes rest = cel->rest, line;
	enum hm_err err;

	if (rest.len == 0) {
		*ret_end = true;
		return HM_OK;
	}
	if (!hm_next_field(&rest, '\n', &line) || !rest.p)
		return HM_E_CEL_NEWLINE;
	err = hm_cel_parse(line, &record);
	if (err)
		return err;
	if (record.recnum != cel->next_recnum || record.recnum >= HM_CEL_RECORDS_MAX)
		return HM_E_CEL_RECNUM;
	if (cel->next_recnum > 0 && record.digests.banks != cel->banks)
		return HM_E_CEL_BANKS;
	err = check_digest(&record, hasher);
	if (err)
		return err;
	*cel = (struct hm_cel){rest, record.recnum + 1, record.digests.banks};
	*ret = record;
	*ret_end = false;
	return HM_OK;
}

enum hm_err hm_cel_replay(struct hm_bytes log, const struct hm_hasher *hasher, struct hm_pcrs *pcrs)
{
	struct hm_pcrs next = *pcrs;
	struct hm_cel cel;
	enum hm_err err = hm_cel_open(log, &cel);

	if (err)
		return err;
	for (;;) {
		struct hm_cel_record record;
		bool end;

		err = hm_cel_next(&cel, hasher, &record, &end);
		if (err)
			return err;
		if (end)
			break;
		if (next.banks & ~cel.banks)
			return HM_E_CEL_BANKS;
		err = hm_pcrs_extend(&next, hasher, record.pcr, &record.digests);
		if (err)
			return err;
	}
	*pcrs = next;
	return HM_OK;
}
