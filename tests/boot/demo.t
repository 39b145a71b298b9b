#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# demo.t - one boot of the demo image: every register as predicted, checked against other people's programs
. tests/boot/lib.sh

sentence='The quick brown fox jumps over the lazy dog'
golden=$IMAGE/golden/golden.json

boot --disk "$IMAGE/disk.raw" -- sh -c "tests/boot/ocr '$sentence' >$work/ocr"
is "$boot_status" 0 'the machine boots, reports and answers'
keep_registers 01-demo
echo "#! initramfs: $(awk '
	function seconds() { match($0, /\[ *[0-9]+\.[0-9]+\]/); return substr($0, RSTART + 1, RLENGTH - 2) + 0 }
	/Run \/init as init process/ { start = seconds() }
	/systemd\[1\]: systemd .* running in system mode/ { print int((seconds() - start) * 1000) }' <<<"$console") ms from /init to the first process of the OS, emulated"
is "$(tr -s '\n ' ' ' <"$work/ocr" | sed 's/ *$//')" "$sentence" 'a picture of a sentence comes back as the sentence'

table=$("$HALLMARK" log diff --table "$golden" "$work/report.json")
is "$?" 0 'hallmark log diff accepts the machine'
# shellcheck disable=SC2001
sed 's/^/# /' <<<"$table"

# The registers of the firmware itself: as the profile of this firmware says, by jq alone.
if [ "$(jq '.profiles | length' "$golden")" != 0 ]; then
	for bank in sha1 sha256 sha384 sha512; do
		for pcr in 0 1; do
			like "$(jq -r ".profiles[].pcrs[] | select(.pcr == $pcr and .policy == \"pinned\") | .values.$bank" "$golden")" \
				"^$(jq -r ".pcrs.${bank}[$pcr]" "$work/report.json")\$" "PCR $pcr, $bank: as a profile says"
		done
	done
	like "$table" '^platform: ' 'the verdict names the platform'
else
	echo "# no profile in image/platforms is of this host's OVMF: PCR 0 and 1 are shown"
	like "$table" 'acpi=unmeasured' 'without a profile the verdict says so'
fi

# Each bank and each register that the build knows, compared without any code of ours.
for bank in sha1 sha256 sha384 sha512; do
	for pcr in 2 3 4 5 6 7 8 9 10 11 12 13 14; do
		want=$(jq -r ".pcrs[] | select(.pcr == $pcr) | .values.$bank" "$golden")
		is "$(jq -r ".pcrs.${bank}[$pcr]" "$work/report.json")" "$want" "PCR $pcr, $bank: predicted is seen"
	done
done
# PCR 15: the predicted value, and one record on top: that of the TLS key.
tls_record=$(report_log runtime_log | tail -n 1 | jq -r .content)
like "$tls_record" '^hallmark-tls/1 spki-sha256=[0-9a-f]{64}$' 'the last record is that of the TLS key'
for bank in sha1 sha256 sha384 sha512; do
	want=$({
		jq -r ".pcrs[] | select(.pcr == 15) | .values.$bank" "$golden" | tr -d '\n'
		printf %s "$tls_record" | "${bank}sum" | cut -d' ' -f1
	} | xxd -r -p | "${bank}sum" | cut -d' ' -f1)
	is "$(jq -r ".pcrs.${bank}[15]" "$work/report.json")" "$want" "PCR 15, $bank: predicted, then the TLS key"
done
is "$(jq -r '.pcrs.sha256[8], .pcrs.sha256[10]' "$work/report.json" | tr -d '0\n')" '' 'PCR 8 and 10 were never extended'

# The firmware's log: tpm2_eventlog, our replay and the TPM agree on registers 0 to 10.
report_log firmware_log >"$work/tcglog"
# Byte for byte the predicted one, but for what the profile names.
tests/boot/events "$IMAGE/golden" "$work/tcglog" image/platforms >"$work/events"
ok $? 'the firmware log is the predicted one, event for event and byte for byte'
cat "$work/events"
if [ "$(jq '.profiles | length' "$golden")" != 0 ]; then
	cmp -s "$work/tcglog" "$IMAGE/golden/golden.tcglog"
	ok $? 'golden.tcglog is the log that the kernel has (cmp)'
