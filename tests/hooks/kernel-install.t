#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# kernel-install.t - the kernel-install plugin, called by systemd's kernel-install itself
. "$(dirname "$0")/../support/cli.sh"

make_uki_inputs
mkdir -p "$work"/{conf,boot,plugins}
# kernel-install masks a plugin whose link leads nowhere, so it is copied; the last one shows what has been staged.
cp "$top/hooks/kernel-install/60-hallmark.install" "$work/plugins/"
cat >"$work/plugins/99-show.install" <<SHOW
#!/bin/sh
[ "\$1" != add ] || [ ! -f "\$KERNEL_INSTALL_STAGING_AREA/uki.efi" ] || cp "\$KERNEL_INSTALL_STAGING_AREA/uki.efi" "$work/shown.efi"
SHOW
chmod 755 "$work"/plugins/*
cp "$work/cmdline" "$work/conf/cmdline"

# kernel_install LAYOUT INITRD...: leaves $status and $err
kernel_install() {
	printf 'layout=%s\nuki_generator=hallmark\n' "$1" >"$work/conf/install.conf"
	shift
	rm -f "$work/shown.efi"
	status=0
	KERNEL_INSTALL_CONF_ROOT=$work/conf BOOT_ROOT=$work/boot MACHINE_ID=0123456789abcdef0123456789abcdef \
		KERNEL_INSTALL_PLUGINS="$work/plugins/60-hallmark.install $work/plugins/99-show.install" \
		HALLMARK=$HALLMARK HALLMARK_STUB=$work/stub.efi HALLMARK_OS_RELEASE=$work/os-release \
		kernel-install --verbose add 6.12.0-test "$work/vmlinuz" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
	err=$(cat "$work/stderr")
}

kernel_install uki "$work/initrd"
is "$status" 0 'kernel-install add: done' || cat "$work/stderr"
run uki "${uki_args[@]}" --output "$work/uki.efi"
cmp -s "$work/uki.efi" "$work/shown.efi"
ok $? 'the UKI is the one that hallmark uki makes'
kernel_install bls "$work/initrd"
is "$status $(ls "$work"/shown.efi 2>/dev/null)" '0 ' 'another layout: the plugin does nothing'

kernel_install uki
like "$status $err" '^[1-9].*60-hallmark.install: 6.12.0-test: no initrd' 'no initrd: refused'
kernel_install uki "$work/initrd" "$work/cmdline"
like "$status $err" '^[1-9]' 'd10_second_initrd: refused'
like "$err" 'more than one initrd' 'd10_second_initrd: says why'
echo 'ro rd.break' >"$work/conf/cmdline"
kernel_install uki "$work/initrd"
like "$status" '^[1-9]' 'f02_rd_break: a forbidden word fails the installation'
like "$err" 'rd\.break' 'f02_rd_break: is named'
is "$(ls "$work"/shown.efi 2>/dev/null)" '' 'and there is no UKI'
rm "$work/conf/cmdline"
kernel_install uki "$work/initrd"
like "$err" 'the command line is missing' 'no command line: refused'
done_testing
