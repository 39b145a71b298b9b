#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# mkosi.t - docs/examples/mkosi: an image by Debian 13's mkosi with our stub and dracut module boots with the predicted registers
. tests/boot/lib.sh
[ "$(id -u)" = 0 ] || { skip 'an image by mkosi' 'not root'; done_testing; exit 0; }

code=/usr/share/OVMF/OVMF_CODE_4M.fd
mkdir "$work/out"
tests/support/debian13 "$B/debian13" "$work/out" -- sh -euc '/src/docs/examples/mkosi/sources /out/sandbox
	mkosi --directory /src/docs/examples/mkosi --sandbox-tree /out/sandbox --output-directory /out --workspace-directory /out build' \
	>"$work/log" 2>&1
is $? 0 'mkosi builds it' || tail -n 20 "$work/log" | sed 's/^/# /'
disk=$work/out/disk.raw
[ -s "$disk" ] || bail 'mkosi has made no disk'

# What is on the disk, by others' programs.
partition() {
	sfdisk --json "$disk" | jq -r ".partitiontable.partitions[] | select(.name == \"$1\") | .$2"
}
mcopy -i "$disk@@$(($(partition esp start) * 512))" ::/EFI/BOOT/BOOTX64.EFI "$work/uki.efi"
is $? 0 'its ESP has a UKI'
is "$(objcopy -O binary --only-section=.cmdline "$work/uki.efi" "$work/cmdline" 2>/dev/null; cat "$work/cmdline")" "$(cat image/cmdline)" \
	'its command line is the one of the grammar, without a root hash'
objcopy -O binary --only-section=.initrd "$work/uki.efi" "$work/initrd" 2>/dev/null
image/lint-initrd "$work/initrd" >"$work/lint" 2>&1
is $? 0 'its initrd keeps to image/initrd-rules' || sed 's/^/# /' "$work/lint"
for name in mkosi-root mkosi-root-verity; do
	dd if="$disk" of="$work/$name" bs=512 skip="$(partition $name start)" count="$(partition $name size)" status=none
done
roothash=$({ partition mkosi-root uuid; partition mkosi-root-verity uuid; } | tr -d -- '-\n' | tr A-F a-f)
veritysetup verify "$work/mkosi-root" "$work/mkosi-root-verity" "$roothash" >"$work/verify" 2>&1
is $? 0 'veritysetup verifies the OS root, with the root hash in the UUIDs' || sed 's/^/# /' "$work/verify"

"$HALLMARK" predict --uki "$work/uki.efi" --vars "$vars_empty" --firmware-secure-boot=yes --disk "$disk" --firmware "$code" \
	--platforms image/platforms --name mkosi --image-version 1 --output "$work/golden"
is $? 0 'hallmark predict takes it'
boot --vars "$vars_empty" --disk "$disk" --timeout 420
is "$boot_status" 0 'the machine boots and reports'
"$HALLMARK" log diff --table "$work/golden/golden.json" "$work/report.json" >"$work/table"
ok $? 'every register as predicted' "$(cat "$work/table")"
is "$(changed_registers "$work/golden/golden.json" "$work/report.json")" '' 'every register as predicted, by comparison of two files'
report_log firmware_log >"$work/tcglog"
tests/boot/events "$work/golden" "$work/tcglog" image/platforms foreign-esp >"$work/events"
ok $? 'the firmware log is the predicted one, but for the address that the firmware loads from this ESP to'
cat "$work/events"
# The last record is that of the TLS key.
report_log runtime_log | head -n -1 | cmp -s - "$work/golden/golden.cel"
ok $? 'the runtime log is the predicted one'
like "$(report_log runtime_log | jq -r .content)" "name=root type=dm-verity .* root=$roothash\$" 'the OS root is the one that mkosi made'
echo 'root 11 mkosi-root mkosi-root-verity / erofs -' >"$work/layers"
agrees 'an image by mkosi' "$work/golden/golden.json" "$work/layers" "$work/uki.efi" "$vars_empty" "$disk"
like "$console" 'hallmark: locked: 1 layers?' 'locked'
unlike "$console" 'Kernel panic|hallmark: stopped|login:' 'nothing stopped, nobody is asked to log in'
done_testing
