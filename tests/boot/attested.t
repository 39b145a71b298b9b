#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# attested.t - a client of the booted image: verified over its TLS connection, its text through the proxy, and refused
# by name where it is another image than the client expects
. tests/boot/lib.sh

sentence='Not a byte before the proof'
golden=$IMAGE/golden

# What other clients expect: the same machine is another one to each. Each is signed with the checkout's key.
# expect NAME: sign $work/NAME/golden.json
expect() {
	"$HALLMARK" sign "$work/$1/golden.json" --key "$B/keys/golden.key" || bail "hallmark sign $1"
}
changed() {
	cp --sparse=always "$IMAGE/$1.erofs" "$work/$1.erofs"
	change_byte "$work/$1.erofs" 4096
}
for name in app weights; do
	changed $name
	"$HALLMARK" predict --replace "$name=$work/$name.erofs" "$golden/golden.json" --output "$work/$name" >/dev/null 2>"$work/predict.log" || bail "predict $name"
	expect $name
done
{ grep -v ^VERSION_ID= image/os/tree/usr/lib/os-release; echo VERSION_ID=other; } >"$work/os-release"
"$HALLMARK" uki --stub "$B/target/stub.efi" --linux "$BUILDROOT"/boot/vmlinuz-* --initrd "$IMAGE/initrd" --cmdline image/cmdline \
	--os-release "$work/os-release" --output "$work/uki.efi" || bail 'hallmark uki'
sign_uki "$work/uki.efi"
predict=("$HALLMARK" predict --disk "$IMAGE/disk.raw" --firmware-secure-boot=yes --name hallmark-demo --image-version 0.1.0)
"${predict[@]}" --uki "$work/uki.efi.signed" --vars "$vars_on" --output "$work/uki" >/dev/null || bail 'predict uki'
expect uki
"${predict[@]}" --uki "$IMAGE/uki.signed.efi" --vars "$vars_empty" --output "$work/vars" >/dev/null || bail 'predict vars'
expect vars

cat >"$work/client" <<'CLIENT'
set -u
url=https://127.0.0.1:$HALLMARK_TLS_PORT
# The service starts beside the report: give it time, but not for ever.
for _ in $(seq 90); do
	curl -fsk --max-time 10 "$url/health" >/dev/null 2>&1 && break
	sleep 1
done
# verify NAME GOLDEN OPTION...: verdict in NAME.json, status in NAME.status
verify() {
	local name=$1 golden=$2
	shift 2
	"$HALLMARK" verify "$url" --golden "$golden/golden.json" --golden-key "$keys/golden.pub" --roots "$keys/cloud/ca.crt" \
		--json "$@" >"$out/$name.json" 2>"$out/$name.err"
	echo $? >"$out/$name.status"
}
verify good "$golden" --allow-profile demo --save "$out/proof.json"
verify again "$golden" --allow-profile demo --require-firmware-log --save "$out/proof2.json"
verify release "$golden"
verify sha384 "$golden" --allow-profile demo --bank sha384
verify version "$golden" --allow-profile demo --minimum-version 9.0.0
for name in app weights uki vars; do
	verify $name "$out/$name" --allow-profile demo
done
openssl s_client -connect "127.0.0.1:$HALLMARK_TLS_PORT" </dev/null 2>/dev/null | openssl x509 -noout -pubkey |
	openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1 >"$out/spki"

# proxy GOLDEN COMMAND...: with $PROXY as the address
proxy() {
	local golden=$1 pid
	shift
	"$HALLMARK" proxy --listen 127.0.0.1:0 "$url" --golden "$golden/golden.json" --golden-key "$keys/golden.pub" \
		--roots "$keys/cloud/ca.crt" --allow-profile demo >"$out/proxy" 2>"$out/proxy.err" &
	pid=$!
	for _ in $(seq 100); do
		[ -s "$out/proxy" ] && break
		sleep 0.1
	done
	PROXY=$(cat "$out/proxy") "$@"
	kill $pid
	wait $pid 2>/dev/null || :
}
proxy "$golden" sh -c 'curl -sS --max-time 120 --data-binary "@$out/page.png" -H "Content-Type: image/png" "$PROXY/cgi-bin/ocr" >"$out/ocr"'
proxy "$out/app" sh -c 'curl -sS -o "$out/refused" -w "%{http_code}" --max-time 120 --data-binary "@$out/page.png" "$PROXY/cgi-bin/ocr" >"$out/refused.status"'
exit 0
CLIENT
convert -background white -fill black -font DejaVu-Sans -pointsize 40 -bordercolor white "label:$sentence" -border 30 "$work/page.png"
export out=$work keys=$B/keys golden HALLMARK HALLMARK_CLOUD=$B/keys/cloud
boot --disk "$IMAGE/disk.raw" --timeout 420 -- bash "$work/client"
is "$boot_status" 0 'the machine boots and answers'

verdict() {
	echo "$(cat "$work/$1.status") $(jq -r '"\(.code) \(.failed_check // "-")"' "$work/$1.json" 2>/dev/null)"
}
is "$(verdict good)" '0 Ok -' 'verify https: accepted' || cat "$work/good.json" "$work/good.err"
is "$(jq -r '.checks[13].state' "$work/good.json")" passed 'with the key of the connection'
is "$(jq -r '.checks[2].state' "$work/good.json")" passed 'the key of the TPM is certified'
is "$(grep -o 'spki-sha256=[0-9a-f]*' <(jq -r .runtime_log "$work/proof.json" | base64 -d) | head -n 1)" "spki-sha256=$(cat "$work/spki")" \
	'h06: the record holds what openssl says the key of the server is'
is "$(verdict again)" '0 Ok -' 'and again, with the firmware log required'
[ "$(jq -r .nonce "$work/proof.json")" != "$(jq -r .nonce "$work/proof2.json")" ]
ok $? 'b04: with another nonce'
is "$(verdict release)" '1 DebugMode 14' 'b24: a demo image is refused unless it is asked for'
is "$(verdict sha384)" '1 WrongSelection 8' 'b03: a quote over another bank than the client asks for'
is "$(verdict version | cut -d' ' -f2)" OldImage 'c09: an older image than the client allows'
is "$(verdict app)" '1 PcrMismatch 11' 'another application is expected'
is "$(jq -r '.pcr' "$work/app.json")" 13 'and it is PCR 13 that says so'
is "$(verdict weights)" '1 PcrMismatch 11' 'other weights are expected'
is "$(jq -r '.pcr' "$work/weights.json")" 14 'PCR 14'
like "$(verdict uki)" '^1 PcrMismatch 11$' 'another OS is expected'
like "$(jq -r '.pcr' "$work/uki.json")" '^(4|11)$' 'PCR 4 or 11'
like "$(verdict vars)" '^1 (PcrMismatch 11|DebugMode 14)$' 'd19: Secure Boot off is expected, and on'
is "$(tr -s '\n ' ' ' <"$work/ocr" | sed 's/ *$//')" "$sentence" 'the text of the page comes back through hallmark proxy'
is "$(cat "$work/refused.status")" 502 'a proxy that expects another application answers 502'
is "$(jq -r .error "$work/refused")" PcrMismatch 'and says why'
done_testing
