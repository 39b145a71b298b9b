#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# predict-secure-boot.t - which entry of db lets the firmware start a UKI, and what in dbx forbids it
#
# Each row's decision is what OVMF does (edk2-stable202211 in Debian 12, 202502 in Debian 13; DxeImageVerificationLib): started, or
# "Access Denied". tests/boot/long/secure-boot-cases.t
# boots the same files.
. "$(dirname "$0")/../support/cli.sh"
# shellcheck source=../support/secure-boot.sh
. "$(dirname "$0")/../support/secure-boot.sh"
[ -d "$BUILDROOT" ] || bail 'no build root'

make_uki_inputs
run uki "${uki_args[@]}" --output "$work/plain.efi"
is "$status" 0 'an image to predict' || bail "$err"
disk=$work/disk.raw
make_disk "$disk" root app weights
secure_boot_cases "$work/plain.efi" "$work/cases" || bail 'the cases cannot be made'

while read -r name decision; do
	case=$work/cases/$name
	run predict --uki "$case.efi" --vars "$case.fd" --disk "$disk" --output "$case.golden"
	case $decision in
	db:*)
		is "$status$err" 0 "$name: predicted"
		# EV_EFI_VARIABLE_AUTHORITY: GUID, two lengths, "db" in UTF-16, then the entry.
		is "$(jq -r '.events[] | select(.what == "authority") | .digests.sha256' "$case.golden/golden.json")" \
			"$(authority_event "$work/cases/${decision#db:}" | sha256sum | cut -d' ' -f1)" "$name: the authority event is the entry of db"
		;;
	*)
		is "$status" 2 "$name: refused"
		like "$err" "$(secure_boot_reason "$decision")" "$name: the line says why"
		[ ! -e "$case.golden" ]
		ok $? "$name: nothing is written"
		;;
	esac
done <"$work/cases/list"
done_testing
