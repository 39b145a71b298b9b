#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# audit.t - as an auditor: only the published files and a source tree; every kind of difference is caught and named
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
image=$B/image
[ -s "$image/golden/golden.json" ] || bail "$image/golden is not there: run make image"
openssl genpkey -algorithm ed25519 -out "$work/key.pem" 2>/dev/null
openssl pkey -in "$work/key.pem" -pubout -out "$work/key.pub"
make published PUBLISHED="$work/published" >"$work/log" 2>&1 || bail "make published: $(tail -n 1 "$work/log")"
published=$work/published

# sign: by a program that is not ours
sign() {
	openssl pkeyutl -sign -rawin -inkey "$work/key.pem" -in "$published/golden.json" -out "$published/golden.json.sig"
	cp "$work/key.pub" "$published/golden.pub"
}

# audit ARGUMENT...: leaves $status, $out, $err
audit() {
	run audit --golden "$published/golden.json" --signature "$published/golden.json.sig" --key "$work/key.pub" "$@"
}

# names STATUS REGEX NAME
names() {
	is "$status" "$1" "$3: exit status"
	like "$(tail -n 1 <<<"$out$err")" "$2" "$3: says so"
}

like "$(tail -n 1 "$work/log")" "by this checkout's keys, which are worth nothing elsewhere\$" 'make published says whose keys they are'
# By a key of one's own: nothing of the tests may be in it. (-o: the image is there.)
mkdir "$work/own" "$work/own/golden"
for name in artefacts sbom.json uki.efi root.erofs app.erofs weights.erofs disk.raw; do
	ln -s "$(realpath "$image/$name")" "$work/own/$name"
done
own=(make -o image published IMAGE="$work/own" PUBLISHED="$work/released" SECURE_BOOT=no GOLDEN_KEY="$work/key.pem" GOLDEN_PUB="$work/key.pub")
run predict --uki "$image/uki.efi" --vars /usr/share/OVMF/OVMF_VARS_4M.fd --firmware-secure-boot=no --disk "$image/disk.raw" --name x --image-version 1 --output "$work/own/golden"
# The signature is by the key that is named, whatever is there and however old that key's file is.
signs() { # signs KEY PUB: leaves $status, and what make says in $work/log
	status=0
	make -o "$work/own/golden/golden.json" -o "$work/own/disk.raw" -o "$work/own/sbom.json" -o "$work/own/artefacts" IMAGE="$work/own" \
		SECURE_BOOT=no GOLDEN_KEY="$1" GOLDEN_PUB="$2" "$work/own/golden/golden.json.sig" >"$work/log" 2>&1 || status=$?
}
touch -d 2020-01-01 "$work/key.pem" "$work/key.pub"
signs "$B/keys/golden.key" "$B/keys/golden.pub"
openssl pkeyutl -verify -rawin -pubin -inkey "$B/keys/golden.pub" -in "$work/own/golden/golden.json" -sigfile "$work/own/golden/golden.json.sig" >/dev/null 2>&1
is "$? $status" '0 0' "signed by the checkout's key (openssl)"
"${own[@]}" >"$work/log" 2>&1
is "$? $(find "$work" -maxdepth 1 -name 'released*')" '2 ' 'make published: a signature by another key is refused, and nothing is left'
like "$(cat "$work/log")" 'golden.json.sig: the signature is not one of this file' 'make published: and named'
signs "$work/nothing.pem" "$work/key.pub"
is "$status" 2 'a key that is not there is no key, and no old signature is taken for its'
signs "$work/key.pem" "$work/key.pub"
openssl pkeyutl -verify -rawin -pubin -inkey "$work/key.pub" -in "$work/own/golden/golden.json" -sigfile "$work/own/golden/golden.json.sig" >/dev/null 2>&1
is "$? $status" '0 0' 'signed anew by an older key (openssl)'
"${own[@]}" >"$work/log" 2>&1
is "$? $(find "$work/released" -name golden.pub | wc -l) $(cat "$work/log")" '0 1 ' "k03_published: by one's own key"
cp "$B/keys/golden.pub" "$work/own/golden/golden.pub"
"${own[@]}" >"$work/log" 2>&1
is "$? $(find "$work" -maxdepth 1 -name 'released*')" '2 ' "k03_published: with a test key in it: refused, and nothing is left"
like "$(cat "$work/log")" "^scan: $work/released/golden.pub, .*public key of $B/keys/golden.key" 'k03_published: and named'

