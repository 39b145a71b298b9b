/* SPDX-License-Identifier: BSD-2-Clause */
/* lazy.c - libraries that few commands need, loaded when one does */
#include "host/base/lazy.h"

#include <dlfcn.h>
#include <string.h>

static bool load(const struct hm_lazy *library, struct hm_error *error)
{
	void *handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return hm_error_of(error, HM_ERROR_RUN, error->thing, "%s cannot be loaded: %s", library->soname,
				   dlerror());
	for (size_t i = 0; i < library->count; i++) {
		void *address = dlsym(handle, library->symbols[i].name);

		if (!address) {
			dlclose(handle);
			return hm_error_of(error, HM_ERROR_RUN, error->thing, "%s has no %s", library->soname,
					   library->symbols[i].name);
		}
		/* POSIX lets a function's address come as that of an object. */
		memcpy(library->symbols[i].ret, &address, sizeof(address));
	}
	return true;
}

bool hm_lazy_load(struct hm_lazy *library, struct hm_error *error)
{
	bool good;

	pthread_mutex_lock(&library->lock);
	good = library->loaded || load(library, error);
	library->loaded = good;
	pthread_mutex_unlock(&library->lock);
	return good;
}
