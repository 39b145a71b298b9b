#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# two-disks.t - the weights on a disk of their own, in both orders of the disks on the bus
. tests/boot/lib.sh

sentence='Weights may live on another disk'
make image-two-disks >"$work/make.log" 2>&1 || bail "make image-two-disks: $(tail -n 3 "$work/make.log")"
boot --disk "$IMAGE/boot.raw" --disk "$IMAGE/weights.raw" -- sh -c "tests/boot/ocr '$sentence' >$work/ocr"
is "$boot_status" 0 'the machine boots, reports and answers'
is "$(tr -s '\n ' ' ' <"$work/ocr" | sed 's/ *$//')" "$sentence" 'the weights on the second disk answer'
"$HALLMARK" log diff --table "$IMAGE/golden2/golden.json" "$work/report.json" >"$work/table"
ok $? 'every register as predicted' "$(cat "$work/table")"
is "$(changed_registers "$IMAGE/golden/golden.json" "$work/report.json")" 5 \
	'against the golden file of one disk, only the partition table (PCR 5) differs'
done_testing
