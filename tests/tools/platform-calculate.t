#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# platform-calculate.t - profiles of clouds by calculation, against real machines' logs and quotes
. "$(dirname "$0")/../support/cli.sh"

calculate() { # calculate NAME CLOUD OPTION...
	local name=$1
	shift
	run platform calculate "$@" --name "$name" --output "$work/$name.json"
	is "$status$out$err" 0 "calculate $name" || bail "$err"
}
calculate gce1-sev google --firmware-version 1 --technology sev
calculate gce2-none google --technology none
calculate gce2-tdx google --technology tdx
calculate gce2-snp google --technology snp
calculate aws aws
calculate azure-cvm azure-cvm
calculate azure-tl azure-tl

# A golden file with all that predict may use; PCR 0 of each profile is then what its events give.
make_uki_inputs
run uki "${uki_args[@]}" --output "$work/uki.efi"
make_disk "$work/disk.raw" root app weights
predict=(predict --uki "$work/uki.efi" --vars /usr/share/OVMF/OVMF_VARS_4M.fd --firmware-secure-boot=yes --disk "$work/disk.raw")
run "${predict[@]}" --banks sha256,sha384 --profile "$work/gce1-sev.json" --profile "$work/gce2-none.json" --profile "$work/gce2-tdx.json" \
	--profile "$work/gce2-snp.json" --profile "$work/aws.json" --output "$work/golden"
is "$status$err" 0 'predict with five profiles' || bail "$err"
golden=$work/golden/golden.json
value() { # value PROFILE PCR BANK
	jq -r ".profiles[] | select(.name == \"$1\") | .pcrs[] | select(.pcr == $2) | .values.$3" "$golden"
}
is "$(jq -r '[.pcrs[] | select(.policy == "one-of") | .pcr] | join(" ")' "$golden")" '0 1 2 4 5 6' 'the registers that one of them decides'

if [ -d "$HALLMARK_FIXTURES" ]; then
	log() { # log FILE BANK PCR: by the fixture's own log, replayed by tpm2_eventlog
		tpm2_eventlog --eventlog-version=2 "$HALLMARK_FIXTURES/eventlogs/$1.bin" 2>/dev/null | awk -v bank="$2:" -v pcr="$3" '/^pcrs:/ { on = 1 }
			on && /^  sha/ { in_bank = ($1 == bank) } in_bank && $1 == pcr && $2 == ":" { sub(/^0x/, "", $3); print tolower($3) }'
	}
	is "$(value gce1-sev 0 sha256)" "$(log cos-101-amd-sev sha256 0)" 'google v1, SEV: PCR 0 of a real machine'
	# In these two tpm2_eventlog extends EV_NO_ACTION; an independent replay is in SOURCES.md, 16 digits of it.
	for pair in gce2-none:eventlogwithsp800155 gce2-tdx:gce-tdx-uki; do
		like "$(value "${pair%%:*}" 0 sha256)" "^$(sed -n "s/^| ${pair#*:}.bin | [0-9]* events | \([0-9a-f]*\) .*/\1/p" "$HALLMARK_FIXTURES/SOURCES.md")[0-9a-f]{48}\$" \
			"google v2, ${pair%%:*}: PCR 0 of a real machine"
	done
	for bank in sha256 sha384; do
		is "$(value gce2-tdx 4 $bank)" "$(log gce-tdx-uki $bank 4)" "google v2, TDX, $bank: PCR 4 of a real machine: no image in it"
		is "$(value gce2-tdx 5 $bank)" "$(log gce-tdx-uki $bank 5)" "google v2, TDX, $bank: PCR 5 of a real machine: no partition table in it"
	done
	is "$(value aws 0 sha384)" "$(jq -r '.pcrs.sha384["0"] // .pcrs.sha384[0]' "$HALLMARK_FIXTURES/aws/nitrotpm.json")" 'aws: PCR 0 of a real quote'
	for bank in sha1 sha256 sha384; do
		is "$(jq -r ".registers[0].values.$bank" "$work/azure-cvm.json")" "$(log azure-cvm $bank 0)" "azure-cvm, $bank: PCR 0 of a real machine"
	done
	# TPML_DIGEST behind the selection of 132 bytes: count, then digests of 2 + 64 bytes.
	is "$(jq -r '.registers[0].values.sha256' "$work/azure-tl.json")" "$(jq -r .quote.pcr "$HALLMARK_FIXTURES/azure-tl/blindllama-v2.json" | base64 -d |
		dd bs=1 skip=142 count=32 status=none | xxd -p -c 32)" 'azure-tl: PCR 0 of a real quote'
