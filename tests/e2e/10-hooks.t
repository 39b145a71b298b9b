#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# 10-hooks.t - hallmark-boot called by hooks in a general dracut initramfs, with systemd in it and without
. tests/e2e/lib.sh

kernel=$(ls "$BUILDROOT/usr/lib/modules")
mkdir "$work/in"
cp "$B/target/hallmark-boot" image/layers/default image/os/writable "$work/in/"

# initramfs NAME [MODULE...]: in $work/in/NAME
initramfs() {
	local name=$1
	shift
	root_cmd env SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1795305600}" image/in-buildroot "$BUILDROOT" . "$work/in" -- \
		/src/hooks/build "$kernel" /out/hallmark-boot /out/default "/out/$name" /out/writable "$@" >"$work/build.log" 2>&1 ||
		bail "hooks/build: $(tail -n 3 "$work/build.log")"
	root_cmd chmod 0644 "$work/in/$name"
}

# image NAME: a signed UKI of that initramfs on a disk, and its golden values
image() {
	"$HALLMARK" uki --stub "$B/target/stub.efi" --linux "$BUILDROOT"/boot/vmlinuz-* --initrd "$work/in/$1" \
		--cmdline image/cmdline --os-release image/os/tree/usr/lib/os-release --output "$work/$1.efi" || bail 'hallmark uki'
	sign_uki "$work/$1.efi"
	root_cmd image/disk "$work/$1.raw" --buildroot "$BUILDROOT" --esp-uki "$work/$1.efi.signed" --guid-seed hooks \
		--layer "$(layer root)" --layer "$(layer app)" --layer "$(layer weights)" >/dev/null || bail 'image/disk'
	"$HALLMARK" predict --uki "$work/$1.efi.signed" --vars "$vars_on" --firmware-secure-boot=yes --name "hooks-$1" \
		--image-version 1 --disk "$work/$1.raw" --output "$work/golden-$1" || bail 'hallmark predict'
}

listing() {
	zstd -dcq "$work/in/$1" | cpio -it --quiet 2>/dev/null
}

for name in plain systemd; do
	if [ $name = plain ]; then initramfs $name; else initramfs $name systemd-initrd; fi
	files=$(listing $name)
	like "$files" '^usr/bin/hallmark-boot$' "$name: the program is in the initramfs"
	unlike "$files" 'sulogin|network/|cryptsetup|lvm|nfs' "f09_$name: no login and no way to other roots"
	like "$files" 'hooks/emergency/00-fail' "f01_$name: the emergency hook powers off"
	image $name
	cp "$work/in/$name" "$work/first"
	if [ $name = plain ]; then initramfs $name; else initramfs $name systemd-initrd; fi
	cmp -s "$work/in/$name" "$work/first"
	ok $? "f16_$name: the same initramfs each time"
	boot --disk "$work/$name.raw" --timeout 420
	is "$boot_status" 0 "$name: the machine boots and reports"
	"$HALLMARK" log diff "$work/golden-$name/golden.json" "$work/report.json" >"$work/diff"
	is "$?" 0 "$name: every judged register is as predicted" || sed 's/^/# /' "$work/diff"
	# The last record is that of the TLS key.
	report_log runtime_log | head -n -1 >"$work/cel"
	cmp -s "$work/cel" "$work/golden-$name/golden.cel"
	ok $? "$name: the runtime log is the predicted one"
	like "$console" 'hallmark: locked: 3 layers' "$name: locked"
	agrees "hooks, $name" "$work/golden-$name/golden.json" image/layers/default "$work/$name.efi.signed" "$vars_on" "$work/$name.raw"
done
for unit in emergency rescue debug-shell dracut-emergency; do
	# All four are hard links of one file, and only the last of them carries it.
	(cd "$work" && zstd -dcq in/systemd | cpio -idu --quiet 'usr/lib/systemd/system/*' 2>/dev/null)
	like "$(cat "$work/usr/lib/systemd/system/$unit.service")" 'hallmark-boot --hook fail' "f01_systemd_$unit: powers off"
done
done_testing