# The published set.
is "$(find "$published" -mindepth 1 -printf "%P\n" | LC_ALL=C sort | paste -sd" ")" \
	"$(printf '%s\n' KEK.crt PK.crt artefacts db.crt golden.cel golden.json golden.json.sig golden.pub golden.tcglog sbom.json uki.efi uki.efi.p7 | LC_ALL=C sort | paste -sd' ')" \
	'what is published, and nothing else'
is "$(jq -r '.inputs[] | select(.name == "artefacts" or .name == "sbom") | .sha256' "$published/golden.json" | paste -sd' ')" \
	"$(sha256sum "$published/sbom.json" "$published/artefacts" | cut -d' ' -f1 | paste -sd' ')" 'golden.json has the SHA-256 of the list and of the SBOM (sha256sum)'
is "$(awk '$1 == "artefact" { print $4, $2 }' "$published/artefacts")" \
	"$(while read -r _ name _; do sha256sum "$image/$name" 2>/dev/null || sha256sum "$B/target/$name"; done < <(grep ^artefact "$published/artefacts") | sed -E 's|  .*/| |')" \
	'every artefact has its SHA-256 (sha256sum)'
is "$(awk '$1 == "source" || $1 == "program" { print $2 "  " $3 }' "$published/artefacts" | sha256sum --check --quiet 2>&1)" '' \
	'every source has its SHA-256 (sha256sum)'
is "$(awk '$1 ~ /^(source|program|link)$/ { print $3 }' "$published/artefacts" | sort)" \
	"$({ git ls-files --cached --others --exclude-standard 2>/dev/null | grep -vE '^(clients|docs|findings|proofs|tests|\.ci)/|\.md$'; echo tests/Makefile.inc; } | sort)" \
	'every file of the tree that the image can depend on is listed (git ls-files)'
# Root reads the list of another user's checkout, where git by itself would not.
if [ "$(id -u)" = 0 ] && git clone -q --no-hardlinks . "$work/theirs" 2>/dev/null; then
	chown -R 65534:65534 "$work/theirs"
	is "$(env -u GIT_CONFIG_COUNT git -C "$work/theirs" ls-files 2>&1 | grep -c 'dubious ownership')" 1 'a checkout of another user is one to git'
	# shellcheck disable=SC2016 # make expands it
	is "$(cd "$work/theirs" && env -u GIT_CONFIG_COUNT image/source-files 2>&1 | sha256sum)" \
		"$({ git -C "$work/theirs" -c safe.directory='*' ls-files | grep -vE '^(clients|docs|findings|proofs|tests|\.ci)/|\.md$'; echo tests/Makefile.inc; } | LC_ALL=C sort -u | sha256sum)" \
		'its sources are listed all the same'
	rm -rf "$work/theirs"
else
	skip 'a checkout of another user' 'not root, or no repository'
fi
is "$(split -b 1M --filter='sha256sum' "$image/disk.raw" | cut -d' ' -f1 | sha256sum)" \
	"$(awk '$1 == "artefact" { on = $2 == "disk.raw" } $1 == "block" && on { print $2 }' "$published/artefacts" | sha256sum)" \
	'every block of the disk has its SHA-256 (split, sha256sum)'

# Nothing below rebuilds: --built compares with the build that is there.
run audit --golden "$published/golden.json" --signature "$published/golden.json.sig" --key "$published/golden.pub" --source . --built "$B"
names 0 '^SAME \(nothing was rebuilt\): ' 'the build that was published'
sign
audit --source . --built "$B"
names 0 '^SAME ' 'signed with openssl'
cp -r "$published" "$work/good"
restore() {
	rm -rf "$published"
	cp -r "$work/good" "$published"
}

