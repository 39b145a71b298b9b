#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# predict-stubs.t - UKIs with systemd's stub: which stub it is, what it measures, and stubs that are not known
. "$(dirname "$0")/../support/cli.sh"

stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub
[ -e "$stub" ] || { skip "systemd's stub" "$stub is not installed (systemd-boot-efi)"; done_testing; exit 0; }
kernel=$(echo "$BUILDROOT"/boot/vmlinuz-*)
[ -e "$kernel" ] || { skip "systemd's stub" 'no kernel in the build root'; done_testing; exit 0; }
make_uki_inputs
tr -d '\n' <"$work/cmdline" >"$work/one-line"
"$top/tests/support/objcopy-uki" "$stub" "$kernel" "$work/initrd" "$work/one-line" "$work/os-release" "$work/uki.efi" || bail objcopy
make_disk "$work/disk.raw" root app weights
predict=(predict --vars /usr/share/OVMF/OVMF_VARS_4M.fd --firmware-secure-boot=no --disk "$work/disk.raw" --output "$work/golden" --uki)
run "${predict[@]}" "$work/uki.efi"
is "$status$err" 0 "a UKI by objcopy, with systemd's stub" || bail "$err"
golden=$work/golden/golden.json
# agrees NAME UKI: the second prediction, which shares no code with the command, has the same registers
agrees() {
	status=0
	said=$(/usr/bin/python3 "$top/tests/support/second_predict.py" --layers "$top/image/layers/default" --uki "$2" --vars /usr/share/OVMF/OVMF_VARS_4M.fd \
		--disk "$work/disk.raw" --firmware-secure-boot no --golden "$golden" 2>&1) || status=$?
	is "$status $said" '0 14 registers, 56 values, 0 differ' "k02_stub: $1"
}
agrees 'version 252' "$work/uki.efi"

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/cert" -subj /CN=test -days 2 2>/dev/null
authenticode() { # authenticode BANK FILE: by osslsigncode, of a file whose length is a multiple of 8 (it pads, firmware does not)
	osslsigncode sign -h "$1" -certs "$work/cert" -key "$work/key" -in "$2" -out "$work/signed" >/dev/null 2>&1 || return
	osslsigncode verify -CAfile "$work/cert" "$work/signed" 2>/dev/null | sed -n 's/^Current message digest *: *//p' | head -n 1 | tr 'A-F' 'a-f' | tr -d ' '
	rm -f "$work/signed"
}
measured() { jq -r ".events[] | select(.what == \"$1\") | .digests.$2" "$golden"; }
for bank in sha1 sha256 sha384 sha512; do
	is "$(measured kernel $bank)" "$(authenticode $bank "$kernel")" "the kernel's image event, $bank: osslsigncode's digest of the kernel"
	is "$(jq -r ".pcrs[4].values.$bank" "$golden")" "$(extend $bank "$(printf 'Calling EFI Application from Boot Option' | hash $bank)" \
		"$(head -c 4 /dev/zero | hash $bank)" "$(measured UKI $bank)" "$(measured kernel $bank)")" "PCR 4, $bank: the UKI, then the kernel"
done
is "$(jq -r '[.events[] | select(.type != "hallmark") | .what] | join(" ")' "$golden" | grep -o 'UKI.*')" \
	'UKI .linux name .linux .osrel name .osrel .cmdline name .cmdline .initrd name .initrd kernel load options initrd Exit Boot Services Invocation Exit Boot Services Returned with Success' \
	'the order of the log, and no .sbat: version 252 does not measure it'

# The host's systemd-measure is of the stub's own version.
measure=/usr/lib/systemd/systemd-measure
if [ -x "$measure" ] && "$measure" --version | grep -q "^systemd $(strings -a "$stub" | sed -n 's/^#### LoaderInfo: systemd-stub \([0-9]*\).*/\1/p') "; then
	for bank in sha1 sha256 sha384 sha512; do
		theirs=$("$measure" calculate --linux="$kernel" --osrel="$work/os-release" --cmdline="$work/one-line" --initrd="$work/initrd" \
			--bank=$bank --phase=: --json=short 2>"$work/log" | jq -r ".${bank}[0].hash")
		mapfile -t digests < <(jq -r ".events[] | select(.pcr == 11 and .type != \"hallmark\") | .digests.$bank" "$golden")
		is "$(extend $bank "${digests[@]}")" "$theirs" "PCR 11 before the layers, $bank: systemd-measure of the same version"
	done
