#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# sign.t - keys/make, image/sign, image/enroll: the signature of the built image, refusals, nothing secret left open
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
image=$B/image
uki=$image/uki.efi
[ -s "$image/uki.signed.efi" ] || bail "$image/uki.signed.efi does not exist: run make image"
: "${AUTHENTICODE_DUMP:=$B/tests/authenticode_dump}"

# says STATUS REGEX NAME COMMAND...
says() {
	local want=$1 regex=$2 name=$3 text got=0
	shift 3
	text=$("$@" 2>&1 </dev/null) || got=$?
	is "$got" "$want" "$name: exit status"
	like "$text" "$regex" "$name: says so"
}

# The image as it was built.
sbverify --cert "$B/keys/db.crt" "$image/uki.signed.efi" >/dev/null 2>&1
ok $? 'the signed image verifies against the certificate in db (sbverify)'
sbverify --cert "$B/keys/db.crt" --detached "$image/uki.efi.p7" "$uki" >/dev/null 2>&1
ok $? 'the detached signature verifies with the unsigned image (sbverify)'
for bank in sha1 sha256 sha384 sha512; do
	is "$("$AUTHENTICODE_DUMP" $bank "$image/uki.signed.efi")" "$("$AUTHENTICODE_DUMP" $bank "$uki")" \
		"signing leaves the Authenticode digest alone, $bank"
done
# Bytes that differ in the length of the unsigned file: the checksum, and the entry of the certificate table.
header=$(od -An -tu4 -j 60 -N 4 "$uki" | tr -d ' ')
is "$(cmp -l "$uki" "$image/uki.signed.efi" 2>/dev/null |
	awk -v h="$header" '{ at = $1 - 1 - h } !((at >= 88 && at < 92) || (at >= 168 && at < 176))')" '' \
	'signing changes the checksum and the certificate table, no other byte of the file'
like "$(objcopy -O binary --only-section=.sbat "$image/uki.signed.efi" /dev/stdout 2>/dev/null | tr -d '\0')" \
	'^hallmark[^,]*,[1-9][0-9]*,' 'd30_sbat: what is signed has a generation of its own'
jq -r '.inputs[] | select(.name == "uki") | .sha256' "$image/golden/golden.json" >"$work/golden.uki"
is "$(cat "$work/golden.uki")" "$(sha256sum <"$image/uki.signed.efi" | cut -d' ' -f1)" 'the golden file was made from the signed image'

# A disk is the same signed or not, but for the file in the ESP: partition tables and layers.
layers=()
for name in root app weights; do
	layers+=(--layer "$name=$image/$name.erofs:$image/$name.verity:$image/$name.roothash")
done
if [ "$(id -u)" = 0 ]; then
	image/disk "$work/unsigned.raw" --buildroot "$BUILDROOT" --esp-uki "$uki" --guid-seed hallmark-demo "${layers[@]}" 2>/dev/null
	esp=$(/sbin/sfdisk --json "$image/disk.raw" | jq '.partitiontable.partitions[0] | (.start + .size) * 512')
	is "$(cmp -n $((2048 * 512)) "$work/unsigned.raw" "$image/disk.raw" 2>&1)" '' 'the partition table does not depend on the signature'
	is "$(cmp -i "$esp" "$work/unsigned.raw" "$image/disk.raw" 2>&1)" '' 'nothing after the ESP depends on the signature'
	cmp -s "$work/unsigned.raw" "$image/disk.raw"
	is $? 1 'the ESP does'
else
	skip 'the disk signed and not' 'not root'
fi

# keys/make
says 0 '^$' 'keys/make' keys/make "$work/keys"
is "$(stat -c '%a' "$work/keys" "$work/keys"/*.key | paste -sd' ')" '700 600 600 600' 'keys/make: nobody else can read the keys'
for name in PK KEK db; do
	openssl verify -CAfile "$work/keys/$name.crt" "$work/keys/$name.crt" >/dev/null 2>&1
	ok $? "keys/make: $name is a certificate of its own"
	like "$(openssl x509 -in "$work/keys/$name.crt" -noout -subject)" 'Hallmark TEST .* never trust' "keys/make: $name says what it is"
done
is "$(cat "$work/keys"/*.crt "$B/keys"/*.crt | grep -c 'BEGIN CERTIFICATE')" 6 'keys/make: three certificates each'
is "$(sort -u <(openssl x509 -in "$work/keys/db.crt" -noout -pubkey) <(openssl x509 -in "$B/keys/db.crt" -noout -pubkey) | wc -l)" 16 \
	'keys/make: another checkout has another key'
