# SPDX-License-Identifier: BSD-2-Clause
# tap.sh - TAP for the tests in shell: each prints a line, and after the last of them done_testing prints the plan
# shellcheck shell=bash
# To be sourced. tests/support/tap.py is the same for Python.
set -u
tap_count=0

# ok STATUS NAME [DETAIL]: of a long detail the first and the last lines are shown
ok() {
	tap_count=$((tap_count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_count - $2"
	else
		echo "not ok $tap_count - $2"
		[ -z "${3:-}" ] || awk 'NR <= 10 { print "#   " $0; next } { last[NR % 20] = $0 }
			END { if (NR > 30) print "#   ..."; for (i = NR > 30 ? NR - 19 : 11; i <= NR; i++) print "#   " last[i % 20] }' <<<"$3"
	fi
}

# is GOT WANT NAME
is() {
	if [ "$1" = "$2" ]; then ok 0 "$3"; else ok 1 "$3" "got:  $1
want: $2"; fi
}

# like TEXT REGEX NAME: a line of it matches
like() {
	if grep -qaE -e "$2" <<<"$1"; then ok 0 "$3"; else ok 1 "$3" "no match for /$2/ in:
$1"; fi
}

unlike() {
	if grep -qaE -e "$2" <<<"$1"; then ok 1 "$3" "unexpected match for /$2/:
$(grep -aE -e "$2" <<<"$1")"; else ok 0 "$3"; fi
}

# skip NAME WHY: one test
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# skip_all WHY: the whole program, before its first test
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

done_testing() {
	echo "1..$tap_count"
}

bail() {
	echo "Bail out! $*"
	exit 1
}