else
	skip 'PCR 11 before the layers: systemd-measure' 'none of the version of the stub'
fi

# IMA: another system's command line may leave it on, and then nothing is known about PCR 10. With layers the image is ours.
sed 's/initcall_blacklist=[^ ]* //' "$work/one-line" >"$work/ima-on"
"$top/tests/support/objcopy-uki" "$stub" "$kernel" "$work/initrd" "$work/ima-on" "$work/os-release" "$work/ima.efi" || bail objcopy
refused 2 '/ima.efi: Linux 6.12 starts IMA' 'IMA is on, and the image has layers' "${predict[@]}" "$work/ima.efi"
for row in 'ima null shown' 'uki object zero'; do
	read -r name values policy <<<"$row"
	run predict --vars /usr/share/OVMF/OVMF_VARS_4M.fd --firmware-secure-boot=no --disk "$work/disk.raw" --no-layers --output "$work/general" --uki "$work/$name.efi"
	is "$status $err $(jq -r '.pcrs[10] | "\(.values | type) \(.policy)"' "$work/general/golden.json")" "0  $values $policy" \
		"--no-layers: PCR 10 is $policy, $name.efi"
done

# What the stub is, is read from its own marks.
at=$(LC_ALL=C grep -obUaF 'systemd-stub 252' "$work/uki.efi" | head -n 1 | cut -d: -f1)
version() { # version DIGITS [UKI]: a copy whose stub says so
	cp "${2:-$work/uki.efi}" "$work/other.efi"
	printf %s "$1" | dd of="$work/other.efi" bs=1 seek=$((at + 13)) conv=notrunc status=none
}
version 257
run "${predict[@]}" "$work/other.efi"
is "$status $(jq '[.events[] | select(.what == ".sbat")] | length' "$golden")" '0 1' 'version 257 measures .sbat'
agrees 'version 257' "$work/other.efi"
# A device tree that the stub takes or leaves by the machine: refused, where the version knows the section.
dtbauto() { # dtbauto VERSION: .sbat under another name
	version "$1"
	perl -0777 -pi -e 's/\.sbat\0\0\0/.dtbauto/' "$work/other.efi"
	run "${predict[@]}" "$work/other.efi"
}
dtbauto 257
is "$status $err" "2 hallmark: $work/other.efi: .dtbauto: systemd's stub measures it only on a machine that it fits" '.dtbauto'
dtbauto 256
is "$status $(jq '[.events[] | select(.what == ".dtbauto")] | length' "$golden")" '0 0' 'version 256 does not know .dtbauto'

