#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# faults.t - a disk that cannot be read at one place, a TPM that goes away: the machine ends
#
# One boot a class: every fault at every point is tests/boot, on hallmark-boot's own objects.
. tests/boot/lib.sh

# The dynamic loader again: the first block of the OS root that PID 1 needs. dm-verity would answer EIO by default.
start=$(sfdisk --json "$IMAGE/disk.raw" | jq -r '.partitiontable.partitions[] | select(.name == "hallmark-root") | .start')
at=$(byte_at "$IMAGE/root.erofs" '/lib64/ld-linux-x86-64.so.2')
cp --sparse=always "$IMAGE/disk.raw" "$work/disk.raw"
# shellcheck disable=SC2054 # the commas are QEMU's
bad=(-drive "if=none,id=bad,format=raw,file.driver=blkdebug,file.image.driver=file,file.image.filename=$work/disk.raw,file.inject-error.0.event=read_aio,file.inject-error.0.sector=$((start + at / 512)),file.inject-error.0.errno=5,file.inject-error.0.once=off"
	-device virtio-blk-pci,drive=bad,bootindex=1)
arguments=()
for argument in "${bad[@]}"; do arguments+=(--qemu "$argument"); done
boot --wait 'serial:Kernel panic' --timeout 300 "${arguments[@]}" -- \
	sh -c "sleep 5; kill -0 \$HALLMARK_QEMU_PID && ! curl -fsk --max-time 5 https://127.0.0.1:\$HALLMARK_TLS_PORT/health"
is "$boot_status" 0 'g04_unreadable_block_panics: the kernel panics, stays, and nothing is served'
like "$console" 'I/O error, dev vda' 'j17_unreadable_block: the disk said EIO'
like "$console" 'Kernel panic - not syncing: dm-verity device has I/O error' 'g04_unreadable_block_panics: panic_on_error is what ended it'
like "$console" 'end Kernel panic' 'j23_no_reboot_after_a_panic: the machine halts and does not start again'
unlike "$console" 'sh-[0-9]|emergency|login:' 'f01_no_shell_after_a_panic: no shell'
is "$(cat "$work/report.json" 2>/dev/null)" '' 'g04_unreadable_block_panics: nothing was reported'

# The TPM's process is gone when the kernel starts: what the firmware measured is in it, and no record can be.
boot --disk "$IMAGE/disk.raw" --wait 'serial:Linux version' --timeout 300 -- \
	sh -c "kill -KILL \$HALLMARK_SWTPM_PID
		for i in \$(seq 480); do grep -qaF 'hallmark: stopped: ' \$HALLMARK_SERIAL && break; kill -0 \$HALLMARK_QEMU_PID || break; sleep 0.5; done
		from=\$(date +%s)
		timeout 240 tail --pid=\$HALLMARK_QEMU_PID -f /dev/null && echo qemu/run: switched off \$((\$(date +%s) - from)) s after it had stopped >&2"
console=$(tr -d '\r\0' <"$work/serial")
is "$boot_status" 0 'j13_tpm_disappears: the machine switches itself off'
like "$console" 'hallmark: stopped: (tpm|extend|record): ' 'j13_tpm_disappears: says why'
off_in_time 'j13_tpm_disappears'
is "$(grep -ac 'Linux version' <<<"$console")" 1 'j23_one_boot: it was booted once'
unlike "$console" 'layer .* is measured|sh-[0-9]|emergency|login:' 'j13_tpm_disappears: no layer was used, no shell'
is "$(cat "$work/report.json" 2>/dev/null)" '' 'j13_tpm_disappears: nothing was reported'

# The TPM answers with an error code: through QEMU's and the kernel's drivers, which ask again by themselves (RETRY, 0x922).
records=$(head -n 1 "$IMAGE/golden/golden.cel" | jq -r '"\(.pcr) \(.content)"')
boot --wait exit --timeout 300 --disk "$IMAGE/disk.raw" --registers "$work/registers" \
	--between "tests/boot/tpm-between 922:$(record_digest 1):3 101:$(record_digest 2):1"
is "$boot_status" 0 'j08_tpm_failure: the machine switches itself off'
like "$console" 'layer root is measured' 'j05_tpm_retry: what is to be sent again is sent again'
like "$console" 'hallmark: stopped: extend: PCR 13: .*because of a TPM failure' 'j08_tpm_failure: says why'
off_in_time 'j08_tpm_failure'
unlike "$console" 'layer app is measured|sh-[0-9]|emergency|login:' 'j08_tpm_failure: no layer was used, no shell'
capped 'j08_tpm_failure' "$work/registers"

# From the second record on it answers nothing else: every cap is asked for again and again, by the kernel and by the TPM's library.
boot --wait exit --timeout 300 --disk "$IMAGE/disk.raw" --registers "$work/registers" --between "tests/boot/tpm-between 922:$(record_digest 2):0"
is "$boot_status" 0 'j05_tpm_retry_for_ever: the machine switches itself off'
like "$console" 'hallmark: stopped: extend: PCR 13: ' 'j05_tpm_retry_for_ever: says why'
off_in_time 'j05_tpm_retry_for_ever'
wrong=
for bank in sha1 sha256 sha384 sha512; do
	# shellcheck disable=SC2046 # one word a digest
	want=$(extend "$bank" 0 $(jq -r ".events[] | select(.pcr == 11 and .type != \"hallmark\") | .digests.$bank" "$IMAGE/golden/golden.json") \
		"$(printf %s "${records#* }" | "${bank}sum" | cut -d' ' -f1)")
	for pcr in 11 12 13 14 15; do
		[ "$(sed -n "s/^$bank:$pcr //p" "$work/registers")" = "$want" ] || wrong="$wrong $bank:$pcr"
		want=$(extend "$bank" 0)
	done
done
like "$console" 'hallmark: no time is left to cap PCR 1[2-5] to 15' 'j05_tpm_retry_for_ever: it does not wait for all of the caps'
is "$wrong" '' 'j05_tpm_retry_for_ever: the registers hold the first record and nothing else'
done_testing
