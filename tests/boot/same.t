#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# same.t - the demo image's boots of this check: the same registers each time; one more boot here
. tests/boot/lib.sh

boot --disk "$IMAGE/disk.raw"
is "$boot_status" 0 'j27_same_registers: the machine boots and reports'
keep_registers 99-same
dir=$B/check/boots/$(sha256sum "$IMAGE/golden/golden.json" | cut -c1-16)
boots=$(find "$dir" -type f | wc -l)
# Registers 0 and 1 may tell the machine's shape, which devices.t changes on purpose; 15 has the TLS key, made anew.
different=$(for file in "$dir"/*; do jq -c 'map_values(.[2:15])' "$file"; done | sort -u | wc -l)
is "$different" 1 "j27_same_registers: registers 2 to 14 in all banks, $boots boots"
is "$(jq -c 'map_values(.[:15])' "$dir/99-same")" "$(jq -c 'map_values(.[:15])' "$dir/01-demo")" \
	'j27_same_registers: two boots of one machine, registers 0 to 14 in all banks'
echo "#! boots with identical registers: $boots"
done_testing
