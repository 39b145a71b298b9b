#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# mount.sh - dracut's mount hook: registers, layers, lock; dracut calls it until the root is mounted
# shellcheck source=SCRIPTDIR/lib.sh
. /usr/lib/hallmark/lib.sh
ismounted "$NEWROOT" || hallmark_hook mount
