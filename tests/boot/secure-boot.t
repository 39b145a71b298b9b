#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# secure-boot.t - with Secure Boot on the firmware starts nothing but what our key signed; switched off, PCR 7 says so
#
# That the signed image starts, and that PCR 7 is then as predicted, is demo.t.
. tests/boot/lib.sh

golden=$IMAGE/golden/golden.json

# start_with UKI: the demo's disk with another file to boot
start_with() {
	cp --sparse=always "$IMAGE/disk.raw" "$work/disk.raw"
	mcopy -o -i "$work/disk.raw@@1M" "$1" ::/EFI/BOOT/BOOTX64.EFI || bail "mcopy $1"
}

# denied NAME [ARGUMENT...]: the firmware refuses what is on the disk and gives up; nothing of ours ran
denied() {
	local name=$1
	shift
	boot --disk "$work/disk.raw" --wait 'serial:No bootable option|hallmark|Linux version' --timeout 120 "$@" -- sleep 1
	is "$boot_status" 0 "$name: the machine comes to a decision"
	like "$console" 'failed to load Boot0001 .*: Access Denied' "$name: the firmware denies the image"
	like "$console" 'No bootable option or device was found' "$name: the firmware has nothing else to boot"
	unlike "$console" 'hallmark|Linux version|starting Boot0001|Shell>' "$name: neither image nor shell started"
	is "$(cat "$work/report.json" 2>/dev/null)" '' "$name: nothing was reported"
}

start_with "$IMAGE/uki.efi"
denied d19_unsigned_image

cp "$IMAGE/uki.signed.efi" "$work/altered.efi"
change_byte "$work/altered.efi" "$(byte_at "$work/altered.efi" "$(cat image/cmdline)")"
start_with "$work/altered.efi"
denied d19_signed_image_altered

cp "$IMAGE/uki.efi" "$work/other.efi"
keys/make "$work/keys"
sign_uki "$work/other.efi" "$work/keys"
start_with "$work/other.efi.signed"
denied d19_signed_with_another_key

# Revoked: the image's digest in dbx, as an authenticated update without a signature, which a file needs not have.
digest=$(jq -r '.events[] | select(.what == "UKI") | .digests.sha256' "$golden")
{
	printf 'ea07010100000000''0000000000000000' # EFI_TIME: 2026-01-01
	printf '18000000''0002f10e''9dd2af4adf68ee498aa9347d375665a7' # WIN_CERTIFICATE_UEFI_GUID without content
	printf '2616c4c14c509240aca941f936934328''4c000000''00000000''30000000' # a list of SHA-256 digests
	printf '00000000000000000000000000000000%s' "$digest"
} | xxd -r -p >"$work/dbx"
root_cmd image/enroll "$BUILDROOT" "$vars_empty" "$work/revoked.fd" --pk "$B/keys/PK.crt" --kek "$B/keys/KEK.crt" \
	--db "$B/keys/db.crt" --dbx "$work/dbx" 2>"$work/log" || bail "image/enroll: $(tail -n 1 "$work/log")"
start_with "$IMAGE/uki.signed.efi"
denied d19_image_in_dbx --vars "$work/revoked.fd"
"$HALLMARK" predict --uki "$IMAGE/uki.signed.efi" --vars "$work/revoked.fd" --disk "$work/disk.raw" --output "$work/golden" 2>"$work/log"
is $? 2 'd19_image_in_dbx: hallmark predict refuses'
like "$(cat "$work/log")" 'dbx forbids the image' 'd19_image_in_dbx: hallmark predict says why'

# Whoever can write the firmware's variables can switch Secure Boot off. The same image starts, and it shows.
mkdir "$work/off"
cp "$vars_on" "$work/off/vars.fd"
root_cmd image/in-buildroot "$BUILDROOT" - "$work/off" -- virt-fw-vars --inplace vars.fd --set-false SecureBootEnable \
	2>"$work/log" || bail "virt-fw-vars: $(tail -n 1 "$work/log")"
"$HALLMARK" predict --uki "$IMAGE/uki.signed.efi" --vars "$work/off/vars.fd" --disk "$IMAGE/disk.raw" --output "$work/golden" ||
	bail 'hallmark predict'
boot --vars "$work/off/vars.fd" --disk "$IMAGE/disk.raw"
is "$boot_status" 0 'd19_secure_boot_off: the machine boots and reports'
is "$(changed_registers "$golden" "$work/report.json")" 7 'd19_secure_boot_off: exactly PCR 7 differs'
is "$(changed_registers "$work/golden/golden.json" "$work/report.json")" '' 'd19_secure_boot_off: and it is the one predicted for these variables'
status=0
table=$("$HALLMARK" log diff --table "$golden" "$work/report.json") || status=$?
is "$status" 1 'd19_secure_boot_off: hallmark log diff rejects'
like "$table" 'PCR 7.*SecureBoot' 'd19_secure_boot_off: the table names it'
done_testing
