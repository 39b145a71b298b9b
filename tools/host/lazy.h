/* SPDX-License-Identifier: BSD-2-Clause */
/* lazy.h - libraries that few commands need: loaded when one does, so that the others neither wait for them nor have their code in memory */
#ifndef HM_HOST_LAZY_H
#define HM_HOST_LAZY_H

#include <stdbool.h>
#include <stddef.h>

struct hm_lazy_symbol {
	const char *name;
	void *ret;          /* where the pointer to the function goes */
};
/* The symbol prefix_x for the pointer api.x. */
#define HM_LAZY_SYMBOL(prefix, api, x) { .name = #prefix #x, .ret = &(api).x }

/*
 * All of the symbols or false, with one line in why (NULL: none). `soname` is the name of the library's ABI, as the linker would
 * note it, and is looked for where the linker's libraries are. It stays loaded. Not for two threads at once.
 */
bool hm_lazy_load(const char *soname, const struct hm_lazy_symbol *symbols, size_t count, char *why, size_t why_len)
	__attribute__((warn_unused_result));

#endif
