#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# usage.t - help, versions, and every wrong way to call the command
. "$(dirname "$0")/../support/cli.sh"

run --version
is "$status $out" "0 $(sed -n 's/^VERSION := /hallmark /p' "$top/Makefile")" 'hallmark --version'
run --help
is "$status" 0 'hallmark --help'
for command in uki predict log; do
	like "$out" "hallmark $command " "hallmark --help lists $command"
done
for command in uki predict 'log show' 'log replay' 'log diff'; do
	# shellcheck disable=SC2086 # two words
	run $command --help
	is "$status" 0 "hallmark $command --help"
	like "$out" "^example: .*hallmark $command" "hallmark $command --help has an example"
	is "$err" '' "hallmark $command --help prints no error"
done
for command in '' log platform verity; do
	# shellcheck disable=SC2086 # none, or one word
	run $command --help
	like "$out" "^example: hallmark ${command:+$command }[a-z]+ [^.]" "hallmark $command --help has an example"
done
# What a usage line names has a line that explains it. Those of `predict --join` and `--replace` are a mode's, and explained there.
explained=0
while read -r command; do
	program=$HALLMARK
	case $command in attest | report) program=$HALLMARK_GUEST ;; esac
	# shellcheck disable=SC2086 # one or two words
	run $command --help
	usage=$(sed '/^$/,$d' <<<"$out")
	lines=$(sed -nE 's/^ +(--.*)/\1/p' <<<"$out" | sed 's/  .*//')
	lacking=
	while read -r option; do
		if grep -qE -- "(^| )$option([ =[,]|\$)" <<<"$lines"; then explained=$((explained + 1)); else lacking+=" $option"; fi
	done < <(grep -oE -- '--[a-z][a-z-]+' <<<"$usage" | grep -vxE -- '--help|--join|--replace' | sort -u)
	is "$lacking" '' "hallmark $command --help explains each option of its usage"
done <<'COMMANDS'
uki
predict
sign
verify-signature
verity format
verity root
verity verify
verity join
verity digests
verity speed
log show
log replay
log diff
export
verify
proxy
artefacts
audit
platform learn
platform calculate
platform list
platform check
platform fetch-vcek
platform fetch-crls
platform fetch-token
attest
report
COMMANDS
program=
ok "$([ "$explained" -ge 70 ]; echo $?)" "options in usage lines: $explained"
run log --help
like "$out" 'hallmark log diff ' 'hallmark log --help lists diff'

run
is "$status $out" '3 ' 'no command: status 3, nothing on standard output'
like "$err" '^usage: hallmark COMMAND' 'no command: usage'
refused 3 'verfy: is not a command' 'an unknown command' verfy
refused 3 'verfy: is not a command' 'an unknown log command' log verfy
refused 3 '--stub is missing' 'no option at all' uki
refused 3 '--stob is not an option' 'an unknown option' uki --stob x
refused 3 '--stu is not an option' 'options are not abbreviated' uki --stu x
refused 3 '--output needs a value' 'an option without value' uki --output
refused 3 '--stub is given twice' 'an option twice' uki --stub x --stub y
refused 3 '--no-layers is given twice' 'a flag twice' uki --no-layers --no-layers
refused 3 '--no-layers takes no value' 'a flag with a value' uki --no-layers=yes
refused 3 'x is one argument too many' 'a word where none is taken' uki x
refused 3 'an argument is missing' 'log diff with one file' log diff x
refused 3 'z is one argument too many' 'log diff with three files' log diff x y z
refused 3 '--json and --table' 'log diff --json --table' log diff --json --table x y
refused 3 '--bank and --all' 'log replay --bank --all' log replay --bank sha1 --all x
# The commands of the machine that is attested are another program's.
for command in attest report tls; do
	refused 3 "$command: is a command of hallmark-guest," "$command: status 3, and whose command it is" "$command"
	refused 3 "$command: is a command of hallmark-guest," "$command with options: the same" "$command" --tcti x
	program=$HALLMARK_GUEST run --help
	like "$out" "hallmark-guest $command " "hallmark-guest --help lists $command"
	program=$HALLMARK_GUEST run $command --help
	is "$status" 0 "hallmark-guest $command --help"
	like "$out" "^example: .*hallmark-guest $command" "hallmark-guest $command --help has an example"
	program=$HALLMARK_GUEST refused 3 "--no is not an option \\(hallmark-guest $command --help\\)" "$command: an unknown option" $command --no
done
program=$HALLMARK_GUEST refused 3 'verify: is not a command' 'hallmark-guest has no other command' verify
program=$HALLMARK_GUEST run --version
is "$status $out" "0 $(sed -n 's/^VERSION := /hallmark-guest /p' "$top/Makefile")" 'hallmark-guest --version'
program=$HALLMARK_GUEST refused 3 'either --port or --output' 'report without a place' report
program=$HALLMARK_GUEST refused 3 'either --port or --output' 'report with two places' report --port x --output y
disks=()
for _ in $(seq 33); do
	disks+=(--disk x)
done
refused 3 '--disk is given too often' 'too many disks' predict "${disks[@]}"
refused 4 'name-of-no-file: No such file' 'words after -- are never options' log show -- -name-of-no-file
refused 4 'a\\x0ab\\x1b\[1m: No such file' 'control characters of a name are escaped' log show $'a\nb\e[1m'

status=0
"$HALLMARK" --help >/dev/full 2>"$work/stderr" || status=$?
is "$status $(cat "$work/stderr")" '4 hallmark: standard output: No space left on device' 'a full standard output is an error'
done_testing
