/* SPDX-License-Identifier: BSD-2-Clause */
/* file_threads.h - a long file into memory, by several threads */
#ifndef HM_HOST_BASE_FILE_THREADS_H
#define HM_HOST_BASE_FILE_THREADS_H

#include "host/base/file.h"

/*
 * The kernel clears pages and copies into them at the speed of one core, and nothing can be hashed before the whole
 * file is there. False where the file is short, above `max`, not regular, cannot be read or is not as long as it was:
 * hm_file_read is for the one, and finds out about the other.
 */
HM_MUST_CHECK bool hm_file_read_threads(const char *path, size_t max, struct hm_file *ret);

#endif
