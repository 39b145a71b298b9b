#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# attest-evidence.t - evidence that a guest asks for with each proof: NitroTPM's documents, a TD's quotes; from the guest to the verdict
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
# shellcheck source-path=SCRIPTDIR source=../support/cloud.sh
. tests/support/cloud.sh
vendor=
stop_vendor() {
	[ -z "$vendor" ] || { exec 7>&-; wait "$vendor" 2>/dev/null; }
	vendor=
}
trap 'stop_vendor; cloud_stop_all; cleanup' EXIT
make -s B="$B" "$B/tests/tsm.so" || bail 'tsm.so'

export HALLMARK_CLOUD=$work/keys/cloud PYTHONDONTWRITEBYTECODE=1
golden=$work/golden
/usr/bin/python3 tests/verify/maker.py "$golden" --boot || bail maker.py
as_of=2026-06-01T00:00:00Z

# start_vendor KIND DIR SOCKET [SWTPM]: keeps its standard input open in fd 7
start_vendor() {
	mkfifo "$2/hold"
	/usr/bin/python3 tests/support/vendors "$@" <"$2/hold" 2>"$2/vendor.log" &
	vendor=$!
	exec 7>"$2/hold"
	for _ in $(seq 400); do
		[ -S "$3" ] && return 0
		kill -0 "$vendor" 2>/dev/null || break
		sleep 0.05
	done
	bail "vendors: $(tail -n 1 "$2/vendor.log")"
}

verify() {
	run verify "$@" --golden "$golden/golden.json" --golden-key "$golden/golden.pub" --accept-stale --as-of "$as_of" --json
	code=$(jq -r '.code' "$work/stdout" 2>/dev/null)
	seen=$(jq -r '[.checks[] | select(.state == "failed") | .name, .expected, .seen] | join(": ")' "$work/stdout" 2>/dev/null)
}

# --- AWS ---

dir=$work/aws
cloud_start "$dir" ecc sha1,sha256,sha384,sha512 aws || bail cloud_start
cloud_boot "$dir" "$golden" || bail cloud_boot
start_vendor aws "$dir" "$dir/nitro.sock" "$dir/tpm.sock"
attest=(attest --directory "$dir/run" --tcti "swtpm:path=$dir/nitro.sock" --firmware-log "$dir/run/firmware-log")
proof=$dir/run/proof.json
trusted=(--platforms "$dir/platforms.json" --bank sha384)

program=$HALLMARK_GUEST run "${attest[@]}"
is "$status$err" 0 'aws: hallmark attest, told nothing'
is "$(jq -r '[.platform, .bank, .hardware.type, (.hardware.parts[].name), (.ak_certificates | length)] | join(" ")' "$proof")" \
	'aws sha384 aws nitro_document 0' "aws: found out by the TPM's maker; the only bank there is"
verify "$proof" "${trusted[@]}"
is "$status $code" '0 Ok' 'aws: accepted'
verify "$proof" --platform aws --bank sha384
is "$status $code" '1 InvalidAttestationKey' "aws: AWS's root does not know a test machine"
verify "$proof" "${trusted[@]:0:2}"
is "$status" 3 'aws: no verdict over the SHA-256 bank'
cp "$proof" "$work/first.json"
program=$HALLMARK_GUEST run "${attest[@]}" --platform aws --bank sha384
is "$status$err" 0 'aws: attest --platform aws, again: the index of the first request is gone'
verify "$proof" "${trusted[@]}"
is "$status $code" '0 Ok' 'aws: accepted again'
is "$(jq -r '.ak_public' "$proof")" "$(jq -r '.ak_public' "$work/first.json")" 'aws: the same key in the whole boot'
[ "$(jq -r '.nonce' "$proof")" != "$(jq -r '.nonce' "$work/first.json")" ]
ok $? 'aws: with another nonce'
jq --slurpfile first "$work/first.json" '.hardware = $first[0].hardware' "$proof" >"$work/mixed.json"
verify "$work/mixed.json" "${trusted[@]}"
is "$status $code" '1 StaleQuote' "b09_aws: an older proof's document"
program=$HALLMARK_GUEST refused 3 "'sha256' cannot be quoted on aws" 'aws: the other bank, the platform named' "${attest[@]}" --platform aws --bank sha256
program=$HALLMARK_GUEST refused 3 "'sha256' cannot be quoted on aws" 'aws: the other bank, the platform found out' "${attest[@]}" --bank sha256

