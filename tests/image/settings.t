#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# settings.t - the script that makes the OS's kernel settings: each line or a failure, nothing in between
. tests/support/cli.sh

# shellcheck disable=SC2016 # the script's own words
printf '#!/bin/sh\necho "$*" >>%s\n[ "$2 $3" != "-w kernel.missing=1" ]\n' "$work/log" >"$work/sysctl"
chmod +x "$work/sysctl"
sed "s|/usr/lib/hallmark/sysctl.conf|$work/conf|; s|/usr/bin/busybox sysctl|$work/sysctl|" image/os/tree/usr/lib/hallmark/settings >"$work/settings"
is "$(grep -c "$work" "$work/settings")" 2 'the script reads its file and calls sysctl'

# settings TEXT: run the script on a file with this text; $made is what sysctl was asked for
settings() {
	: >"$work/log"
	printf '%b' "$1" >"$work/conf"
	status=0
	dash "$work/settings" 2>"$work/stderr" || status=$?
	made=$(paste -sd' ' "$work/log")
}

settings '# text\n\nkernel.a = 1\nnet.b.c = 2 3\n'
is "$status $made" '0 -q -w kernel.a=1 -q -w net.b.c=2 3' 'each line'
settings 'kernel.a = 1\nkernel.b = 2'
is "$status $made" '0 -q -w kernel.a=1 -q -w kernel.b=2' 'a last line without an end'
settings 'kernel.missing = 1\nkernel.b = 2\n'
is "$status $made" '1 -q -w kernel.missing=1' 'a setting that the kernel has not: nothing after it'
for text in 'kernel.a=1' 'kernel.a 1' 'kernel.a =' 'kernel.a = ' 'kernel.a' '= 1'; do
	settings "$text\n"
	is "$status $made" '1 ' "not a setting: '$text'"
	is "$(grep -c '^settings: not a line KEY = VALUE' "$work/stderr")" 1 "not a setting: '$text': and it says so"
done
settings "$(sed 's/\\/\\\\/g' image/os/tree/usr/lib/hallmark/sysctl.conf)\n"
is "$status $(wc -l <"$work/log")" "0 $(grep -cE '^[a-z]' image/os/tree/usr/lib/hallmark/sysctl.conf)" "the image's own file"
done_testing
