/* SPDX-License-Identifier: BSD-2-Clause */
/* rfc3339.c - points of time in files */
#include "lib/base/rfc3339.h"

#include <stdio.h>
#include <string.h>

#define DAY_SECONDS 86400

/* Digits stand where the form has 0, anything else is itself. */
static const char form[] = "0000-00-00T00:00:00Z";

static int number(const uint8_t *p, size_t digits)
{
	int value = 0;

	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (p[i] - '0');
	return value;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 to the first of January. */
static int64_t year_days(int year)
{
	int64_t y = year - 1;

	return 365 * ((int64_t)year - 1970) + (y / 4 - y / 100 + y / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
}

bool hm_rfc3339_parse(struct hm_bytes text, int64_t *ret)
{
	int year, month, day, hour, minute, second;
	int64_t days;

	if (text.len != HM_RFC3339_LEN)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		bool digit = text.p[i] >= '0' && text.p[i] <= '9';

		if (form[i] == '0' ? !digit : text.p[i] != (uint8_t)form[i])
			return false;
	}
	year = number(text.p, 4);
	month = number(text.p + 5, 2);
	day = number(text.p + 8, 2);
	hour = number(text.p + 11, 2);
	minute = number(text.p + 14, 2);
	second = number(text.p + 17, 2);
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > month_days(year, month) || hour > 23 ||
	    minute > 59 || second > 59)
		return false;
	days = year_days(year) + day - 1;
	for (int m = 1; m < month; m++)
		days += month_days(year, m);
	*ret = days * DAY_SECONDS + hour * 3600 + minute * 60 + second;
	return true;
}

void hm_rfc3339_format(int64_t seconds, char ret[HM_RFC3339_LEN + 1])
{
	int64_t days = seconds / DAY_SECONDS;
	unsigned int rest = (unsigned int)(seconds % DAY_SECONDS);
	int year = 1970, month = 1;
	char text[64];

	while (year < 9999 && days >= year_days(year + 1))
		year++;
	days -= year_days(year);
	for (; month < 12 && days >= month_days(year, month); month++)
		days -= month_days(year, month);
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02u:%02u:%02uZ", year, month, (int)days + 1, rest / 3600,
		 rest / 60 % 60, rest % 60);
	memcpy(ret, text, HM_RFC3339_LEN);
	ret[HM_RFC3339_LEN] = '\0';
}
