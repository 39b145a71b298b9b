/* SPDX-License-Identifier: BSD-2-Clause */
/* man.h - the manual pages, made of the tables of commands: man(7) of groff and mandoc */
#ifndef HM_TOOLS_MAN_H
#define HM_TOOLS_MAN_H

#include "tools/command.h"

/* Every page into a directory, the program's own the first. The date is SOURCE_DATE_EPOCH's, or today. */
HM_MUST_CHECK bool hm_man_pages_write(const struct hm_program *program, const char *directory, struct hm_error *error);

#endif
