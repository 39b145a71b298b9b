/* SPDX-License-Identifier: BSD-2-Clause */
/* test_lazy.c - libraries that are loaded when they are needed */
#include "lib/base/error.h"
#include "host/base/lazy.h"

#include "tests/support/support.h"
#include "core/base.h"

#include <math.h>
#include <string.h>

static void test_loads(void **state)
{
	static struct {
		__typeof__(cos) *f_cos;
		__typeof__(sin) *f_sin;
	} api;
	const struct hm_lazy_symbol symbols[] = {{"cos", &api.f_cos}, {"sin", &api.f_sin}};
	struct hm_lazy library = HM_LAZY("libm.so.6", symbols);
	struct hm_error error = {0};

	(void)state;
	assert_true(hm_lazy_load(&library, &error));
	assert_true(hm_lazy_load(&library, &error));
	assert_true(api.f_cos(0.0) > 0.999 && api.f_sin(0.0) < 0.001);
	assert_string_equal(error.text, "");
}

static void test_no_library(void **state)
{
	struct hm_lazy library = {.soname = "libhallmark-nothing.so.0", .lock = PTHREAD_MUTEX_INITIALIZER};
	struct hm_error error = {0};

	(void)state;
	assert_false(hm_lazy_load(&library, &error));
	assert_non_null(strstr(error.text, "libhallmark-nothing.so.0 cannot be loaded: "));
}

static void test_no_symbol(void **state)
{
	static struct {
		__typeof__(cos) *nothing;
	} lib;
	const struct hm_lazy_symbol symbols[] = {HM_LAZY_SYMBOL(hallmark_, nothing)};
	struct hm_lazy library = HM_LAZY("libm.so.6", symbols);
	struct hm_error error = {0};

	(void)state;
	assert_false(hm_lazy_load(&library, &error));
	assert_string_equal(error.text, "libm.so.6 has no hallmark_nothing");
	assert_null(lib.nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_loads), cmocka_unit_test(test_no_library),
					   cmocka_unit_test(test_no_symbol)};

	return cmocka_run_group_tests_name("lazy", tests, NULL, NULL);
}
