# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# secure-boot.sh - UKIs with signatures and variables with entries of db and dbx, each with the decision that edk2 makes
#
# Needs openssl, osslsigncode, sbsign; BUILDROOT for virt-fw-vars. Sourced by tests.

# What is printed where a case is refused.
secure_boot_reason() {
	case $1 in
	forbidden) echo 'dbx forbids the image' ;;
	unsigned) echo 'not signed by a certificate in db' ;;
	time) echo 'from a time on' ;;
	sha1) echo 'signed over a SHA-1 digest' ;;
	esac
}

owner=5b4a1f7ac0520e4f8d5b1d0c2f3e4a5b
x509=a159c0a5e494a74a87b5ab155c2bf072
type_of() { # type_of HASH|x509-HASH: EFI_SIGNATURE_LIST's type, as in memory (UEFI 2.10, 32.4.1)
	case $1 in
	sha256) echo 2616c4c14c509240aca941f936934328 ;;
	sha384) echo 07533effd09fc94885f18ad56c701e01 ;;
	sha512) echo ae0f3e09c4a6504f9f1bd41e2b89c19a ;;
	x509-sha256) echo 92a4d23bc0967940b420fcf98ef103ed ;;
	x509-sha384) echo 6e877670c280e64eaad228b349a6865b ;;
	x509-sha512) echo 63bf6d440225da4cbcfa2465d2b0fe9d ;;
	esac
}
le32() { printf '%08x' "$1" | sed 's/\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/'; }
list_of() { # list_of TYPE HEX: a signature list with one entry
	printf '%s%s%s%s%s%s' "$1" "$(le32 $((28 + 16 + ${#2} / 2)))" 00000000 "$(le32 $((16 + ${#2} / 2)))" $owner "$2"
}
der_hex() { openssl x509 -in "$1" -outform DER | xxd -p | tr -d '\n'; }
tbs_digest() { # tbs_digest CERT HASH: of the TBSCertificate
	openssl asn1parse -in "$1" -strparse 4 -noout -out "$1.tbs" 2>/dev/null && openssl dgst "-$2" -r "$1.tbs" | cut -d' ' -f1
}
image_digest() { # image_digest FILE HASH: osslsigncode's Authenticode digest
	osslsigncode sign -h "$2" -certs "$d/one.crt" -key "$d/one.key" -in "$1" -out "$d/hashed" >/dev/null 2>&1 &&
		osslsigncode verify -CAfile "$d/one.crt" "$d/hashed" 2>/dev/null | sed -n 's/^Current message digest *: *//p' | head -n 1 | tr -d ' \n' | tr 'A-F' 'a-f'
	rm -f "$d/hashed"
}
authority_event() { # authority_event FILE: the event data for the entry of db in FILE (hex, without its owner)
	printf 'cbb219d73a3d9645a3bcdad00e67656f''0200000000000000''%s00000000''64006200''%s%s' "$(le32 $((16 + $(wc -c <"$1") / 2)))" $owner "$(cat "$1")" |
		xxd -r -p
}
# variables NAME DB-HEX DBX-HEX: NAME.json, which becomes NAME.fd
variables() {
	{
		printf '{"version": 2, "variables": [{"name": "db", "guid": "d719b2cb-3d3a-4596-a3bc-dad00e67656f", "attr": 39, "data": "%s", "time": "%032d"}' "$2" 0
		[ -z "$3" ] || printf ', {"name": "dbx", "guid": "d719b2cb-3d3a-4596-a3bc-dad00e67656f", "attr": 39, "data": "%s", "time": "%032d"}' "$3" 0
		printf ']}\n'
	} >"$d/$1.json"
}
sbsign_with() { sbsign --key "$d/$1.key" --cert "$d/$1.crt" --output "$3" "$2" 2>/dev/null; }
ossl_with() { osslsigncode sign -h "$1" -certs "$d/$2.crt" -key "$d/$2.key" -in "$3" -out "$4" >/dev/null 2>&1; }

