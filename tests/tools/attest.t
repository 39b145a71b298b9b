#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# attest.t - hallmark-guest attest against software TPMs in the state of a booted machine, looked at with other people's tools
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
# shellcheck source-path=SCRIPTDIR source=../support/cloud.sh
. tests/support/cloud.sh
proxy_pid=
# shellcheck disable=SC2317 # called by the trap
end() {
	[ -z "$proxy_pid" ] || kill "$proxy_pid" 2>/dev/null
	cloud_stop_all
	cleanup
}
trap end EXIT
golden=$B/image/golden/golden.json
[ -s "$golden" ] || bail "$golden does not exist: run make image"

# machine NAME [rsa|ecc [BANKS]]: $m is its directory, booted and locked; nothing attested yet
machine() {
	m=$work/$1
	cloud_start "$m" "${2:-rsa}" "${3:-sha1,sha256,sha384,sha512}" || bail "machine $1"
	cloud_boot "$m" || bail "machine $1"
	export TPM2TOOLS_TCTI=$cloud_tcti
}

# attest [OPTION...]: in $m; leaves $status and $err. $under: a program that runs it
under=()
attest() {
	status=0
	timeout 120 "${under[@]}" "$HALLMARK_GUEST" attest --tcti "${tcti:-swtpm:path=$m/tpm.sock}" --directory "$m/run" \
		--firmware-log "$m/run/firmware-log" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
	err=$(cat "$work/stderr")
}

# attest_refused STATUS REGEX NAME [OPTION...]: one line and that status
attest_refused() {
	local want=$1 regex=$2 name=$3 bad=
	shift 3
	attest "$@"
	[ "$status" = "$want" ] || bad="exit status $status, not $want"
	[ "$(wc -l <"$work/stderr")" = 1 ] || bad="$bad; not one line"
	grep -qE -e "^hallmark: .*$regex" <<<"$err" || bad="$bad; no match for /$regex/"
	if [ -z "$bad" ]; then ok 0 "$name"; else ok 1 "$name" "$bad
$err"; fi
}

pcr() { # pcr BANK N
	tpm2_pcrread "$1:$2" | sed -nE 's/^ *[0-9]+ *: 0x//p' | tr 'A-F' 'a-f'
}

spki_of() { # spki_of PEM-CERTIFICATE
	openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | hash sha256
}

tls_records() {
	grep -c '"content":"hallmark-tls/1 ' "$m/run/log"
}

# golden15 BANK [LINE...]: PCR 15 after the golden boot and these records, by coreutils
golden15() {
	local bank=$1 value line
	shift
	value=$(jq -r ".pcrs[15].values.$bank" "$golden")
	for line in "$@"; do
		value=$(printf '%s%s' "$value" "$(printf %s "$line" | hash "$bank")" | xxd -r -p | hash "$bank")
	done
	echo "$value"
}

