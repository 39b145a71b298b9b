#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# libraries.t - which libraries the command has in memory from its start, and under which names it loads the others
. "$(dirname "$0")/../support/cli.sh"

# A client parses hostile input: no XML, no second TLS, no C++ beside it.
linked=$(ldd "$HALLMARK")
like "$linked" 'libcrypto\.so' 'libcrypto is linked'
grep -qE 'lib(archive|microhttpd|gnutls|p11-kit|xml2|icu[a-z]*|stdc\+\+)\.' <<<"$linked"
is $? 1 'what few commands need is not'

# name_of SOURCE LIBRARY: the name in the source is what the linker would note
name_of() {
	local library
	library=$(${CC:-cc} -print-file-name="lib$2.so")
	is "$(sed -n 's/^#define [A-Z_]* "\(.*\)"$/\1/p' "$top/$1")" "$(objdump -p "$library" | awk '$1 == "SONAME" { print $2 }')" \
		"$1: the name of lib$2's ABI"
}
name_of host/uki/initrd.c archive
name_of guest/http_server.h microhttpd

# Where it is not there: one line, and nothing written.
image=$(realpath "$B")/image
if [ "$(id -u)" = 0 ] && [ -s "$image/uki.efi" ]; then
	without_library libarchive.so.13
	HALLMARK=$work/without refused 2 'uki\.efi: libarchive\.so\.13 cannot be loaded: ' 'without libarchive: refused, in one line' \
		predict --uki "$image/uki.efi" --vars /usr/share/OVMF/OVMF_VARS_4M.fd --disk "$image/disk.raw" --output "$work/none"
	[ ! -e "$work/none/golden.json" ]
	ok $? 'without libarchive: nothing is written'
	HALLMARK=$work/without run log show "$image/golden/golden.cel"
	is "$status" 0 'without libarchive: other commands work'
else
	skip 'without libarchive' 'not root, or no image'
fi
done_testing
