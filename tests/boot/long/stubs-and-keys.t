#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# stubs-and-keys.t - whole logs of other images and other variables: UKIs by objcopy, ukify and dracut with systemd's stubs; Debian's test key, Microsoft's keys, none
. tests/boot/lib.sh

stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub
code=/usr/share/OVMF/OVMF_CODE_4M.fd

# matches NAME UKI VARS [ARGUMENT...]: the UKI on the demo's disk boots, and the log is the predicted one, event for event
matches() {
	local name=$1 uki=$2 vars=$3
	shift 3
	cp --sparse=always "$IMAGE/disk.raw" "$work/disk.raw"
	mcopy -o -i "$work/disk.raw@@1M" "$uki" ::/EFI/BOOT/BOOTX64.EFI || bail "mcopy $uki"
	"$HALLMARK" predict --uki "$uki" --vars "$vars" --firmware-secure-boot=yes --disk "$work/disk.raw" --firmware "$code" \
		--platforms image/platforms --output "$work/golden" || bail "hallmark predict: $name"
	agrees "$name" "$work/golden/golden.json" image/layers/default "$uki" "$vars" "$work/disk.raw"
	boot --vars "$vars" --disk "$work/disk.raw" "$@"
	is "$boot_status" 0 "$name: the machine boots and reports"
	report_log firmware_log >"$work/tcglog"
	tests/boot/events "$work/golden" "$work/tcglog" image/platforms >"$work/events"
	ok $? "$name: the firmware log is the predicted one"
	cat "$work/events"
	"$HALLMARK" log diff --table "$work/golden/golden.json" "$work/report.json" >"$work/table"
	ok $? "$name: every register as predicted" "$(cat "$work/table")"
	is "$(changed_registers "$work/golden/golden.json" "$work/report.json")" '' "$name: every register as predicted, by comparison of two files"
}

matches 'no Secure Boot keys' "$IMAGE/uki.efi" "$vars_empty"

openssl rsa -in /usr/share/ovmf/PkKek-1-snakeoil.key -passin pass:snakeoil -out "$work/snakeoil.key" 2>/dev/null
sbsign --key "$work/snakeoil.key" --cert /usr/share/ovmf/PkKek-1-snakeoil.pem --output "$work/snakeoil.efi" "$IMAGE/uki.efi" 2>/dev/null
matches "Debian's test key" "$work/snakeoil.efi" /usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd

# Microsoft's keys as Debian ships them, revocations too, and the checkout's certificate beside theirs.
mkdir "$work/ms"
cp /usr/share/OVMF/OVMF_VARS_4M.ms.fd "$work/ms/in.fd"
cp "$B/keys/db.crt" "$work/ms/"
root_cmd image/in-buildroot "$BUILDROOT" - "$work/ms" -- virt-fw-vars --loglevel error --input in.fd --output out.fd \
	--add-db 7a1f4b6e-52c0-4f0e-8d5b-1d0c2f3e4a5b db.crt 2>"$work/log" || bail "virt-fw-vars: $(tail -n 1 "$work/log")"
matches "Microsoft's keys" "$IMAGE/uki.signed.efi" "$work/ms/out.fd"
tpm2_eventlog --eventlog-version=2 "$work/tcglog" >"$work/eventlog.yaml" 2>/dev/null
like "$(cat "$work/eventlog.yaml")" "$(printf 'Microsoft Corporation UEFI CA 2011' | xxd -p | tr -d '\n')" "Microsoft's keys: they are in the log"

tr -d '\n' <image/cmdline >"$work/cmdline"
if [ -e "$stub" ]; then
	tests/support/objcopy-uki "$stub" "$BUILDROOT"/boot/vmlinuz-* "$IMAGE/initrd" "$work/cmdline" image/os/tree/usr/lib/os-release "$work/systemd.efi"
	matches "systemd's stub 252, by objcopy" "$work/systemd.efi" "$vars_empty"
else
	skip "systemd's stub" "$stub is not installed (systemd-boot-efi)"
fi

# dracut makes initramfs and UKI itself, with the hooks.
mkdir "$work/dracut"
cp "$B/target/hallmark-boot" image/layers/default image/os/writable "$work/dracut/"
root_cmd image/in-buildroot "$BUILDROOT" . "$work/dracut" -- \
	/src/tests/support/dracut-uefi /out/hallmark-boot /out/default /out/writable /out/uki.efi >"$work/log" 2>&1 || bail "dracut: $(tail -n 3 "$work/log")"
root_cmd chmod 0644 "$work/dracut/uki.efi"
like "$(strings -a "$work/dracut/uki.efi" | grep LoaderInfo)" 'systemd-stub 257' 'dracut --uefi: with the stub of version 257'
matches "systemd's stub 257, by dracut --uefi" "$work/dracut/uki.efi" "$vars_empty" --timeout 420

if [ "$(id -u)" = 0 ]; then
	mkdir "$work/ukify"
	cp "$BUILDROOT"/boot/vmlinuz-* "$work/ukify/vmlinuz"
	cp "$IMAGE/initrd" image/cmdline image/os/tree/usr/lib/os-release "$work/ukify/"
	tests/support/debian13 "$B/debian13" "$work/ukify" -- ukify build --linux /out/vmlinuz --initrd /out/initrd \
		--cmdline "$(cat image/cmdline)" --os-release @/out/os-release --uname 6.12.0-test --output /out/uki.efi >"$work/log" 2>&1 ||
		bail "ukify: $(tail -n 3 "$work/log")"
	like "$(strings -a "$work/ukify/uki.efi" | grep LoaderInfo)" 'systemd-stub 257' "ukify: with Debian 13's stub"
	matches "systemd's stub 257, by ukify" "$work/ukify/uki.efi" "$vars_empty"
else
	skip ukify 'not root'
fi
done_testing
