#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# library.t - libhallmark: what it shows and uses, and the example program of docs/examples with it, static and shared
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
# Other tests make it too, at the same time.
flock "$B/lib.lock" make -s lib >"$work/log" 2>&1 || bail "make lib: $(tail -n 3 "$work/log")"

is "$(nm -D --defined-only "$B/libhallmark.so" | awk '$2 != "A" {print $3}' | grep -cv '^hallmark_[a-z0-9_]*@@HALLMARK_0$')" 0 \
	'the shared library shows hallmark_* alone, with the version HALLMARK_0'
is "$(nm --defined-only --extern-only "$B/libhallmark.a" | awk 'NF == 3 {print $3}' | grep -cv '^hallmark_')" 0 'so does the static one, without a version'

# imports FILE OPTION...: the names of what a library takes from elsewhere
imports() {
	nm --undefined-only "${@:2}" "$1" | awk '{print $2}' | sed 's/@.*//' | grep . | sort -u
}
# Each entry of the list as a regular expression.
sed -E '/^#/d; s/ : .*//' tests/lib/imports | tr ' ' '\n' | sed 's/\*$/.*/' | sort -u >"$work/allowed"
imports "$B/libhallmark.so" -D >"$work/so"
imports "$B/libhallmark.a" >"$work/a"
for library in so a; do
	[ "$(wc -l <"$work/$library")" -gt 100 ] || bail "nm: no imports of libhallmark.$library"
	is "$(grep -vxEf "$work/allowed" "$work/$library" | tr '\n' ' ')" '' "libhallmark.$library imports nothing but what tests/lib/imports lists"
done
is "$(while read -r entry; do cat "$work/so" "$work/a" | grep -qxE "$entry" || echo "$entry"; done <"$work/allowed")" '' 'tests/lib/imports lists nothing that neither needs'
is "$(printf '%s\n' open openat fopen fopen64 read fread write fwrite fputs puts printf __printf_chk __fprintf_chk stderr stdout perror rename unlink \
	mkostemp ioctl getenv secure_getenv setenv time gettimeofday clock_gettime socket connect exit abort system fork execve syslog \
	BIO_new_file BIO_new_socket X509_STORE_set_default_paths json_load_file json_dump_file | grep -xEf "$work/allowed")" '' \
	'tests/lib/imports allows no file, output, network, clock, environment or process'
is "$(size -A -d "$B/libhallmark.so" | awk '($1 == ".data" || $1 == ".bss") && $2 > 8')" '' 'no global state: .data and .bss are the compiler'"'"'s own 8 bytes'
is "$(readelf -d "$B/libhallmark.so" | sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' | sort | tr '\n' ' ')" 'libc.so.6 libcrypto.so.3 libjansson.so.4 ' 'it needs OpenSSL and jansson'

# Nothing outside of lib/ and core/ is needed.
mkdir "$work/tree"
tar -c --exclude=./build --exclude=./.git --exclude=./host --exclude=./guest --exclude=./tools --exclude=./initramfs . | tar -x -C "$work/tree"
[ -e "$work/tree/lib/hallmark.h" ] && [ ! -e "$work/tree/host" ] && [ ! -e "$work/tree/guest" ] && [ ! -e "$work/tree/tools" ]
ok $? 'a copy of the tree without host, guest, tools and initramfs'
make -s -C "$work/tree" B="$work/tree/build" CFLAGS=-O2 lib >"$work/log" 2>&1
ok $? 'make lib works there' "$(tail -n 5 "$work/log")"
is "$(imports "$work/tree/build/libhallmark.a" | grep -vxEf "$work/allowed" | tr '\n' ' ')" '' 'and what it makes imports nothing else'

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
[ "$(wc -l <docs/examples/verify.c)" -le 100 ]
ok $? 'the example is short'

export LD_LIBRARY_PATH=$work/lib
/usr/bin/python3 -B tests/verify/maker.py "$work/proof" --release || bail maker.py
cd "$work/proof" || bail cd
xxd -r -p nonce >nonce.bin
xxd -r -p spki >spki.bin
# More than a mebibyte, so that a reader with a smaller buffer would take another file for it.
{ cat proof.json; head -c 1500000 /dev/zero | tr '\0' ' '; echo x; } >long.json
as_of=$(date -u -d 2026-11-26T12:00:00Z +%s)
files=(golden.json golden.json.sig golden.pub roots.pem)
for program in shared static; do
	is "$("$work/$program" proof.json "${files[@]}" nonce.bin spki.bin "$as_of") $?" 'accepted: send the request now 0' "$program: accepted"
	head -c 32 /dev/zero >zero.bin
	like "$("$work/$program" proof.json "${files[@]}" zero.bin spki.bin "$as_of"; echo "exit $?")" '^StaleQuote: check 6' "$program: another nonce"
	like "$("$work/$program" proof.json "${files[@]}" nonce.bin zero.bin "$as_of"; echo "exit $?")" '^TlsMismatch: check 13' "$program: another connection"
	like "$("$work/$program" proof.json "${files[@]}" nonce.bin spki.bin 0)" '^InvalidAttestationKey: check 2' "$program: another time"
	like "$("$work/$program" proof.json "${files[@]}" zero.bin spki.bin "$as_of")" ', which is "freshness"' "$program: the name of the check is said"
	like "$("$work/$program" long.json "${files[@]}" nonce.bin spki.bin "$as_of")" '^Malformed: check 1.*end of file expected near .x' "$program: a long file is read to its end"
	like "$("$work/$program" missing.json "${files[@]}" nonce.bin spki.bin "$as_of" 2>&1; echo "exit $?")" '^missing.json: ' "$program: a file that is not there"
	like "$("$work/$program" proof.json 2>&1; echo "exit $?")" '^usage: ' "$program: words that are missing"
	like "$("$work/$program" proof.json roots.pem "${files[@]:1}" nonce.bin spki.bin "$as_of")" '^GoldenInvalid: check 0' "$program: another golden file"
done
done_testing
