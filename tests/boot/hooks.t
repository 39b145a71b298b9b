#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# hooks.t - hallmark-boot called by hooks in a general dracut initramfs, with systemd in it and without
. tests/boot/lib.sh

kernel=$(ls "$BUILDROOT/usr/lib/modules")
mkdir "$work/in"
cp "$B/target/hallmark-boot" image/layers/default image/os/writable "$work/in/"

# initramfs NAME [MODULE...]: in $work/in/NAME
initramfs() {
	local name=$1
	shift
	root_cmd image/in-buildroot "$BUILDROOT" . "$work/in" -- \
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
	"$HALLMARK" predict --uki "$work/$1.efi.signed" --vars "$vars_on" --firmware-secure-boot=yes --name "hooks-${1//_/-}" \
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
# killed NAME: that a boot with another initramfs (in $work/in/NAME) ended as it must
killed() {
	image "$1"
	boot --wait exit --timeout 420 --disk "$work/$1.raw" --registers "$work/registers"
	is "$boot_status" 0 "$1: the machine switches itself off"
	like "$console" 'hallmark: stopped: ' "$1: says why"
	off_in_time "$1"
	unlike "$console" 'ATTACK-STARTED|Shell>|login:' "$1: nothing was started"
	is "$(cat "$work/report.json" 2>/dev/null)" '' "$1: nothing was reported"
	stub_golden=$work/golden-$1/golden.json
	capped "$1" "$work/registers"
}

# tree: the initramfs with systemd, unpacked; pack NAME: into $work/in/NAME
tree() {
	rm -rf "$work/tree"
	mkdir "$work/tree"
	zstd -dcq "$work/in/systemd" | (cd "$work/tree" && cpio -idm --quiet --no-absolute-filenames) || bail 'cpio'
	hooks=$(cd "$work/tree" && find . -type d -path '*/hooks/mount' | sed 's|/mount$||')
	[ -d "$work/tree/$hooks/pre-pivot" ] || bail 'the initramfs has no hooks'
}
pack() {
	(cd "$work/tree" && find . -mindepth 1 -printf '%P\0' | sort -z | cpio --quiet --null -o -H newc -R 0:0) | zstd -q -3 >"$work/in/$1"
}
units=usr/lib/systemd/system

# A hook's shell is killed after the lock. What /run allows is what goes on to the OS.
tree
# shellcheck disable=SC2016 # the shell in the initramfs expands it
printf '%s\n' '#!/bin/sh' 'while read -r a b c; do case $b in /run | /dev | /proc | /sys) echo "$a $b $c" ;; esac; done </proc/mounts >/dev/console' 'kill -KILL $$' >"$work/tree/$hooks/pre-pivot/00-a.sh"
chmod 755 "$work/tree/$hooks/pre-pivot/00-a.sh"
pack f01_hook_killed
# The record of the TLS key is not yet there.
records=$(jq -r '"\(.pcr) \(.content)"' "$work/golden-systemd/golden.cel")
killed f01_hook_killed
like "$console" 'locked: 3 layers' 'f01_hook_killed: the lock was there'
for want in 'tmpfs /run tmpfs rw,nosuid,nodev,noexec' 'devtmpfs /dev devtmpfs rw,nosuid,noexec' 'proc /proc proc rw,nosuid,nodev,noexec' \
	'sysfs /sys sysfs rw,nosuid,nodev,noexec'; do
	like "$console" "^[a-z]* ${want#* }" "f01_hook_killed: ${want#* }"
done

# Another root is mounted before ours, the shells of both hooks are killed, and dracut's units are as dracut made them: what is before
# systemd's switch of roots stands alone.
tree
rm -r "$work/tree/$units"/dracut-*.service.d
# shellcheck disable=SC2016
printf '%s\n' '#!/bin/sh' 'mount -t tmpfs attack "$NEWROOT"' 'cp -a /usr /etc /bin /sbin /lib /lib64 "$NEWROOT"' \
	'mkdir "$NEWROOT/proc" "$NEWROOT/sys" "$NEWROOT/dev" "$NEWROOT/run" "$NEWROOT/tmp"' \
	'printf "#!/bin/sh\\necho ATTACK-STARTED >/dev/console\\nexec sleep 1000\\n" >"$NEWROOT/usr/lib/systemd/systemd"' \
	'kill -KILL $$' >"$work/tree/$hooks/mount/00-a.sh"
# shellcheck disable=SC2016
printf '%s\n' '#!/bin/sh' 'kill -KILL $$' >"$work/tree/$hooks/pre-pivot/00-a.sh"
chmod 755 "$work/tree/$hooks"/{mount,pre-pivot}/00-a.sh
pack f01_another_root
records=
killed f01_another_root

for unit in emergency rescue debug-shell dracut-emergency; do
	# All four are hard links of one file, and only the last of them carries it.
	(cd "$work" && zstd -dcq in/systemd | cpio -idu --quiet 'usr/lib/systemd/system/*' 2>/dev/null)
	like "$(cat "$work/usr/lib/systemd/system/$unit.service")" 'hallmark-boot --hook fail' "f01_systemd_$unit: powers off"
done
for unit in cmdline pre-udev pre-trigger initqueue pre-mount mount pre-pivot; do
	# systemd's own reading of the two files
	like "$(grep -h '^ExecStart=' "$work/$units/dracut-$unit.service" "$work/$units/dracut-$unit.service.d/hallmark.conf" | sed -n '/^ExecStart=$/,$p')" \
		"^ExecStart=/usr/bin/dracut-$unit\$" "f01_systemd_dracut_$unit: a killed shell is a failure"
done
done_testing
