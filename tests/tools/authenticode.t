#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# authenticode.t - our PE hash against the one that osslsigncode and sbsign put into a signature
#
# AUTHENTICODE_DUMP names the helper built from tests/tools/authenticode_dump.c; HALLMARK_PE_FILES may name
# more PE files (a kernel, a UKI), separated by spaces. Needs osslsigncode, sbsign, sbverify, openssl.
. tests/support/tap.sh

dump=${AUTHENTICODE_DUMP:-build/tests/authenticode_dump}
files="${HALLMARK_PE_FILES:-} $(ls /boot/vmlinuz-* /usr/lib/systemd/boot/efi/*.efi.stub 2>/dev/null || true)"

for tool in osslsigncode sbsign sbverify openssl; do
	command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
[ -x "$dump" ] || bail "$dump is not there"
[ -n "${files# }" ] || skip_all 'no PE file: set HALLMARK_PE_FILES'

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
same() { # NAME WANT GOT: and there is one
	is "${3:-nothing}" "$2" "$1"
}

# What the signer hashed, as the signature carries it.
signed_digest() {
	osslsigncode verify -in "$1" 2>/dev/null |
		sed -n 's/^Current message digest *: *\([0-9A-F]*\).*/\1/p' | head -n 1 | tr 'A-F' 'a-f'
}

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/key.pem" -out "$dir/cert.pem" \
	-subj /CN=test -days 2 2>/dev/null

for file in $files; do
	name=${file##*/}
	plain="$dir/plain.efi"
	cp "$file" "$plain"
	chmod u+w "$plain"
	if [ -n "$(signed_digest "$plain")" ]; then
		same "$name: as its distributor signed it" "$(signed_digest "$plain")" "$("$dump" sha256 "$plain")"
		sbattach --remove "$plain" 2>/dev/null
	fi
	osslsigncode sign -h sha256 -certs "$dir/cert.pem" -key "$dir/key.pem" -in "$plain" \
		-out "$dir/ossl.efi" >/dev/null 2>&1
	sbsign --key "$dir/key.pem" --cert "$dir/cert.pem" --output "$dir/sb.efi" "$plain" 2>/dev/null
	same "$name: osslsigncode" "$(signed_digest "$dir/ossl.efi")" "$("$dump" sha256 "$dir/ossl.efi")"
	same "$name: sbsign" "$(signed_digest "$dir/sb.efi")" "$("$dump" sha256 "$dir/sb.efi")"
	# Signers pad the file to 8 bytes first, the firmware does not: only then are the unsigned bytes the same.
	if [ $(($(wc -c <"$plain") % 8)) -eq 0 ]; then
		same "$name: unsigned" "$(signed_digest "$dir/ossl.efi")" "$("$dump" sha256 "$plain")"
	fi
	rm -f "$dir"/*.efi
done
done_testing