# To systemd's stub the command line is a C string; since 253 white space at its ends is not handed on. All of it is measured.
options=$(cat "$work/one-line")
handed() { # handed NAME CMDLINE-FORMAT TEXT VERSION: of a .cmdline of that format the kernel gets TEXT
	# shellcheck disable=SC2059 # it is a format
	printf "$2" "$options" >"$work/spaced"
	"$top/tests/support/objcopy-uki" "$stub" "$kernel" "$work/initrd" "$work/spaced" "$work/os-release" "$work/spaced.efi" || bail objcopy
	version "$4" "$work/spaced.efi"
	run "${predict[@]}" "$work/other.efi"
	is "$status$err $(measured .cmdline sha256) $(measured 'load options' sha256)" \
		"0 $(hash sha256 <"$work/spaced") $(printf '%s\0' "$3" | iconv -f ASCII -t UTF-16LE | hash sha256)" "$1"
	agrees "$1" "$work/other.efi"
}
handed 'version 252: nothing behind a NUL' '%s\0\0' "$options" 252
handed 'version 252: a blank at the end' '%s ' "$options " 252
handed 'version 257: what dracut makes of it' ' %s \0' "$options" 257
handed 'version 257: what echo makes of it' '%s\n' "$options" 257
printf '%s\tro' "$options" >"$work/spaced"
"$top/tests/support/objcopy-uki" "$stub" "$kernel" "$work/initrd" "$work/spaced" "$work/os-release" "$work/spaced.efi" || bail objcopy
version 257 "$work/spaced.efi"
refused 2 '/other.efi: the .cmdline section is not one line of printable ASCII' 'a control character inside' "${predict[@]}" "$work/other.efi"
# Since 257 the kernel gets os-release in an archive behind the initrd. Written here from newc's description and systemd-stub(7).
extra() { # extra NAME FILE: the archive with FILE as /.extra/NAME
	/usr/bin/python3 - "$1" "$2" <<-'PYTHON'
		import sys
		name, content = sys.argv[1], open(sys.argv[2], "rb").read()
		def pad(b): return b + bytes(-len(b) % 4)
		def entry(ino, mode, path, data=b"", digits="%08x"):
		    words = [ino, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path) + 1, 0]
		    return pad(b"070701" + "".join(digits % w for w in words).encode() + path.encode() + b"\0") + pad(data)
		sys.stdout.buffer.write(entry(1, 0o40555, ".extra") + entry(2, 0o100444, ".extra/" + name, content) +
		                        entry(0, 0, "TRAILER!!!", digits="%08X"))
	PYTHON
}
size=$(stat -c %s "$work/initrd")
{ cat "$work/initrd"; head -c $(((4 - size % 4) % 4)) /dev/zero; extra os-release "$work/os-release"; } >"$work/behind"
extra os-release "$work/os-release" | cpio --quiet -it >"$work/list" 2>&1
is "$(paste -sd' ' "$work/list")" '.extra .extra/os-release' 'what this test writes is an archive to cpio'
is "$(measured initrd sha256)" "$(hash sha256 <"$work/behind")" 'version 257: the initrd and os-release'
version 252
run "${predict[@]}" "$work/other.efi"
is "$(measured initrd sha256)" "$(hash sha256 <"$work/initrd")" 'version 252: the initrd and nothing else'
objcopy --add-section .pcrpkey="$work/cert" --change-section-vma .pcrpkey=$((16#$(objdump -h "$work/uki.efi" | awk '$2 == ".linux" { print $4 }') + 268435456)) \
	"$work/uki.efi" "$work/keyed.efi" 2>/dev/null || bail objcopy
version 252 "$work/keyed.efi"
run "${predict[@]}" "$work/other.efi"
{ cat "$work/initrd"; head -c $(((4 - size % 4) % 4)) /dev/zero; extra tpm2-pcr-public-key.pem "$work/cert"; } >"$work/behind"
is "$status$err $(measured initrd sha256)" "0 $(hash sha256 <"$work/behind")" 'version 252: the initrd and the key for signed policies'
agrees 'version 252 with a key' "$work/other.efi"
for v in 253 254 255 256 257; do
	version $v "$work/keyed.efi"
	run "${predict[@]}" "$work/other.efi"
	agrees "version $v with a key" "$work/other.efi"
done
version 256 "$work/keyed.efi"
agrees_not=$(/usr/bin/python3 "$top/tests/support/second_predict.py" --layers "$top/image/layers/default" --uki "$work/other.efi" --vars /usr/share/OVMF/OVMF_VARS_4M.fd \
	--disk "$work/disk.raw" --firmware-secure-boot no --golden "$golden" 2>&1 | sed -nE 's/^PCR ([0-9]+), sha256: .*/\1/p' | paste -sd' ')
is "$agrees_not" '4 9' 'k02_stub: it sees another version: of the image, and of what is behind the initrd'

for v in 251 258 999; do
	version $v
	refused 2 "/other.efi: the stub is systemd's of version $v; known are 252 to 257" "version $v" "${predict[@]}" "$work/other.efi"
done
cp "$work/uki.efi" "$work/other.efi"
printf X | dd of="$work/other.efi" bs=1 seek="$at" conv=notrunc status=none
refused 2 "/other.efi: the stub is neither Hallmark's nor systemd's" 'a stub without marks' "${predict[@]}" "$work/other.efi"
done_testing
