/* SPDX-License-Identifier: BSD-2-Clause */
/* lazy.c - libraries that few commands need: loaded when one does */
#include "host/base/lazy.h"

#include <dlfcn.h>
#include <string.h>

#include "lib/base/error.h"
#include "host/base/args.h"

bool hm_lazy_load(const char *soname, const struct hm_lazy_symbol *symbols, size_t count, struct hm_error *error)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return hm_error_set(error, "%s cannot be loaded: %s", soname, dlerror());
	for (size_t i = 0; i < count; i++) {
		void *address = dlsym(library, symbols[i].name);

		if (!address) {
			dlclose(library);
			return hm_error_set(error, "%s has no %s", soname, symbols[i].name);
		}
		/* POSIX lets a function's address come as that of an object. */
		memcpy(symbols[i].ret, &address, sizeof(address));
	}
	return true;
}
