#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# 15-verify-tpm.t - real quotes: software TPMs that the virtual cloud certified, hallmark attest, hallmark verify
. "$(dirname "$0")/lib.sh"
cd "$top" || bail "$top"
# shellcheck source-path=SCRIPTDIR source=../lib/cloud.sh
. tests/lib/cloud.sh
trap 'cloud_stop_all; cleanup' EXIT

export HALLMARK_CLOUD=$work/keys/cloud PYTHONDONTWRITEBYTECODE=1
cloud_ca=$HALLMARK_CLOUD/ca.crt
golden=$work/golden
/usr/bin/python3 tests/verify/maker.py "$golden" --boot || bail maker.py

# prove_it NAME TPM: an unsolicited one, of a machine that has booted
prove_it() {
	"$HALLMARK" attest --directory "$work/$2/run" --tcti "swtpm:path=$work/$2/tpm.sock" --firmware-log "$work/$2/run/firmware-log" \
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
