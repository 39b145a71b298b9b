#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# cloud.t - keys/make-cloud, qemu/provision and tests/support/cloud.sh: what a guest finds in its TPM, by other people's tools
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
# shellcheck source-path=SCRIPTDIR source=../support/cloud.sh
. tests/support/cloud.sh
trap 'cloud_stop_all; cleanup' EXIT

# says STATUS REGEX NAME COMMAND...
says() {
	local want=$1 regex=$2 name=$3 text got=0
	shift 3
	text=$("$@" 2>&1 </dev/null) || got=$?
	is "$got" "$want" "$name: exit status"
	like "$text" "$regex" "$name: says so"
}

export HALLMARK_CLOUD=$work/keys/cloud
cloud_ca=$HALLMARK_CLOUD/ca.crt
golden=$B/image/golden/golden.json
[ -s "$golden" ] || bail "$golden does not exist: run make image"

for key in rsa ecc; do
	cloud_start "$work/$key" $key || bail "cloud_start: $key"
	export TPM2TOOLS_TCTI=$cloud_tcti
	tpm2_pcrread sha1:all+sha256:all+sha384:all+sha512:all | grep -E '^ *([0-9]|1[0-6]|23) *:' >"$work/pcrs"
	is "$(grep -c '0x0*$' "$work/pcrs") $(wc -l <"$work/pcrs")" '72 72' "$key: registers are at power-on values"
	tpm2_nvread 0x01C101D0 -C o >"$work/ak.nv" 2>/dev/null
	tpm2_nvread 0x01C101D1 -C o >"$work/intermediate.nv" 2>/dev/null
	# openssl reads one DER object and stops.
	openssl x509 -inform DER -in "$work/ak.nv" -out "$work/ak.crt"
	openssl x509 -inform DER -in "$work/intermediate.nv" -out "$work/intermediate.crt"
	openssl verify -x509_strict -CAfile "$cloud_ca" -untrusted "$work/intermediate.crt" "$work/ak.crt" >"$work/log" 2>&1
	ok $? "$key: the certificate in NV chains to the cloud's root" "$(cat "$work/log")"
	openssl verify -CAfile "$cloud_ca" "$work/ak.crt" >/dev/null 2>&1
	is $? 2 "$key: and not without the intermediate"
	like "$(openssl x509 -in "$work/ak.crt" -noout -ext extendedKeyUsage)" '^ *2\.23\.133\.8\.3$' "$key: the leaf has the usage of attestation keys, alone"
	is "$(tail -c "+$(($(openssl x509 -in "$work/ak.crt" -outform DER | wc -c) + 1))" "$work/ak.nv" | tr -d '\0' | wc -c) $(wc -c <"$work/ak.nv")" '0 2048' \
		"$key: zeros after it"
	tpm2_readpublic -c 0x81000003 -f pem -o "$work/ak.pem" >"$work/ak.yaml" 2>/dev/null
	is "$(openssl x509 -in "$work/ak.crt" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum)" \
		"$(openssl pkey -pubin -in "$work/ak.pem" -outform DER | sha256sum)" "$key: it is for the key at 0x81000003"
	like "$(cat "$work/ak.yaml")" '^ *value: fixedtpm\|fixedparent\|sensitivedataorigin\|userwithauth\|restricted\|sign$' "$key: the key's attributes"
	tpm2_quote -c 0x81000003 -l sha256:0,11,15 -q 1234 -m "$work/quote" -s "$work/sig" -o "$work/pcrs" -g sha256 >/dev/null 2>&1 &&
		tpm2_checkquote -u "$work/ak.pem" -m "$work/quote" -s "$work/sig" -f "$work/pcrs" -q 1234 -g sha256 >/dev/null 2>&1
	ok $? "$key: it quotes (tpm2_checkquote)"
	cloud_boot "$work/$key" || bail cloud_boot
	tpm2_pcrread sha256:2,3,4,5,6,7,8,9,11,12,13,14,15+sha384:4,11,14 | sed -nE 's/^ *[0-9]+ *: 0x//p' | tr 'A-F' 'a-f' >"$work/seen"
	jq -r '(.pcrs[2,3,4,5,6,7,8,9,11,12,13,14,15].values.sha256), (.pcrs[4,11,14].values.sha384)' "$golden" >"$work/want"
	diff "$work/want" "$work/seen" >"$work/log"
	ok $? "$key: cloud_boot leaves the golden values" "$(cat "$work/log")"
	count=$(tpm2_readclock | sed -n 's/.*reset_count: //p')
	cloud_reset "$work/$key"
	is "$(tpm2_readclock | sed -n 's/.*reset_count: //p')" $((count + 1)) "$key: cloud_reset counts as a reset"
done
[ "$(openssl x509 -in "$work/ak.crt" -noout -serial)" != "$(tpm2_nvread 0x01C101D0 -C o -T "swtpm:path=$work/rsa/tpm.sock" 2>/dev/null | openssl x509 -inform DER -noout -serial)" ]
ok $? 'two machines have two certificates'
cloud_start "$work/one" rsa sha256 && cloud_boot "$work/one"
is "$(TPM2TOOLS_TCTI=$cloud_tcti tpm2_pcrread sha256:14 | sed -nE 's/^ *14 *: 0x//p' | tr 'A-F' 'a-f')" "$(jq -r '.pcrs[14].values.sha256' "$golden")" 'one active bank'

# The provider looks before it certifies.
cp -a "$work/keys/cloud" "$work/other"
rm "$work/other/ek/swtpm-localca-rootca-cert.pem"
openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=other -out "$work/other/ek/swtpm-localca-rootca-cert.pem" 2>/dev/null
mkdir "$work/t1" "$work/t2" "$work/bin"
says 4 '^qemu/provision: openssl failed' 'an EK certificate of another CA' qemu/provision "$work/t1" --cloud "$work/other"
# A challenge that was made for another key.
cat >"$work/bin/tpm2_makecredential" <<'SHIM'
#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
args=()
while [ $# -gt 0 ]; do
	if [ "$1" = -n ]; then args+=(-n "${2%??}00"); shift 2; else args+=("$1"); shift; fi
done
exec /usr/bin/tpm2_makecredential "${args[@]}"
SHIM
chmod 755 "$work/bin/tpm2_makecredential"
says 4 '^qemu/provision: tpm2_activatecredential failed' 'a challenge for another key' env PATH="$work/bin:$PATH" qemu/provision "$work/t2"
says 4 '/missing: no such directory' 'no directory' qemu/provision "$work/missing"
says 3 'usage: qemu/provision' 'no argument' qemu/provision
says 3 'usage: qemu/provision' 'an unknown key type' qemu/provision "$work/t1" --key dsa
is "$(find "$HALLMARK_CLOUD" -name '*.key' ! -perm 0600 | wc -l) $(stat -c %a "$HALLMARK_CLOUD")" '0 700' "the CA's keys are for their owner only"
before=$(cat "$cloud_ca")
keys/make-cloud "$HALLMARK_CLOUD"
is "$? $(cat "$cloud_ca")" "0 $before" 'keys/make-cloud leaves what is there'
mkdir "$work/full" && touch "$work/full/x"
says 1 'is there and has no ca.crt' 'keys/make-cloud: another directory' keys/make-cloud "$work/full"
says 3 'usage: keys/make-cloud' 'keys/make-cloud: no argument' keys/make-cloud
keys/make "$work/keys"
is "$? $(find "$work/keys" -name '*.crt' -path '*/keys/[PKd]*' | wc -l)" '0 3' 'keys/make beside the cloud'
says 1 'is there already' 'keys/make twice' keys/make "$work/keys"
done_testing
