#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# predict-second.t - two predictions that share no code agree in every register and bank, on every image that the tests make
# k02_ in a test's name is its row in the table of weakness classes.
. "$(dirname "$0")/../support/cli.sh"

second() { # second LAYERS yes|no GOLDEN ARGUMENT...: what the second program says, in $said, its status in $status
	status=0
	said=$(/usr/bin/python3 "$top/tests/support/second_predict.py" --layers "$1" --firmware-secure-boot "$2" --golden "$3" "${@:4}" 2>&1) || status=$?
}
# agree NAME LAYERS yes|no ARGUMENT...: both predictions of these inputs
agree() {
	run predict "${@:4}" "--firmware-secure-boot=$3" --output "$work/golden"
	[ "$status" = 0 ] || { ok 1 "k02_: $1" "$err"; return; }
	second "$2" "$3" "$work/golden/golden.json" "${@:4}"
	is "$status $said" '0 14 registers, 56 values, 0 differ' "k02_: $1"
}

is "$(grep -cvE '^(import (argparse|hashlib|json|struct|sys|uuid)|from .* import|import .*)$' "$top/tests/support/second_predict.py" | sed 's/.*/some/') $(
	grep -E '^ *(import|from) ' "$top/tests/support/second_predict.py" | grep -vcE '^import (argparse|hashlib|json|struct|sys|uuid)$')" 'some 0' \
	'the second program imports nothing but the standard library'
ok "$([ "$(wc -l <"$top/tests/support/second_predict.py")" -le 300 ]; echo $?)" 'it has at most 300 lines'

make_uki_inputs
uki=$work/uki.efi
run uki "${uki_args[@]}" --output "$uki"
is "$status" 0 'an image' || bail "$err"
layers=$top/image/layers/default
disk=$work/disk.raw
make_disk "$disk" root app weights
vars=/usr/share/OVMF/OVMF_VARS_4M.fd
agree 'Secure Boot in the firmware, off' "$layers" yes --uki "$uki" --vars "$vars" --disk "$disk"
cp "$work/golden/golden.json" "$work/plain.json"
agree 'no Secure Boot in the firmware' "$layers" no --uki "$uki" --vars "$vars" --disk "$disk"
openssl rsa -in /usr/share/ovmf/PkKek-1-snakeoil.key -passin pass:snakeoil -out "$work/snakeoil.key" 2>/dev/null
sbsign --key "$work/snakeoil.key" --cert /usr/share/ovmf/PkKek-1-snakeoil.pem --output "$work/trusted.efi" "$uki" 2>/dev/null
snakeoil=/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd
agree 'Secure Boot on, the image signed by what is in db' "$layers" yes --uki "$work/trusted.efi" --vars "$snakeoil" --disk "$disk"
agree 'the keys are there, the firmware has no Secure Boot' "$layers" no --uki "$work/trusted.efi" --vars "$snakeoil" --disk "$disk"
make_disk "$work/one.raw" root app
make_disk "$work/two.raw" weights
agree 'layers on two disks' "$layers" yes --uki "$uki" --vars "$vars" --disk "$work/one.raw" --disk "$work/two.raw"
agree 'the other disk is booted' "$layers" yes --uki "$uki" --vars "$vars" --disk "$work/two.raw" --disk "$work/one.raw"
(cd "$work" && mkdir -p kernel/x86/microcode && echo microcode >kernel/x86/microcode/AuthenticAMD.bin &&
	find kernel | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$work/ucode"
printf 'sbat,1,x\n' >"$work/sbat"
printf 'ID=other\n' >"$work/profile"
sed 's/console=ttyS0[^ ]*/console=hvc0/' "$work/cmdline" >"$work/other.cmdline"
run uki "${uki_args[@]/%$work\/cmdline/$work/other.cmdline}" --uname 6.12.0-test --ucode "$work/ucode" --profile "$work/profile" --output "$work/many.efi"
is "$status$err" 0 'an image with .uname, .ucode, .profile and another command line'
agree 'more sections, microcode' "$layers" yes --uki "$work/many.efi" --vars "$vars" --disk "$disk"
sed 's/^weights 14 hallmark-weights hallmark-weights-verity /weights 14 hallmark-weights - /' "$layers" >"$work/layers.ram"
make_initrd "$work/initrd" "$work/layers.ram"
run uki "${uki_args[@]}" --output "$work/ram.efi"
agree 'a layer of type=ram' "$work/layers.ram" yes --uki "$work/ram.efi" --vars "$vars" --disk "$disk"
sed -n 1,2p "$layers" >"$work/layers.two"
make_initrd "$work/initrd" "$work/layers.two"
run uki "${uki_args[@]}" --output "$work/short.efi"
agree 'two layers' "$work/layers.two" yes --uki "$work/short.efi" --vars "$vars" --disk "$disk"

# The images that were built here.
image=$B/image
if [ -s "$image/uki.signed.efi" ] && [ -s "$image/OVMF_VARS.secboot.fd" ]; then
	agree 'the image, Secure Boot on' "$layers" yes --uki "$image/uki.signed.efi" --vars "$image/OVMF_VARS.secboot.fd" --disk "$image/disk.raw"
	agree 'the image, unsigned, Secure Boot off' "$layers" yes --uki "$image/uki.efi" --vars "$vars" --disk "$image/disk.raw"
	if [ -s "$image/boot.raw" ]; then
		agree 'the image on two disks' "$layers" yes --uki "$image/uki.signed.efi" --vars "$image/OVMF_VARS.secboot.fd" --disk "$image/boot.raw" --disk "$image/weights.raw"
	fi
	if [ -s "$image/golden/golden.json" ]; then
		second "$layers" yes "$image/golden/golden.json" --uki "$image/uki.signed.efi" --vars "$image/OVMF_VARS.secboot.fd" --disk "$image/disk.raw"
		like "$status $said" '^0 1[4-6] registers, [0-9]+ values, 0 differ$' "k02_: the image's golden file, its profiles included"
	fi
else
	skip 'the image that was built here' "$image is not there or not signed"
fi

# It can tell: one thing changed in an input, and the golden file is that of the input before.
other() { # other NAME 'REGISTERS' ARGUMENT...
	second "$layers" yes "$work/plain.json" "${@:3}"
	is "$status $(sed -nE 's/^PCR ([0-9]+), sha256: .*/\1/p' <<<"$said" | paste -sd' ')" "1 $2" "k02_: it sees $1"
}
other 'another image' '4 9 11' --uki "$work/many.efi" --vars "$vars" --disk "$disk"
other 'other keys' 7 --uki "$work/trusted.efi" --vars "$snakeoil" --disk "$disk"
printf X | dd of="$work/app.img" bs=1 seek=5000 conv=notrunc status=none
make_disk "$work/other.raw" root app weights
other 'another application' '5 13' --uki "$uki" --vars "$vars" --disk "$work/other.raw"
jq '.pcrs[12].values.sha512 |= sub("^."; "x")' "$work/plain.json" >"$work/bad.json"
second "$layers" yes "$work/bad.json" --uki "$uki" --vars "$vars" --disk "$disk"
like "$status $said" '^1 PCR 12, sha512: golden x' 'k02_: it sees one value of one bank that is another'
done_testing
