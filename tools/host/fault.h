/* SPDX-License-Identifier: BSD-2-Clause */
/* fault.h - what went wrong, for one line at the end: the thing, the reason, the exit status */
#ifndef HM_HOST_FAULT_H
#define HM_HOST_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/host/cli.h"

/* Threads do not print: each fills one of these, and the program prints the one that counts. */
struct hm_fault {
	int status;          /* HM_EXIT_*, never HM_EXIT_OK once set */
	const char *thing;   /* borrowed: a path of the caller's */
	char why[HM_WHY_MAX];
	/* For who sets and who reads them: the place in numbers, for a closer look before the line is printed. */
	uint64_t at;
	unsigned int level;
};

/* Each returns false, for `return hm_fault_set(...)`. */
bool hm_fault_set(struct hm_fault *fault, int status, const char *thing, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
bool hm_fault_errno(struct hm_fault *fault, const char *thing, int negative_errno);
/* "DOING at offset OFF: strerror" */
bool hm_fault_io(struct hm_fault *fault, const char *thing, const char *doing, uint64_t off,
		 int negative_errno);
/* Print the line; returns the exit status. */
int hm_fault_print(const struct hm_fault *fault);

#endif