fi
tpm2_eventlog --eventlog-version=2 "$work/tcglog" >"$work/eventlog.yaml" 2>/dev/null
"$HALLMARK" log replay --all "$work/tcglog" >"$work/replay"
for bank in sha1 sha256 sha384 sha512; do
	for pcr in 0 1 2 3 4 5 6 7 8 9; do
		seen=$(jq -r ".pcrs.${bank}[$pcr]" "$work/report.json")
		theirs=$(awk -v bank="$bank:" -v pcr="$pcr" '
			/^pcrs:/ { on = 1 } on && /^  sha/ { in_bank = ($1 == bank) }
			in_bank && $1 == pcr && $2 == ":" { sub(/^0x/, "", $3); print tolower($3) }' "$work/eventlog.yaml")
		[ -n "$theirs" ] || theirs=$(tr '0-9a-f' 0 <<<"$seen") # not in the log: never extended
		ours=$(sed -n "s/^$bank:$pcr //p" "$work/replay")
		is "$theirs $ours" "$seen $seen" "PCR $pcr, $bank: tpm2_eventlog, our replay and the TPM agree"
	done
done

# PCR 7 by tpm2_eventlog's reading: Secure Boot was on, and the certificate that let the image start is this checkout's.
sed -n '/UnicodeName: SecureBoot$/,/EventNum/p' "$work/eventlog.yaml" >"$work/secure-boot.yaml"
like "$(cat "$work/secure-boot.yaml")" "Enabled: 'Yes'" 'd19_secure_boot_on: the firmware measured it'
sed -n '/EventType: EV_EFI_VARIABLE_AUTHORITY/,/EventNum/p' "$work/eventlog.yaml" >"$work/authority.yaml"
is "$(grep -c EV_EFI_VARIABLE_AUTHORITY "$work/authority.yaml")" 1 'd19_secure_boot_on: one authority was used'
like "$(cat "$work/authority.yaml")" "$(openssl x509 -in "$B/keys/db.crt" -outform DER | xxd -p | tr -d '\n')" \
	'd19_secure_boot_on: the certificate in db'

# PCR 11 before the layers: systemd-measure on the section files, against the firmware's log by tpm2_eventlog.
mkdir "$work/sections"
measure=()
for section in linux osrel cmdline initrd uname sbat; do
	objcopy -O binary --only-section=".$section" "$IMAGE/uki.efi" "$work/sections/$section" 2>/dev/null
	[ -s "$work/sections/$section" ] || continue
	measure+=("--$section=/out/$section")
done
for bank in sha1 sha256 sha384 sha512; do
	want=$(root_cmd image/in-buildroot "$BUILDROOT" - "$work/sections" -- /usr/lib/systemd/systemd-measure calculate \
		"${measure[@]}" --bank="$bank" --phase=: --json=short | jq -r ".${bank}[0].hash")
	seen=$(awk -v bank="$bank:" '/^pcrs:/ { on = 1 } on && /^  sha/ { in_bank = ($1 == bank) }
		in_bank && $1 == "11" && $2 == ":" { sub(/^0x/, "", $3); print tolower($3) }' "$work/eventlog.yaml")
	is "$seen" "$want" "PCR 11 before the layers, $bank: systemd-measure agrees"
	# RTMR 2 of a TDX machine takes the same from the same start.
	[ "$bank" != sha384 ] || is "$(jq -r '.rtmrs[] | select(.rtmr == 2) | .value' "$golden")" "$want" 'd03_rtmr_2: predicted as systemd-measure says'
done

# The runtime log is the predicted one, and its digests are the hashes of its lines.
report_log runtime_log >"$work/cel"
head -n -1 "$work/cel" | cmp -s - "$IMAGE/golden/golden.cel"
ok $? 'the runtime log is byte for byte the predicted one, and the TLS record'
good=0
while read -r line; do
	content=$(jq -r .content <<<"$line")
	for bank in sha1 sha256 sha384 sha512; do
		want=$(printf %s "$content" | "${bank}sum" | cut -d' ' -f1)
		[ "$(jq -r ".digests[] | select(.hashAlg == \"$bank\") | .digest" <<<"$line")" = "$want" ] && good=$((good + 1))
	done
done <"$work/cel"
is "$good" $(($(wc -l <"$work/cel") * 4)) 'every digest in the runtime log is the hash of its line (sha*sum)'

for name in root app weights; do
	root=$(cat "$IMAGE/$name.roothash")
	veritysetup verify "$IMAGE/$name.erofs" "$IMAGE/$name.verity" "$root" >"$work/verify" 2>&1
	ok $? "veritysetup verify: $name" "$(cat "$work/verify")"
	like "$(jq -r '.layers[]' "$golden")" "name=$name .*root=$root\$" "the golden file has $name's root hash"
done

unlike "$console" 'login:|emergency|rescue|# $|sh-[0-9]' 'no login and no shell on the console'
unlike "$console" 'Kernel panic|hallmark: stopped' 'nothing stopped'
done_testing