sums=$(cat "$work/keys"/* | sha256sum)
says 1 'is there already' 'keys/make twice' keys/make "$work/keys"
is "$(cat "$work/keys"/* | sha256sum)" "$sums" 'keys/make twice: nothing changed'
says 3 '^usage: ' 'keys/make without a directory' keys/make

# image/sign
sign=(image/sign "$uki" "$work/p7" --cert "$work/keys/db.crt")
says 3 '^usage: ' 'image/sign: nothing to do' "${sign[@]}"
says 1 'no signature by .* that fits' 'image/sign: no signature and no key' "${sign[@]}" --output "$work/out.efi"
says 1 'no signature by .* that fits' 'image/sign: a key that is not there' "${sign[@]}" --key "$work/no.key" --output "$work/out.efi"
says 1 'sbsign: |does not fit' "image/sign: another certificate's key" "${sign[@]}" --key "$B/keys/db.key" --output "$work/out.efi"
is "$(ls "$work/p7" "$work/out.efi" 2>/dev/null)" '' 'image/sign: a refusal leaves nothing'
says 0 '^$' 'image/sign' "${sign[@]}" --key "$work/keys/db.key" --output "$work/out.efi"
sbverify --cert "$work/keys/db.crt" "$work/out.efi" >/dev/null 2>&1
ok $? 'image/sign: the result verifies'
sbverify --cert "$B/keys/db.crt" "$work/out.efi" >/dev/null 2>&1
is $? 1 'image/sign: not against another certificate'
# What somebody does who rebuilt the image and has the published signature and certificate only.
cp "$work/out.efi" "$work/first.efi"
sum=$(sha256sum <"$work/p7")
sleep 1
says 0 '^$' 'image/sign: a signature that fits needs no key' "${sign[@]}" --output "$work/out.efi"
cmp -s "$work/first.efi" "$work/out.efi"
ok $? 'image/sign: the published signature gives the published file, byte for byte'
says 0 '^$' 'image/sign: a signature that fits is not made again' "${sign[@]}" --key "$work/keys/db.key" --output "$work/out.efi"
is "$(sha256sum <"$work/p7")" "$sum" 'image/sign: a signature that fits stays'
cp "$uki" "$work/other.efi"
printf 'Q' | dd of="$work/other.efi" bs=1 seek=$(($(stat -c %s "$uki") - 9)) conv=notrunc status=none
says 1 'no signature by .* that fits' 'image/sign: the signature of another file' \
	image/sign "$work/other.efi" "$work/p7" --cert "$work/keys/db.crt" --output "$work/out2.efi"
head -c 100 /dev/urandom >"$work/noise"
says 1 'no signature by .* that fits' 'image/sign: a signature that is none' \
	image/sign "$uki" "$work/noise" --cert "$work/keys/db.crt" --output "$work/out2.efi"
cp "$uki" "$work/long.efi"
printf 'x' >>"$work/long.efi"
says 1 'not a multiple of 8' 'image/sign: a length that signers would pad' \
	image/sign "$work/long.efi" "$work/p8" --cert "$work/keys/db.crt" --key "$work/keys/db.key" --output "$work/out2.efi"
says 1 'without a signature' 'image/sign: a file that is signed already' \
	image/sign "$image/uki.signed.efi" "$work/p8" --cert "$work/keys/db.crt" --key "$work/keys/db.key" --output "$work/out2.efi"
head -c 4096 /dev/zero >"$work/zeros"
says 1 'not a PE file' 'image/sign: not a PE file' \
	image/sign "$work/zeros" "$work/p8" --cert "$work/keys/db.crt" --key "$work/keys/db.key" --output "$work/out2.efi"
is "$(ls "$work/p8" "$work/out2.efi" 2>/dev/null)" '' 'image/sign: refusals leave nothing'

# image/enroll
if [ "$(id -u)" = 0 ]; then
	vars=/usr/share/OVMF/OVMF_VARS_4M.fd
	enroll=(image/enroll "$BUILDROOT" "$vars" "$work/vars.fd" --pk "$B/keys/PK.crt" --kek "$B/keys/KEK.crt")
	"${enroll[@]}" --db "$B/keys/db.crt" 2>"$work/log"
	ok $? 'image/enroll' "$(cat "$work/log")"
	cmp -s "$work/vars.fd" "$image/OVMF_VARS.secboot.fd"
	ok $? 'image/enroll: the same certificates give the same bytes'
	# Where the golden value of PCR 7 comes from: other keys and Secure Boot off are other values, each time.
	pcr7() {
		run predict --uki "$1" --vars "$2" --firmware-secure-boot=yes --disk "$image/disk.raw" --output "$work/golden"
		[ "$status" = 0 ] || bail "hallmark predict: $err"
		jq -r '.pcrs[7].values.sha256' "$work/golden/golden.json"
	}
	cp "$work/vars.fd" "$work/demo.fd"
	"${enroll[@]}" --db "$B/keys/db.crt" --db "$work/keys/db.crt" 2>/dev/null
	cp "$work/vars.fd" "$work/two.fd"
	image/enroll "$BUILDROOT" "$vars" "$work/vars.fd" --pk "$work/keys/PK.crt" --kek "$B/keys/KEK.crt" --db "$B/keys/db.crt" 2>/dev/null
	is "$({ pcr7 "$image/uki.signed.efi" "$work/demo.fd"; pcr7 "$image/uki.signed.efi" "$work/two.fd"; pcr7 "$work/first.efi" "$work/two.fd"
		pcr7 "$image/uki.signed.efi" "$work/vars.fd"; pcr7 "$image/uki.signed.efi" "$vars"; } | sort -u | wc -l)" 5 \
		'd19: demo keys, one certificate more in db, the other one used, another PK, no keys: five values of PCR 7'
	is "$(pcr7 "$image/uki.signed.efi" "$work/demo.fd")" "$(jq -r '.pcrs[7].values.sha256' "$image/golden/golden.json")" \
		"d19: the demo's is the golden one"
	rm "$work/vars.fd"
	says 3 'usage: ' 'image/enroll: no certificate for db' "${enroll[@]}"
	says 1 'no such file' 'image/enroll: a certificate that is not there' "${enroll[@]}" --db "$work/missing"
	says 1 'virt-fw-vars: ' 'image/enroll: a certificate that is none' "${enroll[@]}" --db "$work/noise"
	is "$(ls "$work/vars.fd" 2>/dev/null)" '' 'image/enroll: refusals leave nothing'
	is "$(find "$work" -maxdepth 1 -name '*.tmp.*')" '' 'no temporary file is left'
else
	skip 'image/enroll' 'not root'
fi
done_testing
