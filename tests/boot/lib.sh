# SPDX-License-Identifier: BSD-2-Clause
# lib.sh - what the tests that boot images share
# shellcheck shell=bash disable=SC2034 # what it sets is read by its users
# Sourced from the top of the tree by tests/boot/*.t; the image has been built (make image).
. tests/support/tap.sh

: "${B:=build}"
: "${HALLMARK:=$B/hallmark}"
IMAGE=$B/image
BUILDROOT=$B/buildroot
work=$(mktemp -d "${TMPDIR:-/tmp}/hallmark-boot.XXXXXX")
# Some of what the tests make belongs to root.
trap 'root_cmd rm -rf --one-file-system "$work"' EXIT

# Firmware variables: the demo's, with Secure Boot on and the checkout's certificates in them; and OVMF's empty ones.
vars_on=$IMAGE/OVMF_VARS.secboot.fd
vars_empty=/usr/share/OVMF/OVMF_VARS_4M.fd

# sign_uki UKI: a copy that the demo's variables let start, in UKI.signed; another key's with a directory of keys/make
sign_uki() {
	image/sign "$1" "$1.p7" --key "${2:-$B/keys}/db.key" --cert "${2:-$B/keys}/db.crt" --output "$1.signed" ||
		bail "image/sign $1"
}

# boot ARGUMENT...: qemu/run with Secure Boot on (unless a --vars says otherwise) and with console and report in $work;
# the status is left in $boot_status.
boot() {
	local attempt
	for attempt in 1 2 3; do
		boot_status=0
		qemu/run --vars "$vars_on" --serial "$work/serial" --report "$work/report.json" "$@" 2>"$work/run.log" || boot_status=$?
		[ "$boot_status" = 126 ] || break
		# The emulator's fault, before anything of the image ran.
		echo "# attempt $attempt: $(cat "$work/run.log")"
	done
	console=$(tr -d '\r\0' <"$work/serial")
	# Said whether or not the test wanted it: a failure in CI has nothing else to show.
	if [ "$boot_status" != 0 ]; then
		{ cat "$work/run.log"; tail -n 15 <<<"$console"; } | sed 's/^/# /'
	fi
}

# The registers whose SHA-256 value in the report is not the golden file's: numbers, one space between. Independent
# of `hallmark log diff`: plain comparison of two files.
changed_registers() {
	jq -rn --slurpfile g "$1" --slurpfile r "$2" '
		[$g[0].pcrs[] | select(.values != null and .policy != "replayed")
		 | select(.values.sha256 != $r[0].pcrs.sha256[.pcr]) | .pcr] | map(tostring) | join(" ")'
}

# agrees NAME GOLDEN LAYERS UKI VARS DISK...: the second prediction, which shares no code with the command, has the same registers
agrees() {
	local name=$1 golden=$2 args=(--layers "$3" --uki "$4" --vars "$5") said status=0
	shift 5
	while [ $# -gt 0 ]; do
		args+=(--disk "$1")
		shift
	done
	said=$(python3 tests/support/second_predict.py --firmware-secure-boot yes --golden "$golden" "${args[@]}" 2>&1) || status=$?
	like "$status $said" '^0 1[4-6] registers, [0-9]+ values, 0 differ$' "k02_second: $name"
}

# report_log NAME: the firmware_log or runtime_log of the report, as bytes on standard output
report_log() {
	jq -r ".$1" "$work/report.json" | base64 -d
}

root_cmd() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# layer NAME [FILE]: the --layer argument of image/disk, for a layer of the demo image or for FILE with its tree beside it
layer() {
	local file=${2:-$IMAGE/$1.erofs}
	echo "$1=$file:${file%.erofs}.verity:${file%.erofs}.roothash"
}

# byte_at FILE TEXT|OFFSET: the offset of the first occurrence of TEXT, or OFFSET itself
byte_at() {
	local at
	case $2 in
	*[!0-9]*) at=$(LC_ALL=C grep -abo -m1 -F -- "$2" "$1" | head -n 1 | cut -d: -f1) ;;
	*) at=$2 ;;
	esac
	[ -n "$at" ] || bail "$1 does not contain '$2'"
	echo "$at"
}

