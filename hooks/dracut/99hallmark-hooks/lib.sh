#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# lib.sh - what the hooks share: call hallmark-boot, and end the boot if it does not say that all is well
#
# hallmark-boot powers off by itself when a check fails. What is here is for the case that it cannot: killed, missing, not
# executable. There is no way on, and no way to a prompt.

hallmark_end() {
	/usr/bin/hallmark-boot --hook fail
	echo '<2>hallmark: stopped: hallmark-boot could not be run' >/dev/kmsg
	# The kernel's own power-off needs no program.
	echo 1 >/proc/sys/kernel/sysrq
	echo o >/proc/sysrq-trigger
	while :; do
		sleep 60 || read -r _ </dev/console
	done
}

hallmark_hook() {
	/usr/bin/hallmark-boot --hook "$1" || hallmark_end
}
