#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# module-setup.sh - dracut module: hallmark-boot called by hooks inside a general initramfs
#
# From the environment or dracut.conf, with defaults: hallmark_boot (the program), hallmark_layers,
# hallmark_writable (may be empty), hallmark_modules (kernel modules, one a line, in load order).
# shellcheck disable=SC2154  # moddir, initdir and dracutbasedir are dracut's

# Never by itself: whoever adds it has a layers file.
check() {
	return 255
}

# base is what calls the hooks; with systemd in the initramfs, dracut-systemd does.
depends() {
	echo base
	if dracut_module_included systemd; then
		echo dracut-systemd
	fi
}

: "${hallmark_boot:=/usr/lib/hallmark/hallmark-boot}"
: "${hallmark_layers:=/etc/hallmark/layers}"
: "${hallmark_writable=$([ ! -e /etc/hallmark/writable ] || echo /etc/hallmark/writable)}"
: "${hallmark_modules:=/etc/hallmark/modules}"

# The file systems that the layers use come first; what modules.sh reads.
hallmark_module_names() {
	awk '$6 != "-" { print $6 }' "$hallmark_layers" | sort -u
	sed -e 's/[[:space:]]*#.*//' -e '/^$/d' "$hallmark_modules"
}

installkernel() {
	# shellcheck source=SCRIPTDIR/../../../initramfs/dracut/90hallmark/modules.sh
	. "$dracutbasedir/modules.d/90hallmark/modules.sh" || return 1
	HALLMARK_MODULES=$(hallmark_module_names) || return 1
	hallmark_install_modules
}

install() {
	local unit
	inst_binary "$hallmark_boot" /usr/bin/hallmark-boot || return 1
	# Opened at run time by libtss2-tctildr, so no program's dependencies name it.
	inst_libdir_file 'libtss2-tcti-device.so.0*' || return 1
	inst_simple "$hallmark_layers" /etc/hallmark/layers || return 1
	[[ -z $hallmark_writable ]] || inst_simple "$hallmark_writable" /etc/hallmark/writable || return 1
	# First in each: before anything of dracut or of another module; the root after dracut has looked for one.
	inst_simple "$moddir/lib.sh" /usr/lib/hallmark/lib.sh || return 1
	inst_hook cmdline 00 "$moddir/cmdline.sh" || return 1
	inst_hook cmdline 99 "$moddir/root.sh" || return 1
	inst_hook mount 00 "$moddir/mount.sh" || return 1
	inst_hook pre-pivot 00 "$moddir/pivot.sh" || return 1
	inst_hook emergency 00 "$moddir/fail.sh" || return 1
	inst_hook shutdown-emergency 00 "$moddir/fail.sh" || return 1
	# What systemd and dracut start when something fails asks for a password or is a shell: here it powers off. This module
	# comes last (its number), so that nothing puts them back.
	if dracut_module_included systemd; then
		rm -f "$initdir/usr/bin/dracut-emergency" "$initdir"/usr/{bin,sbin}/sulogin
		for unit in emergency rescue debug-shell dracut-emergency; do
			rm -f "$initdir/usr/lib/systemd/system/$unit.service"
			inst_simple "$moddir/fail.service" "/usr/lib/systemd/system/$unit.service" || return 1
		done
		# dracut's own units run the hooks and call it success when their shell is killed.
		for unit in cmdline pre-udev pre-trigger initqueue pre-mount mount pre-pivot; do
			inst_simple "$moddir/hook.conf" "/usr/lib/systemd/system/dracut-$unit.service.d/hallmark.conf" || return 1
			echo "ExecStart=/usr/bin/dracut-$unit" >>"$initdir/usr/lib/systemd/system/dracut-$unit.service.d/hallmark.conf"
		done
		inst_simple "$moddir/pivot.sh" /usr/lib/hallmark/pivot.sh || return 1
		inst_simple "$moddir/switch-root.conf" /usr/lib/systemd/system/initrd-switch-root.service.d/hallmark.conf || return 1
	fi
}
