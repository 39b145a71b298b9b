#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# verify-tpm.t - real quotes: software TPMs that the virtual cloud certified, hallmark attest, hallmark verify
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
# shellcheck source-path=SCRIPTDIR source=../support/cloud.sh
. tests/support/cloud.sh
trap 'cloud_stop_all; cleanup' EXIT

export HALLMARK_CLOUD=$work/keys/cloud PYTHONDONTWRITEBYTECODE=1
cloud_ca=$HALLMARK_CLOUD/ca.crt
golden=$work/golden
/usr/bin/python3 tests/verify/maker.py "$golden" --boot || bail maker.py

# prove_it NAME TPM: an unsolicited one, of a machine that has booted
prove_it() {
	"$HALLMARK_GUEST" attest --directory "$work/$2/run" --tcti "swtpm:path=$work/$2/tpm.sock" --firmware-log "$work/$2/run/firmware-log" \
		>"$work/attest.log" 2>&1 || bail "hallmark attest: $(cat "$work/attest.log")"
	cp "$work/$2/run/proof.json" "$work/$1.json"
}

verify() {
	run verify "$@" --golden "$golden/golden.json" --golden-key "$golden/golden.pub" --json
	code=$(jq -r '.code' "$work/stdout" 2>/dev/null)
}
trusted=(--roots "$cloud_ca" --accept-stale)

for key in rsa ecc; do
	cloud_start "$work/$key" $key || bail "cloud_start $key"
	cloud_boot "$work/$key" "$golden" || bail cloud_boot
	prove_it $key $key
	verify "$work/$key.json" "${trusted[@]}"
	is "$status $code" '0 Ok' "$key: a real quote is accepted"
	is "$(jq -r '[.checks[] | select(.state == "left-out") | .name] | join(" ")' "$work/stdout")" 'tls-key hardware' "$key: what is left out is listed"
	verify "$work/$key.json" "${trusted[@]}" --tls-cert "$work/$key/run/tls/cert.pem"
	is "$status $code" '0 Ok' "$key: for the connection's certificate"
	is "$(jq -r .stale "$work/stdout")" true "$key: and says that its time is not known"
	verify "$work/$key.json" --roots "$cloud_ca" --nonce "$(jq -r .nonce "$work/$key.json")"
	is "$status $code" '1 StaleQuote' "$key: h09_: an unsolicited proof is none for a nonce"
done
verify "$work/rsa.json" "${trusted[@]}" --tls-cert "$work/ecc/run/tls/cert.pem"
is "$status $code" '1 TlsMismatch' 'h01_: the proof of one machine, served by another'
jq --slurpfile other "$work/ecc.json" '.ak_certificates = $other[0].ak_certificates' "$work/rsa.json" >"$work/mixed.json"
verify "$work/mixed.json" "${trusted[@]}"
is "$status $code" '1 InvalidAttestationKey' 'b09_: the certificate of another machine of the same cloud'
keys/make-cloud "$work/other" || bail make-cloud
verify "$work/rsa.json" --roots "$work/other/ca.crt" --accept-stale
is "$status $code" '1 InvalidAttestationKey' "i01_: somebody else's cloud"
/usr/bin/python3 tests/verify/maker.py "$work/golden2" --boot || bail maker.py
run verify "$work/rsa.json" "${trusted[@]}" --golden "$golden/golden.json" --golden-key "$work/golden2/golden.pub" --json
is "$status" 2 'c10_: the golden file of another signer'

# Registers under other names: another kernel was started, and register 16, which anybody may reset and extend, shows the expected one. These
# selections have the values of the golden registers in their order, so the digest is the golden one and the signature the TPM's.
cloud_start "$work/relabel" rsa || bail 'cloud_start relabel'
cloud_boot "$work/relabel" "$golden" || bail cloud_boot
prove_it relabel relabel
export TPM2TOOLS_TCTI=swtpm:path=$work/relabel/tpm.sock
extra=$(jq -r .quote "$work/relabel.json" | base64 -d >"$work/quote" && tpm2_print -t TPMS_ATTEST "$work/quote" | sed -n 's/.*extraData: //p')
digest=$(tpm2_print -t TPMS_ATTEST "$work/quote" | sed -n 's/.*pcrDigest: //p')
tpm2_pcrextend "4:sha256=$(printf 'another kernel' | sha256sum | cut -d' ' -f1)" || bail tpm2_pcrextend
for event in $(jq -r '.events[] | select(.pcr == 4) | .digests.sha256' "$golden/golden.json"); do
	tpm2_pcrextend "16:sha256=$event" || bail tpm2_pcrextend
done
# quote LIST: a real quote with the proof's qualifying data in place of the proof's own
quote() {
	tpm2_quote -c 0x81000003 -l "$1" -q "$extra" -g sha256 -m "$work/quote" -s "$work/signature" >"$work/quote.log" 2>&1 || bail "tpm2_quote $1: $(cat "$work/quote.log")"
	jq --arg q "$(base64 -w0 "$work/quote")" --arg s "$(base64 -w0 "$work/signature")" '.quote = $q | .signature = $s' "$work/relabel.json" >"$work/quoted.json"
	verify "$work/quoted.json" "${trusted[@]}"
}
quote sha256:0,1,2,3+sha256:16+sha256:5,6,7,8,9,10,11,12,13,14,15
is "$(tpm2_print -t TPMS_ATTEST "$work/quote" | sed -n 's/.*pcrDigest: //p')" "$digest" 'control: the digest of 0-3, 16, 5-15 is that of the golden registers'
is "$status $code" '1 WrongSelection' 'b03_b17_: a real quote over [sha256:0-3], [sha256:16], [sha256:5-15]'
quote sha256:0,1,2,3+sha256:16+sha256:5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23
is "$status $code" '1 WrongSelection' 'b03_b17_: a real quote over [sha256:0-3], [sha256:16], [sha256:5-23]'
quote sha256:0,1,2,3,5,6,7,8,9,10,11,12,13,14,15,16
is "$status $code" '1 WrongSelection' 'b03_b17_: a real quote over 16 registers, 16 among them and not 4'
quote sha256:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
is "$status $code" '1 InvalidQuote' 'b25_: a real quote over the real registers, with the golden values beside it'

# After a reset nothing is measured, and what is measured again is another boot.
verify "$work/rsa.json" "${trusted[@]}"
before=$(jq .tpm.reset_count "$work/stdout")
cloud_reset "$work/rsa" || bail cloud_reset
rm -rf "$work/rsa/run"
mkdir "$work/rsa/run"
cloud_boot "$work/rsa" "$golden" || bail cloud_boot
prove_it again rsa
verify "$work/again.json" "${trusted[@]}" --allow-unsafe-clock
is "$status $code" '0 Ok' 'the next boot is accepted too'
[ "$before" != "$(jq .tpm.reset_count "$work/stdout")" ]
ok $? 'i03_b12_: and has another reset count'
done_testing
