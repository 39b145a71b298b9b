/* SPDX-License-Identifier: BSD-2-Clause */
/* clock.c - a preloaded library: the wall clock is HM_CLOCK_AHEAD seconds ahead; files keep the times that they have */
#include <dlfcn.h>
#include <stddef.h>
#include <sys/time.h>
#include <time.h>

#ifndef HM_CLOCK_AHEAD
#define HM_CLOCK_AHEAD (400L * 86400L + 45296L)
#endif

static int real_clock_gettime(clockid_t id, struct timespec *ret)
{
	static int (*real)(clockid_t, struct timespec *);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	return real(id, ret);
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	int status = real_clock_gettime(id, ret);

	if (!status && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		ret->tv_sec += HM_CLOCK_AHEAD;
	return status;
}

time_t time(time_t *ret)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now))
		return (time_t)-1;
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now))
		return -1;
	ret->tv_sec = now.tv_sec;
	ret->tv_usec = now.tv_nsec / 1000;
	return 0;
}
