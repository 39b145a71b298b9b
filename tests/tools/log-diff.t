#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# log-diff.t - hallmark log diff: the table, the verdict in every bank and register, the reasons, malformed files
. "$(dirname "$0")/../support/cli.sh"

make_uki_inputs
uki=$work/uki.efi
run uki "${uki_args[@]}" --output "$uki"
is "$status" 0 'an image' || bail "$err"
make_disk "$work/disk.raw" root app weights
vars=/usr/share/OVMF/OVMF_VARS_4M.fd
run predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$work/disk.raw" --output "$work/golden"
is "$status" 0 'its golden files' || bail "$err"
golden=$work/golden/golden.json

# report DIR: what a machine that did exactly this would send. Nothing is known about registers 0 and 1: any value.
report() {
	jq --arg fw "$(base64 -w0 "$1/golden.tcglog")" --arg rt "$(base64 -w0 "$1/golden.cel")" '
		. as $g | {version: "hallmark-report/1",
		pcrs: ([.banks[] as $b | {($b): [.pcrs[] | .values[$b] // (($g.pcrs[8].values[$b]) | sub("0$"; "7"))]}] | add),
		firmware_log: $fw, runtime_log: $rt}' "$1/golden.json"
}
report "$work/golden" >"$work/report.json"

run log diff "$golden" "$work/report.json"
is "$status$err" 0 'a machine that shows what is predicted is accepted'
is "$(grep -cE '^ {1,2}[0-9]+  ' <<<"$out")" 16 'the table has sixteen registers'
like "$out" '^PCR +holds +predicted sha256 +seen +match +banks$' 'the table has a head'
like "$out" '^  4  the UKI, nothing else +[0-9a-f]{16}\.\. +[0-9a-f]{16}\.\. +yes +4/4 banks$' 'a pinned register'
like "$out" '^  0  firmware code +- +0{16}\.\. +shown$' 'a register about which nothing is known'
like "$out" '^platform: no profile: the firmware is not pinned, acpi=unmeasured$' 'without a profile: the verdict says so'
like "$out" '^  5  partition table.* yes \(shown\) +4/4 banks$' 'a shown register'
like "$out" '^accepted: cli-test 7.1: all 12 judged registers match in all 4 banks$' 'the verdict'
run log diff --table "$golden" "$work/report.json"
like "$out" '^accepted: ' '--table is the default'
run log diff --json "$golden" "$work/report.json"
is "$status $(jq -c '[.verdict, (.pcrs | length), .banks_missing, .pcrs[4].match, .pcrs[0].match, (.pcrs[4].seen.sha512 | length)]' <<<"$out")" \
	'0 ["accepted",16,[],true,null,128]' '--json'

# Each register in each bank: one digit changed, and what that means.
for pcr in $(seq 0 15); do
	policy=$(jq -r ".pcrs[$pcr].policy" "$golden")
	for bank in sha1 sha256 sha384 sha512; do
		jq ".pcrs.${bank}[$pcr] |= (.[:-1] + (if .[-1:] == \"1\" then \"2\" else \"1\" end))" "$work/report.json" >"$work/changed"
		run log diff "$golden" "$work/changed"
		case $policy in
		pinned | zero | replayed) is "$status $(grep -c "^ *$pcr  .* NO  *3/4 banks\$\|^ *$pcr  .* NO  *$bank differs\$" <<<"$out") $(tail -n 1 <<<"$out")" \
			"1 1 rejected: cli-test 7.1: 1 of 12 judged registers differ" "PCR $pcr, $bank, $policy: rejected" ;;
		shown)
			[ "$pcr" -ge 2 ] || { is "$status" 0 "PCR $pcr, $bank, not known: accepted"; continue; }
			is "$status $(grep -c "^ *$pcr  .* no (shown)  *$bank differs\$" <<<"$out")" '0 1' "PCR $pcr, $bank, shown: accepted, and said" ;;
		esac
	done
done
run log diff --json "$golden" "$work/changed"
is "$(jq -r '.verdict, (.pcrs[15].differing | join(" ")), (.reasons | length > 0)' <<<"$out" | paste -sd' ')" 'rejected sha512 true' '--json of a rejection'
like "$out" 'PCR 15: differs, and the log does not explain its value' 'a register that its log does not explain'

# Banks: fewer, which a TPM of libvirt's has, and one more.
for kept in sha256 sha384 sha256,sha384,sha512; do
	jq --arg kept "$kept" '.pcrs |= with_entries(select(.key | IN($kept | split(",")[])))' "$work/report.json" >"$work/changed"
	run log diff "$golden" "$work/changed"
	is "$status" 0 "a TPM with $kept: accepted, as hallmark verify does"
	like "$out" '^bank sha1 is predicted but not active: not compared$' "a TPM with $kept: the bank that it lacks is named"
	like "$out" "^accepted: .* in all $(tr ',' '\n' <<<"$kept" | wc -l) banks\$" "a TPM with $kept: the verdict counts its banks"
	jq ".pcrs.${kept%%,*}[11] |= (\"0\" * 8 + .[8:])" "$work/changed" >"$work/wrong"
	run log diff "$golden" "$work/wrong"
	is "$status" 1 "a TPM with $kept: another OS is rejected"
done
jq '.pcrs |= {sha1}' "$work/report.json" >"$work/changed"
refused 1 '/changed: pcrs: neither the SHA-256 nor the SHA-384 bank is active' 'a TPM with SHA-1 alone' log diff "$golden" "$work/changed"
# Banks that have none of these two in common.
run predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$work/disk.raw" --output "$work/golden384" --banks sha1,sha384
jq '.pcrs |= {sha1, sha256}' "$work/report.json" >"$work/changed"
run log diff "$work/golden384/golden.json" "$work/changed"
is "$status" 1 'SHA-1 alone in both: rejected'
run predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$work/disk.raw" --output "$work/golden256" --banks sha256
run log diff "$work/golden256/golden.json" "$work/report.json"
is "$status" 1 'active banks that are not predicted: rejected'
like "$out" '^bank sha512 is active but not predicted$' 'the bank is named'
like "$out" '^rejected: .*, and a bank is active that is not predicted$' 'the verdict says why'

# Real differences, each made by another image or disk: the registers that differ and the reason.
# differs NAME 'REGISTERS' REGEX: $work/other/ against the golden file
differs() {
	report "$work/other" >"$work/changed"
	run log diff "$golden" "$work/changed"
	is "$status" 1 "$1: rejected"
	is "$(sed -nE 's/^ {1,2}([0-9]+)  .* NO  .*/\1/p' <<<"$out" | paste -sd' ')" "$2" "$1: PCR $2 differ, no other"
	like "$out" "$3" "$1: the reason"
}
sed 's/profile=demo/profile=test/' "$work/cmdline" >"$work/other.cmdline"
run uki "${uki_args[@]/%$work\/cmdline/$work/other.cmdline}" --output "$work/other.efi"
run predict --uki "$work/other.efi" --vars "$vars" --firmware-secure-boot=no --disk "$work/disk.raw" --output "$work/other"
differs 'another command line' '4 9 11' '^PCR 11 event [0-9]+: section \.cmdline differs: golden sha256 [0-9a-f]{16}\.\.\., seen sha256 [0-9a-f]{16}'
like "$out" "^PCR 11 event [0-9]+: golden \.cmdline is 'ro .*hallmark.profile=demo'" 'another command line: the golden one in full'
run uki "${uki_args[@]}" --uname 6.99 --output "$work/other.efi"
run predict --uki "$work/other.efi" --vars "$vars" --firmware-secure-boot=no --disk "$work/disk.raw" --output "$work/other"
differs 'another section' '4 11' "^PCR 11 event [0-9]+: extra event EV_IPL '\.uname'"
cp "$work/app.img" "$work/app.saved"
printf X | dd of="$work/app.img" bs=1 seek=5000 conv=notrunc status=none
make_disk "$work/other.raw" root app weights
mv "$work/app.saved" "$work/app.img"
run predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$work/other.raw" --output "$work/other"
differs 'one byte of a layer' 13 "^PCR 13: layer app: root hash differs: golden [0-9a-f]{64}, seen [0-9a-f]{64}\$"
like "$out" '^  5  .* no \(shown\) +0/4 banks$' 'one byte of a layer: the partition table differs too, and is shown'
run predict --uki "$uki" --vars "$vars" --disk "$work/disk.raw" --firmware-secure-boot=yes --output "$work/other"
differs 'another firmware' 7 '^PCR 7 event 1: SecureBoot differs: '

# A log alone.
run log diff "$golden" "$work/golden/golden.tcglog"
is "$status" 1 'the firmware log alone: rejected, the records are missing'
like "$out" '^PCR 13 event 1: layer app missing \(and 1 more\)$' 'the firmware log alone: the missing record is named'
run log diff "$golden" "$work/golden/golden.cel"
is "$status" 1 'the runtime log alone: rejected'

# Malformed evidence is rejected, a malformed golden file is the caller's mistake.
bad_files 'golden file' 2 log diff @ "$work/report.json"
bad_files 'report' 1 log diff "$golden" @
jq '.version = "hallmark-golden/9"' "$golden" >"$work/bad"
refused 2 '/bad: version is not hallmark-golden/1' 'golden file: another version' log diff "$work/bad" "$work/report.json"
jq '.pcrs[4].values.sha256 |= sub("^."; "f0") | .pcrs[4].values.sha256 |= .[:64]' "$golden" >"$work/bad"
refused 2 '/bad: pcrs\[4\].values.sha256 is not what the events give' 'golden file: a value that its events do not give' log diff "$work/bad" "$work/report.json"
refused 2 '/report.json: version is missing|/report.json: .*missing' 'golden file: a report' log diff "$work/report.json" "$work/report.json"
jq '.version = "hallmark-report/9"' "$work/report.json" >"$work/bad"
refused 1 '/bad: version is not hallmark-report/1' 'report: another version' log diff "$golden" "$work/bad"
jq '.firmware_log |= .[:-400]' "$work/report.json" >"$work/bad"
refused 1 '/bad: firmware log, event [0-9]+: ' 'report: a firmware log that is cut off' log diff "$golden" "$work/bad"
jq '.pcrs.sha256 |= .[:15]' "$work/report.json" >"$work/bad"
refused 1 '/bad: pcrs.sha256 does not have 16 registers' 'report: a register is missing' log diff "$golden" "$work/bad"
head -c 5000 "$work/report.json" >"$work/bad"
refused 1 '/bad: line [0-9]+: ' 'report: cut off' log diff "$golden" "$work/bad"
done_testing
