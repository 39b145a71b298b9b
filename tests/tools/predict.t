#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# predict.t - hallmark predict against other people's programs, register by register, and bad inputs
. "$(dirname "$0")/../support/cli.sh"

make_uki_inputs
uki=$work/uki.efi
run uki "${uki_args[@]}" --output "$uki"
is "$status" 0 'an image to predict' || bail "$err"
vars=$work/vars.fd
cp /usr/share/OVMF/OVMF_VARS_4M.fd "$vars"
disk=$work/disk.raw
make_disk "$disk" root app weights
predict=(predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$disk")

run "${predict[@]}" --output "$work/golden"
is "$status $out$err" '0 ' 'golden files are written, quietly' || bail "$err"
golden=$work/golden/golden.json
is "$(cd "$work/golden" && echo ./*)" './golden.cel ./golden.json ./golden.tcglog' 'three files and nothing else'
run "${predict[@]}" --output "$work/again"
diff -r "$work/golden" "$work/again" >/dev/null
ok $? 'the same inputs give the same files'
# As nobody, without a capability and without a network, so without devices and mounts: the same files.
if [ "$(id -u)" = 0 ]; then
	mkdir -m 755 "$work/alone"
	cp "$HALLMARK" "$work/alone/hallmark"
	cp "$uki" "$work/alone/uki"
	cp "$vars" "$work/alone/vars"
	cp "$disk" "$work/alone/disk"
	chmod 644 "$work/alone"/[udv]*
	install -d -o 65534 -g 65534 "$work/alone/out"
	chmod 755 "$work"
	unshare --net setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all --no-new-privs "$work/alone/hallmark" predict \
		--uki "$work/alone/uki" --vars "$work/alone/vars" --firmware-secure-boot=no --disk "$work/alone/disk" --output "$work/alone/out/golden" 2>"$work/stderr"
	ok $? 'predicted without privileges and without a network' "$(cat "$work/stderr")"
	diff -r "$work/golden" "$work/alone/out/golden" >/dev/null
	ok $? 'and the same files'
	rm -r "$work/alone"
else
	skip 'predicted without a network' 'not root'
fi

# value BANK PCR [FILE]
value() {
	jq -r ".pcrs[] | select(.pcr == $2) | .values.$1" "${3:-$golden}"
}
is "$(jq -r '.image | "\(.name) \(.version)"' "$golden")" 'cli-test 7.1' 'name and version come from the os-release'
is "$(jq -r '.inputs[] | "\(.name) \(.size) \(.sha256)"' "$golden")" "$(for pair in uki:"$uki" vars:"$vars" disk:"$disk"; do
	echo "${pair%%:*} $(stat -c %s "${pair#*:}") $(hash sha256 <"${pair#*:}")"
done)" 'inputs: sizes and SHA-256 as stat and sha256sum say'
is "$(jq -r '[.pcrs[] | "\(.pcr)=\(.policy)"] | join(" ")' "$golden")" \
	'0=shown 1=shown 2=pinned 3=pinned 4=pinned 5=shown 6=shown 7=pinned 8=zero 9=pinned 10=zero 11=pinned 12=pinned 13=pinned 14=pinned 15=replayed' \
	'policies as docs/FORMATS.md, chapter 8, lists them'
is "$(jq -r '[.pcrs[] | select(has("values") | not) | .pcr] | join(" ")' "$golden")" '0 1' 'without a profile: no values for registers 0 and 1, and only for them'
is "$(jq -c '[.profiles, .parts, has("valid")]' "$golden")" '[[],[],false]' 'no profile, no part, no end of validity'

# The published schema, read by another program: it takes this file, and not one with one thing changed.
schema() { # schema JQ-FILTER: 0 where the changed file is valid
	jq "$1" "$golden" >"$work/changed.json"
	by_schema "$work/changed.json"
}
schema .
ok $? 'docs/schema/golden.schema.json: the golden file is valid' "$(tail -n 3 "$work/schema.log")"
for change in '.extra = 1' '.version = "hallmark-golden/2"' 'del(.parts)' '.pcrs[4].policy = "platform"' 'del(.pcrs[4].values)' \
	'.pcrs[14].policy = "replayed"' '.pcrs[0].policy = "one-of" | .pcrs[0].values = .pcrs[4].values' '.pcrs |= .[:15]' \
	'.events[0].digests.md5 = "00"' '.events[0].digests.sha256 |= ascii_upcase' 'del(.events[-1].content)' '.valid = {}' \
	'.valid = {"not_after": "tomorrow"}' '.profiles = [{"name": "x"}]' '.banks = ["sha1"]'; do
	! schema "$change"
	ok $? "docs/schema/golden.schema.json: refused after $change"
done

# The digests of each register by coreutils, openssl, objcopy and xxd; then each register by `extend`.
section() { # section NAME: its bytes
	objcopy -O binary --only-section="$1" "$uki" "$work/section" 2>/dev/null
	cat "$work/section"
}
utf16() {
	iconv -t UTF-16LE
}
cp "$uki" "$work/for-signing"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/cert" -subj /CN=test -days 2 2>/dev/null
sbsign --key "$work/key" --cert "$work/cert" --output "$work/signed.efi" "$uki" 2>/dev/null
authenticode() { # authenticode BANK: osslsigncode's digest of the image
	osslsigncode sign -h "$1" -certs "$work/cert" -key "$work/key" -in "$uki" -out "$work/osslsigned.efi" >/dev/null 2>&1 || return
	osslsigncode verify -CAfile "$work/cert" "$work/osslsigned.efi" 2>/dev/null | sed -n 's/^Current message digest *: *//p' | head -n 1 |
		tr 'A-F' 'a-f'
	rm -f "$work/osslsigned.efi"
}
variable() { # variable GUID-IN-MEMORY NAME: the data of an empty one, for hashing
	printf '%s%02x00000000000000%016x' "$1" "${#2}" 0 | xxd -r -p
	printf %s "$2" | utf16
}
global=61dfe48bca93d211aa0d00e098032b8c
security=cbb219d73a3d9645a3bcdad00e67656f
gpt_event() { # 92 bytes of header, the number of partitions, their entries
	dd if="$disk" bs=1 skip=512 count=92 status=none
	printf '0600000000000000' | xxd -r -p
	dd if="$disk" bs=128 skip=8 count=6 status=none
}
verity_record() { # verity_record NAME
	printf 'hallmark-layer/1 name=%s type=dm-verity hash-type=1 hash=sha256 data-block-size=4096 hash-block-size=4096 data-blocks=%s hash-offset=4096 salt=0011%s root=%s' \
		"$1" "$(($(stat -c %s "$work/$1.img") / 4096))" "$(printf %s "$1" | xxd -p)" "$(cat "$work/$1.root")"
}
lock='hallmark-lock/1 layers=3'
for bank in sha1 sha256 sha384 sha512; do
	separator=$(head -c 4 /dev/zero | hash $bank)
	calling=$(printf 'Calling EFI Application from Boot Option' | hash $bank)
	locked=$(printf %s "$lock" | hash $bank)
	is "$(value $bank 2) $(value $bank 3) $(value $bank 6)" "$(for _ in 1 2 3; do extend $bank "$separator"; done | paste -sd' ')" \
		"PCR 2, 3, 6, $bank: the separator"
	is "$(value $bank 4)" "$(extend $bank "$calling" "$separator" "$(authenticode $bank)")" "PCR 4, $bank: osslsigncode's digest of the image"
	is "$(value $bank 5)" "$(extend $bank "$separator" "$(gpt_event | hash $bank)" \
		"$(printf 'Exit Boot Services Invocation' | hash $bank)" \
		"$(printf 'Exit Boot Services Returned with Success' | hash $bank)")" "PCR 5, $bank: partition table by dd"
	is "$(value $bank 7)" "$(extend $bank "$(variable $global SecureBoot | hash $bank)" "$(variable $global PK | hash $bank)" \
		"$(variable $global KEK | hash $bank)" "$(variable $security db | hash $bank)" "$(variable $security dbx | hash $bank)" \
		"$separator")" "PCR 7, $bank: no Secure Boot"
	is "$(value $bank 9)" "$(extend $bank "$({ section .cmdline; printf '\0'; } | utf16 | hash $bank)" "$(hash $bank <"$work/initrd")")" \
		"PCR 9, $bank: command line in UTF-16, initrd"
	is "$(value $bank 8)$(value $bank 10)" "$(extend $bank)$(extend $bank)" "PCR 8 and 10, $bank: zero"
	is "$(value $bank 12) $(value $bank 15)" "$(extend $bank "$locked") $(extend $bank "$locked")" "PCR 12 and 15, $bank: the lock"
	is "$(value $bank 13)" "$(extend $bank "$(verity_record app | hash $bank)" "$locked")" "PCR 13, $bank: the application's record"
	is "$(value $bank 14)" "$(extend $bank "$(verity_record weights | hash $bank)" "$locked")" "PCR 14, $bank: the weights' record"
	sections=()
	for name in .linux .osrel .cmdline .initrd .ucode .splash .dtb .uname .sbat .pcrpkey .profile .dtbauto .hwids .efifw; do
		objdump -h "$uki" | grep -q " $name " || continue
		sections+=("$(printf '%s\0' "$name" | hash $bank)" "$(section $name | hash $bank)")
	done
	is "$(value $bank 11)" "$(extend $bank "${sections[@]}" "$(verity_record root | hash $bank)" "$locked")" \
		"PCR 11, $bank: sections by objcopy, the root's record"
done
# With microcode: the kernel gets .ucode before .initrd, and that is what PCR 9 holds.
head -c 4096 /dev/urandom >"$work/microcode"
run uki "${uki_args[@]}" --ucode "$work/microcode" --output "$work/ucode.efi"
run predict --uki "$work/ucode.efi" --vars "$vars" --firmware-secure-boot=no --disk "$disk" --output "$work/ucode"
is "$(value sha256 9 "$work/ucode/golden.json")" \
	"$(extend sha256 "$({ section .cmdline; printf '\0'; } | utf16 | hash sha256)" "$(cat "$work/microcode" "$work/initrd" | hash sha256)")" \
	'PCR 9 with microcode: .ucode, then .initrd'
# RULES.md: Secure Boot not in the firmware, and compiled in but off.
is "$(value sha256 7)" b5710bf57d25623e4019027da116821fa99f5c81e9e38b87671cc574f9281439 'PCR 7 without Secure Boot code: the known value'
run predict --uki "$uki" --vars "$vars" --disk "$disk" --firmware-secure-boot=yes --output "$work/sb"
is "$(value sha256 7 "$work/sb/golden.json")" 65caf8dd1e0ea7a6347b635d2b379c93b9a1351edc2afc3ecda700e534eb3068 \
	'PCR 7 with Secure Boot off: the known value, sha256'
is "$(value sha384 7 "$work/sb/golden.json")" \
	98441c7f7625d10058c47683aec486ce311c633235eb555593a7ee791121e3578ae72d04ecef661f272d59058b77af35 \
	'PCR 7 with Secure Boot off: the known value, sha384'
# sbsign stored the digest that it computed: the last 32 bytes of the signed content.
sbattach --detach "$work/signature" "$work/signed.efi" 2>/dev/null
like "$(openssl pkcs7 -inform DER -in "$work/signature" -print 2>/dev/null | tr -d ' \n' | xxd -p | tr -d '\n'; openssl asn1parse -inform DER -in "$work/signature" | tr 'A-F' 'a-f')" \
	"$(jq -r '.events[] | select(.what == "UKI") | .digests.sha256' "$golden")" "the image's digest is the one that sbsign signed"

# systemd-measure, of the build root (the host's knows fewer sections).
measure=$BUILDROOT/usr/lib/systemd/systemd-measure
if [ -x "$measure" ] && [ "$(id -u)" = 0 ]; then
	args=()
	inside=$(mktemp -d "$BUILDROOT/tmp/measure.XXXXXX")
	for name in linux osrel cmdline initrd uname sbat; do
		objdump -h "$uki" | grep -q " \.$name " || continue
		section ".$name" >"$inside/$name"
		args+=("--$name=/tmp/${inside##*/}/$name")
	done
	for bank in sha1 sha256 sha384 sha512; do
		theirs=$(chroot "$BUILDROOT" /usr/lib/systemd/systemd-measure calculate "${args[@]}" --bank=$bank --phase=: --json=short 2>"$work/measure" |
			jq -r ".${bank}[0].hash")
		mapfile -t digests < <(jq -r ".events[] | select(.pcr == 11 and .type != \"hallmark\") | .digests.$bank" "$golden")
		is "$(extend $bank "${digests[@]}")" "$theirs" "PCR 11 before the layers, $bank: systemd-measure"
		[ $bank != sha384 ] || is "$(jq -c .rtmrs "$golden")" "[{\"rtmr\":2,\"value\":\"$theirs\"}]" 'd03_rtmr_2: as systemd-measure says for PCR 11'
	done
	rm -rf "$inside"
else
	skip 'PCR 11 before the layers: systemd-measure' "no build root with it at $BUILDROOT, or not root"
fi

# The predicted logs give the golden values, by tpm2_eventlog and by the command itself.
tpm2_eventlog --eventlog-version=2 "$work/golden/golden.tcglog" 2>/dev/null | awk '/^pcrs:/ { on = 1; next }
	on && /^  [a-z0-9]+:$/ { sub(/:/, "", $1); bank = $1; next }
	on { pcr = $1; sub(/:/, "", pcr); value = tolower($NF); sub(/^0x/, "", value); print bank ":" pcr " " value }' >"$work/theirs"
is "$(grep -cE ':(2|3|4|5|6|7|9|11) ' "$work/theirs")" 32 'golden.tcglog: tpm2_eventlog finds eight registers in four banks'
bad=$(grep -vE ':11 ' "$work/theirs" | while IFS=': ' read -r bank pcr hex; do [ "$hex" = "$(value "$bank" "$pcr")" ] || echo "$bank:$pcr"; done)
is "$bad" '' 'golden.tcglog: tpm2_eventlog replays it to the golden values'
is "$(jq -r .content "$work/golden/golden.cel")" "$(verity_record root; echo; verity_record app; echo; verity_record weights; echo
	for _ in 11 12 13 14 15; do echo "$lock"; done)" 'golden.cel: the records in order'
