#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# make.t - the Makefile: other flags make other objects, equal ones none; what B= may be; help names every target
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
# The variables of the make that runs the tests are not this one's.
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS LDFLAGS V

built() { # built FLAG...: how many objects make compiles, of two
	make B="$work/b" "$@" "$work/b/obj/core/bytes.o" "$work/b/obj/lib/base/base64.o" 2>&1 | grep -c '^  CC '
}
is "$(built) $(built)" '2 0' 'objects are compiled once'
is "$(built CFLAGS=-O0) $(built CFLAGS=-O0) $(built)" '2 0 2' 'with other flags again, with the first ones again'
touch -d '1 minute' "$work/b/obj/flags"
is "$(built)" 1 'what stands beside the core does not follow the flags of the core'
sed 's|core/bytes.h|core/no-such-file.h|' -i "$work/b/obj/core/bytes.d"
is "$(built)" 1 'headers are looked at: one that is gone'

for b in / // '' . .. ./ "$top" "$top/.." 'a b'; do
	out=$(make -n clean B="$b" 2>&1)
	like "$? $out" '^2 .*B= must be a directory of its own' "make clean B='$b': refused"
done
for v in APP WEIGHTS IMAGE; do
	out=$(make -n clean "$v=my files" 2>&1)
	like "$? $out" "^2 .*$v='my files': a space in a path cannot be handled" "$v= with a space: refused, not taken for two"
done
is "$(make -n clean B="$work/b" SUDO= 2>&1)" "rm -rf --one-file-system $work/b" 'make clean: the build directory, and nothing else'

lacking=
# shellcheck disable=SC2013 # words, not lines
for target in $(sed -n 's/^\.PHONY: //p' Makefile image/Makefile.inc tests/Makefile.inc); do
	[ "$target" = FORCE ] || grep -qE "^make ([a-z-]+ )*\[?$target(\]| |\$)" <<<"$(make help)" || lacking+=" $target"
done
is "$lacking" '' 'make help names every target'
# shellcheck disable=SC2016 # make and another shell expand them
is "$(make -s -f - show <<<$'include Makefile\nshow:\n\t@echo $(SOURCE_DATE_EPOCH)') $(env -u SOURCE_DATE_EPOCH sh -c '. image/lib.sh; echo $SOURCE_DATE_EPOCH')" \
	"$(make -s -f - show <<<$'include Makefile\nshow:\n\t@echo $(SOURCE_DATE_EPOCH) $(SOURCE_DATE_EPOCH)')" 'one time for everything, also for a script that is called alone'
done_testing
