/* SPDX-License-Identifier: BSD-2-Clause */
/* clock.c - the time that passes, for deadlines and measurements */
#include "host/base/clock.h"

#include <time.h>

double hm_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}
