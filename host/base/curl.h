/* SPDX-License-Identifier: BSD-2-Clause */
/* curl.h - one file from a server, by curl(1); for the few commands that use a network */
#ifndef HM_HOST_BASE_CURL_H
#define HM_HOST_BASE_CURL_H

#include <stddef.h>

#include "lib/base/error.h"

#define HM_FETCH_PATH_MAX 4096u /* PATH_MAX of Linux, with its NUL: of `body` */

/*
 * A process, so that no program of ours is linked with a network library. HTTP or HTTPS, no redirects, 60 s,
 * nothing of ~/.curlrc, at most `max` bytes. Nothing of the address is a shell's. The answer is not trusted here: the
 * caller checks it. `body`: a file that is sent (POST, application/json), or NULL: GET. Fails with HM_ERROR_RUN.
 */
HM_MUST_CHECK bool hm_fetch(const char *url, const char *body, const char *path, size_t max, struct hm_error *error);

#endif
