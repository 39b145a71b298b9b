/* SPDX-License-Identifier: BSD-2-Clause */
/* test_tpm.c - registers of a real TPM 2.0 implementation (swtpm), in all four banks */
#include "host/tpm/tpm.h"

#include "tests/support/support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* E(0, H("abc")) in each bank; from Python's hashlib. */
static const char *const extended_once[HM_BANK_COUNT] = {
	"ccd5bd41458de644ac34a2478b58ff819bef5acf",
	"589f9ffed4c477966bfb8d41f37895b08c69047df8f911d6f3b57fbe08faee8d",
	"93732e3733514a841c982cfa75ea76ab55fe011acb9cd980ef4523913c65be1b0998e04d77f8c174"
	"f81a82151619ca40",
	"6b9e946755055542adba95a1588a7eaed86323b3bed97d602ee06839d734048e02c63f37892d3add"
	"e0d25b5a9d89162e8804ab9ec0ac4a263545c4faecfdf53b",
};

struct swtpm {
	char dir[64];
	char *socket;
	char *tcti;
	pid_t pid;
};
static struct swtpm tpm_process;

static void run_swtpm(const struct swtpm *s)
{
	char *state, *server, *ctrl;

	if (asprintf(&state, "dir=%s", s->dir) < 0 || asprintf(&server, "type=unixio,path=%s", s->socket) < 0 ||
	    asprintf(&ctrl, "type=unixio,path=%s.ctrl", s->socket) < 0)
		_exit(127);
	/* It tells of every connection that ends. */
	if (!freopen("/dev/null", "w", stderr))
		_exit(127);
	execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state, "--server", server, "--ctrl", ctrl, "--flags",
	       "not-need-init,startup-clear", (char *)NULL);
	_exit(127);
}

/* A directory and a process for each test, gone by its pid afterwards. */
static int start_swtpm(void **state)
{
	struct swtpm *s = &tpm_process;
	const struct timespec tick = {.tv_nsec = 20000000};

	*state = s;
	snprintf(s->dir, sizeof(s->dir), "/tmp/hallmark-test-tpm.XXXXXX");
	if (!mkdtemp(s->dir) || asprintf(&s->socket, "%s/tpm", s->dir) < 0 ||
	    asprintf(&s->tcti, "swtpm:path=%s", s->socket) < 0)
		return -1;
	s->pid = fork();
	if (s->pid < 0)
		return -1;
	if (s->pid == 0)
		run_swtpm(s);
	for (int i = 0; i < 500; i++) {
		if (access(s->socket, F_OK) == 0)
			return 0;
		nanosleep(&tick, NULL);
	}
	return -1;
}

static int stop_swtpm(void **state)
{
	static const char *const files[] = {"tpm", "tpm.ctrl", "tpm2-00.permall", "tpm2-00.volatilestate", ".lock"};
	struct swtpm *s = *state;
	char path[160];

	free(s->socket);
	free(s->tcti);
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	for (size_t i = 0; i < HM_ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", s->dir, files[i]);
		unlink(path);
	}
	return rmdir(s->dir);
}

static struct hm_tpm *open_tpm(void **state)
{
	const struct swtpm *s = *state;
	struct hm_tpm *tpm = NULL;

	assert_int_equal(hm_tpm_open(s->tcti, &tpm), 0);
	assert_non_null(tpm);
	return tpm;
}

static void abc_digests(struct hm_digests *ret)
{
	struct hm_bytes abc = hm_bytes_of_text("abc");

	assert_ok(hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, &abc, 1, 0, ret));
}

static void test_banks(void **state)
{
	struct hm_tpm *tpm = open_tpm(state);
	uint16_t unknown = 0xffff;
	uint32_t banks = 0;

	assert_int_equal(hm_tpm_banks(tpm, &banks, &unknown), 0);
	assert_int_equal(banks, HM_BANKS_ALL);
	assert_int_equal(unknown, 0);
	hm_tpm_close(tpm);
}

static void test_power_on_values(void **state)
{
	struct hm_tpm *tpm = open_tpm(state);
	struct hm_pcrs got, want;

	hm_pcrs_init(&want, HM_BANKS_ALL, 0);
	assert_int_equal(hm_tpm_read(tpm, HM_BANKS_ALL, &got), 0);
	assert_int_equal(got.banks, want.banks);
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		for (size_t pcr = 0; pcr < HM_PCR_COUNT; pcr++)
			assert_memory_equal(got.value[bank][pcr], want.value[bank][pcr], hm_algs[bank].len);
	}
	hm_tpm_close(tpm);
}

static void test_extend_changes_one_register(void **state)
{
	struct hm_tpm *tpm = open_tpm(state);
	static const uint8_t zero[HM_DIGEST_MAX];
	struct hm_digests digests;
	struct hm_pcrs got;

	abc_digests(&digests);
	assert_int_equal(hm_tpm_extend(tpm, 11, &digests), 0);
	assert_int_equal(hm_tpm_read(tpm, HM_BANKS_ALL, &got), 0);
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		assert_hex(hm_bytes_of(got.value[bank][11], hm_algs[bank].len), extended_once[bank]);
		assert_memory_equal(got.value[bank][10], zero, hm_algs[bank].len);
		assert_memory_equal(got.value[bank][12], zero, hm_algs[bank].len);
	}
	hm_tpm_close(tpm);
}