is "$(jq -r '.layers[]' "$golden")" "$(verity_record root; echo; verity_record app; echo; verity_record weights)" 'golden.json: the layers in order'

# Options.
run "${predict[@]}" --output "$work/o" --banks sha256,sha384 --name other --image-version '2 beta'
is "$status $(jq -c '[.image.name, .image.version, .banks]' "$work/o/golden.json")" '0 ["other","2 beta",["sha256","sha384"]]' '--banks, --name, --image-version'
is "$(jq -c '[.pcrs[] | select(.values) | .values | keys] | unique' "$work/o/golden.json")" '[["sha256","sha384"]]' '--banks: no other bank'
is "$(value sha256 11 "$work/o/golden.json")" "$(value sha256 11)" '--banks: the same values'
make_disk "$work/one.raw" root app
make_disk "$work/two.raw" weights
run predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$work/one.raw" --disk "$work/two.raw" --output "$work/o"
is "$(for pcr in 4 7 9 11 12 13 14 15; do value sha256 $pcr "$work/o/golden.json"; done)" \
	"$(for pcr in 4 7 9 11 12 13 14 15; do value sha256 $pcr; done)" 'layers on a second disk: all pinned registers as before'
is "$(jq -r '.inputs[].name' "$work/o/golden.json" | paste -sd' ')" 'uki vars disk disk2' 'layers on a second disk: inputs'

