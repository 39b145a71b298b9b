/* SPDX-License-Identifier: BSD-2-Clause */
/* rfc3339.c - points of time in files */
#include "lib/base/rfc3339.h"

#include <stdio.h>
#include <string.h>

#define DAY_SECONDS 86400
#define YEAR_MAX 9999

/* Digits stand where the form has 0, anything else is itself. */
static const char form[] = "0000-00-00T00:00:00Z";

static int number(const uint8_t *p, size_t digits)
{
	int value = 0;

	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (p[i] - '0');
	return value;
}

/* The days of a date since 1970-01-01, as if each month had the days that it must have. A year begins in March here. */
static int64_t days_of(int year, int month, int day)
{
	/* 400 years more, so that no year is negative: they always have 146097 days. */
	int64_t y = (month < 3 ? year - 1 : year) + 400;
	int64_t months = (month + 9) % 12;

	/* 719468: 1970-01-01, counted from 0000-03-01. */
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * months + 2) / 5 + day - 1 - 146097 - 719468;
}

int64_t hm_date_seconds(const struct hm_date *date)
{
	return days_of(date->year, date->month, date->day) * DAY_SECONDS + date->hour * 3600 + date->minute * 60 +
	       date->second;
}

bool hm_rfc3339_parse(struct hm_bytes text, int64_t *ret)
{
	char back[HM_RFC3339_LEN + 1];
	struct hm_date date;
	int64_t seconds;

	if (text.len != HM_RFC3339_LEN)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		bool digit = text.p[i] >= '0' && text.p[i] <= '9';

		if (form[i] == '0' ? !digit : text.p[i] != (uint8_t)form[i])
			return false;
	}
	date = (struct hm_date){number(text.p, 4),	number(text.p + 5, 2),	number(text.p + 8, 2),
				number(text.p + 11, 2), number(text.p + 14, 2), number(text.p + 17, 2)};
	seconds = hm_date_seconds(&date);
	if (seconds < 0 || seconds >= days_of(YEAR_MAX + 1, 1, 1) * DAY_SECONDS)
		return false;
	/* A day or an hour that does not exist is another text when it is written again. */
	hm_rfc3339_format(seconds, back);
	if (!hm_bytes_equal_text(text, back))
		return false;
	*ret = seconds;
	return true;
}

void hm_rfc3339_format(int64_t seconds, char ret[HM_RFC3339_LEN + 1])
{
	int64_t days = seconds / DAY_SECONDS;
	unsigned int rest = (unsigned int)(seconds % DAY_SECONDS);
	int year = 1970, month = 1;
	char text[64];

	while (year < YEAR_MAX && days >= days_of(year + 1, 1, 1))
		year++;
	while (month < 12 && days >= days_of(year, month + 1, 1))
		month++;
	days -= days_of(year, month, 1);
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02u:%02u:%02uZ", year, month, (int)days + 1, rest / 3600,
		 rest / 60 % 60, rest % 60);
	memcpy(ret, text, HM_RFC3339_LEN);
	ret[HM_RFC3339_LEN] = '\0';
}
