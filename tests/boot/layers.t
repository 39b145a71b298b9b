#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# layers.t - a disk that systemd-repart made, labels of one's own, a layer in memory on a second disk, no application
. tests/boot/lib.sh

# What others would do: partition definitions, and the root hash from systemd-repart itself.
mkdir -p "$work/src" "$work/out" "$work/src/repart.d"
printf '%s\n' 'root 11 my-os.v1 my-os.v1_hashes / erofs -' \
	'settings 14 hallmark-settings - /hallmark/weights erofs nodev,nosuid,noexec' >"$work/layers"
uki_of_layers "$work"
cp "$work/uki.efi.signed" "$work/src/uki.efi"
cp --sparse=always "$IMAGE/root.erofs" "$work/src/root.erofs"
printf '%s\n' '[Partition]' 'Type=esp' 'Format=vfat' 'CopyFiles=/src/uki.efi:/EFI/BOOT/BOOTX64.EFI' 'SizeMinBytes=512M' 'SizeMaxBytes=512M' \
	>"$work/src/repart.d/10-esp.conf"
printf '%s\n' '[Partition]' 'Type=root-x86-64' 'Label=my-os.v1' 'CopyBlocks=/src/root.erofs' 'Verity=data' 'VerityMatchKey=os' \
	>"$work/src/repart.d/20-root.conf"
printf '%s\n' '[Partition]' 'Type=root-x86-64-verity' 'Label=my-os.v1_hashes' 'Verity=hash' 'VerityMatchKey=os' 'SizeMinBytes=8M' \
	>"$work/src/repart.d/30-root-verity.conf"
root_cmd image/in-buildroot "$BUILDROOT" "$work/src" "$work/out" -- systemd-repart --definitions=/src/repart.d --empty=create --size=auto \
	--offline=yes --seed=8a1e9f0c-3f0b-4b1c-9d55-6d3c8d0f1a2b --dry-run=no --json=short disk.raw >"$work/repart.json" 2>"$work/repart.log"
is $? 0 'systemd-repart makes a disk' || sed 's/^/# /' "$work/repart.log"
disk=$work/out/disk.raw
roothash=$(jq -r '.[] | select(.label == "my-os.v1") | .roothash' "$work/repart.json")
like "$roothash" '^[0-9a-f]{64}$' 'systemd-repart says the root hash'

mkdir -p "$work/settings"
echo 'a setting' >"$work/settings/file"
root_cmd image/erofs "$BUILDROOT" "$work/settings" "$work/settings.erofs" settings 2>"$work/log" || bail 'image/erofs'
root_cmd image/disk "$work/second.raw" --buildroot "$BUILDROOT" --ram-layer "settings=$work/settings.erofs" 2>"$work/log" ||
	bail "image/disk: $(tail -n 1 "$work/log")"

# The golden file: the superblock as veritysetup reads it, the layer in memory as stat and sha256sum see it.
"$HALLMARK" predict --uki "$work/uki.efi.signed" --vars "$vars_on" --disk "$disk" --disk "$work/second.raw" --name layers --image-version 1 \
	--output "$work/golden"
is $? 0 'hallmark predict takes both disks'
start=$(sfdisk --json "$disk" | jq '.partitiontable.partitions[] | select(.name == "my-os.v1_hashes") | .start')
dd if="$disk" of="$work/hashes" bs=1M iflag=skip_bytes skip=$((start * 512)) count=8 status=none
veritysetup dump "$work/hashes" >"$work/dump" || bail 'veritysetup dump'
field() { sed -n "s/^$1:[[:space:]]*//p" "$work/dump"; }
is "$(jq -r '.layers[0]' "$work/golden/golden.json")" \
	"hallmark-layer/1 name=root type=dm-verity hash-type=$(field 'Hash type') hash=$(field 'Hash algorithm') data-block-size=$(field 'Data block size' | tr -d ' \[a-z\]') hash-block-size=$(field 'Hash block size' | tr -d ' \[a-z\]') data-blocks=$(field 'Data blocks') hash-offset=4096 salt=$(field Salt) root=$roothash" \
	'the record of the OS root, by veritysetup and systemd-repart'
is "$(jq -r '.layers[1]' "$work/golden/golden.json")" \
	"hallmark-layer/1 name=settings type=ram size=$(stat -c %s "$work/settings.erofs") sha256=$(sha256sum <"$work/settings.erofs" | cut -d' ' -f1)" \
	'the record of the layer in memory, by stat and sha256sum'
agrees "systemd-repart's disk, a layer in memory, no application" "$work/golden/golden.json" "$work/layers" "$work/uki.efi.signed" "$vars_on" \
	"$disk" "$work/second.raw"

boot --disk "$disk" --disk "$work/second.raw" --timeout 600
is "$boot_status" 0 'the machine boots and reports, without an application'
table=$("$HALLMARK" log diff --table "$work/golden/golden.json" "$work/report.json")
ok $? 'every register as predicted' "$table"
is "$(changed_registers "$work/golden/golden.json" "$work/report.json")" '' 'every register as predicted, by comparison of two files'
like "$console" 'layer settings is measured into PCR 14 and mounted' 'the layer in memory is mounted'
report_log runtime_log >"$work/cel"
is "$(jq -r 'select(.pcr == 13) | .content' "$work/cel")" 'hallmark-lock/1 layers=2' 'PCR 13 has the lock and nothing else'
unlike "$console" 'Kernel panic|hallmark: stopped' 'nothing stopped'
done_testing