# Sectors of 4096 bytes: the same registers but PCR 5, whose event has the other table. A disk for both says which.
tests/support/to-4096 "$disk" "$work/large.raw" || bail to-4096
run predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$work/large.raw" --output "$work/large"
is "$status $err" '0 ' 'a disk of 4096-byte sectors'
is "$(for pcr in 2 3 4 6 7 9 11 12 13 14 15; do value sha256 $pcr "$work/large/golden.json"; done)" \
	"$(for pcr in 2 3 4 6 7 9 11 12 13 14 15; do value sha256 $pcr; done)" 'a disk of 4096-byte sectors: all registers but PCR 5'
is "$(jq -r '.events[] | select(.type == "EV_EFI_GPT_EVENT") | .digests.sha256' "$work/large/golden.json")" "$(
	{ dd if="$work/large.raw" bs=1 skip=4096 count=92 status=none
		printf '0600000000000000' | xxd -r -p
		dd if="$work/large.raw" bs=128 skip=64 count=6 status=none; } | hash sha256)" 'a disk of 4096-byte sectors: the event of its table'
dd if="$disk" of="$work/large.raw" bs=512 skip=1 seek=1 count=1 conv=notrunc status=none
refused 2 '/large.raw: ' 'a disk with two headers, whose first is of no table' predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$work/large.raw" --output "$work/x"
run predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$work/large.raw" --sector-size 4096 --output "$work/both"
cmp -s <(jq '.pcrs' "$work/large/golden.json") <(jq '.pcrs' "$work/both/golden.json")
ok $? 'a disk with two headers: --sector-size says which' "$err"
refused 3 '--sector-size' '--sector-size: another number' "${predict[@]}" --sector-size 1024 --output "$work/x"
for pair in '--banks=sha256,sha256' '--banks=md5' '--banks=sha1' '--banks=' '--name=A b' '--image-version='; do
	refused 3 "${pair%%=*}: " "$pair" "${predict[@]}" --output "$work/x" "$pair"