# change_byte FILE OFFSET: another value at OFFSET
change_byte() {
	local old
	old=$(dd if="$1" bs=1 skip="$2" count=1 status=none | xxd -p)
	printf '%02x' $((0x$old ^ 1)) | xxd -r -p | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# uki_of_layers DIRECTORY: DIRECTORY/uki.efi.signed, the demo's UKI with DIRECTORY/layers as its layers file
uki_of_layers() {
	make "$1/initrd" IMAGE="$1" LAYERS_FILE="$1/layers" >"$1/make.log" 2>&1 || bail "initrd: $(tail -n 3 "$1/make.log")"
	"$HALLMARK" uki --stub "$B/target/stub.efi" --linux "$BUILDROOT"/boot/vmlinuz-* --initrd "$1/initrd" \
		--cmdline image/cmdline --os-release image/os/tree/usr/lib/os-release --output "$1/uki.efi" || bail 'hallmark uki'
	sign_uki "$1/uki.efi"
}

# record_digest LINE: the SHA-256 digest of a record of the demo's golden log, for tests/boot/tpm-between
record_digest() {
	sed -n "$1p" "$IMAGE/golden/golden.cel" | jq -r '.digests[] | select(.hashAlg == "sha256") | .digest'
}

# extend BANK START HEX...: a register's value after these digests, by coreutils alone; START is a value, or 0
extend() {
	local bank=$1 value=$2 digest
	shift 2
	[ "$value" != 0 ] || value=$(printf '' | "${bank}sum" | cut -d' ' -f1 | tr '0-9a-f' 0)
	for digest in "$@"; do
		value=$(printf '%s%s' "$value" "$digest" | xxd -r -p | "${bank}sum" | cut -d' ' -f1)
	done
	echo "$value"
}

# capped NAME REGISTERS: the file of qemu/run --registers shows what the stub measured and the records named in $records,
# then the cap of the stage that the console names, in PCR 11 to 15 of each active bank; nothing else and nothing twice.
# $records: lines 'PCR RECORD'; $stub_golden: the golden file that knows what the stub measured.
records=
stub_golden=$IMAGE/golden/golden.json
capped() {
	local name=$1 file=$2 stage cap bank banks pcr record start bad=
	stage=$(grep -aoE 'hallmark: stopped: [a-z]+' <<<"$console" | head -n 1 | cut -d' ' -f3)
	# The stub has more words for the console, and one for the register.
	grep -qaF 'Linux version' <<<"$console" || stage=stub
	banks=$(cut -d: -f1 "$file" | uniq)
	[ -n "$banks" ] || bad='no registers were read'
	for bank in $banks; do
		cap=$(printf 'hallmark-fail/1 stage=%s' "$stage" | "${bank}sum" | cut -d' ' -f1)
		for pcr in 11 12 13 14 15; do
			start=0
			# What the stub had measured when it stopped is not known here.
			[ "$stage $pcr" != 'stub 11' ] || continue
			# shellcheck disable=SC2046 # one word a digest
			[ $pcr != 11 ] || start=$(extend "$bank" 0 $(jq -r ".events[] | select(.pcr == 11 and .type != \"hallmark\") | .digests.$bank" \
				"$stub_golden"))
			while read -r record_pcr record; do
				[ "$record_pcr" != "$pcr" ] || start=$(extend "$bank" "$start" "$(printf %s "$record" | "${bank}sum" | cut -d' ' -f1)")
			done <<<"$records"
			[ "$(sed -n "s/^$bank:$pcr //p" "$file")" = "$(extend "$bank" "$start" "$cap")" ] || bad="$bad $bank:$pcr"
		done
	done
	if [ -z "$bad" ]; then
		ok 0 "$name: PCR 11 to 15 are capped (stage $stage), read from the TPM afterwards"
	else
		ok 1 "$name: PCR 11 to 15 are capped (stage $stage), read from the TPM afterwards" "$bad"
	fi
}

# off_in_time NAME: at most 60 seconds from the line that says why to power-off
off_in_time() {
	local seconds
	seconds=$(sed -n 's/^qemu\/run: switched off \([0-9]*\) s after.*/\1/p' "$work/run.log")
	if [ "${seconds:-61}" -le 60 ]; then
		ok 0 "$1: off within 60 s ($seconds s)"
	else
		ok 1 "$1: off within 60 s" "$(cat "$work/run.log")"
	fi
}

# keep_registers NAME: remember the registers of a boot of the demo image, for same.t
keep_registers() {
	local dir
	dir=$B/check/boots/$(sha256sum "$IMAGE/golden/golden.json" | cut -c1-16)
	mkdir -p "$dir"
	rm -f "$dir/$1"
	[ "$boot_status" != 0 ] || jq -S .pcrs "$work/report.json" >"$dir/$1"
}