# recorded NAME: exactly one record, in every bank, of the key that is handed over
recorded() {
	local bank line bad=
	line=$(tail -n 1 "$m/run/log" | jq -r .content)
	[ "$(tls_records)" = 1 ] || bad="$(tls_records) records"
	[ "$line" = "hallmark-tls/1 spki-sha256=$(spki_of "$m/run/tls/cert.pem")" ] || bad="$bad; last record: $line"
	[ "$(openssl pkey -in "$m/run/tls/key.pem" -pubout -outform DER | hash sha256)" = "${line##*=}" ] || bad="$bad; another key is there"
	for bank in sha1 sha256 sha384 sha512; do
		[ "$(pcr $bank 15)" = "$(golden15 $bank "$line")" ] || bad="$bad; PCR 15 $bank"
	done
	ok $((${#bad} > 0)) "$1" "$bad"
}

# field NAME FILE: a base64 field of the proof in FILE
field() {
	jq -r ".$1" "$2" | base64 -d
}

# quoted NAME PROOF TAG [EXPORTER]: the quote is by the AK, over the proof's registers, with the tag, the nonce, the TLS key, the
# exporter and no devices
quoted() {
	local extra
	extra=$({ printf '%s\0' "$3"; jq -r .nonce "$2" | xxd -r -p; spki_of "$m/run/tls/cert.pem" | xxd -r -p; xxd -r -p <<<"${4:-}"; head -c 32 /dev/zero; } | hash sha256)
	field quote "$2" >"$work/quote"
	field signature "$2" >"$work/signature"
	# For the TPM's own checker: values in the order of the selection.
	jq -r '.pcrs | join("")' "$2" | xxd -r -p | hash sha256 | xxd -r -p >"$work/digest"
	tpm2_readpublic -c 0x81000003 -f pem -o "$work/ak.pem" >/dev/null 2>&1
	tpm2_checkquote -u "$work/ak.pem" -m "$work/quote" -s "$work/signature" -g sha256 -q "$extra" >"$work/log" 2>&1
	ok $? "$1: signature and qualifyingData (tpm2_checkquote)" "$(cat "$work/log")"
	is "$(tpm2_print -t TPMS_ATTEST "$work/quote" | sed -n 's/.*pcrDigest: //p')" "$(xxd -p -c 64 "$work/digest")" \
		"$1: over the registers in the proof (tpm2_print)"
	like "$(tpm2_print -t TPMS_ATTEST "$work/quote" | tr -d '\n')" "count: 1 .*hash: [0-9]+ \($(jq -r .bank "$2")\).*pcrSelect: ffff00" \
		"b15_$1: registers 0 to 15 of one bank, no other"
}

# with_proxy FAULT...: $tcti leads through tests/support/tpm-proxy until without_proxy
with_proxy() {
	rm -f "$work/proxy" "$work/proxy.ctrl" "$work/hold"
	mkfifo "$work/hold"
	tests/support/tpm-proxy "$work/proxy" "$m/tpm.sock" "$@" <"$work/hold" 2>"$work/proxy.log" &
	proxy_pid=$!
	exec 9>"$work/hold"
	for _ in $(seq 100); do
		[ -S "$work/proxy" ] && break
		sleep 0.02
	done
	tcti=swtpm:path=$work/proxy
}

without_proxy() {
	exec 9>&-
	wait "$proxy_pid"
	is $? 0 'the proxy did what it was told'
	proxy_pid=
	tcti=
}

get() { # get QUERY [CURL-OPTION...]: $code, headers in $work/headers, body in $work/body
	code=$(curl -s --max-time 60 --unix-socket "$m/run/attest.sock" -D "$work/headers" -o "$work/body" -w '%{http_code}' \
		"${@:2}" "http://localhost/.well-known/hallmark/proof$1")
}
nonce() { openssl rand -hex 32; }
refuses() { # the last get: 503, or no answer of a service that has seen by itself that it must end
	is "${code/#000/503}" 503 "$1"
}

# --- the first run, and those after it ---
machine first
mkdir -p "$m/run/tls"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/planted.pem" 2>/dev/null
cp "$work/planted.pem" "$m/run/tls/key.pem"
cp "$work/planted.pem" "$m/run/tls/key.new"
attest
is "$status$err" 0 'a first run, quietly'
recorded 'h04_h06_record: one record, the hash of the DER SubjectPublicKeyInfo, PCR 15 in all banks'
is "$(head -n -1 "$m/run/log" | cmp - "$B/image/golden/golden.cel" 2>&1)" '' 'the log before it is as it was'
[ "$(openssl pkey -in "$work/planted.pem" -pubout -outform DER | hash sha256)" != "$(spki_of "$m/run/tls/cert.pem")" ]
ok $? 'h07_planted_key: a key that was there before is not used'
is "$(cd "$m/run/tls" && stat -c '%n %a' ./* | sort | paste -sd' ')" './cert.pem 644 ./key.pem 640' 'key and certificate, and nothing else, with their modes'
like "$(openssl pkey -in "$m/run/tls/key.pem" -noout -text)" 'P-256' 'h07_key: P-256'
openssl verify -CAfile "$m/run/tls/cert.pem" "$m/run/tls/cert.pem" >/dev/null 2>&1
ok $? 'the certificate is self-signed and valid (openssl)'
quoted proof "$m/run/proof.json" hallmark-quote-unsolicited/2
cp "$m/run/log" "$work/log.first"
sum=$(cat "$m/run/tls/"* | hash sha256)
for i in 1 2 3; do
	attest --json
	is "$status $(jq -r .spki_sha256 "$work/stdout")" "0 $(spki_of "$m/run/tls/cert.pem")" "c08_restart: run $i again"
done
for i in 1 2 3; do
	cloud_serve "$m" || bail 'attest --serve'
	cloud_serve_stop "$m" KILL
done
cmp -s "$m/run/log" "$work/log.first"
ok $? 'c08_restart: three runs and three killed services later the log is the same'
is "$(cat "$m/run/tls/"* | hash sha256)" "$sum" 'c08_restart: key and certificate too'
recorded 'c08_restart: and PCR 15'
"$HALLMARK" verify "$m/run/proof.json" --platform-only --roots "$cloud_ca" --accept-stale --allow-unsafe-clock >"$work/log" 2>&1
ok $? 'hallmark verify: quote, chain and registers' "$(cat "$work/log")"
is "$(jq -r '.ak_certificates | length' "$m/run/proof.json")" 2 'leaf and intermediate are in the proof'
field 'ak_certificates[0]' "$m/run/proof.json" | openssl x509 -inform DER -out "$work/leaf.crt"
field 'ak_certificates[1]' "$m/run/proof.json" | openssl x509 -inform DER -out "$work/middle.crt"
openssl verify -CAfile "$cloud_ca" -untrusted "$work/middle.crt" "$work/leaf.crt" >/dev/null 2>&1
ok $? 'and chain to the root (openssl verify)'
field firmware_log "$m/run/proof.json" | cmp -s - "$m/run/firmware-log"
ok $? 'the firmware log, byte for byte'
field runtime_log "$m/run/proof.json" | cmp -s - "$m/run/log"
ok $? 'the runtime log, byte for byte'
attest --bank sha384
is "$status $(jq -r '.bank + " " + .pcrs[15]' "$m/run/proof.json")" "0 sha384 $(pcr sha384 15)" 'another bank'
quoted sha384 "$m/run/proof.json" hallmark-quote-unsolicited/2

# --- an operator's certificate ---
attest --name enclave.example --name www.enclave.example --csr "$work/request.pem"
is "$status$(openssl req -in "$work/request.pem" -verify -noout 2>&1 | grep -ic 'verify OK')" 01 'a request for a certificate, signed by the key'
openssl req -x509 -newkey rsa:2048 -nodes -subj '/CN=operator' -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
openssl x509 -req -in "$work/request.pem" -CA "$work/ca.pem" -CAkey "$work/ca.key" -copy_extensions copy -out "$work/signed.pem" 2>/dev/null
cat "$work/signed.pem" "$work/ca.pem" >"$work/chain.pem"
attest --certificate "$work/chain.pem"
is "$status $(jq -r '.tls_certificates | length' "$m/run/proof.json")" '0 2' 'h05_renewed: the chain is in the proof'
like "$(openssl x509 -in "$m/run/tls/cert.pem" -noout -ext subjectAltName)" 'DNS:enclave.example, DNS:www.enclave.example' 'h05_renewed: with its names'
recorded 'h05_renewed: the same key, and no further record'
openssl req -x509 -key "$work/planted.pem" -subj /CN=x -out "$work/foreign.pem" 2>/dev/null
cp "$m/run/tls/cert.pem" "$work/before.pem"
attest_refused 1 'not for the key of this boot' 'h07_foreign_certificate' --certificate "$work/foreign.pem"
cat "$work/signed.pem" "$work/foreign.pem" >"$work/unrelated.pem"
attest_refused 2 'not a chain' 'a certificate and one that did not sign it' --certificate "$work/unrelated.pem"
attest_refused 2 'not a chain' 'no certificate' --certificate "$golden"
attest_refused 4 'No such file' 'a missing certificate' --certificate "$work/missing.pem"
cmp -s "$m/run/tls/cert.pem" "$work/before.pem"
ok $? 'none of these replaces the one in use'

# --- the service ---
cloud_serve "$m" || bail 'attest --serve'
n=$(nonce)
get "?nonce=$n"
is "$code $(jq -r .nonce "$work/body")" "200 $n" 'a proof for a nonce'
like "$(cat "$work/headers")" '^Hallmark-Proof: fresh' 'marked fresh'
quoted fresh "$work/body" hallmark-quote/2
"$HALLMARK" verify "$work/body" --platform-only --roots "$cloud_ca" --nonce "$n" --allow-unsafe-clock >"$work/log" 2>&1
ok $? 'hallmark verify accepts it for this nonce' "$(cat "$work/log")"
cp "$work/body" "$work/fresh"
get "?nonce=$(nonce)"
[ "$(jq -r .quote "$work/body")" != "$(jq -r .quote "$work/fresh")" ]
ok $? 'another nonce, another quote'
get ''
like "$code $(cat "$work/headers")" '^Hallmark-Proof: stored' 'without a nonce: the stored one, marked so'
cmp -s "$work/body" "$m/run/proof.json"
ok $? 'which is proof.json'
quoted stored "$work/body" hallmark-quote-unsolicited/2
# bound NONCE EXPORTER [BYTES]: asks the socket of the TLS end point; $code is the byte of status, the proof in $work/body
bound() {
	{ xxd -r -p <<<"$1$2"; printf '%s' "${3:-}"; } | timeout 20 socat -t 15 - "UNIX-CONNECT:$m/run/tls/bound.sock" >"$work/answer" 2>/dev/null
	code=$(head -c 1 "$work/answer" | xxd -p)
	tail -c +6 "$work/answer" >"$work/body"
}
is "$(stat -c '%F %a' "$m/run/tls/bound.sock")" 'socket 660' "h12_socket: the TLS end point's socket is for its group"
x=$(nonce)
bound "$n" "$x"
is "$code $(jq -r .nonce "$work/body") $(head -c 5 "$work/answer" | tail -c 4 | od -An -tu4 | tr -d ' ')" "00 $n $(stat -c %s "$work/body")" 'h11_bound: a proof for nonce and exporter, with its length'
quoted bound "$work/body" hallmark-quote-bound/2 "$x"
"$HALLMARK" verify "$work/body" --platform-only --roots "$cloud_ca" --nonce "$n" --tls-spki "$(spki_of "$m/run/tls/cert.pem")" --tls-exporter "$x" --allow-unsafe-clock >"$work/log" 2>&1
ok $? 'h11_bound: hallmark verify accepts it for this exporter' "$(cat "$work/log")"
"$HALLMARK" verify "$work/body" --platform-only --roots "$cloud_ca" --nonce "$n" --tls-spki "$(spki_of "$m/run/tls/cert.pem")" --tls-exporter "$(nonce)" --allow-unsafe-clock --json >"$work/log" 2>&1
is "$? $(jq -r .code "$work/log")" '1 UnboundChannel' 'h11_bound: and for no other'
bound "${n%????}" "${x%????}"
is "$code$(stat -c %s "$work/answer")" 0 'h12_socket: half a question has no answer'
bound "$n" "$x" 'and more'
is "$code" 00 'h12_socket: what follows a question is not read'
get "?nonce=$(nonce)&exporter=$x"
is "$code" 400 'h12_: who asks by HTTP cannot name an exporter'
for bad in "?nonce=${n%?}" "?nonce=${n}0" "?nonce=$(tr a-f A-F <<<"a${n#?}")" '?nonce=' '?nonce' "?nonce=$n&nonce=$n" "?nonce=$n&x=1" '?x=1' "?nonce=0x${n#??}" "?nonce=%00${n#?}" "?nonce=$n%00junk" "?nonce=$n%00" "?nonce%00x=$n"; do
	get "$bad"
	is "$code $(wc -l <"$work/body")" '400 1' "refused: ${bad:0:20}"
done
get "/x?nonce=$n"
is "$code" 404 'another path'
for method in POST PUT DELETE OPTIONS; do
	get "?nonce=$n" -X $method --data x
	is "$code" 405 "$method"
done
get "?nonce=$n" --head
is "$code" 405 'HEAD'
get "?nonce=$n" -H "X: $(head -c 20000 /dev/zero | tr '\0' x)"
is "$code" 431 'headers that are too large'
get "?nonce=$(nonce)"
is "$code" 200 'and it still answers'
cloud_serve_stop "$m"
is $? 0 'SIGTERM ends it in good order'
[ ! -e "$m/run/attest.sock" ]
ok $? 'its socket is gone'
cloud_serve "$m" --rate 1 || bail 'attest --serve'
codes=$(for _ in $(seq 14); do get "?nonce=$(nonce)"; echo "$code"; done | sort | uniq -c | tr -s ' \n' ' ')
like "$codes" '^ 1[01] 200 [34] 429 $' 'b18_rate: one a second and ten at once'
get "?nonce=$(nonce)"
like "$(cat "$work/headers")" '^Retry-After: 1' 'b18_rate: says when to come again'
get ''
is "$code" 200 'b18_rate: the stored proof needs no TPM'
bound "$(nonce)" "$(nonce)"
is "$code" 01 'b18_rate: bound proofs are of the same budget'
cloud_serve_stop "$m"

# --- many clients ---
resident() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"
}
cloud_serve "$m" || bail 'attest --serve'
pid=$(cat "$m/attest.pid")
tests/support/soak "$m/run/attest.sock" 100 50 >"$work/soak" 2>&1
ok $? "soak: $(head -n 1 "$work/soak")" "$(cat "$work/soak")"
before=$(resident "$pid")
tests/support/soak "$m/run/attest.sock" 1000 50 >"$work/soak" 2>&1
ok $? "soak: $(head -n 1 "$work/soak")" "$(cat "$work/soak")"
after=$(resident "$pid")
[ "$before" -gt 0 ] && [ $((after - before)) -le 1024 ]
ok $? "soak: $before KiB of memory after 100 requests, $after KiB after 1,100: not 1 MiB more"
cloud_serve_stop "$m"

# --- many clients, with sanitizers ---
if [ -x "$B/hallmark-guest-san" ]; then
	HALLMARK_GUEST=$B/hallmark-guest-san cloud_serve "$m" || bail 'attest --serve with sanitizers'
	pid=$(cat "$m/attest.pid")
	tests/support/soak "$m/run/attest.sock" 100 50 >"$work/log" 2>&1
	fds=$(find "/proc/$pid/fd" -mindepth 1 | wc -l)
	tests/support/soak "$m/run/attest.sock" 1000 50 >"$work/soak" 2>&1
	ok $? "soak: $(head -n 1 "$work/soak")" "$(cat "$work/soak")"
	is "$(find "/proc/$pid/fd" -mindepth 1 | wc -l)" "$fds" 'soak: no descriptor is left open'
	cloud_serve_stop "$m"
	is "$? $(cat "$m/attest.log")" '0 ' 'soak: no leak, nothing said (AddressSanitizer)'
	recorded 'soak: PCR 15 is as it was'
else
	skip 'soak' "$B/hallmark-guest-san is not built: make unit"
fi

# --- the TPM goes, is reset, or was extended by somebody else ---
cloud_serve "$m" || bail 'attest --serve'
cloud_stop "$m"
get "?nonce=$(nonce)"
is "$code $(wc -l <"$work/body")" '503 1' 'j13_tpm_gone: 503'
bound "$(nonce)" "$(nonce)"
is "$code $(stat -c %s "$work/answer")" '02 5' 'j13_tpm_gone: no bound proof either'
get ''
is "$code" 200 'j13_tpm_gone: the stored proof is still a proof of this boot'
kill -0 "$(cat "$m/attest.pid")" 2>/dev/null
ok $? 'j13_tpm_gone: the service stays'
cloud_power_on "$m"
get "?nonce=$(nonce)"
refuses 'i03_tpm_reset: no proof'
cloud_serve_ended "$m"
is "$? $(tail -n 1 "$m/attest.log" | cut -c1-70)" '1 hallmark: TPM: PCR 12 sha256 is at its power-on value: the TPM was res' 'i03_tpm_reset: the service ends, status 1'
attest_refused 1 'the TPM was reset' 'i03_tpm_reset: and does not start again'
# The same registers again, as somebody who knows all events can make them: only the counter tells.
# replayed NAME: start the TPM anew, make its registers what they were, and ask
replayed() {
	local pid
	pid=$(cat "$m/attest.pid")
	cp "$m/run/log" "$work/log.replay"
	# It looks every few seconds, and might see the registers in between.
	kill -STOP "$pid"
	cloud_reset "$m"
	cloud_boot "$m"
	cp "$work/log.replay" "$m/run/log"
	tpm2_pcrextend "15:$(jq -r 'select(.content | startswith("hallmark-tls")) | [.digests[] | "\(.hashAlg)=\(.digest)"] | join(",")' "$m/run/log")"
	kill -CONT "$pid"
	get "?nonce=$(nonce)"
	refuses "$1: no proof, though the registers are right"
	cloud_serve_ended "$m"
	is "$? $(grep -c 'reset or restarted' "$m/attest.log")" '1 1' "$1: the service ends"
}
counts() { # resetCount and restartCount
	tpm2_readclock | sed -nE 's/^ *(reset|restart)_count: *//p' | paste -sd' '
}
machine replay
cloud_serve "$m" || bail 'attest --serve'
replayed i03_reset_and_replay
attest_refused 1 'reset or restarted' 'i03_reset_and_replay: and does not start again'
is "$(cat "$m/run/attest.counts")" "$(counts | awk '{ print $1 - 1, $2 }')" 'i03_reset_and_replay: the counts of before are kept'
for bad in '\n' '1\n' '1 0' '1 0 0\n' '1 0\n\n' '1 -1\n' '1 4294967296\n' 'x y\n' ''; do
	printf %b "$bad" >"$m/run/attest.counts"
	attest_refused 1 'attest.counts: it is not resetCount and restartCount' "i03_counts: '$bad' is none"
done
# After an orderly shutdown it is another counter (TPM Restart: TPM 2.0 part 1, 12.2.3).
machine restart
cloud_serve "$m" || bail 'attest --serve'
before=$(counts)
tpm2_shutdown || bail tpm2_shutdown
replayed i07_restart_and_replay
is "$(counts)" "${before% *} $((${before#* } + 1))" 'i07_restart_and_replay: and it was restartCount alone that told'
machine second
attest
cloud_serve "$m" || bail 'attest --serve'
tpm2_pcrextend "15:sha256=$(printf x | hash sha256)"
cloud_serve_ended "$m"
is "$? $(tail -n 1 "$m/attest.log")" '1 hallmark: TPM: PCR 15 sha256 is not what the runtime log says: something else was extended' \
	'h05_second_extend: noticed without being asked, status 1'
attest_refused 1 'something else was extended' 'h05_second_extend: and at the next start'
machine one-bank
tpm2_pcrextend "15:sha1=$(printf x | hash sha1)"
attest_refused 1 'PCR 15 sha1 .*something else' 'b03_extended_in_one_bank: before the record'
is "$(tls_records) $(find "$m/run/tls" -type f | wc -l)" '0 0' 'b03_extended_in_one_bank: no record and no key are made'
machine pcr13
tpm2_pcrextend "13:sha512=$(printf x | hash sha512)"
attest_refused 1 'PCR 13 sha512 .*something else' 'c08_another_register: PCR 13'

# --- a record that was written and not extended; logs that are not those of a locked machine ---
machine pending
with_proxy unsent:extend
attest_refused 4 '.' 'j06_not_sent: an extend that never arrived'
without_proxy
is "$(tls_records) $(pcr sha256 15) $(ls "$m/run/tls")" "1 $(golden15 sha256) key.new" 'j06_not_sent: recorded, not extended, the key not handed over'
attest
is "$status$err" 0 'c08_pending: the next run makes up for it'
recorded 'c08_pending: once'
machine lost
with_proxy lost:extend
attest
without_proxy
is "$status$err" 0 'j06_lost_answer: the register says that it was done'
recorded 'j06_lost_answer: once'
machine killed
with_proxy unsent:extend
attest
without_proxy
rm "$m/run/tls/key.new"
attest_refused 4 'No such file' 'c08_pending: without its key it is nobody'"'"'s'
cp "$work/planted.pem" "$m/run/tls/key.new"
attest_refused 1 'not the key that was recorded' 'h07_key_replaced: another key for a record'
cp "$work/planted.pem" "$m/run/tls/key.pem"
attest_refused 1 'not the key that was recorded' 'h07_key_replaced: in the TLS server'"'"'s place'
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$m/run/tls/key.pem" 2>/dev/null
attest_refused 1 'not a TLS key of this program' 'h07_key_replaced: an RSA key'
is "$(pcr sha256 15)" "$(golden15 sha256)" 'h07_key_replaced: nothing is extended for them'
rm -r "$m/run/tls"
locked=$B/image/golden/golden.cel
head -n -1 "$locked" >"$m/run/log"
attest_refused 1 'not locked' 'c08_not_locked: a lock record is missing'
head -n -5 "$locked" >"$m/run/log"
attest_refused 1 'not locked' 'c08_not_locked: no lock'
: >"$m/run/log"
attest_refused 1 '.' 'c08_not_locked: an empty log'
rm "$m/run/log"
attest_refused 4 'No such file' 'no log'
sed 's/hallmark-lock/hallmark-locK/' "$locked" >"$m/run/log"
attest_refused 1 '.' 'a log that is malformed'
# line PCR CONTENT: a line of the log, but for its number
line() {
	local bank digests=
	for bank in sha1 sha256 sha384 sha512; do
		digests=$digests,'{"hashAlg":"'$bank'","digest":"'$(printf %s "$2" | hash $bank)'"}'
	done
	printf '{"recnum":0,"pcr":%s,"digests":[%s],"content_type":"hallmark","content":"%s"}\n' "$1" "${digests#,}" "$2"
}
# numbered: lines as they come, numbered
numbered() {
	awk '{ sub(/"recnum":[0-9]+/, "\"recnum\":" NR - 1); print }' >"$m/run/log"
}
layer='hallmark-layer/1 name=late type=ram size=1 sha256='$(hash sha256 </dev/null)
key='hallmark-tls/1 spki-sha256='$(hash sha256 </dev/null)
numbered <"$locked"
cmp -s "$m/run/log" "$locked"
ok $? 'control: the log, numbered anew'
{ head -n -5 "$locked"; tail -n 5 "$locked" | tac; } | numbered
attest_refused 1 'not recorded once in each of PCR 11 to 15' 'c08_not_locked: locks in another order'
{ head -n -1 "$locked"; line 14 "$(tail -n 1 "$locked" | jq -r .content)"; } | numbered
attest_refused 1 'not recorded once in each of PCR 11 to 15' 'c08_not_locked: PCR 14 locked twice, PCR 15 not at all'
{ cat "$locked"; line 13 "$layer"; } | numbered
attest_refused 1 'a layer was recorded after the lock' 'c05_layer_after_the_lock'
{ line 15 "$layer"; cat "$locked"; } | numbered
attest_refused 1 'a layer was recorded after the lock, or in PCR 15' 'h04_layer_in_pcr_15'
{ cat "$locked"; line 14 "$key"; } | numbered
attest_refused 1 'in another register than PCR 15' 'h04_tls_record_in_pcr_14'
{ cat "$locked"; line 15 "$key"; line 15 "$key"; } | numbered
attest_refused 1 'a record after that of the TLS key' 'h05_two_tls_records'
{ cat "$locked"; line 15 'hallmark-fail/1 stage=tpm'; } | numbered
attest_refused 1 'the boot failed' 'c08_a_boot_that_failed'
cp "$locked" "$m/run/log"
truncate -s -1 "$m/run/log"
attest_refused 1 'newline' 'a log that ends in the middle'
[ ! -e "$m/run/tls/key.pem" ]
ok $? 'none of these makes a key'

# --- a TPM that answers badly ---
machine retry
# ESYS itself tries five times, with a pause.
with_proxy retry:any:3
attest
without_proxy
is "$status$err" 0 'j05_retry: three times TPM_RC_RETRY'
recorded 'j05_retry: one record'
with_proxy retry:quote:0
attest_refused 4 'not able to start the command' 'j05_retry: for ever: given up'
without_proxy
with_proxy failure:quote
attest_refused 4 'failure' 'j08_failure: TPM_RC_FAILURE'
without_proxy
with_proxy short:quote
attest_refused 4 '.' 'j12_short: an answer that is too short'
without_proxy
with_proxy between:quote:2
attest
without_proxy
is "$status$err" 0 'b16_extended_between: registers that change while they are read and quoted'
quoted b16 "$m/run/proof.json" hallmark-quote-unsolicited/2
is "$(jq -r '.pcrs[10]' "$m/run/proof.json")" "$(pcr sha256 10)" 'b16_extended_between: the proof has what was quoted'
with_proxy between:quote:0
attest_refused 4 'registers change while they are quoted' 'b16_extended_between: without end'
without_proxy

# --- a kernel whose random numbers are not ready ---
${CC:-gcc} -O1 -Wall -Wextra -Werror -o "$work/getrandom" tests/support/getrandom.c 2>"$work/log" || bail "getrandom.c: $(head -n 3 "$work/log")"
machine entropy
for error in 11 38; do # EAGAIN, ENOSYS
	under=("$work/getrandom" fail "$error")
	attest_refused 4 'getrandom: ' "e16_no_entropy: getrandom fails ($error)"
done
under=()
is "$(tls_records) $(find "$m/run/tls" -type f | wc -l) $(pcr sha256 15)" "0 0 $(golden15 sha256)" 'e16_no_entropy: no record, no key, nothing extended'
"$work/getrandom" wait "$work/ready" "$HALLMARK_GUEST" attest --tcti "swtpm:path=$m/tpm.sock" --directory "$m/run" --firmware-log "$m/run/firmware-log" \
	>"$work/log" 2>&1 &
pid=$!
for _ in $(seq 200); do
	[ -e "$work/ready.waiting" ] && break
	sleep 0.05
done
sleep 1
[ -e "$work/ready.waiting" ] && kill -0 "$pid"
ok $? 'e16_entropy_not_ready: waits' "$(cat "$work/log")"
is "$(tls_records) $(find "$m/run/tls" -type f | wc -l) $(stat -c %s "$m/run/log")" "0 0 $(stat -c %s "$B/image/golden/golden.cel")" \
	'e16_entropy_not_ready: with no record and no key'
: >"$work/ready"
wait "$pid"
is "$?$(cat "$work/log")" 0 'e16_entropy_not_ready: goes on when it is'
recorded 'e16_entropy_not_ready: one record then'

# --- several at once ---
machine many
for i in $(seq 8); do
	cloud_attest "$m" >"$work/many.$i" 2>&1 &
	echo $! >>"$work/many.pids"
done
bad=0
while read -r pid; do
	wait "$pid" || bad=$((bad + 1))
done <"$work/many.pids"
is "$bad" 0 'j15_eight_at_once: all succeed'
recorded 'j15_eight_at_once: one record'

# --- other keys and banks, and refusals ---
machine ecc ecc
attest
quoted ecc "$m/run/proof.json" hallmark-quote-unsolicited/2
"$HALLMARK" verify "$m/run/proof.json" --platform-only --roots "$cloud_ca" --accept-stale --allow-unsafe-clock >"$work/log" 2>&1
ok $? 'an ECC attestation key: hallmark verify' "$(cat "$work/log")"
machine small rsa sha256
jq -c '.digests |= map(select(.hashAlg == "sha256"))' "$B/image/golden/golden.cel" >"$m/run/log"
attest
is "$status$err $(tls_records)" '0 1' 'one active bank'
attest_refused 4 'bank sha384 is not active' 'j14_bank: a bank that is not active' --bank sha384
program=$HALLMARK_GUEST refused 4 '/missing: No such file' 'a firmware log that was named and is missing' attest --tcti "swtpm:path=$m/tpm.sock" \
	--directory "$m/run" --firmware-log "$work/missing"
cp "$B/image/golden/golden.cel" "$m/run/log"
attest_refused 1 "not of the TPM's active banks" 'j14_bank: a log of other banks'
m=$work/bare
mkdir -p "$m/run" "$m/tpm"
cp "$locked" "$m/run/log"
: >"$m/run/firmware-log"
cloud_dirs+=("$m")
cloud_power_on "$m"
TPM2TOOLS_TCTI=swtpm:path=$m/tpm.sock cloud_boot "$m"
attest_refused 4 'the TPM has not all that a known platform has' 'f12_no_attestation_key'
attest_refused 4 'attestation key 0x81000003: the TPM has none' 'f12_no_attestation_key: as a named platform' --platform qemu
program=$HALLMARK_GUEST refused 3 'is not known' 'an unknown platform' attest --platform nowhere
program=$HALLMARK_GUEST refused 3 'cannot be quoted' 'b01_sha1: SHA-1 is not quoted' attest --bank sha1
program=$HALLMARK_GUEST refused 3 'not a number' 'a rate of 0' attest --rate 0
program=$HALLMARK_GUEST refused 3 'not a DNS name' 'a name that is none' attest --name 'a b'
program=$HALLMARK_GUEST refused 3 'needs --name' 'a request without a name' attest --csr "$work/x"
program=$HALLMARK_GUEST refused 4 'swtpm:path=.*/nobody' 'j11_no_tpm' attest --tcti "swtpm:path=$work/nobody" --directory "$m/run"
program=$HALLMARK_GUEST refused 4 'No such file' 'no directory' attest --directory "$work/missing"
done_testing
