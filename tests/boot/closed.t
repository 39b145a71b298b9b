#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# closed.t - what must end the boot: one clear line, power-off, no shell, capped registers
. tests/boot/lib.sh

# stops NAME REGEX ARGUMENT...: the machine switches itself off and its console says REGEX
stops() {
	local name=$1 regex=$2
	shift 2
	boot --wait exit --timeout 180 "$@"
	is "$boot_status" 0 "$name: the machine switches itself off"
	like "$console" "hallmark: stopped: $regex" "$name: says why"
	is "$(grep -ac 'hallmark: stopped: ' <<<"$console")" 1 "$name: once"
	off_in_time "$name"
	unlike "$console" 'Kernel panic|Shell>|emergency|login:' "$name: no panic, no shell"
	is "$(cat "$work/report.json" 2>/dev/null)" '' "$name: nothing was reported"
}

stops j01_no_tpm '.*TPM|.*TCG2' --disk "$IMAGE/disk.raw" --banks none
stops a05_sha1_bank_only '.*SHA-256' --disk "$IMAGE/disk.raw" --banks sha1 --registers "$work/registers"
capped a05_sha1_bank_only "$work/registers"
stops e07_two_disks_same_labels '.*more than one' --disk "$IMAGE/disk.raw" --disk "$IMAGE/disk.raw" --registers "$work/registers"
capped e07_two_disks_same_labels "$work/registers"
make image-two-disks >"$work/make.log" 2>&1 || bail "make image-two-disks: $(tail -n 3 "$work/make.log")"
stops e07_disk_without_layers '.*no partition' --disk "$IMAGE/boot.raw" --registers "$work/registers"
capped e07_disk_without_layers "$work/registers"

# A kernel setting that cannot be made: the OS's PID 1 switches off before anything listens.
root_cmd image/os-root "$BUILDROOT" "$B/target/hallmark-guest" "$work/tree" >"$work/log" 2>&1 || bail 'image/os-root'
echo 'kernel.no_such_setting = 1' | root_cmd tee -a "$work/tree/usr/lib/hallmark/sysctl.conf" >"$work/log"
root_cmd image/erofs "$BUILDROOT" "$work/tree" "$work/root.erofs" root 2>"$work/log" || bail 'image/erofs'
root_cmd image/verity "$BUILDROOT" "$work/root.erofs" "$work/root.verity" root test 2>"$work/log" || bail 'image/verity'
root_cmd image/disk "$work/disk.raw" --buildroot "$BUILDROOT" --esp-uki "$IMAGE/uki.signed.efi" --layer "$(layer root "$work/root.erofs")" \
	--layer "$(layer app)" --layer "$(layer weights)" 2>"$work/log" || bail 'image/disk'
boot --wait exit --timeout 240 --disk "$work/disk.raw"
is "$boot_status" 0 'e14_setting_that_cannot_be_made: the machine switches itself off'
like "$console" "'kernel.no_such_setting' is an unknown key" 'e14_setting_that_cannot_be_made: says why'
unlike "$console" 'Kernel panic|emergency|login:' 'e14_setting_that_cannot_be_made: no panic, no shell'
is "$(cat "$work/report.json" 2>/dev/null)" '' 'e14_setting_that_cannot_be_made: nothing was reported'
done_testing