done

# Whether the firmware has Secure Boot code: said, or read from the firmware, and never guessed. Debian 12's OVMF has it (edk2,
# SECURE_BOOT_ENABLE).
refused 3 "$vars: has no Secure Boot variables: say --firmware FILE, or --firmware-secure-boot=yes or no" 'Secure Boot code: nobody says' \
	predict --uki "$uki" --vars "$vars" --disk "$disk" --output "$work/x"
refused 3 '--firmware-secure-boot: is not yes or no' 'Secure Boot code: maybe' \
	predict --uki "$uki" --vars "$vars" --disk "$disk" --firmware-secure-boot=maybe --output "$work/x"
for code in /usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/OVMF/OVMF_CODE_4M.secboot.fd; do
	run predict --uki "$uki" --vars "$vars" --disk "$disk" --firmware "$code" --output "$work/code"
	is "$status $err $(value sha256 7 "$work/code/golden.json")" '0  65caf8dd1e0ea7a6347b635d2b379c93b9a1351edc2afc3ecda700e534eb3068' \
		"Secure Boot code: read from $(basename "$code"), PCR 7 with Secure Boot off"
	refused 3 "--firmware-secure-boot: $code has Secure Boot code" "Secure Boot code: $(basename "$code"), and 'no' is said" \
		predict --uki "$uki" --vars "$vars" --disk "$disk" --firmware "$code" --firmware-secure-boot=no --output "$work/x"
