# SPDX-License-Identifier: BSD-2-Clause
# cli.sh - inputs that the tests of the hallmark command share, and what runs it
# shellcheck shell=bash disable=SC2034 # what it sets is read by its users
# Sourced by most of tests/*/*.t. HALLMARK is the program, HALLMARK_GUEST the guest's (default: beside it), HALLMARK_FIXTURES
# real evidence of other projects' machines, HALLMARK_STUB the EFI stub (default: the one that `make image` built),
# BUILDROOT the build root with systemd-measure.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"

: "${B:=build}"
: "${HALLMARK:=$B/hallmark}"
: "${HALLMARK_GUEST:=${HALLMARK%/*}/hallmark-guest}"
: "${HALLMARK_FIXTURES:=../shared/fixtures}"
: "${HALLMARK_STUB:=$B/target/stub.efi}"
: "${BUILDROOT:=$B/buildroot}"
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/hallmark-cli.XXXXXX")
cleanup() {
	rm -rf "$work"
}
trap cleanup EXIT

# by_schema GOLDEN: 0 where docs/schema/golden.schema.json takes it; what is wrong with it in $work/schema.log
by_schema() {
	/usr/bin/python3 -c 'import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(json.load(open(sys.argv[2])))' "$top/docs/schema/golden.schema.json" "$1" 2>"$work/schema.log"
}

# run ARGUMENT...: the command, at most 60 s or what run_seconds says; leaves $status, $out, $err. $program: another one
program=
run() {
	status=0
	timeout "${run_seconds:-60}" "${program:-$HALLMARK}" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
	out=$(tr -d '\0' <"$work/stdout")
	err=$(tr -d '\0' <"$work/stderr")
}

# without_library SONAME: $work/without is the command where this library cannot be loaded (as root)
without_library() {
	cat >"$work/without.inner" <<-INNER
		#!/bin/sh
		ldconfig -p | sed -n 's/^[[:space:]]*$1 .*=> //p' | while read -r file; do mount --bind /dev/null "\$file" || exit 99; done
		exec $(realpath "$HALLMARK") "\$@"
	INNER
	printf '#!/bin/sh\nexec unshare --mount sh %s "$@"\n' "$work/without.inner" >"$work/without"
	chmod +x "$work/without"
}

# refused STATUS REGEX NAME ARGUMENT...: exactly one line on standard error, that status, nothing on standard output
refused() {
	local want=$1 regex=$2 name=$3 bad=
	shift 3
	run "$@"
	[ "$status" = "$want" ] || bad="exit status $status, not $want"
	[ "$(wc -l <"$work/stderr")" = 1 ] || bad="$bad; not one line"
	[ -z "$out" ] || bad="$bad; prints to standard output"
	grep -qE -e "^hallmark: .*$regex" <<<"$err" || bad="$bad; no match for /^hallmark: .*$regex/"
	if [ -z "$bad" ]; then ok 0 "$name"; else ok 1 "$name" "$bad
$err"; fi
}

# bad_files OPTION-TEXT STATUS ARGUMENT...: every kind of file that is none. @ in ARGUMENT stands for the file.
bad_files() {
	local what=$1 status_of_content=$2 args
	shift 2
	args=("$@")
	: >"$work/empty"
	mkdir -p "$work/directory"
	refused 4 "/missing: No such file" "$what: a file that does not exist" "${args[@]//@/$work/missing}"
	refused 4 "/directory: Is a directory" "$what: a directory" "${args[@]//@/$work/directory}"
	refused "$status_of_content" "/empty: the file is empty" "$what: an empty file" "${args[@]//@/$work/empty}"
	refused "$status_of_content" "/dev/null: the file is empty" "$what: /dev/null" "${args[@]//@//dev/null}"
}

