/* SPDX-License-Identifier: BSD-2-Clause */
/* lazy.h - libraries that few commands need: loaded when one does, so that the others neither wait for them nor have
 * their code in memory */
#ifndef HM_HOST_BASE_LAZY_H
#define HM_HOST_BASE_LAZY_H

#include "lib/base/error.h"
#include <stdbool.h>
#include <stddef.h>

struct hm_lazy_symbol {
	const char *name;
	void *ret; /* where the pointer to the function goes */
};
/*
 * For a list of functions, X(prefix, name) for each: members that point to them, and, where the struct of these is
 * called lib, the symbols.
 */
#define HM_LAZY_POINTER(prefix, x) __typeof__(prefix##x) *x;
#define HM_LAZY_SYMBOL(prefix, x) {.name = #prefix #x, .ret = &lib.x},

/*
 * All of the symbols or false, and `error` says why. `soname` is the name of the library's ABI, as the
 * linker would note it, and is looked for where the linker's libraries are. It stays loaded. Not for two threads at
 * once.
 */
HM_MUST_CHECK bool hm_lazy_load(const char *soname, const struct hm_lazy_symbol *symbols, size_t count,
				struct hm_error *error);

#endif
