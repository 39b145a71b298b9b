#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# devices.t - other machines around the same image: processors, memory, clocks, devices, variables, keys; one set of registers
#
# Two boots, each with many things that the host may choose. Every register that the build knows must be the golden one.
. tests/boot/lib.sh

golden=$IMAGE/golden/golden.json

# same NAME...: the machine has reported, and every register is as predicted
same() {
	local name differ
	[ -s "$golden" ] || bail 'no golden file'
	differ=$(changed_registers "$golden" "$work/report.json")
	for name; do
		is "$boot_status $differ" '0 ' "$name: every register as predicted"
	done
}

# A disk that says all that a discovery could wish for, with the PARTUUIDs of the demo's layers and other labels; and a stick.
uuid() { sfdisk --json "$IMAGE/disk.raw" | jq -r ".partitiontable.partitions[] | select(.name == \"$1\") | .uuid"; }
truncate -s 96M "$work/other.raw"
sfdisk -q "$work/other.raw" >/dev/null <<TABLE || bail sfdisk
label: gpt
size=8M, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=esp
size=40M, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid=$(uuid hallmark-root), name=root
size=8M, type=2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5, uuid=$(uuid hallmark-root-verity), name=root-verity
size=8M, type=933AC7E1-2EB4-4F13-B844-0E14E2AEF915, uuid=$(uuid hallmark-app), name=home
size=8M, type=3B8F8425-20E0-453B-A5FA-1B6E9B5E8B5B, uuid=$(uuid hallmark-weights), name=srv
size=8M, type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F, name=swap
TABLE
dd if="$IMAGE/root.erofs" of="$work/other.raw" bs=1M seek=9 conv=notrunc status=none
truncate -s 8M "$work/stick.raw"
mkdir "$work/share"
# shellcheck disable=SC2054 # the commas are QEMU's
devices=(-rtc base=1970-01-01T00:00:00
	-drive "if=none,id=other,format=raw,snapshot=on,file=$work/other.raw" -device virtio-blk-pci,drive=other
	-device qemu-xhci,id=usb -drive "if=none,id=stick,format=raw,snapshot=on,file=$work/stick.raw" -device usb-storage,drive=stick,bus=usb.0
	-device usb-kbd,bus=usb.0 -netdev user,id=second,restrict=on -device e1000,netdev=second,romfile=
	-fsdev "local,id=share,path=$work/share,security_model=none" -device virtio-9p-pci,fsdev=share,mount_tag=root
	-device virtio-balloon-pci -device sdhci-pci)
arguments=()
for argument in "${devices[@]}"; do arguments+=(--qemu "$argument"); done
boot --disk "$IMAGE/disk.raw" --cpus 4 --memory 2048 --no-rng --input --wait 'serial:hallmark: locked' --timeout 400 "${arguments[@]}" \
	-- tests/boot/press 300
console=$(tr -d '\r\0' <"$work/serial")
same e06_discoverable_partitions e07_same_partuuids e10_other_devices e13_typing_at_the_console e15_clock_of_1970 j21_clock_of_1970 \
	e16_no_entropy_from_the_host e19_four_processors_2_gib j22_four_processors_2_gib
unlike "$console" 'sysrq: [A-Z]|TYPED-42|login:|Password|emergency|rescue|sh-[0-9]|hallmark: stopped|Kernel panic' \
	'e13_typing_at_the_console: nobody answers'
unlike "$console" 'xhci_hcd|usb-storage|e1000|9pnet|virtio_balloon|sdhci' 'e10_other_devices: no driver takes them'
unlike "$console" 'Adding .*swap|Mounted .*(home|srv)' 'e06_discoverable_partitions: nothing of it is used'
keep_registers 12-devices-1

# Variables that a boot loader or systemd would listen to, firmware settings over fw_cfg, the smallest machine, another century.
printf '{"version": 2, "variables": [%s]}\n' "$(for pair in SystemdOptions:8cf2644b-4b0b-428f-9387-6d876050dc67 \
	StubPcrKernelImage:4a67b082-0a4c-41cf-b6c7-440b29bb8c4f LoaderEntryOneShot:4a67b082-0a4c-41cf-b6c7-440b29bb8c4f \
	HibernateLocation:8cf2644b-4b0b-428f-9387-6d876050dc67; do
	printf '{"name": "%s", "guid": "%s", "attr": 7, "data": "%s"},' "${pair%%:*}" "${pair#*:}" \
		"$(printf 'systemd.debug_shell=1 init=/bin/sh rd.break' | iconv -t UTF-16LE | xxd -p | tr -d '\n')"
done | sed 's/,$//')" >"$work/variables.json"
mkdir "$work/vars"
cp "$vars_on" "$work/vars/vars.fd"
cp "$work/variables.json" "$work/vars/"
root_cmd image/in-buildroot "$BUILDROOT" - "$work/vars" -- virt-fw-vars --inplace vars.fd --set-json variables.json 2>"$work/log" ||
	bail "virt-fw-vars: $(tail -n 1 "$work/log")"
grep -qaF "$(printf 'SystemdOptions' | iconv -t UTF-16LE | tr -d '\0')" <(tr -d '\0' <"$work/vars/vars.fd") || bail 'no variable was set'
arguments=()
# shellcheck disable=SC2054
for argument in -rtc base=2100-02-28T23:59:50 -boot menu=on,splash-time=100 -fw_cfg name=opt/ovmf/X-PciMmio64Mb,string=65536 \
	-fw_cfg name=opt/ovmf/PcdSetNxForStack,string=no -fw_cfg name=opt/org.tianocore/IPv4Support,string=no \
	-fw_cfg name=opt/org.tianocore/FirmwareSetupSupport,string=no -fw_cfg name=opt/org.tianocore/X-Cpuhp-Bugcheck-Override,string=yes \
	-smbios type=0,vendor=attack -smbios type=1,serial=ds=nocloud -smbios type=2,product=attack; do
	arguments+=(--qemu "$argument")
done
boot --vars "$work/vars/vars.fd" --disk "$IMAGE/disk.raw" --cpus 1 --memory 640 --timeout 400 "${arguments[@]}"
same e04_efi_variables e15_clock_of_2100 j21_clock_of_2100 e19_one_processor_640_mib j22_one_processor_640_mib e20_firmware_settings
unlike "$console" 'sh-[0-9]|emergency|debug-shell|hallmark: stopped|Kernel panic' 'e04_efi_variables: nobody listens'
keep_registers 12-devices-2
done_testing
