#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# platform-learn.t - platform profiles: learned from a log, used by predict, and what is refused
. "$(dirname "$0")/../support/cli.sh"

firmware=/usr/share/OVMF/OVMF_CODE_4M.fd
[ -e "$firmware" ] || { skip 'platform profiles' "no $firmware"; done_testing; exit 0; }
make_uki_inputs
uki=$work/uki.efi
run uki "${uki_args[@]}" --output "$uki"
is "$status" 0 'an image' || bail "$err"
vars=/usr/share/OVMF/OVMF_VARS_4M.fd
make_disk "$work/disk.raw" root app weights
# OVMF names an EFI system partition in the image event: give the disk one.
/sbin/sfdisk -q --part-type "$work/disk.raw" 1 C12A7328-F81F-11D2-BA4B-00A0C93EC93B >/dev/null 2>&1
predict=(predict --uki "$uki" --vars "$vars" --firmware-secure-boot=yes --disk "$work/disk.raw")

# A machine with this host's firmware: the digests are made here, but for the DXE volume, whose real ones are in the
# profiles of image/platforms, from machines that booted.
known=$(grep -l "$(hash sha256 <"$firmware")" "$top"/image/platforms/*.json | head -n 1)
if [ -z "$known" ]; then
	skip 'platform profiles' "no profile in image/platforms is of this host's firmware"
	done_testing
	exit 0
fi
run "${predict[@]}" --firmware "$firmware" --profile "$known" --output "$work/golden"
is "$status$err" 0 'predict with a profile' || bail "$err"
golden=$work/golden/golden.json
is "$(jq -c '[.profiles[].name, (.pcrs[:2][] | .policy, has("values"))]' "$golden")" \
	"$(jq -c '[.name, "one-of", false, "one-of", false]' "$known")" 'PCR 0 and 1 are one of the profiles'
is "$(jq -r '.inputs[] | select(.name == "firmware") | .sha256' "$golden")" "$(hash sha256 <"$firmware")" 'the firmware is an input'
is "$(jq -c '.inputs[] | select(.name == "profile") | [.size, .sha256]' "$golden")" "[$(stat -c %s "$known"),\"$(hash sha256 <"$known")\"]" 'the profile is an input'
by_schema "$golden"
ok $? 'docs/schema/golden.schema.json: a golden file with a profile is valid' "$(tail -n 3 "$work/schema.log")"
# PCR 0 and 1 by coreutils and jq: the profile's digests in order, then the separator; the boot variables by their data.
events() { # events PCR BANK: digests in the golden file
	jq -r ".profiles[0].events[] | select(.pcr == $1) | .digests.$2" "$golden"
}
for bank in sha1 sha256 sha384 sha512; do
	separator=$(head -c 4 /dev/zero | hash $bank)
	mapfile -t blobs < <(jq -r ".events[] | select(.pcr == 0) | .digests.$bank // empty" "$known")
	is "$(jq -r ".profiles[0].pcrs[] | select(.pcr == 0) | .values.$bank" "$golden")" \
		"$(extend $bank "$(jq -r '.events[0].data' "$known" | xxd -r -p | hash $bank)" "${blobs[@]}" "$separator")" "PCR 0, $bank"
	mapfile -t all < <(events 1 $bank)
	is "$(jq -r ".profiles[0].pcrs[] | select(.pcr == 1) | .values.$bank" "$golden")" "$(extend $bank "${all[@]}")" "PCR 1, $bank: its events replay"
	is "$(events 1 $bank | head -n 1)" "$(printf '010000000200' | xxd -r -p | hash $bank)" "PCR 1, $bank: BootOrder is the hash of the variable"
done
tpm2_eventlog --eventlog-version=2 "$work/golden/golden.tcglog" >"$work/yaml" 2>/dev/null
ok $? 'tpm2_eventlog reads the whole log'
is "$(grep -c 'UnicodeName: Boot' "$work/yaml")" 4 'tpm2_eventlog finds the boot variables'
like "$(cat "$work/yaml")" "DevicePath: '0[0-9a-f]*5c004500460049005c0042004f004f0054|BOOTX64|LengthInMemory: $(stat -c %s "$uki")" 'tpm2_eventlog reads the image event'

# log diff: the machine as predicted; another PCR 0; a register of the profile and one of no profile.
report() {
	jq --arg fw "$(base64 -w0 "$work/golden/golden.tcglog")" --arg rt "$(base64 -w0 "$work/golden/golden.cel")" '
		. as $g | {version: "hallmark-report/1",
		pcrs: ([.banks[] as $b | {($b): [.pcrs[] | . as $p | .values[$b] // ($g.profiles[0].pcrs[] | select(.pcr == $p.pcr) | .values[$b])]}] | add),
		firmware_log: $fw, runtime_log: $rt}' "$golden"
}
report >"$work/report.json"
run log diff "$golden" "$work/report.json"
is "$status" 0 'log diff: a machine of the profile is accepted'
like "$out" "^platform: $(jq -r .name "$known") " 'log diff: the platform is named'
for pcr in 0 1; do
	jq ".pcrs.sha256[$pcr] |= sub(\"^..\"; \"00\")" "$work/report.json" >"$work/changed"
	run log diff "$golden" "$work/changed"
	is "$status" 1 "log diff: PCR $pcr of no profile is rejected"
	like "$out" 'no profile of the golden file fits' "log diff: PCR $pcr of no profile: said"
done
jq '.name = "other" | .events[1].digests |= map_values(sub("^..";"00"))' "$known" >"$work/other.json"
run "${predict[@]}" --firmware "$firmware" --profile "$known" --profile "$work/other.json" --output "$work/two"
is "$status$err $(jq -r '[.profiles[].name] | join(" ")' "$work/two/golden.json")" "0 $(jq -r .name "$known") other" 'two profiles'
is "$(jq -r '.inputs[] | select(.name | startswith("profile")) | "\(.name) \(.sha256)"' "$work/two/golden.json")" \
	"$(echo "profile $(hash sha256 <"$known")"; echo "profile2 $(hash sha256 <"$work/other.json")")" 'two profiles: both are inputs, in their order'
refused 3 'profile is the name of another input' 'an input that is called as a profile is' \
	"${predict[@]}" --firmware "$firmware" --profile "$known" --input "profile=$known" --output "$work/x"
run log diff "$work/two/golden.json" "$work/report.json"
is "$status" 0 'two profiles: the machine is one of them'
cmp -s "$work/two/golden.tcglog" "$work/golden/golden.tcglog"
ok $? "two profiles: the log is the first one's"

# Learned from the log: a draft, the same but for name and status; refused until a person has set its status.
run platform learn "$firmware" --name mine --log "$work/report.json" --output "$work/draft.json"
is "$status$err" 0 'platform learn from a report'
run platform learn "$firmware" --name mine --log "$work/report.json" --machine 'a rack of mine' --output "$work/draft3.json"
is "$status$err $(jq -r .machine "$work/draft3.json")" '0 a rack of mine' '--machine: the shape in words'
refused 3 '--machine: is not of 1 to' 'a shape without words' platform learn "$firmware" --name mine --log "$work/report.json" --machine '' --output "$work/x.json"
is "$(jq -c '[.status, .firmware_sha256, .boot.first_slot, .events]' "$work/draft.json")" \
	"$(jq -c '["draft", .firmware_sha256, .boot.first_slot, .events]' "$known")" 'the draft has what the profile had'
run platform learn "$firmware" --name mine --log "$work/golden/golden.tcglog" --output "$work/draft2.json"
cmp -s "$work/draft.json" "$work/draft2.json"
ok $? 'platform learn from the log alone: the same draft'
refused 2 '/draft.json: is a draft: review it' 'predict refuses a draft' "${predict[@]}" --profile "$work/draft.json" --output "$work/x"

# By a boot: which machine is asked for, and what its report gives (here of a program that stands for qemu/run; tests/boot/long/firmware.t boots).
cat >"$work/run" <<'RUN'
#!/bin/sh
printf '%s\n' "$*" >"${0%/*}/asked"
while [ "$1" != --report ]; do shift; done
cp "${0%/*}/report.json" "$2"
RUN
chmod 755 "$work/run"
run platform learn "$firmware" --name mine --run "$work/run" --disk "$work/disk.raw" --vars "$vars" --cpus 4 --output "$work/booted.json"
is "$status$err" 0 'platform learn by a boot'
like "$(cat "$work/asked")" "^--code $firmware --memory 1024 --cpus 4 --report [^ ]+ --timeout [0-9]+ --vars $vars --disk $work/disk.raw\$" 'it boots the named firmware'
is "$(jq -c '[.status, .machine, .firmware_sha256, .boot.first_slot, .events]' "$work/booted.json")" \
	"$(jq -c '["learned", "QEMU q35, 1024 MiB, 4 CPUs, devices of qemu/run", .firmware_sha256, .boot.first_slot, .events]' "$known")" 'the profile is learned'
run "${predict[@]}" --firmware "$firmware" --profile "$work/booted.json" --output "$work/by-boot"
cmp -s "$work/by-boot/golden.tcglog" "$work/golden/golden.tcglog"
ok $? 'and gives the same log'
printf '#!/bin/sh\nexit 1\n' >"$work/run"
refused 4 'the machine did not boot to its report' 'a machine that does not boot' platform learn "$firmware" --name mine --run "$work/run" --disk "$work/disk.raw" --output "$work/x.json"
printf '#!/bin/sh\nexit 0\n' >"$work/run"
refused 4 'report.json: No such file' 'a machine that reports nothing' platform learn "$firmware" --name mine --run "$work/run" --disk "$work/disk.raw" --output "$work/x.json"
refused 4 'cannot be run' 'no program that boots' platform learn "$firmware" --name mine --run "$work/missing" --disk "$work/disk.raw" --output "$work/x.json"

sed 's/"draft"/"reviewed"/' "$work/draft.json" >"$work/reviewed.json"
openssl genpkey -algorithm ed25519 -out "$work/ed.key" 2>/dev/null
openssl pkey -in "$work/ed.key" -pubout -out "$work/ed.pub"
refused 3 'counts with a signature only' 'a reviewed profile without a key' "${predict[@]}" --profile "$work/reviewed.json" --output "$work/x"
refused 4 '/reviewed.json.sig: No such file' 'a reviewed profile without a signature' \
	"${predict[@]}" --profile "$work/reviewed.json" --profile-key "$work/ed.pub" --output "$work/x"
openssl pkeyutl -sign -rawin -inkey "$work/ed.key" -in "$work/draft.json" -out "$work/reviewed.json.sig"
refused 2 '/reviewed.json.sig: ' 'a reviewed profile with the signature of another file' \
	"${predict[@]}" --profile "$work/reviewed.json" --profile-key "$work/ed.pub" --output "$work/x"
openssl pkeyutl -sign -rawin -inkey "$work/ed.key" -in "$work/reviewed.json" -out "$work/reviewed.json.sig"
run "${predict[@]}" --profile "$work/reviewed.json" --profile-key "$work/ed.pub" --output "$work/reviewed"
is "$status$err" 0 "a reviewed profile with openssl's signature"

# What a file says of itself is no signature.
jq --indent 2 '.status = "learned"' "$work/draft.json" >"$work/learned.json"
refused 4 '/learned.json.sig: No such file' 'with a key no profile counts without a signature' \
	"${predict[@]}" --profile "$work/learned.json" --profile-key "$work/ed.pub" --output "$work/x"
# Nor can it take out of the golden file what the build determines.
for pcr in 2 3 4 5; do
	jq --indent 2 ".registers = [{pcr: $pcr, policy: \"shown\"}]" "$known" >"$work/unpin.json"
	refused 2 'registers\[0\].pcr is not 0, 1 or 6' "c02_: a profile that shows register $pcr" "${predict[@]}" --profile "$work/unpin.json" --output "$work/x"
done
jq --indent 2 '.registers = [{pcr: 7, policy: "shown"}]' "$known" >"$work/unpin.json"
refused 2 'registers\[0\].pcr is not from 0 to 6' 'c02_: a profile that shows register 7' "${predict[@]}" --profile "$work/unpin.json" --output "$work/x"

# What a profile must fit.
learn=(platform learn "$firmware" --name mine --output "$work/x.json")
jq '.pcrs.sha256[0] |= sub("^..";"00")' "$work/report.json" >"$work/changed"
refused 1 'PCR 0: the log does not explain its value' 'learn: a log that does not replay' "${learn[@]}" --log "$work/changed"
other=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd
refused 1 "no event is of the firmware file's DXE volume" "learn: another firmware's log" \
	platform learn "$other" --name mine --output "$work/x.json" --log "$work/report.json"
refused 2 'not a profile of the firmware that --firmware names' 'predict: a profile of another firmware' \
	"${predict[@]}" --firmware "$other" --profile "$known" --output "$work/x"
jq '.events[2].digests.sha512 |= sub("^..";"00")' "$known" >"$work/bad.json"
refused 2 "its DXE volume is not that of the firmware file" "predict: a profile that lies about the firmware file" \
	"${predict[@]}" --firmware "$firmware" --profile "$work/bad.json" --output "$work/x"
run predict --uki "$uki" --vars "$vars" --disk "$work/disk.raw" --firmware "$other" --platforms "$top/image/platforms" --output "$work/none"
is "$status $(jq -r '.profiles | length' "$work/none/golden.json")" '0 0' 'no profile of the firmware: predicted without'
like "$err" '^hallmark: .*: no profile in .* is of this firmware: PCR 0 and 1 are shown, not pinned$' 'no profile of the firmware: one line says so'
refused 3 'needs --firmware' '--platforms without --firmware' "${predict[@]}" --platforms "$work" --output "$work/x"
refused 2 'is the name of another profile too' 'the same profile twice' "${predict[@]}" --profile "$known" --profile "$known" --output "$work/x"
refused 3 'needs either --disk' 'learn: nothing to learn from' "${learn[@]}"
refused 4 'cannot be run' 'learn: no such program' "${learn[@]}" --disk "$work/disk.raw" --run "$work/none-such"
bad_files '--profile' 2 "${predict[@]}" --profile @ --output "$work/x"
bad_files 'FIRMWARE' 2 platform learn @ --name mine --output "$work/x.json" --log "$work/report.json"
bad_files '--log' 2 "${learn[@]}" --log @
[ ! -e "$work/x.json" ] && [ ! -e "$work/x" ]
ok $? 'refusals write nothing'
done_testing
