#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# attested-tls.t - the booted machine's TLS end point, its key in PCR 15, and who can reach the TPM
. tests/boot/lib.sh

# The demo's OS and units that look around in it: one for each user, and one that kills the attestation service three times
# before the report is made.
tree=$work/root.tree
root_cmd image/os-root "$BUILDROOT" "$B/target/hallmark-guest" "$tree" >"$work/make.log" 2>&1 ||
	bail "image/os-root: $(tail -n 1 "$work/make.log")"
units=usr/lib/systemd/system
mkdir -p "$work/extra/$units" "$work/extra/usr/lib/hallmark"
cat >"$work/extra/usr/lib/hallmark/test-open" <<'SCRIPT'
#!/usr/bin/busybox sh
# The kernel's own lines can come into the middle of one: each is said three times.
say() {
	for _ in 1 2 3; do echo "test: $*" >&2; /usr/bin/busybox usleep 50000; done
}
for file in /dev/tpmrm0 /dev/tpm0 /run/hallmark/tls/key.pem; do
	if (: <$file) 2>/dev/null; then say "$1 $file DONE"; else say "$1 $file refused"; fi
done
if (: >>/run/hallmark/log) 2>/dev/null; then say "$1 log DONE"; else say "$1 log refused"; fi
SCRIPT
cat >"$work/extra/usr/lib/hallmark/test-restart" <<'SCRIPT'
#!/usr/bin/busybox sh
bb=/usr/bin/busybox
say() {
	for _ in 1 2 3; do echo "test: $*" >&2; $bb usleep 50000; done
}
# Of the programs of that name the attestation service.
attest() {
	for pid in $($bb pidof hallmark-guest); do
		$bb tr '\0' ' ' </proc/$pid/cmdline | $bb grep -q '^[^ ]* attest ' && echo $pid
	done
}
for i in 1 2 3; do
	pid=$(attest)
	$bb touch /run/marker
	$bb sleep 1
	$bb kill -9 $pid
	until [ /run/hallmark/proof.json -nt /run/marker ]; do $bb usleep 200000; done
	new=$(attest)
	[ "$new" != "$pid" ] && say "restart $i, records $($bb grep -c hallmark-tls /run/hallmark/log)"
done
say "listening $($bb netstat -lnt | $bb grep -c LISTEN)"
SCRIPT
chmod 755 "$work/extra/usr/lib/hallmark/"*
unit() { # unit NAME SCRIPT-AND-ARGUMENT [LINE...]
	printf '%s\n' '[Unit]' 'DefaultDependencies=no' 'After=hallmark-attest.service hallmark-tls.service' '[Service]' 'Type=oneshot' \
		"ExecStart=/usr/lib/hallmark/$2" 'StandardError=tty' 'TTYPath=/dev/console' "${@:3}" >"$work/extra/$units/hallmark-$1.service"
}
users=(attest tls http front net app)
for user in "${users[@]}"; do
	unit "test-$user" "test-open $user" "User=hallmark-$user" "Group=hallmark-$user"
done
unit test-restart test-restart
sed "s/^Wants=.*/& $(printf 'hallmark-test-%s.service ' "${users[@]}") hallmark-test-restart.service/" "image/os/tree/$units/hallmark.target" \
	>"$work/extra/$units/hallmark.target"
sed 's/^After=.*/& hallmark-test-restart.service/' "image/os/tree/$units/hallmark-report.service" >"$work/extra/$units/hallmark-report.service"
root_cmd cp -R "$work/extra/." "$tree/"
root_cmd chown -R 0:0 "$tree/usr/lib/hallmark" "$tree/$units"
root_cmd image/erofs "$BUILDROOT" "$tree" "$work/root.erofs" root >"$work/make.log" 2>&1 || bail "image/erofs: $(tail -n 1 "$work/make.log")"
root_cmd image/verity "$BUILDROOT" "$work/root.erofs" "$work/root.verity" root 0.1.0 >"$work/make.log" 2>&1 || bail "image/verity: $(tail -n 1 "$work/make.log")"
root_cmd rm -rf "$tree"
root_cmd image/disk "$work/disk.raw" --buildroot "$BUILDROOT" --esp-uki "$IMAGE/uki.signed.efi" --guid-seed attested-tls \
	--layer "$(layer root "$work/root.erofs")" --layer "$(layer app)" --layer "$(layer weights)" >"$work/make.log" 2>&1 ||
	bail "image/disk: $(tail -n 1 "$work/make.log")"