# An initrd with a layers file: microcode first, then a compressed archive, as dracut writes them. make_initrd OUT [LAYERS]
make_initrd() {
	local tree=$work/initrd.tree
	rm -rf "$tree"
	mkdir -p "$tree/early/kernel/x86/microcode" "$tree/main/etc/hallmark" "$tree/main/bin"
	echo microcode >"$tree/early/kernel/x86/microcode/GenuineIntel.bin"
	cp "${2:-$top/image/layers/default}" "$tree/main/etc/hallmark/layers"
	head -c 300000 /dev/zero >"$tree/main/bin/program"
	(cd "$tree/early" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$1"
	(cd "$tree/main" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) | zstd -q >>"$1"
}

# Inputs of `hallmark uki`: any PE file is kernel enough. Leaves the options in ${uki_args[@]}.
make_uki_inputs() {
	[ -s "$HALLMARK_STUB" ] || bail "$HALLMARK_STUB does not exist: run make image, or set HALLMARK_STUB"
	cp "$HALLMARK_STUB" "$work/stub.efi"
	cp "$HALLMARK_STUB" "$work/vmlinuz"
	make_initrd "$work/initrd"
	printf 'ID=test\nIMAGE_ID=cli-test\nIMAGE_VERSION="7.1"\n' >"$work/os-release"
	cp "$top/image/cmdline" "$work/cmdline"
	uki_args=(--stub "$work/stub.efi" --linux "$work/vmlinuz" --initrd "$work/initrd" --cmdline "$work/cmdline"
		--os-release "$work/os-release")
}

dashed() {
	sed -E 's/^(.{8})(.{4})(.{4})(.{4})(.{12})$/\1-\2-\3-\4-\5/' <<<"$1"
}

# make_disk OUT NAME...: a disk image with the two partitions of each layer; root hashes are left in $work/NAME.root
make_disk() {
	local out=$1 name root start=2048 sectors script='label: gpt
label-id: 00000000-1111-2222-3333-444444444444
unit: sectors
'
	shift
	rm -f "$out"
	truncate -s 8M "$out"
	: >"$work/copies"
	for name in "$@"; do
		[ -e "$work/$name.img" ] || head -c $((4096 * (200 + ${#name}))) /dev/urandom >"$work/$name.img"
		/sbin/veritysetup format "$work/$name.img" "$work/$name.hash" --salt=0011"$(printf %s "$name" | xxd -p)" \
			--uuid=00000000-0000-0000-0000-000000000000 >"$work/format" || bail 'veritysetup format'
		root=$(sed -n 's/^Root hash:[[:space:]]*//p' "$work/format")
		echo "$root" >"$work/$name.root"
		sectors=$(($(stat -c %s "$work/$name.img") / 512))
		script+="start=$start, size=$sectors, type=linux, name=hallmark-$name, uuid=$(dashed "${root:0:32}")
"
		echo "$work/$name.img $start" >>"$work/copies"
		start=$((start + sectors))
		sectors=$(($(stat -c %s "$work/$name.hash") / 512))
		script+="start=$start, size=$sectors, type=linux, name=hallmark-$name-verity, uuid=$(dashed "${root:32:32}")
"
		echo "$work/$name.hash $start" >>"$work/copies"
		start=$((start + sectors))
	done
	/sbin/sfdisk -q "$out" <<<"$script" >/dev/null || bail sfdisk
	while read -r file at; do
		dd if="$file" of="$out" bs=512 seek="$at" conv=notrunc status=none
	done <"$work/copies"
}

# extend BANK HEX...: a register after these digests, by coreutils alone
extend() {
	local bank=$1 value digest
	shift
	value=$(printf '' | "${bank}sum" | cut -d' ' -f1 | tr '0-9a-f' 0)
	for digest in "$@"; do
		value=$(printf '%s%s' "$value" "$digest" | xxd -r -p | "${bank}sum" | cut -d' ' -f1)
	done
	echo "$value"
}

# hash BANK: of standard input
hash() {
	"${1}sum" | cut -d' ' -f1
}