else
	skip 'PCR 0 of real machines' "no $HALLMARK_FIXTURES"
fi

# Google's TDX firmware: partition table and image in PCR 2, by coreutils from the events of an ordinary prediction.
run "${predict[@]}" --banks sha256,sha384 --output "$work/plain"
digest() { jq -r ".events[] | select(.what == \"$1\") | .digests.$2" "$work/plain/golden.json"; }
for bank in sha256 sha384; do
	separator=$(head -c 4 /dev/zero | hash $bank)
	is "$(value gce2-tdx 2 $bank)" "$(extend $bank "$separator" "$(digest GPT $bank)" "$(digest UKI $bank)")" "google, TDX, $bank: PCR 2 has partition table and image"
	is "$(value gce2-snp 4 $bank)" "$(jq -r ".pcrs[4].values.$bank" "$work/plain/golden.json")" "google, SNP, $bank: PCR 4 has the image"
	is "$(value aws 4 $bank)" "$(jq -r ".pcrs[4].values.$bank" "$work/plain/golden.json")" "aws, $bank: PCR 4 has the image"
done

# A TDX machine's PCR 4 says nothing about the image. With an ordinary machine's PCR 2 it is no machine at all.
report() { # report PROFILE JQ: a machine of that profile, changed
	jq --arg rt "$(base64 -w0 "$work/golden/golden.cel")" --arg p "$1" '. as $g | ($g.profiles[] | select(.name == $p)) as $profile |
		{version: "hallmark-report/1", pcrs: ([.banks[] as $b | {($b): [.pcrs[] | . as $r | .values[$b] //
		([$profile.pcrs[] | select(.pcr == $r.pcr) | .values[$b]] | .[0]) // ($g.pcrs[8].values[$b])]}] | add),
		firmware_log: "", runtime_log: $rt}' "$golden" | jq "$2" >"$work/report.json"
}
for name in gce1-sev gce2-none gce2-tdx gce2-snp aws; do
	report $name .
	run log diff "$golden" "$work/report.json"
	is "$status" 0 "a machine of $name is accepted"
	like "$out" "^platform: $name " "a machine of $name is known"
done
prefix=$(value gce2-tdx 4 sha256)
prefix384=$(value gce2-tdx 4 sha384)
for name in gce2-snp aws; do
	report $name ".pcrs.sha256[4] = \"$prefix\" | .pcrs.sha384[4] = \"$prefix384\""
	run log diff "$golden" "$work/report.json"
	is "$status" 1 "$name with a TDX machine's PCR 4: rejected, values of two profiles never mix"
done
report gce2-tdx '.pcrs.sha256[2] = .pcrs.sha256[3] | .pcrs.sha384[2] = .pcrs.sha384[3]'
run log diff "$golden" "$work/report.json"
is "$status" 1 'a TDX machine without an image in PCR 2: rejected'

refused 2 'is a draft' 'predict: Azure needs a person' "${predict[@]}" --banks sha256 --profile "$work/azure-tl.json" --output "$work/x"
refused 2 'no value of register 0 in every bank' 'predict: a bank that the profile does not know' "${predict[@]}" --profile "$work/aws.json" --output "$work/x"
refused 3 'is not google, aws' 'calculate: no such cloud' platform calculate ibm --name x --output "$work/x"
refused 3 '--technology: is missing' 'calculate: google without technology' platform calculate google --name x --output "$work/x"
refused 3 '--technology: is not none' 'calculate: no such technology' platform calculate google --technology cca --name x --output "$work/x"
refused 3 '--technology: is for google' 'calculate: a technology for aws' platform calculate aws --technology sev --name x --output "$work/x"
for version in 0 1000 x ''; do
	refused 3 '--firmware-version: ' "calculate: version '$version'" platform calculate google --technology sev --firmware-version "$version" --name x --output "$work/x"
done
[ ! -e "$work/x" ]
ok $? 'refusals write nothing'
done_testing
