/* SPDX-License-Identifier: BSD-2-Clause */
/* test_err.c - every error has its own name and its own text */
#include "core/err.h"

#include "tests/support/support.h"

#include <string.h>

static void test_ok_is_zero(void **state)
{
	(void)state;
	assert_int_equal(HM_OK, 0);
	assert_string_equal(hm_err_name(HM_OK), "OK");
	assert_string_equal(hm_err_name(HM_E_PE_MAGIC), "PE_MAGIC");
	assert_string_equal(hm_err_text(HM_E_PE_MAGIC), "not a PE file: no PE signature");
}

static void test_all_differ(void **state)
{
	(void)state;
	for (enum hm_err a = 0; a < HM_E_COUNT; a++) {
		assert_true(strlen(hm_err_text(a)) > 0);
		for (enum hm_err b = 0; b < a; b++) {
			assert_string_not_equal(hm_err_name(a), hm_err_name(b));
			assert_string_not_equal(hm_err_text(a), hm_err_text(b));
		}
	}
}

static void test_out_of_range(void **state)
{
	(void)state;
	assert_string_equal(hm_err_name(HM_E_COUNT), "UNKNOWN");
	assert_non_null(hm_err_text(HM_E_COUNT));
	assert_non_null(hm_err_text((enum hm_err)0x7fffffff));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ok_is_zero),
		cmocka_unit_test(test_all_differ),
		cmocka_unit_test(test_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
