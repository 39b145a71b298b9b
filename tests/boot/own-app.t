#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# own-app.t - the README's example: an application and weights of one's own
. tests/boot/lib.sh

# The commands between the two marks in README.md, as they stand there.
sed -n '/<!-- example: own application -->/,/<!-- end -->/p' README.md | sed -n 's/^    //p' >"$work/example"
[ -s "$work/example" ] || bail 'README.md has no example'
sed -n '/<!-- example: own application -->/,/<!-- end -->/p' README.md | grep -q 'make image' || bail 'the example makes no image'
sed "s|^make .*|& IMAGE=$work/image|; s|/tmp/my-|$work/|g" "$work/example" >"$work/script"
bash -eu "$work/script" >"$work/log" 2>&1
is $? 0 "the README's commands work" || sed 's/^/# /' "$work/log" | tail -n 20

boot --vars "$work/image/OVMF_VARS.secboot.fd" --disk "$work/image/disk.raw" -- sh -c "curl -fsSk --retry 30 --retry-all-errors --retry-delay 1 https://127.0.0.1:\$HALLMARK_TLS_PORT/ >$work/answer"
is "$boot_status" 0 'the machine boots, reports and answers'
like "$(cat "$work/answer")" 'my weights' 'the application reads its weights'
"$HALLMARK" log diff --table "$work/image/golden/golden.json" "$work/report.json" >"$work/table"
ok $? 'every register as predicted' "$(cat "$work/table")"
agrees 'another application and other weights' "$work/image/golden/golden.json" image/layers/default "$work/image/uki.signed.efi" \
	"$work/image/OVMF_VARS.secboot.fd" "$work/image/disk.raw"
is "$(changed_registers "$IMAGE/golden/golden.json" "$work/report.json")" '5 13 14' \
	'of the demo image, only the application, the weights and the partition table differ'

# Every register of an application that never starts is as predicted too.
printf '#!/bin/sh\nexec no-such-program\n' >"$work/app/start"
make image APP="$work/app" WEIGHTS="$work/weights" IMAGE="$work/image" >"$work/log" 2>&1 || bail "make image: $(tail -n 3 "$work/log")"
status=0
out=$(qemu/demo "$work/image/disk.raw" "$work/image/golden/golden.json" "$HALLMARK" --vars "$work/image/OVMF_VARS.secboot.fd" 2>/dev/null) || status=$?
like "$status $(tail -n 3 <<<"$out" | paste -sd' ')" '^1 accepted: .* hallmark: the application does not answer: .*status=127/n/a: a shell says so of a program' \
	'make demo of an application that never starts: accepted, and why it does not answer'
done_testing
