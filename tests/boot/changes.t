#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# changes.t - one byte changed in a part of the image: exactly the expected registers differ, and the table says why
#
# Two parts a boot, where they touch different registers; with HALLMARK_CHANGES=each, as in check-long, one part a boot.
. tests/boot/lib.sh
: "${HALLMARK_CHANGES:=two}"

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

# make_disk UKI NAME: the demo's disk with another UKI, or with the changed layer NAME, or both
make_disk() {
	local uki=$1 changed=$2 name args=()
	for name in root app weights; do
		if [ "$changed" = "$name" ]; then
			args+=(--layer "$(layer "$name" "$work/$name.erofs")")
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

# check WHAT REGISTERS REGEX...: boot the disk; exactly REGISTERS differ; the table rejects and gives each REGEX as a reason
check() {
	local what=$1 registers=$2 table status=0 reason
	shift 2
	boot --disk "$work/disk.raw"
	is "$boot_status" 0 "$what: the machine boots and reports"
	is "$(changed_registers "$golden" "$work/report.json")" "$registers" "$what: exactly PCR $registers differ"
	table=$("$HALLMARK" log diff --table "$golden" "$work/report.json") || status=$?
	is "$status" 1 "$what: hallmark log diff rejects"
	for reason in "$@"; do
		like "$table" "$reason" "$what: the table names it ($reason)"
	done
}

cp "$vmlinuz" "$work/vmlinuz"
# The version text in the setup header, which nothing reads on this path.
change_byte "$work/vmlinuz" "$(byte_at "$work/vmlinuz" 'debian-kernel@lists')"
make_uki "$work/kernel.efi" --linux "$work/vmlinuz"

mkdir "$work/initrd.d"
sed 's/size=32m/size=33m/' image/os/writable >"$work/initrd.d/writable"
cmp -s image/os/writable "$work/initrd.d/writable" && bail 'image/os/writable has no size=32m'
make "$work/initrd" IMAGE="$work" WRITABLE="$work/initrd.d/writable" >"$work/make.log" 2>&1 ||
	bail "initrd: $(tail -n 3 "$work/make.log")"
make_uki "$work/initrd.efi" --initrd "$work/initrd"

sed 's/profile=demo/profile=test/' image/cmdline >"$work/cmdline"
make_uki "$work/cmdline.efi" --cmdline "$work/cmdline"

changed_layer app 'ok'
# Not in the first block: that one has a checksum of EROFS's own.
changed_layer weights $(($(stat -c %s "$IMAGE/weights.erofs") / 2))
changed_layer root 'Copyright'

kernel='PCR 11.*\.linux' initrd='PCR (9|11).*initrd' cmdline='PCR 11.*\.cmdline'
app='PCR 13.*app.*root' weights='PCR 14.*weights.*root' root='PCR 11.*root.*root'
case $HALLMARK_CHANGES in
two)
	make_disk "$work/kernel.efi.signed" weights
	check 'kernel and weights' '4 5 11 14' "$kernel" "$weights"
	make_disk "$work/cmdline.efi.signed" app
	check 'command line and application' '4 5 9 11 13' "$cmdline" "$app"
	make_disk "$work/initrd.efi.signed" none
	check initrd '4 9 11' "$initrd"
	# Of two events of one register the table names the first.
	make_disk "$IMAGE/uki.signed.efi" root
	check 'OS root' '5 11' "$root"
	;;
each)
	make_disk "$work/kernel.efi.signed" none
	check kernel '4 11' "$kernel"
	make_disk "$work/initrd.efi.signed" none
	check initrd '4 9 11' "$initrd"
	make_disk "$work/cmdline.efi.signed" none
	check 'command line' '4 9 11' "$cmdline"
	make_disk "$IMAGE/uki.signed.efi" app
	check application '5 13' "$app"
	make_disk "$IMAGE/uki.signed.efi" weights
	check weights '5 14' "$weights"
	make_disk "$IMAGE/uki.signed.efi" root
	check 'OS root' '5 11' "$root"
	;;
*) bail "HALLMARK_CHANGES=$HALLMARK_CHANGES: two or each" ;;
esac
done_testing
