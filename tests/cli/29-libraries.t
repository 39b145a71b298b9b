#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# 29-libraries.t - which libraries the command has in memory from its start, and under which names it loads the others
. "$(dirname "$0")/lib.sh"

# A client parses hostile input: no XML, no second TLS, no C++ beside it.
linked=$(ldd "$HALLMARK")
like "$linked" 'libcrypto\.so' 'libcrypto is linked'
grep -qE 'lib(archive|microhttpd|gnutls|p11-kit|xml2|icu[a-z]*|stdc\+\+)\.' <<<"$linked"
is $? 1 'what few commands need is not'

# name_of SOURCE LIBRARY: the name in the source is what the linker would note
name_of() {
	local library
	library=$(${CC:-cc} -print-file-name="lib$2.so")
	is "$(sed -n 's/^#define SONAME "\(.*\)"$/\1/p' "$top/$1")" "$(objdump -p "$library" | awk '$1 == "SONAME" { print $2 }')" \
		"$1: the name of lib$2's ABI"
}
name_of tools/host/initrd.c archive
name_of tools/host/http_server.c microhttpd

# Where it is not there: one line, and nothing written.
image=$(realpath "$B")/image
if [ "$(id -u)" = 0 ] && [ -s "$image/uki.efi" ]; then
	cat >"$work/without" <<WITHOUT
#!/bin/sh
ldconfig -p | sed -n 's/.*libarchive\.so\.13 .*=> //p' | while read -r file; do mount --bind /dev/null "\$file" || exit 99; done
exec $(realpath "$HALLMARK") "\$@"
WITHOUT
	printf '#!/bin/sh\nexec unshare --mount sh %s "$@"\n' "$work/without" >"$work/command"
	chmod +x "$work/command"
	HALLMARK=$work/command refused 2 'uki\.efi: libarchive\.so\.13 cannot be loaded: ' 'without libarchive: refused, in one line' \
		predict --uki "$image/uki.efi" --vars /usr/share/OVMF/OVMF_VARS_4M.fd --disk "$image/disk.raw" --output "$work/none"
	[ ! -e "$work/none/golden.json" ]
	ok $? 'without libarchive: nothing is written'
	HALLMARK=$work/command run log show "$image/golden/golden.cel"
	is "$status" 0 'without libarchive: other commands work'
else
	skip 'without libarchive' 'not root, or no image'
fi
done_testing
