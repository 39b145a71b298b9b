/* SPDX-License-Identifier: BSD-2-Clause */
/* clock.h - the time that passes, for deadlines and measurements */
#ifndef HM_HOST_BASE_CLOCK_H
#define HM_HOST_BASE_CLOCK_H

/*
 * Milliseconds since some start, with fractions. CLOCK_MONOTONIC: nobody sets it, and only differences mean anything.
 * Not the thread's own time: in a virtual machine the kernel takes from that what the hypervisor stole, by estimate,
 * and the shortest of many times is then the one that was estimated worst.
 */
double hm_clock_ms(void);

#endif
