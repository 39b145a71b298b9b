#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# man.t - the manual pages have exactly the options of --help, and are well-formed where groff is there to say so
. "$(dirname "$0")/../support/cli.sh"

page() { # page PAGE COMMAND...: each COMMAND is words of one command
	local file=$top/docs/man/hallmark-$1.1 said=
	for command in "${@:2}"; do
		# shellcheck disable=SC2086 # words
		run $command --help
		said+=$out$'\n'
	done
	is "$(sed -nE 's/^\.It Fl -([a-z-]+).*/\1/p' "$file" | sort -u | paste -sd' ')" \
		"$(sed -nE 's/^ +(--.*)/\1/p' <<<"$said" | sed 's/   *.*//' | grep -oE -e '--[a-z-]+' | sed 's/^--//' | sort -u | paste -sd' ')" \
		"hallmark-$1.1 has exactly the options of --help"
	like "$(head -n 2 "$file")" 'SPDX-License-Identifier: BSD-2-Clause' "hallmark-$1.1: licence"
	if command -v groff >/dev/null; then
		is "$(groff -mandoc -Tascii -ww -z "$file" 2>&1)" '' "hallmark-$1.1: groff has nothing to say"
	else
		skip "hallmark-$1.1: groff" 'it is not installed'
	fi
}
page verity 'verity format' 'verity verify' 'verity root' 'verity join' 'verity digests' 'verity speed'
page log 'log show' 'log replay' 'log diff'
page export export
done_testing
