#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# changed-machines.t - machines that are not what the client expects, one difference each, booted: refused by name, and
# not a byte of the client's request reaches them
#
# The application here keeps a list of the requests that it got, and shows it. A relay before the machine counts what a client sends.
. tests/boot/lib.sh

golden_key=$work/golden.key
openssl genpkey -algorithm ED25519 -out "$golden_key" 2>"$work/log"
openssl pkey -in "$golden_key" -pubout -out "$work/golden.pub" 2>"$work/log"

# --- the parts: the genuine ones, and of each another one ---

mkdir -p "$work/app/bin" "$work/app/www/cgi-bin" "$work/weights"
cp "$BUILDROOT/usr/bin/busybox" "$work/app/bin/busybox"
ln -s busybox "$work/app/bin/sh"
cat >"$work/app/start" <<'APP'
#!/bin/sh
: >/tmp/requests
exec /bin/busybox httpd -f -p "$PORT" -h /www
APP
cat >"$work/app/www/cgi-bin/take" <<'APP'
#!/bin/sh
body=$(/bin/busybox head -c "$CONTENT_LENGTH")
echo "$REQUEST_METHOD $body" >>/tmp/requests
printf 'Content-Type: text/plain\r\n\r\ntaken\n'
APP
cat >"$work/app/www/cgi-bin/taken" <<'APP'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
exec /bin/busybox cat /tmp/requests
APP
echo ok >"$work/app/www/health"
yes 'a line of the application' | head -n 400 >"$work/app/www/page"
chmod 755 "$work/app/start" "$work/app/www/cgi-bin/"*
yes 'a line of the weights' | head -n 2000 >"$work/weights/weights"

# layer_of NAME TREE: $work/NAME.erofs, its tree and its root hash
layer_of() {
	root_cmd image/erofs "$BUILDROOT" "$2" "$work/$1.erofs" "${1%%-*}" >"$work/log" 2>&1 || bail "image/erofs: $(tail -n 1 "$work/log")"
	tree_of "$1"
}
tree_of() {
	root_cmd image/verity "$BUILDROOT" "$work/$1.erofs" "$work/$1.verity" "${1%%-*}" 0.1.0 >"$work/log" 2>&1 || bail "image/verity: $(tail -n 1 "$work/log")"
}
root_cmd image/app-root "$work/app.tree" --app "$work/app" >"$work/log" 2>&1 || bail "image/app-root: $(tail -n 1 "$work/log")"
layer_of app "$work/app.tree"
layer_of weights "$work/weights"
for name in app weights; do
	cp "$work/$name.erofs" "$work/$name-other.erofs"
done
change_byte "$work/app-other.erofs" "$(byte_at "$work/app-other.erofs" 'a line of the application')"
change_byte "$work/weights-other.erofs" "$(byte_at "$work/weights-other.erofs" 'a line of the weights')"
tree_of app-other
tree_of weights-other

# An attestation service that records two keys: the genuine one's source with two changes.
mkdir -p "$work/src/tests" "$work/target"
cp -a Makefile core efi image initramfs tools keys "$work/src/" || bail 'cp'
cp -a tests/Makefile.inc "$work/src/tests/" || bail 'cp'
cp -a "$B/target/." "$work/target/" || bail 'cp'
/usr/bin/python3 - "$work/src/guest/boot_key.c" <<'CHANGE' || bail 'boot_key.c is not as this test knows it'
import sys
path = sys.argv[1]
text = open(path).read()
for old, new in [
        ('\tif (o->state != TLS_NONE)\n\t\treturn fail_log(o, "there is a record after that of the TLS key");\n',
         '\tif (o->state != TLS_NONE &&\n\t    hm_pcrs_extend(&o->before, &hm_crypto_hasher, HM_PCR_TLS, &o->digests))\n\t\treturn false;\n'),
        ('\tif (o->state == TLS_PENDING && !extend_record(o))\n\t\treturn false;\n',
         '\tif (o->state == TLS_PENDING && !extend_record(o))\n\t\treturn false;\n'
         '\tif (o->state == TLS_PENDING && (!make_key(o) || !record_key(o) || !extend_record(o)))\n\t\treturn false;\n')]:
    if text.count(old) != 1:
        sys.exit(1)
    text = text.replace(old, new)
open(path, "w").write(text)
CHANGE
root_cmd image/in-buildroot "$BUILDROOT" "$work/src" "$work/target" -- make -C /src B=/out CC=gcc /out/hallmark >"$work/log" 2>&1 ||
	bail "the changed service: $(tail -n 3 "$work/log")"
root_cmd image/os-root "$BUILDROOT" "$work/target/hallmark-guest" "$work/root.tree" >"$work/log" 2>&1 ||
	bail "image/os-root: $(tail -n 1 "$work/log")"
