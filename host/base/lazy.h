/* SPDX-License-Identifier: BSD-2-Clause */
/* lazy.h - libraries that few commands need, loaded when one does */
#ifndef HM_HOST_BASE_LAZY_H
#define HM_HOST_BASE_LAZY_H

/*
 * `hallmark verify` parses hostile input, so that its process has libc, libcrypto and the parsers that it needs mapped,
 * and nothing else. TLS (libssl), packed firmware (liblzma) and initrds (libarchive) are other commands'. Each user
 * of such a library names the functions that it calls. They are looked up together at the first use.
 *
 * A user has a list of functions, a structure `lib` that points to them, and the library:
 *
 *	#define FUNCTIONS(X) X(lzma_, code) X(lzma_, end)
 *	static struct { FUNCTIONS(HM_LAZY_POINTER) } lib;
 *	static const struct hm_lazy_symbol symbols[] = {FUNCTIONS(HM_LAZY_SYMBOL)};
 *	static struct hm_lazy library = HM_LAZY("liblzma.so.5", symbols);
 *
 * and calls lib.code(...) once hm_lazy_load(&library, error) was true.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/bytes.h"
#include "lib/base/error.h"

struct hm_lazy_symbol {
	const char *name;
	void *ret; /* where the pointer to the function goes */
};

struct hm_lazy {
	const char *soname; /* the name of the library's ABI, as the linker would note it */
	const struct hm_lazy_symbol *symbols;
	size_t count;
	pthread_mutex_t lock;
	bool loaded;
};

#define HM_LAZY_POINTER(prefix, x) __typeof__(prefix##x) *x;
#define HM_LAZY_SYMBOL(prefix, x) {.name = #prefix #x, .ret = &lib.x},
#define HM_LAZY(name, list) \
	{ \
		.soname = (name), .symbols = (list), .count = HM_ARRAY_LEN(list), .lock = PTHREAD_MUTEX_INITIALIZER \
	}

/*
 * All of the functions, or none and HM_ERROR_RUN. The library is looked for where the linker's libraries are, and stays
 * loaded. Any number of threads may call this.
 */
HM_MUST_CHECK bool hm_lazy_load(struct hm_lazy *library, struct hm_error *error);

#endif
