#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# firmware.t - the demo image, whole, on each build of OVMF: every register from 2 on as predicted for it (j28)
. tests/boot/lib.sh

new=$BUILDROOT/usr/share/OVMF
# shellcheck disable=SC2054 # the commas are QEMU's
secure=(--qemu -machine --qemu smm=on --qemu -global --qemu driver=cfi.pflash01,property=secure,value=on)

# on NAME CODE VARS SUPPORTED [ARGUMENT...]: golden values for these variables, a boot, the comparison
on() {
	local name=$1 code=$2 vars=$3 supported=$4
	shift 4
	rm -rf "$work/golden"
	"$HALLMARK" predict --uki "$IMAGE/uki.signed.efi" --vars "$vars" --firmware-secure-boot="$supported" --disk "$IMAGE/disk.raw" \
		--output "$work/golden" || bail "hallmark predict: $name"
	boot --vars "$vars" --code "$code" --disk "$IMAGE/disk.raw" --timeout 400 "$@"
	is "$boot_status" 0 "$name: the machine boots and reports"
	is "$(changed_registers "$work/golden/golden.json" "$work/report.json")" '' "$name: every register that is predicted is as predicted"
	for bank in sha1 sha256 sha384 sha512; do
		# 15 goes on to the TLS record, which hallmark log diff replays.
		is "$(jq -rn --slurpfile g "$work/golden/golden.json" --slurpfile r "$work/report.json" '[$g[0].pcrs[] | select(.values != null)
			| select(.policy != "replayed") | select(.values.'$bank' != $r[0].pcrs.'$bank'[.pcr]) | .pcr] | map(tostring) | join(" ")')" '' "$name: $bank"
	done
	"$HALLMARK" log diff "$work/golden/golden.json" "$work/report.json" >"$work/diff" 2>&1
	is $? 0 "$name: hallmark log diff accepts the machine"
	unlike "$console" 'hallmark: stopped|Kernel panic' "$name: nothing stopped"
}

enrolled=$work/secboot.fd
root_cmd image/enroll "$BUILDROOT" "$new/OVMF_VARS_4M.fd" "$enrolled" --pk "$B/keys/PK.crt" --kek "$B/keys/KEK.crt" --db "$B/keys/db.crt" \
	2>"$work/log" || bail "image/enroll: $(tail -n 1 "$work/log")"
on "j28_debian_12" /usr/share/OVMF/OVMF_CODE_4M.fd "$vars_on" yes
# hallmark platform learn boots the firmware itself, and finds what the profile of it in the tree says.
known=$(grep -l "$(sha256sum </usr/share/OVMF/OVMF_CODE_4M.fd | cut -d' ' -f1)" image/platforms/*.json | head -n 1)
same='del(.name, .machine, .boot.image_tops[1:])' # of one disk
if [ -n "$known" ]; then
	"$HALLMARK" platform learn /usr/share/OVMF/OVMF_CODE_4M.fd --name learned --disk "$IMAGE/disk.raw" --vars "$vars_on" --output "$work/learned.json" \
		>"$work/log" 2>&1
	ok $? 'hallmark platform learn' "$(tail -n 3 "$work/log")"
	is "$(jq -cS "$same" "$work/learned.json")" "$(jq -cS "$same" "$known")" 'it learns what is known of this firmware'
else
	skip 'hallmark platform learn' "no profile in image/platforms is of this host's OVMF"
fi
on "j28_debian_13" "$new/OVMF_CODE_4M.fd" "$new/OVMF_VARS_4M.fd" no
on "j28_debian_13_secboot_smm" "$new/OVMF_CODE_4M.secboot.fd" "$enrolled" yes "${secure[@]}"
on "j28_debian_13_secboot_strictnx" "$new/OVMF_CODE_4M.secboot.strictnx.fd" "$enrolled" yes "${secure[@]}"
done_testing
