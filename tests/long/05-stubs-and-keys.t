#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# 05-stubs-and-keys.t - whole logs of other images and other variables: systemd's stub, Debian's test key, no Secure Boot
. tests/e2e/lib.sh

stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub
code=/usr/share/OVMF/OVMF_CODE_4M.fd

# matches NAME UKI VARS: the UKI on the demo's disk boots, and the log is the predicted one, event for event
matches() {
	local name=$1 uki=$2 vars=$3
	cp --sparse=always "$IMAGE/disk.raw" "$work/disk.raw"
	mcopy -o -i "$work/disk.raw@@1M" "$uki" ::/EFI/BOOT/BOOTX64.EFI || bail "mcopy $uki"
	"$HALLMARK" predict --uki "$uki" --vars "$vars" --firmware-secure-boot=yes --disk "$work/disk.raw" --firmware "$code" \
		--platforms image/platforms --output "$work/golden" || bail "hallmark predict: $name"
	boot --vars "$vars" --disk "$work/disk.raw"
	is "$boot_status" 0 "$name: the machine boots and reports"
	report_log firmware_log >"$work/tcglog"
	tests/e2e/events "$work/golden" "$work/tcglog" image/platforms >"$work/events"
	ok $? "$name: the firmware log is the predicted one"
	cat "$work/events"
	"$HALLMARK" log diff --table "$work/golden/golden.json" "$work/report.json" >"$work/table"
	ok $? "$name: every register as predicted" "$(cat "$work/table")"
}

matches 'no Secure Boot keys' "$IMAGE/uki.efi" "$vars_empty"

openssl rsa -in /usr/share/ovmf/PkKek-1-snakeoil.key -passin pass:snakeoil -out "$work/snakeoil.key" 2>/dev/null
sbsign --key "$work/snakeoil.key" --cert /usr/share/ovmf/PkKek-1-snakeoil.pem --output "$work/snakeoil.efi" "$IMAGE/uki.efi" 2>/dev/null
matches "Debian's test key" "$work/snakeoil.efi" /usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd

if [ -e "$stub" ]; then
	tr -d '\n' <image/cmdline >"$work/cmdline"
	tests/long/objcopy-uki "$stub" "$BUILDROOT"/boot/vmlinuz-* "$IMAGE/initrd" "$work/cmdline" image/os/tree/usr/lib/os-release "$work/systemd.efi"
	matches "systemd's stub, by objcopy" "$work/systemd.efi" "$vars_empty"
else
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - systemd's stub # SKIP $stub is not installed (systemd-boot-efi)"
fi
done_testing
