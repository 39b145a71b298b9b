/* SPDX-License-Identifier: BSD-2-Clause */
/* doubles.h - what stands in for the kernel in the process of a boot */
#ifndef HM_TEST_DOUBLES_H
#define HM_TEST_DOUBLES_H

/* In the child, before anything else. */
void doubles_begin(void);

#endif
