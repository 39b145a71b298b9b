#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# libraries.t - what each program has in memory, and under which names the other libraries are loaded
. "$(dirname "$0")/../support/cli.sh"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=root -out "$work/root.pem" 2>/dev/null ||
	bail 'openssl req'

# mapped PROGRAM ARGUMENT...: the files in the memory of a command that waits for the content of $work/fifo, by name
mapped() {
	local pid
	mkfifo "$work/fifo" && exec 9<>"$work/fifo"
	"$@" >"$work/log" 2>&1 9>&- &
	pid=$!
	for _ in $(seq 200); do
		[ -n "$(find "/proc/$pid/fd" -lname "$work/fifo" 2>/dev/null)" ] && break
		sleep 0.02
	done
	awk '$6 != "" { print $6 }' "/proc/$pid/maps" | grep -vE '^\[(stack|heap|v[a-z_]+)\]$' | sed 's|.*/||; s/\.so[.0-9]*$//' |
		sort -u | paste -sd' '
	exec 9>&-
	wait "$pid"
}

# A client parses hostile input: no TLS, no TPM, no XML, no packer, no C++ beside it.
is "$(mapped "$HALLMARK" verify "$work/fifo" --platform-only --roots "$work/root.pem" --accept-stale)" \
	'hallmark ld-linux-x86-64 libc libcrypto libjansson' 'verify maps libc, libcrypto and jansson, nothing else'
grep -qE 'lib(tss2|ssl|lzma|archive|microhttpd|gnutls|p11-kit|xml2|icu[a-z]*|stdc\+\+)' <<<"$(ldd "$HALLMARK")"
is $? 1 'what few commands need is not linked'
grep -qE 'lib(ssl|lzma|archive|xml2|icu[a-z]*|stdc\+\+)\.' <<<"$(ldd "$HALLMARK_GUEST")"
is $? 1 'hallmark-guest has no library of another command'

# name_of SOURCE LIBRARY: the name in the source is what the linker would note
name_of() {
	local library
	library=$(${CC:-cc} -print-file-name="lib$2.so")
	is "$(sed -n 's/^#define [A-Z_]* "\(.*\)"$/\1/p' "$top/$1")" "$(objdump -p "$library" | awk '$1 == "SONAME" { print $2 }')" \
		"$1: the name of lib$2's ABI"
}
name_of host/uki/initrd.c archive
name_of host/crypto/tls_connection.c ssl
name_of host/firmware/volumes.c lzma

# Where one is not there: one line, and nothing written.
image=$(realpath "$B")/image
if [ "$(id -u)" = 0 ] && [ -s "$image/uki.efi" ]; then
	without_library libarchive.so.13
	HALLMARK=$work/without refused 4 'uki\.efi: libarchive\.so\.13 cannot be loaded: ' 'without libarchive: refused, in one line' \
		predict --uki "$image/uki.efi" --vars /usr/share/OVMF/OVMF_VARS_4M.fd --firmware-secure-boot=no --disk "$image/disk.raw" --output "$work/none"
	[ ! -e "$work/none/golden.json" ]
	ok $? 'without libarchive: nothing is written'
	HALLMARK=$work/without run log show "$image/golden/golden.cel"
	is "$status" 0 'without libarchive: other commands work'
	without_library libssl.so.3
	HALLMARK=$work/without refused 4 'libssl\.so\.3 cannot be loaded: ' 'without libssl: verify https:// is refused, in one line' \
		verify https://127.0.0.1:1 --platform-only --roots "$work/root.pem"
else
	skip 'without libarchive' 'not root, or no image'
fi
done_testing
