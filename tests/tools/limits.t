#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# limits.t - files of 1 GiB where a log or a golden file is expected: refused at once, not read into memory
. "$(dirname "$0")/../support/cli.sh"

truncate -s 1G "$work/large"
echo '{}' >"$work/small.json"
# limited NAME STATUS ARGUMENT...: refused with one line, within 2 s and 64 MiB of memory
limited() {
	local name=$1 want=$2 start status=0
	shift 2
	start=$(date +%s%N)
	(ulimit -v $((1024 * 256)) && timeout 20 "$HALLMARK" "$@") >"$work/out" 2>"$work/err" || status=$?
	is "$status $(wc -l <"$work/err") $(wc -c <"$work/out")" "$want 1 0" "$name: one line, status $want"
	like "$(cat "$work/err")" 'File too large$' "$name: says why"
	ok "$([ $(($(date +%s%N) - start)) -lt 2000000000 ]; echo $?)" "$name: within 2 s"
}
limited j25_log_replay 4 log replay "$work/large"
limited j25_log_show 4 log show "$work/large"
limited j25_golden 4 log diff "$work/large" "$work/small.json"
done_testing
