#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# report.t - hallmark-guest report with a software TPM: the registers as tpm2_pcrread says, the logs byte for byte
. "$(dirname "$0")/../support/cli.sh"
program=$HALLMARK_GUEST

start_tpm() { # start_tpm NAME: with the state in $work/NAME
	swtpm socket --tpm2 --tpmstate "dir=$work/$1" --server "type=unixio,path=$work/$1.sock" \
		--ctrl "type=unixio,path=$work/$1.sock.ctrl" --flags not-need-init,startup-clear >"$work/$1.log" 2>&1 &
	pids="$pids $!"
	for _ in $(seq 100); do
		[ -S "$work/$1.sock" ] && return
		sleep 0.05
	done
	bail "swtpm does not start: $(tail -n 1 "$work/$1.log")"
}
pids=
# shellcheck disable=SC2317 # called by the trap
stop_tpms() {
	# shellcheck disable=SC2086 # a list
	kill $pids 2>/dev/null
	cleanup
}
trap stop_tpms EXIT

mkdir "$work/four" "$work/one"
swtpm_setup --tpm2 --tpmstate "$work/one" --pcr-banks sha256 >"$work/setup" 2>&1 || bail "$(tail -n 1 "$work/setup")"
start_tpm four
start_tpm one
printf 'any bytes \0\377' >"$work/firmware"
printf 'a runtime log\n' >"$work/runtime"
logs=(--firmware-log "$work/firmware" --runtime-log "$work/runtime")
export TPM2TOOLS_TCTI=swtpm:path=$work/four.sock
tpm2_pcrextend 15:sha1="$(printf a | hash sha1)",sha256="$(printf a | hash sha256)",sha384="$(printf a | hash sha384)",sha512="$(printf a | hash sha512)" \
	11:sha256="$(printf b | hash sha256)" || bail tpm2_pcrextend

run report --tcti "$TPM2TOOLS_TCTI" "${logs[@]}" --output "$work/report.json"
is "$status$out$err" 0 'a report, quietly'
is "$(jq -r '.pcrs | keys_unsorted | join(" ")' "$work/report.json")" 'sha1 sha256 sha384 sha512' 'all active banks'
for bank in sha1 sha256 sha384 sha512; do
	tpm2_pcrread "$bank:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15" >"$work/pcrs"
	is "$(jq -r ".pcrs.${bank}[]" "$work/report.json")" "$(sed -nE 's/^ *[0-9]+ *: 0x//p' "$work/pcrs" | tr 'A-F' 'a-f')" \
		"$bank: sixteen registers as tpm2_pcrread reads them"
done
jq -r .firmware_log "$work/report.json" | base64 -d | cmp -s - "$work/firmware"
ok $? 'the firmware log, byte for byte'
jq -r .runtime_log "$work/report.json" | base64 -d | cmp -s - "$work/runtime"
ok $? 'the runtime log, byte for byte'
is "$(jq -r '[keys_unsorted[], .version] | join(" ")' "$work/report.json")" 'version pcrs firmware_log runtime_log hallmark-report/1' 'the fields in order'
run report --tcti "$TPM2TOOLS_TCTI" "${logs[@]}" --output -
cmp -s "$work/stdout" "$work/report.json"
ok $? '--output -: the same on standard output'
run report --tcti "swtpm:path=$work/one.sock" "${logs[@]}" --output "$work/one.json"
is "$status $(jq -r '.pcrs | keys | join(" ")' "$work/one.json")" '0 sha256' 'one active bank'
: >"$work/empty"
run report --tcti "$TPM2TOOLS_TCTI" --firmware-log "$work/empty" --runtime-log "$work/empty" --output "$work/no-logs.json"
is "$status $(jq -c '[.firmware_log, .runtime_log]' "$work/no-logs.json")" '0 ["",""]' 'empty logs are reported as empty'

report=(report --tcti "$TPM2TOOLS_TCTI")
mkdir -p "$work/directory"
refused 4 '/missing: No such file' 'no runtime log' "${report[@]}" --runtime-log "$work/missing" --output "$work/x"
refused 4 '/missing: No such file' 'a firmware log that was named and does not exist' "${report[@]}" --firmware-log "$work/missing" \
	--runtime-log "$work/runtime" --output "$work/x"
refused 4 '/directory: Is a directory' 'a directory as log' "${report[@]}" --runtime-log "$work/directory" --output "$work/x"
head -c 1100000 /dev/zero >"$work/large"
refused 4 '/large: File too large' 'a log that is too large' "${report[@]}" --firmware-log "$work/large" --runtime-log "$work/runtime" --output "$work/x"
refused 4 'there is no virtio-serial port|virtio-ports: No such file' 'no such port' "${report[@]}" "${logs[@]}" --port no.such.port
refused 4 '/directory: Is a directory' '--output: a directory' "${report[@]}" "${logs[@]}" --output "$work/directory"
refused 4 'swtpm:path=.*/nobody.sock: ' 'no TPM' report --tcti "swtpm:path=$work/nobody.sock" "${logs[@]}" --output "$work/x"
[ ! -e "$work/x" ]
ok $? 'no refusal writes anything'
done_testing
