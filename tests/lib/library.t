#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# library.t - libhallmark: what it shows and uses, and the example program of docs/examples with it, static and shared
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
make -s lib >"$work/log" 2>&1 || bail "make lib: $(tail -n 3 "$work/log")"

is "$(nm -D --defined-only "$B/libhallmark.so" | awk '{print $3}' | grep -cv '^hallmark_')" 0 'the shared library shows hallmark_* alone'
is "$(nm --defined-only --extern-only "$B/libhallmark.a" | awk 'NF == 3 {print $3}' | grep -cv '^hallmark_')" 0 'so does the static one'
is "$(nm -D --undefined-only "$B/libhallmark.so" | awk '{print $2}' | sed 's/@.*//' |
	grep -xE '(f|__f|v|__v)?(printf|puts|putchar|write|perror)(_chk)?|__v?f?printf_chk|syslog|(secure_)?getenv|f?open(64|at)?|read|socket|connect|time|gettimeofday|clock_gettime|exit|abort|system|exec.*|fork|setenv' | tr '\n' ' ')" \
	'' 'it prints nothing, opens nothing, and asks for no time and no environment'
is "$(size -A -d "$B/libhallmark.so" | awk '($1 == ".data" || $1 == ".bss") && $2 > 8')" '' 'no global state: .data and .bss are the compiler'"'"'s own 8 bytes'
is "$(readelf -d "$B/libhallmark.so" | sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' | sort | tr '\n' ' ')" 'libc.so.6 libcrypto.so.3 libjansson.so.4 ' 'it needs OpenSSL and jansson'

mkdir -p "$work/include" "$work/lib"
cp lib/hallmark.h "$work/include/"
cp "$B/libhallmark.so" "$work/lib/libhallmark.so.0"
ln -s libhallmark.so.0 "$work/lib/libhallmark.so"
cp "$B/libhallmark.a" "$work/lib/libhallmark-static.a"
cc_args=(-std=c11 -Wall -Wextra -Werror -I "$work/include")
gcc "${cc_args[@]}" -o "$work/shared" docs/examples/verify.c -L "$work/lib" -lhallmark 2>"$work/log"
ok $? 'the example compiles, with the shared library' "$(cat "$work/log")"
gcc "${cc_args[@]}" -o "$work/static" docs/examples/verify.c "$B/libhallmark.a" -lcrypto -ljansson 2>"$work/log"
ok $? 'and with the static one' "$(cat "$work/log")"
echo '#include <hallmark.h>' >"$work/cpp.cc"
gcc -x c++ -Wall -Wextra -fsyntax-only -I "$work/include" "$work/cpp.cc" 2>"$work/log"
ok $? 'the header is C++ too' "$(cat "$work/log")"
[ "$(wc -l <docs/examples/verify.c)" -le 36 ]
ok $? 'the example is short'

export LD_LIBRARY_PATH=$work/lib
/usr/bin/python3 -B tests/verify/maker.py "$work/proof" --release || bail maker.py
cd "$work/proof" || bail cd
xxd -r -p nonce >nonce.bin
xxd -r -p spki >spki.bin
as_of=$(date -u -d 2026-11-26T12:00:00Z +%s)
files=(golden.json golden.json.sig golden.pub roots.pem)
for program in shared static; do
	is "$("$work/$program" proof.json "${files[@]}" nonce.bin spki.bin "$as_of") $?" 'accepted: send the request now 0' "$program: accepted"
	head -c 32 /dev/zero >zero.bin
	like "$("$work/$program" proof.json "${files[@]}" zero.bin spki.bin "$as_of"; echo "exit $?")" '^StaleQuote: check 6' "$program: another nonce"
	like "$("$work/$program" proof.json "${files[@]}" nonce.bin zero.bin "$as_of"; echo "exit $?")" '^TlsMismatch: check 13' "$program: another connection"
	like "$("$work/$program" proof.json "${files[@]}" nonce.bin spki.bin 0)" '^InvalidAttestationKey: check 2' "$program: another time"
	like "$("$work/$program" proof.json roots.pem "${files[@]:1}" nonce.bin spki.bin "$as_of")" '^GoldenInvalid: check 0' "$program: another golden file"
done
done_testing