# flip FILE OFFSET: one bit of one byte
flip() {
	local old
	old=$(od -An -tu1 -j "$2" -N 1 "$1")
	printf '%b' "\\x$(printf '%02x' $((old ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# The golden file.
flip "$published/golden.json" 100
audit --source . --built "$B"
names 1 'is not signed by .*key.pub' 'k01_audit: one byte of the golden file'
restore
run audit --golden "$published/golden.json" --signature "$published/golden.json.sig" --key "$B/keys/golden.pub" --source . --built "$B"
names 1 'is not signed by .*golden.pub' 'another key than the one that signed'
restore
head -c 63 "$work/good/golden.json.sig" >"$published/golden.json.sig"
audit --source . --built "$B"
names 1 'is not signed by' 'a signature that is cut'
restore
vars=$(jq -r '.inputs[] | select(.name == "vars") | .sha256' "$published/golden.json")
sed -i "s/$vars/$(tr 0-9a-f 1-9a-f0 <<<"$vars")/" "$published/golden.json"
sign
audit --source . --built "$B"
names 1 '^DIFFERENT: input vars the rebuild used another file' 'k01_audit: a golden file that names another input, signed'
like "$out" '^golden +golden.json +DIFFERS differs, first at byte [0-9]+' 'k01_audit: and the byte'
restore
# Other registers that replay to each other: the golden file of the same layers and another os-release.
run uki --os-release /usr/lib/os-release --stub "$B/target/stub.efi" --linux "$BUILDROOT"/boot/vmlinuz-* --initrd "$image/initrd" --cmdline image/cmdline --output "$work/other.efi"
is "$status" 0 'another UKI' "$err"
run predict --uki "$work/other.efi" --vars /usr/share/OVMF/OVMF_VARS_4M.fd --firmware-secure-boot=no --disk "$image/disk.raw" --name hallmark-demo --image-version 0.1.0 \
	--input sbom="$published/sbom.json" --input artefacts="$published/artefacts" --output "$work/other"
cp "$work/other/golden.json" "$published/golden.json"
sign
audit --source . --built "$B"
names 1 '^DIFFERENT: ' "another image's golden file, signed"
like "$out" '^register +11 +DIFFERS sha1: published [0-9a-f]{16}\.\., rebuilt [0-9a-f]{16}\.\.' 'k05_audit: another name in os-release is another PCR 11'
like "$out" '^register +13 +equal' 'k02_audit: register by register: PCR 13 is the same'
restore
for name in golden.tcglog golden.cel; do
	flip "$published/$name" 77
	audit --source . --built "$B"
	names 1 "^DIFFERENT: golden $name differs, first at byte 77" "one byte of $name"
	restore
done

# What else stands there to be taken: the UKI, the bill of materials, a disk, the copy of the key.
like "$("$HALLMARK" audit --golden "$published/golden.json" --signature "$published/golden.json.sig" --key "$work/key.pub" --source . --built "$B" |
	grep ^published | sed -E 's/ +/ /g' | paste -sd,)" '^published golden.pub equal the same key,published sbom.json equal as listed,published uki.efi equal as listed,published KEK.crt equal what the predicted variable KEK holds,published PK.crt equal what the predicted variable PK holds,published db.crt equal what the predicted variable db holds$' \
	'published files are compared with the list'
ln -s "$(realpath "$image/disk.raw")" "$published/disk.raw"
audit --source . --built "$B"
like "$status $(grep '^published  *disk.raw' <<<"$out")" '^0 published +disk.raw +equal' 'a published disk is compared, too'
restore
for pair in uki.efi:9000000 sbom.json:500; do
	flip "$published/${pair%:*}" "${pair#*:}"
	audit --source . --built "$B"
	names 1 "^DIFFERENT: published ${pair%:*} is not the listed file, first in bytes $((${pair#*:} / 1048576 * 1048576)) to " "k01_audit: one byte of the published ${pair%:*}"
	restore
done
head -c 1000 "$image/disk.raw" >"$published/disk.raw"
audit --source . --built "$B"
names 1 '^DIFFERENT: published disk.raw is not the listed file' 'a published disk that is cut'
restore
for name in uki.efi golden.cel; do
	rm "$published/$name"
	mkfifo "$published/$name"
	audit --source . --built "$B"
	names 1 "^DIFFERENT: [a-z]* $name cannot be (read|compared): Operation not supported" "a published $name that is a FIFO: not waited for"
	restore
done
ln -sf /dev/zero "$published/uki.efi"
audit --source . --built "$B"
names 1 '^DIFFERENT: published uki.efi cannot be read: Operation not supported' 'a published file that is a device'
restore
# What no list names: another disk in a format of its own, below a directory, another UKI, a link.
for name in disk.vhd cloud/disk.raw uki-fixed.efi .hidden 'a b'; do
	mkdir -p "$(dirname "$published/$name")"
	echo 'something else' >"$published/$name"
	audit --source . --built "$B"
	names 1 "^DIFFERENT: published ${name%% *}.* is on no list: nobody vouches for it" "k01_audit: a published $name that is not listed"
	restore
