#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# ram.t - a layer in memory: copied while it is hashed, used from there alone
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# The weights in memory: their partition alone, and the record as stat and sha256sum make it.
change_machine() {
	sed -i 's/^weights 14 hallmark-weights hallmark-weights-verity /weights 14 hallmark-weights - /' "$work/layers"
	grep -q '^weights 14 hallmark-weights - ' "$work/layers" || bail 'no layer in memory'
	sed -i "s/^14 .*name=weights .*/14 hallmark-layer\/1 name=weights type=ram size=$(stat -c %s "$work/weights.img") sha256=$(hash sha256 <"$work/weights.img")/" \
		"$work/records"
}
boot_test test_ram "$@"
