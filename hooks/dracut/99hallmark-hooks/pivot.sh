#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# pivot.sh - dracut's pre-pivot hook, first, and before systemd switches root: whoever mounted the root, without the lock's last record
# nothing is started
# shellcheck source=SCRIPTDIR/lib.sh
. /usr/lib/hallmark/lib.sh
hallmark_locked=
while read -r hallmark_line; do
	case $hallmark_line in
	*'"pcr":15,'*'"content":"hallmark-fail/1 '*) hallmark_locked= && break ;;
	*'"pcr":15,'*'"content":"hallmark-lock/1 '*) hallmark_locked=1 ;;
	esac
done 2>/dev/null </run/hallmark/log
[ -n "$hallmark_locked" ] || hallmark_end