done
ln -s /etc/passwd "$published/link"
audit --source . --built "$B"
names 1 '^DIFFERENT: published link is on no list' 'k01_audit: a published link'
restore
# Certificates of somebody else, for an operator to enrol.
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/stranger.key" -out "$work/stranger.crt" -subj /CN=stranger -days 10 2>/dev/null
for name in PK KEK db; do
	cp "$work/stranger.crt" "$published/$name.crt"
	audit --source . --built "$B"
	names 1 "^DIFFERENT: published $name.crt is not what the predicted variable $name holds" "k03_audit: a stranger's $name.crt"
	echo junk >"$published/$name.crt"
	audit --source . --built "$B"
	names 1 "^DIFFERENT: published $name.crt is not a certificate" "k03_audit: a $name.crt that is none"
	restore
done
flip "$published/uki.efi.p7" 300
audit --source . --built "$B"
names 1 '^DIFFERENT: golden uki.efi.p7 differs, first at byte 300' 'k03_audit: one byte of the published signature'
restore
# The signed bytes are read once: a second look would be at another file, and here at none.
mv "$published/golden.json" "$work/once"
mkfifo "$published/golden.json"
(cat "$work/once" >"$published/golden.json") &
writer=$!
status=0
out=$(timeout 60 "$HALLMARK" audit --golden "$published/golden.json" --signature "$published/golden.json.sig" --key "$work/key.pub" --source . --built "$B" 2>&1) || status=$?
kill "$writer" 2>/dev/null
like "$status $(tail -n 1 <<<"$out")" '^0 SAME ' 'k01_audit: golden.json is read once'
restore

cp "$B/keys/golden.pub" "$published/golden.pub"
audit --source . --built "$B"
names 1 '^DIFFERENT: published golden.pub is not the key that signed golden.json' 'k03_audit: a published key that did not sign'
restore
rm "$published/golden.pub"
audit --source . --built "$B"
names 0 '^SAME ' 'no copy of the key'
restore

# A transparency log's proof beside it. $work/key.pem has logged the file, $work/other.pem another one.
openssl genpkey -algorithm ed25519 -out "$work/other.pem" 2>/dev/null
openssl pkey -in "$work/other.pem" -pubout -out "$work/other.pub"
for who in key other; do
	mkdir "$work/log-$who"
	/usr/bin/python3 -B tests/verify/transparency.py "$published/golden.json" "$work/$who.pem" "$work/log-$who" || bail transparency.py
