/* SPDX-License-Identifier: BSD-2-Clause */
/* test_extend.c - a record is hashed, logged, extended and read back, and each step that fails is the last one */
#include "core/extend.h"

#include "core/measure_record.h"
#include "tests/support/support.h"

#include <string.h>

#define BANKS (HM_BANK_BIT(HM_SHA256) | HM_BANK_BIT(HM_SHA384))

/* A log and a TPM that do what they are told. */
struct machine {
	char steps[8]; /* l, e, r */
	size_t step_count;
	char log[2 * HM_CEL_LINE_MAX];
	size_t log_len;
	struct hm_pcrs pcrs;
	enum hm_err log_err, extend_err, read_err;
	bool deaf;	   /* says that it has extended, and has not */
	uint32_t bad_bank; /* reads back another value in these */
};

static void step(struct machine *m, char letter)
{
	assert_true(m->step_count < sizeof(m->steps) - 1);
	m->steps[m->step_count++] = letter;
}

static enum hm_err log_line(void *ctx, struct hm_bytes line)
{
	struct machine *m = ctx;

	step(m, 'l');
	if (m->log_err)
		return m->log_err;
	assert_true(line.len < sizeof(m->log) - m->log_len);
	memcpy(m->log + m->log_len, line.p, line.len);
	m->log_len += line.len;
	return HM_OK;
}

static enum hm_err extend(void *ctx, uint32_t pcr, const struct hm_digests *digests)
{
	struct machine *m = ctx;

	step(m, 'e');
	if (m->extend_err || m->deaf)
		return m->extend_err;
	assert_ok(hm_pcrs_extend(&m->pcrs, &hm_crypto_hasher, pcr, digests));
	return HM_OK;
}

static enum hm_err read_one(void *ctx, uint32_t pcr, struct hm_pcrs *ret)
{
	struct machine *m = ctx;

	step(m, 'r');
	if (m->read_err)
		return m->read_err;
	*ret = m->pcrs;
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++)
		ret->value[bank][pcr][0] ^= (uint8_t)(m->bad_bank >> bank & 1u);
	return HM_OK;
}

static struct hm_extend machine_init(struct machine *m)
{
	memset(m, 0, sizeof(*m));
	hm_pcrs_init(&m->pcrs, BANKS, 0);
	return (struct hm_extend){m, &hm_crypto_hasher, log_line, extend, read_one};
}

/* The sink of a program: both halves. */
struct program {
	const struct hm_extend *to;
	struct hm_pcrs pcrs;
	uint64_t recnum;
	uint32_t differing;
};

static enum hm_err program_extend(void *ctx, const struct hm_measurement *m)
{
	struct program *p = ctx;
	struct hm_digests digests;
	enum hm_err err = hm_extend_log(p->to, m, BANKS, &p->recnum, &digests);

	return err ? err : hm_extend_register(p->to, m->pcr, &digests, &p->pcrs, &p->differing);
}

static enum hm_err lock(const struct hm_extend *to, struct program *p)
{
	const struct hm_sink sink = {.ctx = p, .extend = program_extend};
	const struct hm_record record = {.kind = HM_RECORD_LOCK, .layers = 3};

	memset(p, 0, sizeof(*p));
	p->to = to;
	hm_pcrs_init(&p->pcrs, BANKS, 0);
	return hm_measure_record(&record, HM_PCR_CONFIG, &sink);
}

static void good(void **state)
{
	struct machine m;
	const struct hm_extend to = machine_init(&m);
	struct hm_pcrs replayed;
	struct program p;

	(void)state;
	assert_ok(lock(&to, &p));
	assert_string_equal(m.steps, "ler");
	assert_int_equal(p.recnum, 1);
	assert_non_null(strstr(m.log, "\"recnum\":0,\"pcr\":12,"));
	assert_non_null(strstr(m.log, "\"content\":\"hallmark-lock/1 layers=3\"}\n"));
	/* sha256sum over the line, extended onto zeros: as in test_measure. */
	assert_hex(hm_bytes_of(m.pcrs.value[HM_SHA256][12], 32),
		   "f8e6a3f52a54af3dbab1f4eeec1353e016f94a0f96f4876fca9d6c6afeb6126c");
	assert_memory_equal(&p.pcrs, &m.pcrs, sizeof(m.pcrs));
	/* The log alone explains the registers. */
	hm_pcrs_init(&replayed, BANKS, 0);
	assert_ok(hm_cel_replay(hm_bytes_of(m.log, m.log_len), &hm_crypto_hasher, &replayed));
	assert_memory_equal(&replayed, &m.pcrs, sizeof(replayed));
}