# What is wrong with the document, by the check that must find it.
while IFS='|' read -r fault want text; do
	echo "$fault" >"$dir/fault"
	program=$HALLMARK_GUEST run "${attest[@]}"
	is "$status$err" 0 "aws: attest, $fault"
	verify "$proof" "${trusted[@]}"
	is "$status $code" "1 $want" "aws: $fault: $want"
	like "$seen" "$text" "aws: $fault: by that check"
done <<'CASES'
nonce|StaleQuote|NitroTPM nonce: the document's nonce is not the proof's
key|InvalidAttestationKey|NitroTPM key: public_key is not the key
pcr|PcrMismatch|nitrotpm_pcrs.4. is not the quoted value
expired|InvalidAttestationKey|NitroTPM chain: .*expired
root|InvalidAttestationKey|NitroTPM chain: 
signature|InvalidAttestationKey|NitroTPM signature: it is not by
enclave|NonCompliantPlatform|it is an enclave's document
module|NonCompliantPlatform|module_id does not name a NitroTPM
CASES
# What the guest itself must see.
while IFS='|' read -r fault text; do
	echo "$fault" >"$dir/fault"
	rm -f "$proof"
	program=$HALLMARK_GUEST refused 4 "$text" "aws: attest, $fault" "${attest[@]}"
	[ ! -e "$proof" ]
	ok $? "aws: $fault: and there is no proof"
done <<'CASES'
error|the security module refuses: InvalidArgument$
garbage|the security module's answer is not a CBOR map$
refuse|attestation document: .*command code not supported
die|attestation document: 
CASES
rm "$dir/fault"
program=$HALLMARK_GUEST run "${attest[@]}"
is "$status$err" 0 'aws: and afterwards all is well, though an index had been left'
verify "$proof" "${trusted[@]}"
is "$status $code" '0 Ok' 'aws: accepted'
echo vendor >"$dir/fault"
program=$HALLMARK_GUEST refused 4 'the TPM has not all that a known platform has' "a TPM of another maker without anybody's key" "${attest[@]}"
program=$HALLMARK_GUEST refused 4 'NV index 0x01c101d0|attestation key 0x81000003' 'aws: its TPM has no key of Azure' "${attest[@]}" --platform azure-tl
rm "$dir/fault"

# The service makes a document for each caller's nonce.
cloud_stop "$dir"
stop_vendor

# --- TDX ---

dir=$work/tdx
cloud_start "$dir" ecc sha1,sha256,sha384,sha512 tdx || bail cloud_start
cloud_boot "$dir" "$golden" || bail cloud_boot
start_vendor tdx "$dir" "$dir/quotes.sock" "$golden/golden.json"
report=$dir/report
attest=(env TSM_SOCKET="$dir/quotes.sock" TSM_DIRECTORY="$report" LD_PRELOAD="$top/$B/tests/tsm.so")
run_tdx() { # [VARIABLE=...] -- [OPTION...]
	local variables=()
	while [ "$1" != -- ]; do variables+=("$1"); shift; done
	shift
	"${attest[@]}" "${variables[@]}" "$HALLMARK_GUEST" attest --platform tdx --directory "$dir/run" --tcti "swtpm:path=$dir/tpm.sock" \
		--firmware-log "$dir/run/firmware-log" --tsm "$report" --ccel "$dir/ccel" "$@" >"$work/stdout" 2>"$work/stderr"
	status=$?
	err=$(cat "$work/stderr")
}
proof=$dir/run/proof.json
trusted=(--platforms "$dir/platforms.json")
run_tdx --
is "$status$err" 0 'tdx: hallmark attest'
is "$(jq -r '[.platform, .bank, .hardware.type, (.hardware.parts[].name), (.ak_certificates | length)] | join(" ")' "$proof")" \
	'tdx sha256 tdx quote ccel 0' 'tdx: a quote and the log'
