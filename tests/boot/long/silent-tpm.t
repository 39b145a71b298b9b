#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# silent-tpm.t - a TPM that takes a command and never answers: the boot ends within seconds, but the kernel's way to power-off
# asks the TPM once more, and waits two minutes for that
. tests/boot/lib.sh

boot --wait exit --timeout 400 --disk "$IMAGE/disk.raw" --between "tests/boot/tpm-between -:$(record_digest 2):0"
is "$boot_status" 0 'j06_tpm_silent: the machine switches itself off'
like "$console" 'hallmark: stopped: extend: PCR 13: ' 'j06_tpm_silent: says why'
is "$(grep -ac 'hallmark: stopped: ' <<<"$console")" 1 'j06_tpm_silent: once'
unlike "$console" 'layer app is measured|sh-[0-9]|emergency|login:' 'j06_tpm_silent: no layer was used, no shell'
seconds=$(sed -n 's/^qemu\/run: switched off \([0-9]*\) s after.*/\1/p' "$work/run.log")
ok "$([ "${seconds:-999}" -le 180 ]; echo $?)" "j06_tpm_silent: off within 180 s ($seconds s)" "$(cat "$work/run.log")"
done_testing
