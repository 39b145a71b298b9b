/* SPDX-License-Identifier: BSD-2-Clause */
/* proxy.h - what stands between hallmark-boot and swtpm */
#ifndef HM_TEST_PROXY_H
#define HM_TEST_PROXY_H

/* machine_boot, of machine.h, is in proxy.c. */
void proxy_stop(void);

#endif