[ "$(jq -r '.hardware.parts[1].data' "$proof" | base64 -d | wc -c)" -lt 4000 ]
ok $? "tdx: the log without the area's filling"
verify "$proof" "${trusted[@]}"
is "$status $code" '0 Ok' 'tdx: accepted'
verify "$proof" --platform tdx
is "$status $code" '1 NonCompliantPlatform' "tdx: Intel's root does not know a test machine"
cp "$proof" "$work/first.json"
run_tdx -- --bank sha384
is "$status$err" 0 'tdx: the SHA-384 bank, the directory is there already'
verify "$proof" "${trusted[@]}" --bank sha384
is "$status $code" '0 Ok' 'tdx: accepted over SHA-384'
run_tdx --
jq --slurpfile first "$work/first.json" '.hardware = $first[0].hardware' "$proof" >"$work/mixed.json"
verify "$work/mixed.json" "${trusted[@]}"
is "$status $code" '1 InvalidAttestationKey' "b09_tdx: an older proof's quote"

while IFS='|' read -r fault want text; do
	echo "$fault" >"$dir/fault"
	run_tdx --
	is "$status$err" 0 "tdx: attest, $fault"
	verify "$proof" "${trusted[@]}"
	is "$status $code" "1 $want" "tdx: $fault: $want"
	like "$seen" "$text" "tdx: $fault: by that check"
	case $fault in
	rtmr)
		jq --arg zero "$(printf '11%.0s' {1..48})" '.tdx.rtmr2 = [$zero]' "$dir/platforms.json" >"$work/listed.json"
		verify "$proof" --platforms "$work/listed.json"
		is "$status $code" '1 LogMismatch' "tdx: a policy's own list goes before the golden file; then the log is not that quote's"
		;;
	esac
done <<'CASES'
debug|DebugMode|TD attributes: the TD may be debugged
rtmr|PcrMismatch|RTMR: RTMR 2 is not as the golden file's image extends it
kernel|PcrMismatch|RTMR: RTMR 2 is not as the golden file's image extends it
rtmr3|PcrMismatch|RTMR: RTMR 3 is not as the golden file's image extends it
root|NonCompliantPlatform|PCK chain: 
CASES
length=$(jq -r '.hardware.parts[0].data' "$work/first.json" | base64 -d | wc -c)
echo padded >"$dir/fault"
run_tdx --
is "$status$err" 0 'tdx: attest, a quoting service that answers with its maximum size'
is "$(($(jq -r '.hardware.parts[0].data' "$proof" | base64 -d | wc -c) - length < 16))" 1 'tdx: the zeros behind the quote are left out'
verify "$proof" "${trusted[@]}"
is "$status $code" '0 Ok' 'tdx: accepted'
refused_tdx() { # TEXT NAME [VARIABLE=...]
	local text=$1 name=$2
	shift 2
	rm -f "$proof"
	run_tdx "$@" --
	is "$status" 4 "tdx: attest, $name"
	like "$err" "$text" "tdx: $name: said"
	is "$(wc -l <"$work/stderr")" 1 "tdx: $name: in one line"
	[ ! -e "$proof" ]
	ok $? "tdx: $name: and there is no proof"
}
for fault in data garbage padding; do
	echo "$fault" >"$dir/fault"
	refused_tdx 'it is not a TD quote over what was asked$' "$fault"
done
echo empty >"$dir/fault"
refused_tdx 'there is no report, or somebody else writes here$' empty
rm "$dir/fault"
refused_tdx 'the report data was not taken, or somebody else writes here$' 'what was written is not taken' TSM_FAULT=ignored
refused_tdx 'there is no report, or somebody else writes here$' 'another writer' TSM_FAULT=shared
refused_tdx 'Input/output error$' 'the module does not answer' TSM_FAULT=read
rm -r "$report"
refused_tdx 'reports are made by sev_guest here, not by tdx_guest$' 'another kind of machine' TSM_FAULT=provider
rm -r "$report"
refused_tdx 'No such file or directory: the kernel makes no reports here$' 'no machine of that kind' TSM_FAULT=no
mv "$dir/ccel" "$dir/log"
refused_tdx 'ccel: No such file or directory$' 'no log'
head -c 200 "$dir/log" >"$dir/ccel"
refused_tdx 'ccel: ' 'a log that is cut'
cp "$dir/log" "$dir/ccel"
run_tdx --
is "$status$err" 0 'tdx: and afterwards all is well'
verify "$proof" "${trusted[@]}"
is "$status $code" '0 Ok' 'tdx: accepted'
stop_vendor
done_testing