/* Each step that fails: nothing after it, nothing before it twice, and the program's values as they were. */
static void failing(void **state)
{
	static const struct {
		struct machine m;
		const char *steps;
		enum hm_err err;
		uint32_t differing;
	} cases[] = {
		{{.log_err = HM_E_IO}, "l", HM_E_IO, 0},
		{{.extend_err = HM_E_EXTEND}, "le", HM_E_EXTEND, 0},
		{{.read_err = HM_E_SHORT_READ}, "ler", HM_E_SHORT_READ, 0},
		{{.deaf = true}, "ler", HM_E_PCR_UNEXPECTED, BANKS},
		{{.bad_bank = HM_BANK_BIT(HM_SHA256)}, "ler", HM_E_PCR_UNEXPECTED, HM_BANK_BIT(HM_SHA256)},
		{{.bad_bank = HM_BANK_BIT(HM_SHA384)}, "ler", HM_E_PCR_UNEXPECTED, HM_BANK_BIT(HM_SHA384)},
		/* a bank that is not active */
		{{.bad_bank = HM_BANK_BIT(HM_SHA512)}, "ler", HM_OK, 0},
	};

	(void)state;
	for (size_t i = 0; ROW(i, cases); i++) {
		struct machine m;
		const struct hm_extend to = machine_init(&m);
		struct hm_pcrs before = m.pcrs;
		struct program p;

		m.log_err = cases[i].m.log_err;
		m.extend_err = cases[i].m.extend_err;
		m.read_err = cases[i].m.read_err;
		m.deaf = cases[i].m.deaf;
		m.bad_bank = cases[i].m.bad_bank;
		assert_err(lock(&to, &p), cases[i].err);
		assert_string_equal(m.steps, cases[i].steps);
		assert_int_equal(p.differing, cases[i].differing);
		assert_int_equal(p.recnum, cases[i].m.log_err ? 0 : 1);
		if (cases[i].err)
			assert_memory_equal(&p.pcrs, &before, sizeof(before));
	}
}

/* The cap extends also what could not be logged: then it has the digests all the same. */
static void digests_without_log(void **state)
{
	static const char line[] = "hallmark-fail/1 stage=tpm";
	const struct hm_bytes content = hm_bytes_of_text(line);
	struct hm_measurement m = {.pcr = 11, .type = HM_EV_HALLMARK, .parts = &content, .part_count = 1};
	struct support_failing_hasher failing_hasher;
	struct machine machine;
	struct hm_extend to = machine_init(&machine);
	struct hm_digests digests, want;
	uint64_t recnum = 7;

	(void)state;
	m.data = content;
	machine.log_err = HM_E_IO;
	assert_err(hm_extend_log(&to, &m, BANKS, &recnum, &digests), HM_E_IO);
	assert_ok(hm_digests_of(&hm_crypto_hasher, BANKS, &content, 1, 0, &want));
	assert_true(hm_digests_equal(&digests, &want));
	assert_int_equal(recnum, 7);
	support_failing_hasher_init(&failing_hasher, 0);
	to.hasher = &failing_hasher.hasher;
	machine_init(&machine);
	assert_err(hm_extend_log(&to, &m, BANKS, &recnum, &digests), HM_E_HASH);
	assert_int_equal(digests.banks, 0);
	assert_int_equal(machine.step_count, 0);
}

/* What the log could not replay is neither logged nor extended. */
static void not_a_record(void **state)
{
	static const char text[] = "hallmark-lock/1 layers=1";
	const struct hm_bytes parts[] = {hm_bytes_of_text("hallmark-lock/1 "), hm_bytes_of_text("layers=1")};
	const struct hm_bytes whole = hm_bytes_of_text(text);
	const struct hm_measurement bad[] = {
		{.pcr = 11, .parts = parts, .part_count = 2, .data = whole},
		{.pcr = 11, .parts = parts, .part_count = 1, .data = whole},
		{.pcr = 11, .parts = &whole, .part_count = 0, .data = whole},
		{.pcr = 11, .parts = &whole, .part_count = 1, .zero_tail = 1, .data = whole},
	};
	const struct hm_measurement other_register = {.pcr = 10, .parts = &whole, .part_count = 1, .data = whole};
	struct machine machine;
	const struct hm_extend to = machine_init(&machine);
	struct hm_digests digests;
	uint64_t recnum = 0;

	(void)state;
	for (size_t i = 0; ROW(i, bad); i++) {
		assert_err(hm_extend_log(&to, &bad[i], BANKS, &recnum, &digests), HM_E_RECORD_LENGTH);
		assert_int_equal(digests.banks, 0);
	}
	assert_err(hm_extend_log(&to, &other_register, BANKS, &recnum, &digests), HM_E_CEL_PCR);
	assert_int_equal(machine.step_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(failing),
		cmocka_unit_test(digests_without_log),
		cmocka_unit_test(not_a_record),
	};

	return cmocka_run_group_tests_name("extend", tests, NULL, NULL);
}