static void test_read_one(void **state)
{
	struct hm_tpm *tpm = open_tpm(state);
	struct hm_digests digests;
	struct hm_pcrs got;

	abc_digests(&digests);
	assert_int_equal(hm_tpm_extend(tpm, 15, &digests), 0);
	assert_int_equal(hm_tpm_read_one(tpm, HM_BANKS_ALL, 15, &got), 0);
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++)
		assert_hex(hm_bytes_of(got.value[bank][15], hm_algs[bank].len), extended_once[bank]);
	assert_true(hm_pcr_is_zero(&got, 17)); /* all ones in the TPM: was not asked for */
	assert_int_not_equal(hm_tpm_read_one(tpm, HM_BANKS_ALL, HM_PCR_COUNT, &got), 0);
	hm_tpm_close(tpm);
}

/* Only the banks in the digests are extended, and only those asked for are read. */
static void test_some_banks(void **state)
{
	struct hm_tpm *tpm = open_tpm(state);
	struct hm_digests digests;
	struct hm_pcrs got;

	abc_digests(&digests);
	digests.banks = HM_BANK_BIT(HM_SHA256);
	assert_int_equal(hm_tpm_extend(tpm, 13, &digests), 0);
	assert_int_equal(hm_tpm_read(tpm, HM_BANK_BIT(HM_SHA256) | HM_BANK_BIT(HM_SHA512), &got), 0);
	assert_int_equal(got.banks, HM_BANK_BIT(HM_SHA256) | HM_BANK_BIT(HM_SHA512));
	assert_hex(hm_bytes_of(got.value[HM_SHA256][13], 32), extended_once[HM_SHA256]);
	got.banks = HM_BANK_BIT(HM_SHA512);
	assert_true(hm_pcr_is_zero(&got, 13));
	hm_tpm_close(tpm);
}

static void test_extend_refused(void **state)
{
	struct hm_tpm *tpm = open_tpm(state);
	struct hm_digests digests;
	struct hm_pcrs got;

	abc_digests(&digests);
	assert_int_not_equal(hm_tpm_extend(tpm, 16, &digests), 0);
	assert_int_not_equal(hm_tpm_extend(tpm, 23, &digests), 0);
	assert_int_not_equal(hm_tpm_extend(tpm, UINT32_MAX, &digests), 0);
	digests.banks = 0;
	assert_int_not_equal(hm_tpm_extend(tpm, 11, &digests), 0);
	digests.banks = HM_BANKS_ALL | 0x10;
	assert_int_not_equal(hm_tpm_extend(tpm, 11, &digests), 0);
	assert_int_equal(hm_tpm_read(tpm, HM_BANKS_ALL, &got), 0);
	assert_true(hm_pcr_is_zero(&got, 11));
	assert_true(hm_pcr_is_zero(&got, 16));
	hm_tpm_close(tpm);
}

/* The TPM is gone in mid-session: an error each time, never stale values. */
static void test_tpm_vanishes(void **state)
{
	struct hm_tpm *tpm = open_tpm(state);
	struct hm_digests digests;
	struct hm_pcrs got;
	uint16_t unknown;
	uint32_t banks;

	abc_digests(&digests);
	signal(SIGPIPE, SIG_IGN);
	kill(tpm_process.pid, SIGKILL);
	waitpid(tpm_process.pid, NULL, 0);
	memset(&got, 0x5a, sizeof(got));
	assert_int_not_equal(hm_tpm_read(tpm, HM_BANKS_ALL, &got), 0);
	assert_int_equal(got.banks, 0x5a5a5a5a);
	assert_int_not_equal(hm_tpm_banks(tpm, &banks, &unknown), 0);
	assert_int_not_equal(hm_tpm_extend(tpm, 11, &digests), 0);
	hm_tpm_close(tpm);
}

static void test_open_fails(void **state)
{
	struct hm_tpm *tpm = NULL;
	uint32_t rc;

	(void)state;
	rc = hm_tpm_open("swtpm:path=/nonexistent/socket", &tpm);
	assert_int_not_equal(rc, 0);
	assert_null(tpm);
	assert_non_null(hm_tpm_error(rc));
	assert_true(strlen(hm_tpm_error(rc)) > 0);
	assert_int_not_equal(hm_tpm_open("device:/dev/null/tpm", &tpm), 0);
	assert_int_not_equal(hm_tpm_open("nosuchtcti:x", &tpm), 0);
	assert_null(tpm);
	hm_tpm_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_banks, start_swtpm, stop_swtpm),
		cmocka_unit_test_setup_teardown(test_power_on_values, start_swtpm, stop_swtpm),
		cmocka_unit_test_setup_teardown(test_extend_changes_one_register, start_swtpm, stop_swtpm),
		cmocka_unit_test_setup_teardown(test_read_one, start_swtpm, stop_swtpm),
		cmocka_unit_test_setup_teardown(test_some_banks, start_swtpm, stop_swtpm),
		cmocka_unit_test_setup_teardown(test_extend_refused, start_swtpm, stop_swtpm),
		cmocka_unit_test_setup_teardown(test_tpm_vanishes, start_swtpm, stop_swtpm),
		cmocka_unit_test(test_open_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
