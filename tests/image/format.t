#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# format.t - image/format: disks as clouds take them, read with other people's programs
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"

make_disk "$work/unaligned.raw" root app
# The last partition ends where the usable part ends, so that a backup GPT in a wrong place would hit it.
truncate -s 4194304 "$work/disk.raw"
/sbin/sfdisk -q "$work/disk.raw" <<'TABLE' >/dev/null || bail sfdisk
label: gpt
unit: sectors
start=2048, size=2048, name=one
start=4096, size=4063, name=two
TABLE
dd if=/dev/urandom of="$work/disk.raw" bs=512 seek=2048 count=6111 conv=notrunc status=none
sum=$(sha256sum <"$work/disk.raw")

# layers FILE: the partitions' GUIDs, starts and contents
layers() {
	/sbin/sfdisk --dump "$1" 2>/dev/null | sed -nE 's/^.* : start= *([0-9]+), size= *([0-9]+), .*uuid=([^,]*), name=(.*)$/\1 \2 \3 \4/p' >"$work/table"
	while read -r start size uuid name; do
		echo "$start $size $uuid $name $(dd if="$1" bs=512 skip="$start" count="$size" status=none | sha256sum)"
	done <"$work/table"
}
layers "$work/disk.raw" >"$work/want"
[ -s "$work/want" ] || bail sfdisk
# clean FILE NAME
clean() {
	/sbin/sfdisk --verify "$1" >"$work/log" 2>&1
	ok $? "$2: sfdisk finds no fault" "$(cat "$work/log")"
	is "$(grep -ciE 'corrupt|mismatch|not at the end|backup' "$work/log")" 0 "$2: nor at the backup GPT" "$(cat "$work/log")"
	layers "$1" >"$work/got"
	cmp -s "$work/want" "$work/got"
	ok $? "$2: the partitions, byte for byte where they were"
}

image/format raw "$work/disk.raw" "$work/out.raw" 2>"$work/log"
ok $? raw "$(cat "$work/log")"
is "$(($(stat -c %s "$work/out.raw") % 1048576))" 0 'raw: whole MiB'
clean "$work/out.raw" raw
image/format vhd "$work/disk.raw" "$work/out.vhd" 2>"$work/log"
ok $? vhd "$(cat "$work/log")"
is "$(($(stat -c %s "$work/out.vhd") % 1048576))" 512 'vhd: whole MiB and the footer'
is "$(qemu-img info -f vpc --output json "$work/out.vhd" | jq -r '[.format, ."virtual-size"] | join(" ")')" "vpc $(stat -c %s "$work/out.raw")" \
	'vhd: QEMU reads the same length'
is "$(tail -c 512 "$work/out.vhd" | xxd -p -s 60 -l 4)" 00000002 'vhd: of fixed size'
qemu-img convert -f vpc -O raw "$work/out.vhd" "$work/back.raw"
cmp -s "$work/back.raw" "$work/out.raw"
ok $? 'vhd: and the same bytes'
image/format gce "$work/disk.raw" "$work/out.tar.gz" 2>"$work/log"
ok $? gce "$(cat "$work/log")"
is "$(tar tzf "$work/out.tar.gz")" disk.raw 'gce: disk.raw and nothing else'
is "$(gzip -dc "$work/out.tar.gz" | head -c 265 | tail -c 8 | xxd -p)" 7573746172202000 'gce: a tar of the old GNU format'
mkdir "$work/gce"
tar xzSf "$work/out.tar.gz" -C "$work/gce"
is "$(stat -c %s "$work/gce/disk.raw")" 1073741824 'gce: whole GiB'
clean "$work/gce/disk.raw" gce
for kind in raw vhd; do
	image/format $kind "$work/disk.raw" "$work/again"
	cmp -s "$work/again" "$work/out.$kind"
	ok $? "$kind: the same bytes each time"
done
is "$(sha256sum <"$work/disk.raw")" "$sum" 'the disk itself is as it was'