"$HALLMARK" predict --uki "$IMAGE/uki.signed.efi" --vars "$vars_on" --firmware-secure-boot=yes --name attested-tls \
	--image-version 0.1.0 --disk "$work/disk.raw" --output "$work/golden" || bail 'hallmark predict'
openssl genpkey -algorithm ED25519 -out "$work/golden.key" 2>/dev/null
openssl pkey -in "$work/golden.key" -pubout -out "$work/golden.pub"
"$HALLMARK" sign "$work/golden/golden.json" --key "$work/golden.key" || bail 'hallmark sign'

cat >"$work/client" <<'CLIENT'
#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
base=https://127.0.0.1:$HALLMARK_TLS_PORT
out=$1
# The TLS end point is up; the application may still be on its way.
for _ in $(seq 60); do
	curl -fsk --max-time 10 "$base/health" >"$out/health" 2>/dev/null && break
	sleep 1
done
tests/boot/ocr 'Attested before the first byte' >"$out/ocr"
openssl s_client -connect "127.0.0.1:$HALLMARK_TLS_PORT" </dev/null >"$out/s_client" 2>/dev/null
openssl s_client -connect "127.0.0.1:$HALLMARK_TLS_PORT" -tls1_2 </dev/null >"$out/tls12" 2>&1
curl -s --max-time 10 "http://127.0.0.1:$HALLMARK_TLS_PORT/health" >"$out/plain" 2>/dev/null
for i in 1 2; do
	openssl rand -hex 32 >"$out/nonce.$i"
	curl -fsk "$base/.well-known/hallmark/proof?nonce=$(cat "$out/nonce.$i")" >"$out/proof.$i"
done
curl -fsk "$base/.well-known/hallmark/proof" >"$out/proof.stored"
curl -sk --http2 --max-time 10 -o /dev/null -w '%{http_version} %{http_code}' "$base/health" >"$out/http2"
verify() {
	"$HALLMARK" verify "$base" --golden "$out/golden/golden.json" --golden-key "$out/golden.pub" --roots "$CA" --allow-profile demo --json "$@"
}
verify --save "$out/proof.bound" >"$out/bound" 2>&1
# Who has the key and talks to the machine by itself gets a proof of that other connection.
{ openssl s_client -connect "127.0.0.1:$HALLMARK_TLS_PORT" -alpn hallmark/2 -keymatexport EXPORTER-Channel-Binding -keymatexportlen 32 \
	< <(printf 'GET /.well-known/hallmark/proof?nonce=%s HTTP/1.1\r\nHost: x\r\n\r\n' "$(cat "$out/nonce.1")"; sleep 8) 2>/dev/null; } >"$out/s_client.bound"
CLIENT
chmod 755 "$work/client"
export CA=$B/keys/cloud/ca.crt
boot --disk "$work/disk.raw" --timeout 600 -- "$work/client" "$work"
is "$boot_status" 0 'the machine boots, reports and answers'
for user in "${users[@]}"; do
	for what in /dev/tpmrm0 /dev/tpm0 /run/hallmark/tls/key.pem log; do
		case $user:$what in
		attest:/dev/tpmrm0 | attest:/dev/tpm0 | attest:/run/hallmark/tls/key.pem | attest:log | tls:/run/hallmark/tls/key.pem) want=DONE ;;
		*) want=refused ;;
		esac
		like "$console" "test: $user $what $want" "b18_$user: $what: $want"
	done
done
for i in 1 2 3; do
	like "$console" "test: restart $i, records 1( |\$)" "c08_restart: the service was killed, started again, and there is one record ($i)"
done
like "$console" 'test: listening 1( |$)' 'e14_listening: one socket'
record=$(report_log runtime_log | tail -n 1 | jq -r .content)
is "$(report_log runtime_log | grep -c hallmark-tls)" 1 'c08_restart: one record in the report'
"$HALLMARK" log diff "$work/golden/golden.json" "$work/report.json" >"$work/diff" 2>&1
ok $? 'c08_restart: every register as predicted, PCR 15 with one TLS record' "$(cat "$work/diff")"
is "hallmark-tls/1 spki-sha256=$(sed -n '/BEGIN CERT/,/END CERT/p' "$work/s_client" | openssl x509 -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)" \
	"$record" "h06_spki: the connection's key is the one in PCR 15 (openssl s_client)"