layer_of root-other "$work/root.tree"
root_cmd rm -rf "$work/root.tree" "$work/app.tree"

vmlinuz=$(echo "$BUILDROOT"/boot/vmlinuz-*)
# uki NAME LINUX CMDLINE OS-RELEASE: $work/NAME.efi.signed, by the key that the firmware trusts
uki() {
	"$HALLMARK" uki --stub "$B/target/stub.efi" --linux "$2" --initrd "$IMAGE/initrd" --cmdline "$3" --os-release "$4" --output "$work/$1.efi" ||
		bail 'hallmark uki'
	sign_uki "$work/$1.efi"
}
cp "$vmlinuz" "$work/vmlinuz"
change_byte "$work/vmlinuz" "$(byte_at "$work/vmlinuz" 'debian-kernel@lists')"
sed 's/profile=demo/profile=test/; s/$/ loglevel=7 systemd.log_level=debug/' image/cmdline >"$work/cmdline"
sed 's/^VERSION_ID=.*/VERSION_ID=0.2.0/' image/os/tree/usr/lib/os-release >"$work/os-release"
cmp -s image/os/tree/usr/lib/os-release "$work/os-release" && bail 'os-release has no VERSION_ID'
uki genuine "$vmlinuz" image/cmdline image/os/tree/usr/lib/os-release
uki kernel "$work/vmlinuz" image/cmdline image/os/tree/usr/lib/os-release
uki debug "$vmlinuz" "$work/cmdline" image/os/tree/usr/lib/os-release
uki version "$vmlinuz" image/cmdline "$work/os-release"

