/* SPDX-License-Identifier: BSD-2-Clause */
/* notify.h - tell the service manager that a service answers (sd_notify(3)) */
#ifndef HM_GUEST_NOTIFY_H
#define HM_GUEST_NOTIFY_H

#include "lib/base/error.h"

/* READY=1 to $NOTIFY_SOCKET; where the variable is not set there is nobody to tell. False: HM_ERROR_RUN. */
HM_MUST_CHECK bool hm_notify_ready(struct hm_error *error);

#endif
