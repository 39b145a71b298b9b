#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# compilers.t - k08: no check depends on the compiler: the unit tests by gcc and clang, at -O0, -O2 and -Os, with UndefinedBehaviorSanitizer
. "$(dirname "$0")/../../support/cli.sh"
cd "$top" || bail "$top"

# What lets a compiler remove a check after an overflow is off, in the host's flags and in the stub's.
for file in obj/core/bytes.o efi/core/bytes.o; do
	like "$(make -n --always-make B="$work/dry" "$work/dry/$file" 2>/dev/null)" '-fno-strict-overflow' "k08_flags: $file has no strict overflow"
done
for cc in gcc clang; do
	for level in O0 O2 Os; do
		build=$work/$cc-$level
		make -j"$(nproc)" B="$build" CC=$cc SAN_FLAGS="-$level -fsanitize=undefined -fno-sanitize-recover=all" unit >"$work/log" 2>&1
		ok $? "k08_${cc}_$level: everything compiles without a warning" "$(grep -E 'error|warning' "$work/log" | head -n 5)"
		failed='' ran=0
		for program in $(find "$build/unit" -name 'test_*' -perm -100 -type f | sort); do
			ran=$((ran + 1))
			CMOCKA_MESSAGE_OUTPUT=TAP "$program" >"$work/out" 2>&1 || failed="$failed ${program##*/}"
		done
		is "$ran$failed" "$(find tests/core tests/lib tests/host tests/guest tests/support -name 'test_*.c' | wc -l)" "k08_${cc}_$level: the unit tests pass"
		rm -rf "$build"
	done
done
done_testing
