#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# module-setup.sh - dracut module: hallmark-boot as /init, its libraries, modules and inputs
#
# From the environment: HALLMARK_BOOT (the program), HALLMARK_LAYERS, HALLMARK_WRITABLE (may be
# empty), HALLMARK_MODULES (names of kernel modules, one a line, in load order).
# shellcheck disable=SC2154  # moddir is dracut's

check() {
	return 255
}

depends() {
	return 0
}

installkernel() {
	# shellcheck source=SCRIPTDIR/modules.sh
	. "$moddir/modules.sh" || return 1
	hallmark_install_modules
}

install() {
	local file
	inst_binary "$HALLMARK_BOOT" /init || return 1
	# Opened at run time by libtss2-tctildr, so no program's dependencies name it.
	inst_libdir_file 'libtss2-tcti-device.so.0*' || return 1
	inst_simple "$HALLMARK_LAYERS" /etc/hallmark/layers || return 1
	file=$HALLMARK_WRITABLE
	[[ -z $file ]] || inst_simple "$file" /etc/hallmark/writable || return 1
}
