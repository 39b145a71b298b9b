#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# power-cuts.t - QEMU is killed at 20 points of a boot; the next boot, with the same variables, TPM and disk, is a normal one
. tests/boot/lib.sh

golden=$IMAGE/golden/golden.json
[ -s "$golden" ] || bail 'no golden file: run make image'
# What the console says in the course of a boot, and seconds after it. Each point is a line and a delay.
points=('BdsDxe: starting:0' 'BdsDxe: starting:0.5' 'BdsDxe: starting:1' 'Linux version:0' 'Linux version:0.5' 'Linux version:1' 'Linux version:2'
	'Run /init:0' 'Run /init:0.2' 'Run /init:0.4' 'Run /init:0.6' 'Run /init:0.8' 'layer root is measured:0' 'layer app is measured:0'
	'layer weights is measured:0' 'hallmark. locked:0' 'hallmark. locked:0.5' 'systemd.1.: .*running in system mode:0'
	'Queued start job:0' 'Started hallmark-report:0')
count=0
for point in "${points[@]}"; do
	state=$work/state
	rm -rf "$state"
	boot --disk "$IMAGE/disk.raw" --state "$state" --wait "serial:${point%:*}" --timeout 600 -- \
		sh -c "sleep ${point##*:}; kill -KILL \$HALLMARK_QEMU_PID"
	is "$boot_status" 0 "j16_power_cut: at '${point%:*}' and ${point##*:} s"
	boot --disk "$IMAGE/disk.raw" --state "$state" --timeout 600
	is "$boot_status $(changed_registers "$golden" "$work/report.json")" '0 ' "j16_power_cut: after '${point%:*}' and ${point##*:} s a normal boot"
	report_log runtime_log >"$work/cel"
	# The last record is that of the TLS key.
	head -n -1 "$work/cel" | cmp -s - "$IMAGE/golden/golden.cel"
	ok $? "j16_power_cut: no record is left over"
	count=$((count + 1))
done
echo "#! power cuts in QEMU: $count"
done_testing