done

# Secure Boot: the variables of Debian's test key, whose private half is public.
snakeoil=/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd
wording='Secure Boot is enabled in the variables file but the image is not signed by a certificate in db'
secure=(predict --vars "$snakeoil" --disk "$disk" --output "$work/secure")
refused 2 "/uki.efi: $wording" 'Secure Boot on, image not signed' "${secure[@]}" --uki "$uki"
refused 2 "/signed.efi: $wording" 'Secure Boot on, image signed by somebody else' "${secure[@]}" --uki "$work/signed.efi"
[ ! -e "$work/secure" ]
ok $? 'Secure Boot on: nothing is written by refusals'
openssl rsa -in /usr/share/ovmf/PkKek-1-snakeoil.key -passin pass:snakeoil -out "$work/snakeoil.key" 2>/dev/null
sbsign --key "$work/snakeoil.key" --cert /usr/share/ovmf/PkKek-1-snakeoil.pem --output "$work/trusted.efi" "$uki" 2>/dev/null
run "${secure[@]}" --uki "$work/trusted.efi"
is "$status$err" 0 'Secure Boot on, image signed by a certificate in db'
openssl x509 -in /usr/share/ovmf/PkKek-1-snakeoil.pem -outform DER -out "$work/der"
# The owner is found in the variables file, in front of the certificate; the rest of the event is made here.
at=$(LC_ALL=C grep -obUaP "$(head -c 40 "$work/der" | xxd -p | tr -d '\n' | sed 's/../\\x&/g')" "$snakeoil" | cut -d: -f1 | while read -r at; do
	[ "$(dd if="$snakeoil" bs=1 skip=$((at - 44)) count=16 status=none | xxd -p)" = a159c0a5e494a74a87b5ab155c2bf072 ] && echo "$at"
done | head -n 1) # db comes before KEK and PK in this file
len=$((16 + $(stat -c %s "$work/der")))
for bank in sha1 sha256 sha384 sha512; do
	is "$(jq -r '.events[] | select(.what == "authority") | .digests.'$bank "$work/secure/golden.json")" \
		"$({ printf '%s%016x%02x%02x000000000000' $security 0 $((len % 256)) $((len / 256)) | sed 's/0\{16\}/0200000000000000/' | xxd -r -p
		printf db | utf16
		dd if="$snakeoil" bs=1 skip=$((at - 16)) count=16 status=none
		cat "$work/der"; } | hash $bank)" "Secure Boot on, $bank: the authority event is the certificate in db"
