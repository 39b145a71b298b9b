#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# stub-time.t - the stub's time beside systemd's, printed: one round of tests/bench/stub, on whatever else the machine does
. tests/boot/lib.sh

said=$(tests/bench/stub 1 2>&1)
is "$?" 0 'both stubs start the kernel'
like "$said" '^stub: hallmark takes [0-9.]+ x the time of systemd.s' 'both were timed'
like "$said" '^stub: hallmark .* 0 LoadImage' 'ours loads no image'
while read -r line; do echo "#! $line"; done <<<"$said"
done_testing
