#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# clouds.t - the demo's disk on machines whose TPMs are laid out as Azure's and Google's: boot, attest, verify, with no other guest code
. tests/boot/lib.sh

export HALLMARK_CLOUD=$work/cloud
golden=$work/golden.json
cp "$IMAGE/golden/golden.json" "$golden"
openssl genpkey -algorithm ed25519 -out "$work/key.pem" 2>"$work/log"
openssl pkey -in "$work/key.pem" -pubout -out "$work/key.pub" 2>"$work/log"
"$HALLMARK" sign "$golden" --key "$work/key.pem" 2>"$work/log" || bail "hallmark sign: $(cat "$work/log")"
nonce=$(head -c 32 /dev/urandom | xxd -p -c 64)
# What runs while the machine is up: it fetches a proof for our nonce, and the key of the connection.
cat >"$work/fetch" <<FETCH
#!/bin/sh
# The TLS server starts after the report that ends the waiting.
curl -fsk --max-time 120 --retry 300 --retry-all-errors --retry-delay 1 --retry-max-time 300 "https://127.0.0.1:\$HALLMARK_TLS_PORT/.well-known/hallmark/proof?nonce=$nonce" >"\$1.json" &&
	{ [ ! -e "\$HALLMARK_VCEK" ] || cp "\$HALLMARK_VCEK" "\$1.vcek"; } &&
	openssl s_client -connect "127.0.0.1:\$HALLMARK_TLS_PORT" </dev/null 2>/dev/null | openssl x509 >"\$1.tls"
FETCH
chmod +x "$work/fetch"

boot() { # boot PLATFORM KEY
	qemu/run --platform "$1" --provision "$2" --disk "$IMAGE/disk.raw" --vars "$vars_on" --serial "$work/$1.serial" --timeout 900 \
		-- "$work/fetch" "$work/$1" >"$work/$1.log" 2>&1
	ok $? "$1: boots, and answers with a proof" "$(cat "$work/$1.log"; tail -n 15 "$work/$1.serial")"
}

verify() { # verify PLATFORM OPTION...
	local platform=$1
	shift
	status=0
	out=$("$HALLMARK" verify "$work/$platform.json" --nonce "$nonce" --golden "$golden" --golden-key "$work/key.pub" --allow-profile demo \
		--roots "$HALLMARK_CLOUD/ca.crt" --intermediates "$HALLMARK_CLOUD/intermediate.crt" --tls-cert "$work/$platform.tls" --json "$@" 2>&1) || status=$?
	code=$(jq -r .code <<<"$out" 2>/dev/null)
}

boot azure-cvm rsa
jq -n --arg pin "$(cat "$HALLMARK_CLOUD/amd/ark.sha256")" \
	'{version: "hallmark-platforms/1", allowed: ["azure-cvm"], amd: {vendor_roots: false, roots: [$pin], measurements: ["48" * 48]}}' >"$work/platforms.json"
verify azure-cvm --platforms "$work/platforms.json" --vcek "$work/azure-cvm.vcek"
is "$status $code" '0 Ok' 'azure-cvm: accepted, for this nonce and this connection' "$out"
is "$(jq -r '.checks[] | select(.name == "hardware") | .state' <<<"$out")" passed 'azure-cvm: with its hardware report'
verify azure-cvm --platforms "$work/platforms.json"
is "$status $code" '1 NonCompliantPlatform' "azure-cvm: not without the chip's certificates"
verify azure-cvm --platform azure-tl
is "$status $code" '1 NonCompliantPlatform' 'azure-cvm: not as Trusted Launch'
boot azure-tl rsa
verify azure-tl --platform azure-tl
is "$status $code" '0 Ok' "azure-tl: accepted, for this nonce and this connection" "$out"
is "$(jq -r '.checks[] | select(.name == "hardware") | .state' <<<"$out")" left-out 'azure-tl: there is no hardware report, and the verdict says so'
verify azure-tl --platforms "$work/platforms.json" --vcek "$work/azure-cvm.vcek"
is "$status $code" '1 NonCompliantPlatform' 'azure-tl: not as a confidential VM'
jq --slurpfile cvm "$work/azure-cvm.json" '.platform = "azure-cvm" | .hardware = $cvm[0].hardware' "$work/azure-tl.json" >"$work/mixed.json"
cp "$work/azure-tl.tls" "$work/mixed.tls"
verify mixed --platforms "$work/platforms.json" --vcek "$work/azure-cvm.vcek"
is "$status $code" '1 InvalidAttestationKey' "azure-tl: nor with a confidential VM's report"
boot gcp ecc
verify gcp --platform gcp
is "$status $code" '0 Ok' "gcp: accepted: the key from the template" "$out"
verify gcp --platform azure-tl
is "$status $code" '1 NonCompliantPlatform' 'gcp: not as another platform'
done_testing