# secure_boot_cases PLAIN.efi DIRECTORY: NAME.efi and NAME.fd for each line of DIRECTORY/list, "NAME DECISION". DECISION is db:FILE (the
# entry that allows), forbidden, unsigned, time or sha1.
secure_boot_cases() {
	local plain=$1 d=$2 n hash never later sudo=''
	mkdir -p "$d" || return
	for n in one two; do
		openssl req -x509 -newkey rsa:2048 -nodes -keyout "$d/$n.key" -out "$d/$n.crt" -subj "/CN=$n" -days 3650 2>/dev/null || return
		der_hex "$d/$n.crt" >"$d/entry.$n"
	done
	# A signer below a certificate authority that is in db.
	openssl req -newkey rsa:2048 -nodes -keyout "$d/leaf.key" -out "$d/leaf.csr" -subj /CN=leaf 2>/dev/null &&
		openssl x509 -req -in "$d/leaf.csr" -CA "$d/one.crt" -CAkey "$d/one.key" -CAcreateserial -days 3650 -out "$d/leaf.crt" 2>/dev/null || return
	for hash in sha256 sha384; do
		image_digest "$plain" $hash >"$d/entry.$hash" && [ -s "$d/entry.$hash" ] || return
	done
	never=$(printf '%032d' 0) later=e8070101000000000000000000000000 # EFI_TIME: always; from 2024-01-01 on
	local one two
	one=$(list_of $x509 "$(cat "$d/entry.one")") two=$(list_of $x509 "$(cat "$d/entry.two")")

	add() { # add NAME DECISION DB-HEX DBX-HEX: the image is in $d/NAME.efi
		echo "$1 $2" >>"$d/list"
		variables "$1" "$3" "$4"
	}
	: >"$d/list"
	sbsign_with one "$plain" "$d/d19_signed.efi" && add d19_signed db:entry.one "$one" ''
	for hash in sha384 sha512; do
		ossl_with $hash one "$plain" "$d/d19_over_$hash.efi" && add d19_over_$hash db:entry.one "$one" ''
	done
	ossl_with sha1 one "$plain" "$d/d19_over_sha1.efi" && add d19_over_sha1 sha1 "$one" ''
	sbsign_with two "$d/d19_signed.efi" "$d/d19_second_in_dbx.efi" && add d19_second_in_dbx forbidden "$one" "$two"
	sbsign_with one "$plain" "$d/first" && sbsign_with two "$d/first" "$d/d19_second_in_db.efi" && add d19_second_in_db db:entry.two "$two" ''
	cp "$d/d19_second_in_db.efi" "$d/d19_both_in_db.efi" && add d19_both_in_db db:entry.one "$two$one" ''
	for hash in sha256 sha384 sha512; do
		cp "$d/d19_signed.efi" "$d/d19_signers_${hash}_in_dbx.efi" &&
			add d19_signers_${hash}_in_dbx forbidden "$one" "$(list_of "$(type_of x509-$hash)" "$(tbs_digest "$d/one.crt" $hash)$never")"
	done
	cp "$d/d19_signed.efi" "$d/d19_revoked_later.efi" &&
		add d19_revoked_later time "$one" "$(list_of "$(type_of x509-sha256)" "$(tbs_digest "$d/one.crt" sha256)$later")"
	cp "$d/d19_signed.efi" "$d/d19_strangers_hash_in_dbx.efi" &&
		add d19_strangers_hash_in_dbx db:entry.one "$one" "$(list_of "$(type_of x509-sha256)" "$(tbs_digest "$d/two.crt" sha256)$never")"
	sbsign_with leaf "$plain" "$d/d19_chain.efi" && add d19_chain db:entry.one "$one" ''
	cp "$d/d19_chain.efi" "$d/d19_chain_ca_revoked.efi" &&
		add d19_chain_ca_revoked unsigned "$one" "$(list_of "$(type_of x509-sha256)" "$(tbs_digest "$d/one.crt" sha256)$never")"
	cp "$d/d19_chain.efi" "$d/d19_chain_leaf_revoked.efi" &&
		add d19_chain_leaf_revoked forbidden "$one" "$(list_of "$(type_of x509-sha256)" "$(tbs_digest "$d/leaf.crt" sha256)$never")"
	# The digest in dbx counts in the algorithm of the signature.
	cp "$d/d19_over_sha384.efi" "$d/d19_sha384_in_dbx.efi" &&
		add d19_sha384_in_dbx forbidden "$one" "$(list_of "$(type_of sha384)" "$(cat "$d/entry.sha384")")"
	cp "$d/d19_over_sha384.efi" "$d/d19_other_digest_in_dbx.efi" &&
		add d19_other_digest_in_dbx db:entry.one "$one" "$(list_of "$(type_of sha256)" "$(cat "$d/entry.sha256")")"
	cp "$plain" "$d/d19_unsigned_in_db.efi" && add d19_unsigned_in_db db:entry.sha256 "$(list_of "$(type_of sha256)" "$(cat "$d/entry.sha256")")" ''
	cp "$plain" "$d/d19_unsigned_sha384_in_db.efi" &&
		add d19_unsigned_sha384_in_db unsigned "$(list_of "$(type_of sha384)" "$(cat "$d/entry.sha384")")" ''
	sbsign_with two "$plain" "$d/d19_stranger_digest_in_db.efi" &&
		add d19_stranger_digest_in_db db:entry.sha256 "$one$(list_of "$(type_of sha256)" "$(cat "$d/entry.sha256")")" ''
	[ "$(wc -l <"$d/list")" = 20 ] || return
	cp /usr/share/OVMF/OVMF_VARS_4M.fd "$d/in.fd"
	mkdir "$d/vars" && mv "$d"/*.json "$d/in.fd" "$d/vars/" && cp "$d/one.crt" "$d/vars/pk.crt" || return
	[ "$(id -u)" = 0 ] || sudo=sudo
	# shellcheck disable=SC2016 # expanded in the build root
	$sudo image/in-buildroot "$BUILDROOT" - "$d/vars" -- sh -euc 'cd /out
		virt-fw-vars --loglevel error --input in.fd --output base.fd --sb --set-pk 7a1f4b6e-52c0-4f0e-8d5b-1d0c2f3e4a5b pk.crt --add-kek 7a1f4b6e-52c0-4f0e-8d5b-1d0c2f3e4a5b pk.crt
		for json in *.json; do virt-fw-vars --loglevel error --input base.fd --output "${json%.json}.fd" --set-json "$json"; done' >"$d/log" 2>&1 || return
	mv "$d"/vars/*.fd "$d/"
}
