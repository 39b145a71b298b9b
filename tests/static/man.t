#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# man.t - each command has a page, with exactly the options of --help; each page is well-formed; each option is tried
. "$(dirname "$0")/../support/cli.sh"

pages=$work/man
run --man-pages "$pages"
is "$status$out$err" 0 'hallmark --man-pages'
program=$HALLMARK_GUEST run --man-pages "$pages"
is "$status$out$err" 0 'hallmark-guest --man-pages'

# What takes an option of this command in a test: the tests' text, less what only looks at help.
tests=$(find "$top/tests" "$top/image" "$top/qemu" -type f ! -name '*.o' ! -path '*/static/*' -exec cat {} + | tr '\0' '\n')
count=0
while read -r command; do
	read -ra words <<<"$command"
	name=hallmark
	program=$HALLMARK
	case $command in attest | report | tls) name=hallmark-guest program=$HALLMARK_GUEST ;; esac
	page=$pages/$name-$(tr ' ' - <<<"${command//--/}").1
	run "${words[@]}" --help
	said=$(sed -nE 's/^  (--[a-z0-9-]+).*/\1/p' <<<"$out")
	like "$out" "^usage: $name " "hallmark $command --help"
	is "$(sed -nE 's/^\\fB(\\-\\-[a-z0-9\\-]+)\\fR.*/\1/p' "$page" | sed 's|\\||g')" "$said" "hallmark $command: the page has exactly the options of --help"
	untried=
	while read -r option; do
		[ -z "$option" ] || grep -qE -e "(^|[^a-z-])$option([^a-z-]|\$)" <<<"$tests" || untried+=" $option"
	done <<<"$said"
	is "$untried" '' "hallmark $command: each option is tried by a test"
	count=$((count + 1))
done <<'COMMANDS'
uki
predict
predict --join
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
attest
verify
proxy
artefacts
audit
report
tls
platform learn
platform calculate
platform list
platform check
platform fetch-vcek
platform fetch-crls
platform fetch-token
COMMANDS
program=

# The pages of the programs, and of the groups log, platform and verity, name commands in place of options.
is "$(find "$pages" -name '*.1' | wc -l)" $((count + 5)) 'no other pages'
for page in "$pages"/*.1; do
	name=$(basename "$page")
	like "$(head -n 1 "$page")" 'SPDX-License-Identifier: BSD-2-Clause' "$name: licence"
	for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES; do
		grep -qx ".SH $section" "$page" || ok 1 "$name has a section $section"
	done
	if command -v groff >/dev/null; then
		is "$(groff -mandoc -Tascii -ww -z "$page" 2>&1)" '' "$name: groff has nothing to say"
	else
		skip "$name: groff" 'it is not installed'
	fi
	if command -v mandoc >/dev/null; then
		is "$(mandoc -Tlint -Wwarning "$page" 2>&1)" '' "$name: mandoc has nothing to say"
	fi
done
for group in log platform verity; do
	run "$group" --help
	is "$(sed -nE "s/^\\\\fBhallmark\\\\-$group\\\\-(.*)\\\\fR\(1\)/\1/p" "$pages/hallmark-$group.1" | sed 's|\\||g')" \
		"$(sed -nE "s/^  hallmark $group ([a-z0-9-]+) .*/\1/p" <<<"$out")" "hallmark-$group.1 has exactly the commands of --help"
done
if command -v groff >/dev/null; then
	text=$(groff -mandoc -Tascii "$pages/hallmark-verify.1" | sed 's/\x1b\[[0-9]*m//g; s/.\x08//g')
	like "$text" '^ +hallmark verify https://HOST\[:PORT\] --golden FILE' 'hallmark-verify.1: the usage, as it is typed'
	like "$text" '^ +hallmark verify proof.json \.\.\. --tls-cert server.der --json \| jq -r .code' 'hallmark-verify.1: an example'
fi
SOURCE_DATE_EPOCH=1795305600 "$HALLMARK" --man-pages "$work/again"
SOURCE_DATE_EPOCH=1795305600 "$HALLMARK" --man-pages "$work/third"
is "$(diff -r "$work/again" "$work/third" && grep -h '^.TH' "$work/again"/*.1 | grep -vc '"2026-11-22"')" 0 'the same pages each time, of the date of the sources'
refused 4 'No such file' 'pages into a directory that cannot be made' --man-pages "$work/missing/x"
done_testing
