/* SPDX-License-Identifier: BSD-2-Clause */
/* curl.h - one file from a server, by curl(1); for the few commands that use a network */
#ifndef HM_HOST_BASE_CURL_H
#define HM_HOST_BASE_CURL_H

#include <stddef.h>

#include "core/bytes.h"

#define HM_FETCH_PATH_MAX 4096u /* PATH_MAX of Linux, with its NUL: of `body` */

/*
 * curl(1), so that no program of the enclave is linked with a network library. HTTP or HTTPS, no redirects, 60 s,
 * nothing of ~/.curlrc, at most `max` bytes. Nothing of the address is a shell's. What comes is not trusted here: who
 * uses it checks it. `body`: a file that is sent (POST, application/json), or NULL: GET. HM_EXIT_OK or HM_EXIT_RUN, the
 * line printed.
 */
HM_MUST_CHECK int hm_fetch(const char *url, const char *body, const char *path, size_t max);

#endif
