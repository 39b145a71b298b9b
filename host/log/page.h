/* SPDX-License-Identifier: BSD-2-Clause */
/* page.h - a log as one HTML page: the chain as a picture, the registers, the events */
#ifndef HM_HOST_LOG_PAGE_H
#define HM_HOST_LOG_PAGE_H

#include "host/log/chain.h"

/*
 * The page is one file without scripts, links or anything to load; a policy inside it forbids them, too. To `out`,
 * whose error flag is the caller's to look at.
 */
void hm_page_write(FILE *out, const struct hm_page *page);

#endif
