#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# cmdline.sh - dracut's cmdline hook, first: the closed grammar, before udev starts
# shellcheck source=SCRIPTDIR/lib.sh
. /usr/lib/hallmark/lib.sh
hallmark_hook cmdline