# no_format REGEX NAME ARGUMENT...
no_format() {
	local regex=$1 name=$2 text got=0
	shift 2
	text=$(image/format "$@" 2>&1) || got=$?
	like "$got $text" "$regex" "$name"
}
no_format '^3 format' 'no argument'
no_format '^3 format' 'another kind' qcow2 "$work/disk.raw" "$work/x"
no_format '^1 image/format: .*No such file' 'no disk' raw "$work/missing" "$work/x"
head -c 4194304 /dev/zero >"$work/zeros"
no_format '^1 image/format: .*partition 2 does not begin at a whole MiB$' 'an alignment that clouds do not take' vhd "$work/unaligned.raw" "$work/x"
no_format '^1 image/format: .*no GPT header at sector 1$' 'no GPT' raw "$work/zeros" "$work/x"
cp "$work/disk.raw" "$work/bad"
printf 'X' | dd of="$work/bad" bs=1 seek=560 conv=notrunc status=none
no_format '^1 image/format: .*sector 1 has a wrong checksum$' 'a damaged GPT' vhd "$work/bad" "$work/x"
cp "$work/disk.raw" "$work/bad"
printf 'X' | dd of="$work/bad" bs=1 seek=$(($(stat -c %s "$work/bad") - 512 - 16384 + 7)) conv=notrunc status=none
no_format "^1 image/format: .*backup GPT's entries have a wrong checksum$" 'a damaged backup GPT' vhd "$work/bad" "$work/x"
is "$(find "$work" -maxdepth 1 -name 'x*')" '' 'refusals leave nothing'

# dry KIND: what `make image FORMAT=KIND` would run; nothing is. What calls us may be make: this one is on its own.
dry() {
	MAKEFLAGS='' make -n --no-print-directory image FORMAT="$1" IMAGE="$work/no-image"
}
for kind in raw vhd gce; do
	dry $kind >"$work/log" 2>&1
	like "$(grep -c "image/format $kind $work/no-image/disk.raw $work/no-image/cloud/disk" "$work/log")" '^1$' "make image FORMAT=$kind would write it"
done
for kind in qcow2 RAW 'raw vhd'; do
	got=0
	dry "$kind" >"$work/stdout" 2>"$work/stderr" || got=$?
	is "$got $(wc -l <"$work/stderr") $(wc -c <"$work/stdout")" '2 1 0' "make image FORMAT=$kind: refused in one line, before anything is done"
	like "$(cat "$work/stderr")" ": \*\*\* FORMAT is raw, vhd or gce, not $kind\.  Stop\.\$" "make image FORMAT=$kind: the line"
done

# The demo's own disk, as `make image FORMAT=` writes it.
disk=$B/image/disk.raw
if [ -s "$disk" ]; then
	layers "$disk" >"$work/want"
	is "$(wc -l <"$work/want")" 7 "the demo's disk: an ESP and three pairs"
	image/format raw "$disk" "$work/demo.raw" 2>"$work/log"
	ok $? "the demo's disk: raw" "$(cat "$work/log")"
	is "$(($(stat -c %s "$work/demo.raw") % 1048576))" 0 "the demo's disk, raw: whole MiB"
	clean "$work/demo.raw" "the demo's disk, raw"
	is "$(/sbin/sfdisk --dump "$work/demo.raw" | sed -nE 's/^.* : start= *([0-9]+),.*/\1/p' | awk '$1 % 2048 { bad++ } END { print bad + 0 }')" 0 \
		"the demo's disk, raw: every partition begins at a whole MiB"
	image/format vhd "$disk" "$work/demo.vhd" 2>"$work/log"
	ok $? "the demo's disk: vhd" "$(cat "$work/log")"
	is "$(qemu-img info -f vpc --output json "$work/demo.vhd" | jq -r '."virtual-size"') $(($(stat -c %s "$work/demo.vhd") - 512))" \
		"$(stat -c %s "$work/demo.raw") $(stat -c %s "$work/demo.raw")" "the demo's disk, vhd: the same length, and the footer"
	cmp -s -n "$(stat -c %s "$work/demo.raw")" "$work/demo.vhd" "$work/demo.raw"
	ok $? "the demo's disk, vhd: the same bytes before it"
	image/format gce "$disk" "$work/demo.tar.gz" 2>"$work/log"
	ok $? "the demo's disk: gce" "$(cat "$work/log")"
	rm -f "$work/gce/disk.raw" "$work/demo.vhd"
	tar xzSf "$work/demo.tar.gz" -C "$work/gce"
	is "$(stat -c %s "$work/gce/disk.raw")" 1073741824 "the demo's disk, gce: whole GiB"
	clean "$work/gce/disk.raw" "the demo's disk, gce"
else
	skip "the demo's disk in each format" 'no image has been built'
fi
done_testing
