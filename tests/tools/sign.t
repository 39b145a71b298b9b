#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# sign.t - hallmark sign and verify-signature against the openssl command, both kinds of keys
. "$(dirname "$0")/../support/cli.sh"

printf '{"any": "bytes"}\n' >"$work/golden.json"
openssl genpkey -algorithm ed25519 -out "$work/ed.key" 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$work/ec.key" 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/p256.key" 2>/dev/null
for kind in ed ec p256; do openssl pkey -in "$work/$kind.key" -pubout -out "$work/$kind.pub"; done
digest=(-rawin)
for kind in ed ec; do
	rm -f "$work/golden.json.sig"
	run sign "$work/golden.json" --key "$work/$kind.key"
	is "$status$out$err" 0 "$kind: signed, quietly"
	[ $kind = ed ] || digest=(-rawin -digest sha384)
	openssl pkeyutl -verify "${digest[@]}" -pubin -inkey "$work/$kind.pub" -in "$work/golden.json" -sigfile "$work/golden.json.sig" >/dev/null 2>&1
	ok $? "$kind: openssl accepts it"
	run verify-signature "$work/golden.json" --key "$work/$kind.pub"
	is "$status$out$err" 0 "$kind: we accept it"
	openssl pkeyutl -sign "${digest[@]}" -inkey "$work/$kind.key" -in "$work/golden.json" -out "$work/theirs.sig"
	run verify-signature "$work/golden.json" --key "$work/$kind.pub" --signature "$work/theirs.sig"
	is "$status" 0 "$kind: we accept openssl's"
	sed 's/bytes/Bytes/' "$work/golden.json" >"$work/changed.json"
	refused 1 '/theirs.sig: ' "$kind: another file" verify-signature "$work/changed.json" --key "$work/$kind.pub" --signature "$work/theirs.sig"
	printf x >>"$work/theirs.sig"
	refused 1 '/theirs.sig: ' "$kind: a byte behind the signature" verify-signature "$work/golden.json" --key "$work/$kind.pub" --signature "$work/theirs.sig"
done
refused 1 '/golden.json.sig: ' "another key's signature" verify-signature "$work/golden.json" --key "$work/ed.pub"
refused 2 '/p256.key: ' 'a key of another kind cannot sign' sign "$work/golden.json" --key "$work/p256.key" --output "$work/x"
refused 2 '/p256.pub: ' 'a key of another kind cannot verify' verify-signature "$work/golden.json" --key "$work/p256.pub"
refused 2 '/ed.pub: ' 'a public key cannot sign' sign "$work/golden.json" --key "$work/ed.pub" --output "$work/x"
refused 2 '/ed.key: ' 'a private key is not a public one' verify-signature "$work/golden.json" --key "$work/ed.key"
: >"$work/empty.sig"
refused 1 '/empty.sig: the file is empty' 'an empty signature' verify-signature "$work/golden.json" --key "$work/ed.pub" --signature "$work/empty.sig"
refused 4 '/none.sig: No such file' 'no signature' verify-signature "$work/golden.json" --key "$work/ed.pub" --signature "$work/none.sig"
bad_files 'FILE' 2 sign @ --key "$work/ed.key" --output "$work/x"
bad_files '--key' 2 sign "$work/golden.json" --key @ --output "$work/x"
[ ! -e "$work/x" ]
ok $? 'refusals write nothing'
# The key of a checkout.
"$top/keys/make-golden" "$work/keys" && openssl pkey -pubin -in "$work/keys/golden.pub" -noout
ok $? 'keys/make-golden makes a key pair'
is "$(stat -c %a "$work/keys/golden.key")" 600 'keys/make-golden: nobody else reads it'
before=$(cat "$work/keys/golden.pub")
! "$top/keys/make-golden" "$work/keys" 2>/dev/null
ok $? 'keys/make-golden overwrites nothing: refused'
is "$(cat "$work/keys/golden.pub")" "$before" 'keys/make-golden overwrites nothing'
"$top/keys/make" "$work/keys" 2>"$work/log"
ok $? 'keys/make finds room beside it' "$(cat "$work/log")"
done_testing
