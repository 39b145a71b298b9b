#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# 04-changes.t - one byte changed in one part of the image: exactly the expected registers differ, and the table says why
. tests/e2e/lib.sh

golden=$IMAGE/golden/golden.json
vmlinuz=$(echo "$BUILDROOT"/boot/vmlinuz-*)

# make_uki OUTPUT [--option VALUE ...]: the demo's UKI, with parts replaced by later options, and OUTPUT.signed: whoever
# holds the key may make it, so Secure Boot has nothing against it, and PCR 7 is the demo's
make_uki() {
	local linux=$vmlinuz initrd=$IMAGE/initrd cmdline=image/cmdline out=$1
	shift
	while [ $# -gt 0 ]; do
		case $1 in
		--linux) linux=$2 ;;
		--initrd) initrd=$2 ;;
		--cmdline) cmdline=$2 ;;
		esac
		shift 2
	done
	"$HALLMARK" uki --stub "$B/target/stub.efi" --linux "$linux" --initrd "$initrd" --cmdline "$cmdline" \
		--os-release image/os/tree/usr/lib/os-release --output "$out" || bail 'hallmark uki'
	sign_uki "$out"
}

# make_disk UKI [NAME=FILE]: the demo's disk with another UKI or one other layer
make_disk() {
	local uki=$1 part=${2:-} name args=()
	for name in root app weights; do
		if [ "${part%%=*}" = "$name" ]; then
			args+=(--layer "$(layer "$name" "${part#*=}")")
		else
			args+=(--layer "$(layer "$name")")
		fi
	done
	root_cmd image/disk "$work/disk.raw" --buildroot "$BUILDROOT" --esp-uki "$uki" --guid-seed hallmark-demo \
		"${args[@]}" 2>"$work/make.log" || bail "image/disk: $(tail -n 1 "$work/make.log")"
}

# changed_layer NAME TEXT|OFFSET: a copy of a layer with one byte changed, and its tree
changed_layer() {
	cp --sparse=always "$IMAGE/$1.erofs" "$work/$1.erofs"
	change_byte "$work/$1.erofs" "$(byte_at "$work/$1.erofs" "$2")"
	root_cmd image/verity "$BUILDROOT" "$work/$1.erofs" "$work/$1.verity" "$1" 0.1.0 2>"$work/make.log" ||
		bail "image/verity: $(tail -n 1 "$work/make.log")"
}

# check WHAT REGISTERS REGEX: boot the disk; exactly REGISTERS differ; the table rejects and gives REGEX as a reason
check() {
	local table status=0
	boot --disk "$work/disk.raw"
	is "$boot_status" 0 "$1: the machine boots and reports"
	is "$(changed_registers "$golden" "$work/report.json")" "$2" "$1: exactly PCR $2 differ"
	table=$("$HALLMARK" log diff --table "$golden" "$work/report.json") || status=$?
	is "$status" 1 "$1: hallmark log diff rejects"
	like "$table" "$3" "$1: the table names it"
}

cp "$vmlinuz" "$work/vmlinuz"
# The version text in the setup header, which nothing reads on this path.
change_byte "$work/vmlinuz" "$(byte_at "$work/vmlinuz" 'debian-kernel@lists')"
make_uki "$work/uki.efi" --linux "$work/vmlinuz"
make_disk "$work/uki.efi.signed"
check kernel '4 11' 'PCR 11.*\.linux'

mkdir "$work/initrd.d"
sed 's/size=32m/size=33m/' image/os/writable >"$work/initrd.d/writable"
cmp -s image/os/writable "$work/initrd.d/writable" && bail 'image/os/writable has no size=32m'
make "$work/initrd" IMAGE="$work" WRITABLE="$work/initrd.d/writable" >"$work/make.log" 2>&1 ||
	bail "initrd: $(tail -n 3 "$work/make.log")"
make_uki "$work/uki.efi" --initrd "$work/initrd"
make_disk "$work/uki.efi.signed"
check initrd '4 9 11' 'PCR (9|11).*initrd'

sed 's/profile=demo/profile=test/' image/cmdline >"$work/cmdline"
make_uki "$work/uki.efi" --cmdline "$work/cmdline"
make_disk "$work/uki.efi.signed"
check 'command line' '4 9 11' 'PCR 11.*\.cmdline'

changed_layer app 'ok'
make_disk "$IMAGE/uki.signed.efi" "app=$work/app.erofs"
check application '5 13' 'PCR 13.*app.*root'

# Not in the first block: that one has a checksum of EROFS's own.
changed_layer weights $(($(stat -c %s "$IMAGE/weights.erofs") / 2))
make_disk "$IMAGE/uki.signed.efi" "weights=$work/weights.erofs"
check weights '5 14' 'PCR 14.*weights.*root'

changed_layer root 'Copyright'
make_disk "$IMAGE/uki.signed.efi" "root=$work/root.erofs"
check 'OS root' '5 11' 'PCR 11.*root.*root'
done_testing