done
is "$(value sha256 4 "$work/secure/golden.json")" "$(value sha256 4)" 'a signature changes nothing in PCR 4'
printf 'Q' | dd of="$work/trusted.efi" bs=1 seek=$(($(stat -c %s "$uki") - 1)) conv=notrunc status=none
refused 2 "/trusted.efi: $wording" 'Secure Boot on, image changed after it was signed' "${secure[@]}" --uki "$work/trusted.efi"

# A store that edk2 wrote, whose free space is zeros; what is in it has been listed by virt-fw-vars.
if [ -d "$HALLMARK_FIXTURES/vars" ]; then
	run predict --uki "$uki" --vars "$HALLMARK_FIXTURES/vars/free-space-zero.edk2" --firmware-secure-boot=no --disk "$disk" --output "$work/zeroed"
	want=$(jq -r '.variables[] | select(.name | IN("PK", "KEK", "db", "dbx", "dbt")) | "\(.name) \(.guid) \(.data)"' "$HALLMARK_FIXTURES/vars/free-space-zero.json" |
		/usr/bin/python3 -c 'import hashlib, struct, sys, uuid
for name, guid, data in map(str.split, sys.stdin):
	data, text = bytes.fromhex(data), name.encode("utf-16le")
	print(name, hashlib.sha256(uuid.UUID(guid).bytes_le + struct.pack("<QQ", len(name), len(data)) + text + data).hexdigest())' | sort)
	is "$status $(jq -r '.events[] | select(.pcr == 7 and (.what | IN("PK", "KEK", "db", "dbx", "dbt"))) | "\(.what) \(.digests.sha256)"' "$work/zeroed/golden.json" | sort)" \
		"0 $want" 'variables of a store whose free space is zeros'
else
	skip 'variables of a store whose free space is zeros' "HALLMARK_FIXTURES=$HALLMARK_FIXTURES does not exist"
fi

# Bad inputs.
for option in uki vars; do
	args=(predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$disk" --output "$work/x")
	[ $option = uki ] && args[2]=@ || args[4]=@
	bad_files "--$option" 2 "${args[@]}"
done
args=(predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk @ --output "$work/x")
refused 4 '/missing: No such file' '--disk: a file that does not exist' "${args[@]//@/$work/missing}"
refused 4 '/directory: ' '--disk: a directory' "${args[@]//@/$work/directory}"
refused 2 '/empty: no GPT header' '--disk: an empty file' "${args[@]//@/$work/empty}"
head -c 1024 "$disk" >"$work/short"
refused 2 '/short: ' '--disk: cut off behind the header' "${args[@]//@/$work/short}"
head -c 1M /dev/zero >"$work/zeros"
refused 2 '/zeros: no GPT header' '--disk: no partition table' "${args[@]//@/$work/zeros}"
# Firmware and Linux read a GPT only behind a protective MBR: of type 0xEE, not active, at sector 1.
for field in '450 \336' '446 \200' '454 \2'; do
	cp --sparse=always "$disk" "$work/mbr"
	# shellcheck disable=SC2059 # it is a format
	printf "${field#* }" | dd of="$work/mbr" bs=1 seek="${field% *}" conv=notrunc status=none
	refused 2 '/mbr: the protective MBR has no entry of type 0xEE at sector 1: ' "--disk: byte ${field% *} of the MBR" "${args[@]//@/$work/mbr}"
done
refused 2 '/stub.efi: the image has no .linux section' '--uki: not a UKI' predict --uki "$work/stub.efi" --vars "$vars" --firmware-secure-boot=no --disk "$disk" --output "$work/x"
refused 2 '/uki.efi: not a firmware volume' '--vars: not a variable store' predict --uki "$uki" --vars "$uki" --disk "$disk" --output "$work/x"
head -c 1000 "$vars" >"$work/short"
refused 2 '/short: the firmware volume' '--vars: cut off' predict --uki "$uki" --vars "$work/short" --disk "$disk" --output "$work/x"
refused 2 'layer weights: data partition: no partition has the label' 'a layer that is on no disk' \
	predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$work/one.raw" --output "$work/x"
refused 2 'layer root: data partition: more than one partition has the label' 'a layer that is on two disks' \
	predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$disk" --disk "$work/one.raw" --output "$work/x"
cp "$disk" "$work/broken"
printf 'V' | dd of="$work/broken" bs=1 seek="$(LC_ALL=C grep -obUaP 'verity\x00\x00' "$disk" | sed -n '2s/:.*//p')" conv=notrunc status=none
refused 2 'layer app: .*/broken: no verity superblock' 'a broken superblock' predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$work/broken" --output "$work/x"
run uki "${uki_args[@]}" --no-layers --initrd "$work/os-release" --output "$work/y"
make_initrd "$work/i"
(cd "$work" && echo os-release | cpio --quiet -o -H newc) >"$work/i"
run uki --stub "$work/stub.efi" --linux "$work/vmlinuz" --initrd "$work/i" --cmdline "$work/cmdline" --os-release "$work/os-release" \
	--no-layers --output "$work/general.efi"
refused 2 '/general.efi: etc/hallmark/layers is not in the initrd' '--uki: an initrd without layers' \
	predict --uki "$work/general.efi" --vars "$vars" --firmware-secure-boot=no --disk "$disk" --output "$work/x"
[ ! -e "$work/x" ]
ok $? 'no refusal writes anything'
refused 4 '/empty/golden.tcglog: Not a directory' '--output: a file' "${predict[@]}" --output "$work/empty"
refused 4 '/missing/x: No such file' '--output: in a directory that does not exist' "${predict[@]}" --output "$work/missing/x"
# A layer in memory: one partition, the record by stat and sha256sum; no second label is looked for.
sed 's/^weights 14 hallmark-weights hallmark-weights-verity /weights 14 hallmark-weights - /' "$top/image/layers/default" >"$work/layers.ram"
make_initrd "$work/initrd" "$work/layers.ram"
run uki "${uki_args[@]}" --output "$work/ram.efi"
run predict --uki "$work/ram.efi" --vars "$vars" --firmware-secure-boot=no --disk "$disk" --output "$work/ram"
is "$status $err" '0 ' 'g01_ram_layer: it is predicted'
is "$(jq -r '.layers[2]' "$work/ram/golden.json")" \
	"hallmark-layer/1 name=weights type=ram size=$(stat -c %s "$work/weights.img") sha256=$(hash sha256 <"$work/weights.img")" \
	'g01_ram_layer: its record is that of the whole partition'
is "$(value sha256 14 "$work/ram/golden.json")" "$(extend sha256 "$(jq -r '.layers[2]' "$work/ram/golden.json" | tr -d '\n' | hash sha256)" \
	"$(printf %s "$lock" | hash sha256)")" 'g01_ram_layer: PCR 14 is its record and the lock'
truncate -s 300M "$work/large.raw"
/sbin/sfdisk -q "$work/large.raw" >/dev/null <<'TABLE'
label: gpt
start=2048, size=524289, name=hallmark-weights
TABLE
make_disk "$work/small.raw" root app
refused 2 '256 MiB' 'g16_ram_layer: a partition above 256 MiB is refused' predict --uki "$work/ram.efi" --vars "$vars" --firmware-secure-boot=no --disk "$work/small.raw" \
	--disk "$work/large.raw" --output "$work/ram2"
done_testing