like "$(cat "$work/s_client")" 'TLSv1.3' 'TLS 1.3'
unlike "$(cat "$work/s_client")" 'TLS session ticket' 'h08_tickets: no session ticket'
unlike "$(cat "$work/tls12")" 'Cipher is [A-Z]' 'h02_tls12: TLS 1.2 is refused'
unlike "$(cat "$work/plain")" '^ok$' 'nothing is served without TLS'
is "$(tr -s '\n ' ' ' <"$work/ocr" | sed 's/ *$//')" 'Attested before the first byte' 'the application answers over it'
for i in 1 2; do
	is "$(jq -r .nonce "$work/proof.$i")" "$(cat "$work/nonce.$i")" "proof $i is for its nonce"
	"$HALLMARK" verify "$work/proof.$i" --golden "$work/golden/golden.json" --golden-key "$work/golden.pub" --roots "$B/keys/cloud/ca.crt" \
		--nonce "$(cat "$work/nonce.$i")" --tls-spki "${record##*=}" --allow-profile demo >"$work/verdict" 2>&1
	ok $? "hallmark verify accepts proof $i" "$(cat "$work/verdict")"
done
[ "$(jq -r .quote "$work/proof.1")" != "$(jq -r .quote "$work/proof.2")" ]
ok $? 'two fresh proofs have two quotes'
"$HALLMARK" verify "$work/proof.1" --golden "$work/golden/golden.json" --golden-key "$work/golden.pub" --roots "$B/keys/cloud/ca.crt" \
	--nonce "$(cat "$work/nonce.2")" --tls-spki "${record##*=}" --allow-profile demo >"$work/verdict" 2>&1
is $? 1 'h09_other_nonce: not for the nonce of the other'
"$HALLMARK" verify "$work/proof.stored" --golden "$work/golden/golden.json" --golden-key "$work/golden.pub" --roots "$B/keys/cloud/ca.crt" \
	--accept-stale --tls-spki "${record##*=}" --allow-profile demo >"$work/verdict" 2>&1
ok $? 'the stored proof is accepted where stale ones are' "$(cat "$work/verdict")"
is "$(cat "$work/http2")" '2 200' 'HTTP/2 is served'
is "$(jq -r '.verdict + " " + .code + " " + (.bound | tostring)' "$work/bound")" 'accepted Ok true' 'h11_bound: hallmark verify https:// accepts the machine, bound to its connection'
exporter=$(sed -nE 's/^ *Keying material: ([0-9A-F]{64})$/\1/p' "$work/s_client.bound" | tr A-F a-f)
sed -n '/^{/,/^}/p' "$work/s_client.bound" >"$work/proof.other"
bound() { # bound CODE NAME EXPORTER: the verdict on the proof that openssl s_client fetched
	"$HALLMARK" verify "$work/proof.other" --golden "$work/golden/golden.json" --golden-key "$work/golden.pub" --roots "$CA" --nonce "$(cat "$work/nonce.1")" \
		--tls-spki "${record##*=}" --tls-exporter "$3" --allow-profile demo --json >"$work/verdict" 2>&1
	is "$(jq -r .code "$work/verdict")" "$1" "h11_exporter: $2"
}
bound Ok 'the exporter that openssl s_client computes is the one that was quoted' "$exporter"
bound UnboundChannel 'on another connection the same proof is refused' "$(openssl rand -hex 32)"
# A machine that cannot attest serves nothing and ends.
boot --disk "$IMAGE/disk.raw" --provision no --wait exit --timeout 600 -- true
is "$boot_status" 0 'f12_no_attestation_key: the machine switches off'
like "$console" 'hallmark: device:/dev/tpmrm0: the TPM has not all that a known platform has' 'f12_no_attestation_key: says why'
unlike "$console" 'Started hallmark-tls.service' 'f12_no_attestation_key: the TLS end point never starts'
done_testing
