#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# boots.t - HALLMARK_BOOTS boots of the demo image (default 100), on changing machines: the same registers each time
. tests/boot/lib.sh

: "${HALLMARK_BOOTS:=100}"
golden=$IMAGE/golden/golden.json
[ -s "$golden" ] || bail 'no golden file: run make image'
clocks=(1970-01-01T00:00:00 2038-01-19T03:14:05 2026-02-28T23:59:58 2100-12-31T23:59:50)
seconds=$SECONDS
good=0
for i in $(seq "$HALLMARK_BOOTS"); do
	cpus=$((i % 4 + 1))
	memory=$((640 + i % 5 * 256))
	clock=${clocks[i % 4]}
	boot --disk "$IMAGE/disk.raw" --cpus "$cpus" --memory "$memory" --qemu -rtc --qemu "base=$clock" --timeout 600
	differ=$(changed_registers "$golden" "$work/report.json")
	if [ "$boot_status" = 0 ] && [ -z "$differ" ]; then
		good=$((good + 1))
		jq -cS 'map_values(.[2:15])' <<<"$(jq .pcrs "$work/report.json")" >>"$work/all"
	else
		ok 1 "j27_boot_$i: $cpus processors, $memory MiB, $clock" "status $boot_status, registers that differ: $differ"
	fi
done
is "$good" "$HALLMARK_BOOTS" 'j27_all_boots: every register as predicted'
is "$(sort -u "$work/all" | wc -l)" 1 'j27_all_boots: registers 2 to 14 in all banks are the same'
echo "#! boots with identical registers: $good of $HALLMARK_BOOTS, in $((SECONDS - seconds)) s"
done_testing