# machine NAME root|app|weights=FILE|-: $work/disk.raw, with the UKI of that name or the genuine one
machine() {
	local name file args=() image=$work/$1.efi.signed
	[ -e "$image" ] || image=$work/genuine.efi.signed
	for name in root app weights; do
		file=$work/$name.erofs
		[ "$name" != root ] || file=$IMAGE/root.erofs
		[ "${2%%=*}" != "$name" ] || file=${2#*=}
		args+=(--layer "$(layer "$name" "$file")")
	done
	rm -f "$work/disk.raw"
	root_cmd image/disk "$work/disk.raw" --buildroot "$BUILDROOT" --esp-uki "$image" --guid-seed changed-machines "${args[@]}" >"$work/log" 2>&1 ||
		bail "image/disk: $(tail -n 1 "$work/log")"
}

# golden NAME VARS VERSION: $work/NAME.d/golden.json, what a client expects who wants exactly the machine of $work/disk.raw
golden() {
	local image=$work/$1.efi.signed
	[ -e "$image" ] || image=$work/genuine.efi.signed
	"$HALLMARK" predict --uki "$image" --vars "$2" --firmware-secure-boot=yes --name changed-machines --image-version "$3" --disk "$work/disk.raw" \
		--output "$work/$1.d" >"$work/log" 2>&1 || bail "hallmark predict: $(tail -n 1 "$work/log")"
	"$HALLMARK" sign "$work/$1.d/golden.json" --key "$golden_key" || bail 'hallmark sign'
}

# --- the client: for each golden file named, a verdict, and a request through the proxy ---

cat >"$work/client" <<'CLIENT'
#!/usr/bin/env bash
# usage: client DIRECTORY WORK GOLDEN-DIRECTORY...
set -u
out=$1 work=$2
shift 2
coproc relay { exec tests/support/tls-relay "$out/records" "$HALLMARK_TLS_PORT"; }
read -r port <&"${relay[0]}"
direct=https://127.0.0.1:$HALLMARK_TLS_PORT
url=https://127.0.0.1:$port
for _ in $(seq 120); do
	curl -fsk --max-time 10 "$direct/health" >/dev/null 2>&1 && break
	sleep 1
done
# connections N: wait until the relay has that many, and print the last line
connections() {
	for _ in $(seq 100); do
		[ "$(wc -l <"$out/records")" -ge "$1" ] && break
		sleep 0.1
	done
	[ "$(wc -l <"$out/records")" = "$1" ] && tail -n 1 "$out/records"
}
count=0
for golden in "$@"; do
	trust=(--golden "$work/$golden.d/golden.json" --golden-key "$work/golden.pub" --roots "$HALLMARK_CLOUD/ca.crt" --allow-profile demo)
	"$HALLMARK" verify "$url" "${trust[@]}" --json >"$out/$golden.json" 2>"$out/$golden.err"
	echo $? >"$out/$golden.status"
	connections $((++count)) >"$out/$golden.verify-records"
	"$HALLMARK" proxy --listen 127.0.0.1:0 "$url" "${trust[@]}" >"$out/proxy" 2>"$out/proxy.err" &
	pid=$!
	for _ in $(seq 100); do
		[ -s "$out/proxy" ] && break
		sleep 0.1
	done
	curl -sS -o "$out/$golden.answer" -w '%{http_code}' --max-time 120 --data-raw "secret of a client of $golden" "$(cat "$out/proxy")/cgi-bin/take" >"$out/$golden.http" 2>"$out/$golden.curl"
	kill $pid
	wait $pid 2>/dev/null
	connections $((++count)) >"$out/$golden.proxy-records"
done
# A control: what does arrive is on the list.
curl -fsk --max-time 60 --data-raw 'by nobody in particular' "$direct/cgi-bin/take" >/dev/null
curl -fsk --max-time 60 "$direct/cgi-bin/taken" >"$out/taken"
exit 0
CLIENT
chmod 755 "$work/client"
export HALLMARK HALLMARK_CLOUD=$B/keys/cloud

# run NAME GOLDEN... [-- qemu/run's]: boot $work/disk.raw with clients of these golden files; answers in $dir
run() {
	local name=$1 goldens=()
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		goldens+=("$1")
		shift
	done
	[ $# = 0 ] || shift
	dir=$work/$name.answers
	mkdir "$dir"
	boot --disk "$work/disk.raw" --timeout 600 "$@" -- "$work/client" "$dir" "$work" "${goldens[@]}"
	is "$boot_status" 0 "$name: the machine boots and answers"
}

# refused NAME GOLDEN CODE CHECK PCR: by both commands, by that name; nothing of the request was sent, and nothing arrived
refused() {
	is "$(cat "$dir/$2.status") $(jq -r '"\(.code) \(.failed_check) \(.pcr)"' "$dir/$2.json" 2>&1)" "1 $3 $4 $5" "$1: hallmark verify https: $3, exit status 1" ||
		cat "$dir/$2.err"
	is "$(cat "$dir/$2.http") $(jq -r .error "$dir/$2.answer" 2>&1)" "502 $3" "$1: hallmark proxy: 502 $3"
	is "$(cat "$dir/$2.proxy-records")" "$asked" "$1: the proxy sent a request for a proof and the end of the connection, nothing else"
	is "$(cat "$dir/$2.verify-records")" "$asked" "$1: so did hallmark verify"
	unlike "$(cat "$dir/taken")" "of a client of $2" "$1: the application did not get it"
	is "$(tail -n 1 "$dir/taken")" 'POST by nobody in particular' "$1: but the request of the control after it"
}

machine genuine -
golden genuine "$vars_on" 0.1.0
run genuine genuine
is "$(cat "$dir/genuine.status") $(jq -r .code "$dir/genuine.json")" '0 Ok' 'genuine: hallmark verify https: accepted' || cat "$dir/genuine.err"
is "$(cat "$dir/genuine.http") $(cat "$dir/genuine.answer")" '200 taken' 'genuine: the request goes through hallmark proxy'
is "$(cat "$dir/taken")" "POST secret of a client of genuine
POST by nobody in particular" 'genuine: and is on the list of the application'
# What a client sends that only asks for a proof: hello, change of cipher, Finished, the request for the proof, the end.
asked=$(cat "$dir/genuine.verify-records")
like "$asked" '^22:[0-9]+ 20:1 23:53 23:[0-9]+ 23:19$' 'control: the relay sees a request for a proof and the end of the connection'
like "$(cat "$dir/genuine.proxy-records")" '^22:[0-9]+ 20:1 23:53 23:[0-9]+ 23:[0-9]{3,}' 'control: and the request of a user after it'

machine application "app=$work/app-other.erofs"
run application genuine
refused 'another application' genuine PcrMismatch 11 13

machine weights "weights=$work/weights-other.erofs"
run weights genuine
refused 'other weights' genuine PcrMismatch 11 14

machine kernel -
run kernel genuine
refused 'another kernel' genuine PcrMismatch 11 4

machine genuine -
golden secure-boot "$vars_empty" 0.1.0
run secure-boot genuine secure-boot -- --vars "$vars_empty"
refused 'Secure Boot off' genuine PcrMismatch 11 7
refused 'Secure Boot off, and a golden file that says so' secure-boot DebugMode 14 7

machine debug -
golden debug "$vars_on" 0.1.0
run debug genuine debug
refused 'a debug command line' genuine PcrMismatch 11 4
refused 'a debug command line, and a golden file that says so' debug DebugMode 14 null

machine version -
golden version "$vars_on" 0.2.0
run version genuine version
refused 'another version' genuine PcrMismatch 11 4
is "$(cat "$dir/version.status") $(jq -r .code "$dir/version.json")" '0 Ok' 'another version: its own golden file is accepted'

machine two-keys "root=$work/root-other.erofs"
golden two-keys "$vars_on" 0.1.0
run two-keys genuine two-keys
refused 'an OS that records two keys' genuine PcrMismatch 11 11
refused 'a second TLS record, and a golden file that says so' two-keys TlsMismatch 12 15
done_testing