done
audit --source . --built "$B" --log-policy "$work/log-key/c2sp.policy"
names 1 '^DIFFERENT: published golden.json.log-proof is not there' 'a log policy, and no proof'
while IFS='|' read -r name proof want regex options; do
	cp "$work/$proof" "$published/golden.json.log-proof"
	# shellcheck disable=SC2086 # words
	audit --source . --built "$B" ${options//@/$work/log-}
	names "$want" "$regex" "$name"
done <<-TABLE
	logged, sigsum|log-key/sigsum.proof|0|^SAME |--log-policy @key/sigsum.policy
	logged, C2SP|log-key/c2sp.proof|0|^SAME |--log-policy @key/c2sp.policy
	logged, and no policy|log-key/sigsum.proof|0|^SAME |
	logged by another key|log-other/sigsum.proof|0|^SAME |--log-policy @other/sigsum.policy --log-key $work/other.pub
	logged by a key that is not named|log-other/sigsum.proof|1|golden.json.log-proof the entry is of another submitter's key|--log-policy @other/sigsum.policy
	the same without a policy|log-other/sigsum.proof|1|golden.json.log-proof the entry is of another submitter's key|
	in another log|log-other/c2sp.proof|1|golden.json.log-proof no log of the policy has signed|--log-policy @key/c2sp.policy
	before too few witnesses|log-key/few.proof|1|golden.json.log-proof 1 of the policy's witnesses have signed|--log-policy @key/c2sp.policy
	a proof that is none|key.pub|1|golden.json.log-proof neither a proof of sigsum|
	a policy that is none|log-key/c2sp.proof|2|key.pub: line 1: neither log, witness|--log-policy $work/key.pub
TABLE
cp "$work/log-key/c2sp.proof" "$published/golden.json.log-proof"
audit --source . --built "$B" --log-policy "$work/log-key/c2sp.policy"
like "$out" '^published +golden.json.log-proof +equal +logged, before 3 witnesses of the policy' 'the row says what the proof shows'
restore

# The list.
sum=$(tail -n 1 "$published/artefacts" | cut -d' ' -f2)
sed -i "s/$sum/$(tr 0-9a-f 1-9a-f0 <<<"$sum")/" "$published/artefacts"
audit --source . --built "$B"
names 1 'artefacts: is not the list that ' 'one byte of the list'
restore
rm "$published/artefacts"
audit --source . --built "$B"
names 4 'artefacts: No such file' 'no list'
restore
while IFS='|' read -r name edit; do
	sed -E -e "$edit" "$work/good/artefacts" >"$published/artefacts"
	audit --source . --built "$B"
	names 2 'artefacts: ' "a list with $name"
done <<-'TABLE'
	another version|1s/1$/2/
	no artefact|2,$d
	a digit in upper case|2s/[0-9a-f]$/A/
	a size with a zero before it|2s/ ([0-9]+) / 0\1 /
	a block too few|3d
	a block too many|3p
	an artefact twice|2,3p;2,3p
	a path that leaves the tree|$s| [^ ]+$| ../x|
	an absolute path|$s| [^ ]+$| /x|
	a path twice|$p
	an unknown word|$s/^[a-z]+/file/
	an empty line|2s/^/\n/
TABLE
restore
jq --indent 2 '.inputs |= map(select(.name != "artefacts"))' "$work/good/golden.json" >"$published/golden.json"
sign
audit --source . --built "$B"
names 2 'names no list of artefacts' 'a golden file without a list'
restore

# Sources: a byte, a mode, a link, a file that is missing.
mkdir "$work/source"
awk '$1 ~ /^(source|program|link)$/ { print $3 }' "$published/artefacts" | cpio --quiet -pd "$work/source" 2>/dev/null
audit --source "$work/source" --built "$B"
names 0 '^SAME ' 'a copy of the tree'
flip "$work/source/efi/stub.c" 60
audit --source "$work/source" --built "$B"
names 1 '^DIFFERENT: source efi/stub.c is not the published file' 'k01_audit: one byte of a source'
cp efi/stub.c "$work/source/efi/stub.c"
chmod +x "$work/source/efi/stub.c"
audit --source "$work/source" --built "$B"
names 1 '^DIFFERENT: source efi/stub.c is not the published file' 'k01_audit: a source that became executable'
flip "$work/source/image/packages.lock" 200
chmod -x "$work/source/efi/stub.c"
audit --source "$work/source" --built "$B"
names 1 '^DIFFERENT: source image/packages.lock is not the published file' 'k01_audit: one byte of the lock'
cp image/packages.lock "$work/source/image/packages.lock"
rm "$work/source/efi/stub.c"
audit --source "$work/source" --built "$B"
names 1 '^DIFFERENT: source efi/stub.c No such file' 'k01_audit: a source that is missing'
ln -s tcg2.c "$work/source/efi/stub.c"
audit --source "$work/source" --built "$B"
names 1 '^DIFFERENT: source efi/stub.c is not the published file' 'k01_audit: a source that became a link'
rm "$work/source/efi/stub.c"
cp efi/stub.c "$work/source/efi/stub.c"
chmod -x "$work/source/efi/stub.c"

# Artefacts: a build with one byte changed in one of them; the byte itself where the file was published.
mkdir -p "$work/built/image/golden" "$work/built/target"
for file in "$image"/* "$image"/golden/* "$B"/target/{stub.efi,hallmark-guest,hallmark-boot}; do
	[ ! -f "$file" ] || ln -s "$(realpath "$file")" "$work/built/${file#"$B/"}"
done
audit --source . --built "$work/built"
names 0 '^SAME ' 'a build of links to the files'
while read -r name offset; do
	file=$work/built/image/$name
	[ -e "$file" ] || file=$work/built/target/$name
	target=$(realpath "$file")
	rm "$file"
	cp --sparse=always "$target" "$file"
	flip "$file" "$offset"
	audit --source . --built "$work/built"
	case $name in
	uki.efi | sbom.json) want="differs, first at byte $offset\$" ;;
	*) want="differs, first in bytes $((offset / 1048576 * 1048576)) to " ;;
	esac
	names 1 "^DIFFERENT: artefact $name $want" "k01_audit: one byte of $name"
	ln -sf "$target" "$file"
done <<-TABLE
	stub.efi 20000
	hallmark-boot 20001
	initrd 3000000
	root.erofs 20000000
	app.verity 40000
	weights.erofs 1048576
	sbom.json 500
	uki.efi 9000000
	disk.raw 64000000
TABLE
# What it differs in, in words: a line of a file of the initrd, a line of a section of the UKI.
if command -v diffoscope >/dev/null; then
	explained() { # explained NAME: $said of an audit that found it
		audit --source . --built "$work/built"
		names 1 "^DIFFERENT: artefact $1 differs, first " "a planted difference in $1"
		printf '%s\n' "$out" >"$work/audited"
		said=$(tests/reproduce/explain "$work/audited" "$B" "$work/built" 2>&1)
		ln -sf "$(realpath "$image/$1")" "$work/built/image/$1"
	}
	mkdir "$work/tree"
	(cd "$work/tree" && zstd -dcq <"$(realpath "$work/built/image/initrd")" | cpio --quiet -idm --no-absolute-filenames &&
		sed -i '1s/ hallmark-root / hallmark-ruut /' etc/hallmark/layers && find . -exec touch -h -d @1795305600 {} + &&
		find . -mindepth 1 -printf '%P\0' | sort -z | cpio --quiet --reproducible --null -o -H newc -R 0:0 | zstd -q -19 -T1 >"$work/initrd") ||
		bail 'another initrd'
	ln -sf "$work/initrd" "$work/built/image/initrd"
	explained initrd
	like "$said" 'etc/hallmark/layers' 'explain: the file in the initrd'
	like "$said" '\+root 11 hallmark-ruut hallmark-root-verity / erofs -' 'explain: and its line'
	is "$(grep -c '[+-]weights 14' <<<"$said")" 0 'explain: and no other line'
	ln -sf "$work/other.efi" "$work/built/image/uki.efi"
	explained uki.efi
	like "$said" 'published/\.osrel' 'explain: the section of the UKI'
	like "$said" "^.*\\+$(grep ^NAME= /usr/lib/os-release)" 'explain: and its line'
	is "$(grep -cE 'published/\.(linux|initrd|cmdline)' <<<"$said")" 0 'explain: and no other section'
else
	skip 'what a planted difference is, by diffoscope' 'diffoscope is not installed'
fi
rm "$work/built/target/stub.efi"
head -c 1000 "$B/target/stub.efi" >"$work/built/target/stub.efi"
audit --source . --built "$work/built"
names 1 '^DIFFERENT: artefact stub.efi differs, first in bytes 0 to ' 'an artefact that is cut'
rm "$work/built/target/stub.efi"
audit --source . --built "$work/built"
names 1 '^DIFFERENT: artefact stub.efi was not built' 'an artefact that is missing'
audit --source . --built "$work/built" --json
is "$status $(jq -r '[.version, .reproduced, (.rows[] | select(.equal == false) | .kind + " " + .name)] | join("|")' <<<"$out")" \
	'1 hallmark-audit/1|false|artefact stub.efi' '--json'

# Arguments.
run audit --golden x --signature x --key x
names 3 'source' 'without --source'
audit --source . --built "$B" --work "$work/w"
names 3 'built' '--built and --work'
audit --source . --set cache=x
names 3 'is not NAME=VALUE' '--set without a name'
audit --source "$work/missing" --built "$B"
names 4 'No such file' 'a source that is not there'
# What the auditor's shell has for make is not what the image is made of.
mkdir "$work/bin"
printf '#!/bin/sh\nenv >>%s\nexit 2\n' "$work/env" >"$work/bin/make"
chmod 755 "$work/bin/make"
TMPDIR=$work IMAGE=$work/elsewhere LOCKED=no APP=/ MAKEFLAGS=-n CMDLINE=x IMAGE_NAME=x PATH=$work/bin:$PATH audit --source .
is "$status $(grep -cE '^(IMAGE|LOCKED|APP|MAKEFLAGS|CMDLINE|IMAGE_NAME)=' "$work/env") $(grep -c ^PATH= "$work/env")" '1 0 2' 'no variable of the environment steers the build'
like "$(tail -n 1 <<<"$out")" '^DIFFERENT: ' 'a build that fails is not the same'
mkdir "$work/w"
audit --source . --work "$work/w"
names 4 'File exists' '--work that is there'
run artefacts --output "$work/list" 'a/b=README.md'
names 2 'not a name' 'hallmark artefacts: a name with a slash'
run artefacts --output "$work/list" a=README.md a=README.md
names 2 'twice' 'hallmark artefacts: a name twice'
run artefacts --output "$work/list" a=missing
names 2 'No such file' 'hallmark artefacts: a file that is missing'
is "$(ls "$work/list" 2>/dev/null)" '' 'hallmark artefacts: refusals leave nothing'
done_testing
