#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# help.t - every option that a help text names exists: of each command, and of each script
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
HALLMARK_GUEST=$(dirname "$HALLMARK")/hallmark-guest

options_in() {
	grep -oE -- '--[a-z][a-z0-9-]*[a-z0-9]' | sort -u
}

# commands PROGRAM [WORD]: the commands of its help, those of groups too
commands() {
	"$@" --help | sed -n 's/^  hallmark\(-guest\)\? \([a-z -]*[a-z]\)  .*/\2/p'
}
# What a help text says of other programs: curl, systemd-pcrlock, tpm2_createpolicy, swtpm.
others=' --data-binary --components --policy-pcr --ctrl '
# And of another command or script of ours: whose it is, is said in the text.
ours=' verify:--vcek verify:--crls verify:--roots verify:--intermediates verity_format:--shard predict:--disk qemu/run:--vars '
of_another() { # of_another OPTION
	local pair
	[[ $others != *" $1 "* ]] || return 0
	for pair in $ours; do
		[ "${pair#*:}" = "$1" ] || continue
		case ${pair%%:*} in
		*/*) grep -qE -e "^[[:space:]]*$1\\)" "${pair%%:*}" && return 0 ;;
		*) grep -qE -e "\"$1\"" tools/*.c host/*/*.c && return 0 ;;
		esac
	done
	return 1
}
# An option alone is called wrongly one way or another; what must not be said of it is that it is none.
tried=0
for program in "$HALLMARK" "$HALLMARK_GUEST"; do
	while read -r command; do
		lacking=
		# shellcheck disable=SC2086 # one or two words
		for option in $("$program" $command --help | options_in); do
				tried=$((tried + 1))
			err=$(timeout 10 "$program" $command "$option" 2>&1 </dev/null)
			[ "$option" = --help ] || ! grep -qF -e "$option is not an option" <<<"$err" || of_another "$option" || lacking+=" $option"
		done
		is "$lacking" '' "${program##*/} $command: every option of its help is one"
	done < <(for command in $(commands "$program"); do
		# shellcheck disable=SC2046 # words
		set -- $(commands "$program" "$command" | sed 's/ /+/g')
		if [ $# = 0 ]; then echo "$command"; else printf '%s\n' "$@" | tr + ' '; fi
	done)
done
ok "$([ $tried -gt 150 ]; echo $?)" "$tried options of commands were tried"

# usage_of SCRIPT: its usage text, and the program without it
usage_of() {
	sed -nE -e '/<<.?USAGE/,/^USAGE$/p' -e '/^usage_text=/p' -e '/^""".*/,/"""$/p' -e 's/.*(usage: .*)/\1/p' "$1"
}
code_of() {
	sed -E -e '/<<.?USAGE/,/^USAGE$/d' -e '/^usage_text=/d' -e '/^""".*/,/"""$/d' -e '/usage: /d' -e '/^[[:space:]]*#/d' "$1"
}
tried=0
for script in $(git ls-files image qemu keys hooks initramfs tests/reproduce | while read -r f; do
	[ ! -f "$f" ] || ! head -c 30 "$f" | grep -qE '^#!.*(sh|python3)' || echo "$f"
done); do
	named=$(usage_of "$script" | options_in | grep -vx -- --help)
	[ -n "$named" ] || continue
	lacking=
	for option in $named; do
		tried=$((tried + 1))
		# A label of case, an option of argparse, or a word that is compared with.
		code_of "$script" | grep -qE -e "(^|[[:space:]|\"'= ])$option(\)|[\"' ]| *\|)" || of_another "$option" || lacking+=" $option"
	done
	is "$lacking" '' "$script: every option of its usage is one"
done
ok "$([ $tried -gt 40 ]; echo $?)" "$tried options of scripts were looked for"

done_testing
