#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# flips.t - one block changed on the disk after prediction: the kernel panics at the read, and nothing is served
. tests/boot/lib.sh

golden=$IMAGE/golden/golden.json

# flip NAME TEXT|OFFSET: a copy of the demo disk with one byte changed inside the partition of layer NAME, in
# the first occurrence of TEXT or at OFFSET
flip() {
	local start at
	start=$(sfdisk --json "$IMAGE/disk.raw" |
		jq -r ".partitiontable.partitions[] | select(.name == \"hallmark-$1\") | .start")
	at=$(byte_at "$IMAGE/$1.erofs" "$2")
	[ -n "$start" ] || bail "no partition $1"
	cp --sparse=always "$IMAGE/disk.raw" "$work/disk.raw"
	change_byte "$work/disk.raw" $((start * 512 + at))
}

# Whatever was reported before the read was true: the measured root hash is the golden one.
nothing_false() {
	if [ -s "$work/report.json" ]; then
		is "$(changed_registers "$golden" "$work/report.json")" '' "$1: no register claims otherwise"
	else
		ok 0 "$1: no register claims otherwise (nothing was reported)"
	fi
}

# The dynamic loader: every program of the OS reads it, PID 1 first of all.
flip root '/lib64/ld-linux-x86-64.so.2'
boot --disk "$work/disk.raw" --wait 'serial:Kernel panic' -- sh -c "sleep 5; ! curl -fsk --max-time 5 https://127.0.0.1:\$HALLMARK_TLS_PORT/health"
is "$boot_status" 0 'g03_root_block_flipped_panics: the kernel panics and nothing is served'
like "$console" 'dm-verity device corrupted|metadata block .* is corrupted|data block .* is corrupted' 'g03_root_block_flipped_panics: dm-verity says so'
nothing_false g03_root_block_flipped

flip app '#!/bin/sh'
boot --disk "$work/disk.raw" --wait 'serial:Kernel panic' -- sh -c "sleep 5; ! curl -fsk --max-time 5 https://127.0.0.1:\$HALLMARK_TLS_PORT/health"
is "$boot_status" 0 'g03_app_block_flipped_panics: the kernel panics and nothing is served'
like "$console" 'data block .* is corrupted' 'g03_app_block_flipped_panics: dm-verity says so'
nothing_false g03_app_block_flipped

# The middle of the network, which only a request reads.
flip weights $(($(stat -c %s "$IMAGE/weights.erofs") / 2))
boot --disk "$work/disk.raw" -- sh -c "! tests/boot/ocr 'This must not be answered' >$work/ocr 2>&1"
is "$boot_status" 0 'g03_weights_block_flipped_panics: the request is not answered'
like "$(tr -d '\r\0' <"$work/serial")" 'Kernel panic' 'g03_weights_block_flipped_panics: the kernel panics'
unlike "$(cat "$work/ocr")" 'must not' 'g03_weights_block_flipped_panics: no text came back'
nothing_false g03_weights_block_flipped
keep_registers 05-weights
done_testing
