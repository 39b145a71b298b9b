#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# secure-boot-cases.t - OVMF itself decides the cases of tests/tools/predict-secure-boot.t: started, or "Access Denied"
. tests/boot/lib.sh
# shellcheck source=../../support/secure-boot.sh
. tests/support/secure-boot.sh

secure_boot_cases "$IMAGE/uki.efi" "$work/cases" || bail 'the cases cannot be made'
while read -r name decision <&3; do
	cp --sparse=always "$IMAGE/disk.raw" "$work/disk.raw"
	mcopy -o -i "$work/disk.raw@@1M" "$work/cases/$name.efi" ::/EFI/BOOT/BOOTX64.EFI || bail "mcopy $name"
	boot --disk "$work/disk.raw" --vars "$work/cases/$name.fd" --wait 'serial:No bootable option|hallmark|Linux version' --timeout 120 -- sleep 1
	is "$boot_status" 0 "$name: the machine comes to a decision"
	case $decision in
	db:*) like "$console" 'starting Boot0001|hallmark|Linux version' "$name: OVMF starts the image" ;;
	forbidden | unsigned) like "$console" 'failed to load Boot0001 .*: Access Denied' "$name: OVMF denies the image" ;;
	# What hallmark predict does not predict: either is right.
	*) like "$console" 'Access Denied|starting Boot0001|hallmark|Linux version' "$name: OVMF decides" ;;
	esac
done 3<"$work/cases/list"
done_testing
