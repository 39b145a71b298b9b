#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# export.t - hallmark export: each form is read by the program that it is for, or checked against its description
. "$(dirname "$0")/../support/cli.sh"

PATH=$PATH:/usr/sbin:/sbin
python() { # python COMMAND ARGUMENT...: what export.py says in $said, its status in $status
	status=0
	said=$(/usr/bin/python3 "$top/tests/tools/export.py" "$@" 2>&1) || status=$?
}
make_uki_inputs
uki=$work/uki.efi
run uki "${uki_args[@]}" --output "$uki"
is "$status" 0 'an image' || bail "$err"
make_disk "$work/disk.raw" root app weights
openssl rsa -in /usr/share/ovmf/PkKek-1-snakeoil.key -passin pass:snakeoil -out "$work/snakeoil.key" 2>/dev/null
sbsign --key "$work/snakeoil.key" --cert /usr/share/ovmf/PkKek-1-snakeoil.pem --output "$work/signed.efi" "$uki" 2>/dev/null
run predict --uki "$work/signed.efi" --vars /usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd --disk "$work/disk.raw" --output "$work/golden"
is "$status$err" 0 'its golden files' || bail "$err"
golden=$work/golden/golden.json
log=$work/golden/golden.tcglog
python profiles "$golden" "$work/profiles.json"
run log diff "$work/profiles.json" "$log"
[ "$status" = 1 ] || bail "the golden file with profiles: $err"
export_to() { # export_to FORMAT OUTPUT ARGUMENT...: of $golden
	run export "$golden" --format "$1" --output "$2" "${@:3}"
}
value() {
	jq -r --arg bank "$1" ".pcrs[$2].values[\$bank]" "$golden"
}

# A TPM that has gone through this boot.
tpm=$work/tpm
mkdir "$tpm"
swtpm socket --tpm2 --tpmstate "dir=$tpm" --server "type=unixio,path=$tpm/sock" --ctrl "type=unixio,path=$tpm/sock.ctrl" \
	--flags not-need-init,startup-clear >"$work/swtpm.log" 2>&1 &
swtpm=($!)
end() {
	kill "${swtpm[@]}" 2>/dev/null
	cleanup
}
trap end EXIT
export TPM2TOOLS_TCTI=swtpm:path=$tpm/sock
for _ in $(seq 100); do
	[ -S "$tpm/sock" ] && tpm2_pcrread sha256:0 >/dev/null 2>&1 && break
	sleep 0.1
done
mapfile -t events < <(jq -r '.events[] | "\(.pcr):" + ([.digests | to_entries[] | "\(.key)=\(.value)"] | join(","))' "$golden")
boot() { # boot TCTI: the golden file's events
	for event in "${events[@]}"; do
		tpm2_pcrextend -T "$1" "$event" 2>"$work/error" || bail "tpm2_pcrextend: $(tail -n 1 "$work/error")"
	done
}
boot "$TPM2TOOLS_TCTI"

# --- policy -----------------------------------------------------------------------------------------------------

for bank in sha1 sha256 sha384 sha512; do
	for pcrs in 11 4,7 2,3,4,7,9,11,13,14; do
		export_to policy "$work/policy" --bank $bank --pcrs $pcrs
		tpm2_flushcontext --loaded-session 2>"$work/error" # no resource manager does it
		tpm2_createpolicy --policy-pcr -l $bank:$pcrs -L "$work/theirs" >"$work/hex" 2>"$work/error" || bail "tpm2_createpolicy: $(cat "$work/error")"
		is "$status$err $(xxd -p -c 64 "$work/policy")" "0 $(xxd -p -c 64 "$work/theirs")" "policy: $bank:$pcrs as tpm2_createpolicy has it on a TPM after this boot"
		is "$out" "$(xxd -p -c 64 "$work/theirs")" "policy: $bank:$pcrs is printed"
	done
done
tpm2_startauthsession -S "$work/session" 2>/dev/null
tpm2_policypcr -S "$work/session" -l sha256:4,11 -L "$work/theirs" >/dev/null 2>&1
tpm2_flushcontext "$work/session"
export_to policy "$work/policy" --pcrs 4,11
is "$out" "$(xxd -p -c 64 "$work/theirs")" 'policy: as tpm2_policypcr has it'
export_to policy "$work/policy"
# tpm2-tools takes eight registers at most. The same by TPM 2.0 Part 3, 23.7, with a selection of three bytes.
by_hand() { # by_hand SELECTION-HEX FILE-OF-VALUES
	{ head -c 32 /dev/zero; xxd -r -p <<<"0000017f00000001000b03$1"; sha256sum <"$2" | xxd -r -p; } | hash sha256
}
jq -r '.pcrs[2,3,4,7,9,11,13,14].values.sha256' "$golden" | xxd -r -p >"$work/values"
export_to policy "$work/policy" --pcrs 2,3,4,7,9,11,13,14
is "$out" "$(by_hand 9c6a00 "$work/values")" 'policy: by hand as by tpm2_createpolicy above'
export_to policy "$work/policy"
jq -r '.pcrs[2,3,4,7,8,9,10,11,12,13,14].values.sha256' "$golden" | xxd -r -p >"$work/values"
is "$out" "$(by_hand 9c7f00 "$work/values")" 'policy: by default every register that must have one value'
jq -r '.profiles[1].pcrs[].values.sha256, (.pcrs[2,3,4,7,8,9,10,11,12,13,14].values.sha256)' "$work/profiles.json" | xxd -r -p >"$work/values"
run export "$work/profiles.json" --format policy --profile second --output "$work/policy"
is "$out" "$(by_hand 9f7f00 "$work/values")" 'policy: with the registers of a profile'
run export "$work/profiles.json" --format policy --profile first --output "$work/policy"
ok "$([ "$out" != "$(by_hand 9f7f00 "$work/values")" ]; echo $?)" 'policy: another profile, another policy'
refused 2 'register 5 has not one value' 'policy: a register that is only shown' export "$golden" --format policy --pcrs 4,5 --output "$work/x"
refused 2 'register 0 has not one value' 'policy: a register of profiles, and no profile' export "$work/profiles.json" --format policy --pcrs 0 --output "$work/x"
refused 2 "there is no profile 'third'" 'policy: a profile that is none' export "$work/profiles.json" --format policy --profile third --output "$work/x"
for list in '' 4,4 7,4 15 16 23 x '4,' ',4' 4-7 04; do
	refused 3 'pcrs: is no list' "policy: --pcrs '$list'" export "$golden" --format policy --output "$work/x" --pcrs "$list"
done
run predict --uki "$work/signed.efi" --vars /usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd --disk "$work/disk.raw" --banks sha384 --output "$work/golden384"
refused 2 'there is no bank sha256' 'policy: a bank that is not there' export "$work/golden384/golden.json" --format policy --output "$work/x"
refused 2 'has no bank sha256' 'keylime: without SHA-256' export "$work/golden384/golden.json" --format keylime --output "$work/x"

# --- pcrsig -----------------------------------------------------------------------------------------------------

openssl genrsa -out "$work/key.pem" 2048 2>/dev/null
openssl rsa -in "$work/key.pem" -pubout -out "$work/pub.pem" 2>/dev/null
export_to pcrsig "$work/lock.pcrsig" --key "$work/key.pem"
is "$status$err" 0 'pcrsig: after the lock'
export_to pcrsig "$work/sections.pcrsig" --key "$work/key.pem" --point sections
is "$status$err" 0 'pcrsig: before the first layer'
measure=$BUILDROOT/usr/lib/systemd/systemd-measure
if [ -x "$measure" ] && [ "$(id -u)" = 0 ]; then
	mkdir "$work/in" "$work/out"
	args=()
	for name in linux osrel cmdline initrd uname sbat; do
		objdump -h "$uki" | grep -q " \.$name " || continue
		size=$((16#$(objdump -h "$uki" | awk -v n=".$name" '$2 == n { print $3 }')))
		objcopy -O binary --only-section=".$name" "$uki" "$work/in/$name" 2>/dev/null
		truncate -s $size "$work/in/$name"
		args+=("--$name=/src/$name")
	done
	cp "$work/key.pem" "$work/pub.pem" "$work/in"
	# Our records are to systemd-measure the words of boot phases: both are hashed as they are.
	phases=$(jq -r '[.events[] | select(.pcr == 11 and .type == "hallmark") | .content] | join(":")' "$golden")
	for point in lock sections; do
		[ $point = lock ] && phase=$phases || phase=:
		"$top/image/in-buildroot" "$BUILDROOT" "$work/in" "$work/out" -- /usr/lib/systemd/systemd-measure sign "${args[@]}" \
			--private-key=/src/key.pem --public-key=/src/pub.pem --phase="$phase" --json=short >"$work/theirs" 2>"$work/measure"
		is "$(jq -cS 'map_values(map(del(.sig)))' "$work/$point.pcrsig")" "$(jq -cS 'map_values(map(del(.sig)))' "$work/theirs")" \
			"pcrsig, $point: policies are those of systemd-measure sign"
		# Before version 262 it signs with the hash of the bank, which nobody checks.
		is "$(jq -c .sha256 "$work/$point.pcrsig")" "$(jq -c .sha256 "$work/theirs")" "pcrsig, $point: the signature is that of systemd-measure sign, SHA-256"
		is "$(jq -r 'keys_unsorted | join(" ")' "$work/$point.pcrsig")" 'sha1 sha256 sha384 sha512' "pcrsig, $point: all four banks"
	done
else
	skip 'pcrsig: systemd-measure sign' "no build root with it at $BUILDROOT, or not root"
fi
# The TPM itself, by the entry of each bank: the signed policy holds after this boot. The policy is hashed with SHA-256, as systemd does it.
tpm2_loadexternal -C o -G rsa -u "$work/pub.pem" -c "$work/key.ctx" -n "$work/key.name" >/dev/null 2>&1
authorize() { # authorize BANK: $status
	tpm2_startauthsession --policy-session -S "$work/session" 2>/dev/null
	tpm2_policypcr -S "$work/session" -l "$1:11" >/dev/null 2>&1
	status=0
	tpm2_policyauthorize -S "$work/session" -i "$work/pol" -n "$work/key.name" -t "$work/ticket" >/dev/null 2>"$work/error" || status=$?
	tpm2_flushcontext "$work/session" 2>/dev/null
	tpm2_flushcontext -t 2>/dev/null # no resource manager: a slot for each key
}
for bank in sha1 sha256 sha384 sha512; do
	jq -r ".${bank}[0].sig" "$work/lock.pcrsig" | base64 -d >"$work/sig"
	jq -r ".${bank}[0].pol" "$work/lock.pcrsig" | xxd -r -p >"$work/pol"
	is "$(openssl dgst -sha256 -verify "$work/pub.pem" -signature "$work/sig" "$work/pol")" 'Verified OK' "pcrsig, $bank: OpenSSL verifies the signature"
	rm -f "$work/ticket"
	tpm2_verifysignature -c "$work/key.ctx" -g sha256 -m "$work/pol" -s "$work/sig" -t "$work/ticket" -f rsassa >/dev/null 2>&1
	authorize $bank
	is $status 0 "pcrsig, $bank: a TPM after this boot takes it (TPM2_PolicyAuthorize)"
done
tpm2_pcrextend "11:sha512=$(printf 0 | hash sha512)"
authorize sha512
is $status 1 'pcrsig: and no more after one extend'
refused 3 'give --key' 'pcrsig: no key' export "$golden" --format pcrsig --output "$work/x"
refused 3 'point: is neither' 'pcrsig: a point that is none' export "$golden" --format pcrsig --key "$work/key.pem" --point boot --output "$work/x"
bad_files 'pcrsig --key' 2 export "$golden" --format pcrsig --output "$work/x" --key @
refused 2 'pub.pem: is not a private key' 'pcrsig: a public key' export "$golden" --format pcrsig --key "$work/pub.pem" --output "$work/x"
openssl genpkey -algorithm ed25519 -out "$work/ed.pem" 2>/dev/null
refused 2 'ed.pem: is not an RSA key' 'pcrsig: another kind of key' export "$golden" --format pcrsig --key "$work/ed.pem" --output "$work/x"
openssl genrsa -out "$work/small.pem" 1024 2>/dev/null
refused 2 'small.pem: has 1024 bits' 'pcrsig: a short key' export "$golden" --format pcrsig --key "$work/small.pem" --output "$work/x"
openssl rsa -in "$work/key.pem" -aes128 -passout pass:x -out "$work/locked.pem" 2>/dev/null
refused 2 'locked.pem: is not a private key in PEM without' 'pcrsig: an encrypted key: nobody is asked' export "$golden" --format pcrsig --key "$work/locked.pem" --output "$work/x"

# --- pcrlock ----------------------------------------------------------------------------------------------------

export_to pcrlock "$work/pcrlock.d"
is "$status$err$out" 0 'pcrlock: a directory of components'
is "$(cat "$work"/pcrlock.d/*.pcrlock | jq -s '[.[].records | length] | add')" "$(jq '.events | length' "$golden")" 'pcrlock: every event, once'
is "$(jq -r '.records[0].digests[].hashAlg' "$work/pcrlock.d/650-hallmark-uki.pcrlock" | paste -sd' ')" 'sha1 sha256 sha384 sha512' 'pcrlock: all four banks'
export_to pcrlock "$work/slash.d/"
ok "$(diff -r "$work/pcrlock.d" "$work/slash.d"; echo $?)" 'pcrlock: a name with a slash behind, the same files'
is "$(stat -c %a "$work/slash.d")" 755 'pcrlock: others may read the directory'
export_to pcrlock "$work/pcrlock.d"
is "$status $err" "4 hallmark: $work/pcrlock.d: File exists" 'pcrlock: a directory that exists is left alone'
run export "$work/profiles.json" --format pcrlock --output "$work/profiles.d"
is "$status $(cd "$work/profiles.d" && echo 2*/*)" '0 200-hallmark-platform.pcrlock.d/first.pcrlock 200-hallmark-platform.pcrlock.d/second.pcrlock' 'pcrlock: profiles are alternatives of one component'
is "$(jq -c '[.records[].pcr]' "$work/profiles.d/200-hallmark-platform.pcrlock.d/second.pcrlock")" '[0,0,0,1]' 'pcrlock: the events of a profile'
if [ -x "$BUILDROOT/usr/lib/systemd/systemd-pcrlock" ] && [ "$(id -u)" = 0 ]; then
	# A second TPM: the first one's PCR 11 was spoiled above. systemd's logs, ours in the form of its own.
	mkdir "$work/lock"
	swtpm socket --tpm2 --tpmstate "dir=$work/lock" --server "type=unixio,path=$work/lock/sock" --ctrl "type=unixio,path=$work/lock/sock.ctrl" \
		--flags not-need-init,startup-clear >"$work/swtpm.log" 2>&1 &
	swtpm+=($!)
	for _ in $(seq 100); do
		[ -S "$work/lock/sock" ] && tpm2_pcrread -T "swtpm:path=$work/lock/sock" sha256:0 >/dev/null 2>&1 && break
		sleep 0.1
	done
	boot "swtpm:path=$work/lock/sock"
	cp "$log" "$work/lock/firmware"
	python jsonseq "$work/golden/golden.cel" "$work/lock/records"
	cp -r "$work/pcrlock.d" "$work/profiles.d" "$work/lock"
	pcrlock() { # pcrlock DIRECTORY COMMAND...
		"$top/image/in-buildroot" "$BUILDROOT" - "$work/lock" -- env SYSTEMD_TPM2_DEVICE=swtpm:path=/out/sock SYSTEMD_MEASURE_LOG_FIRMWARE=/out/firmware \
			SYSTEMD_MEASURE_LOG_USERSPACE=/out/records /usr/lib/systemd/systemd-pcrlock "${@:2}" "--components=/out/$1" --no-pager 2>"$work/pcrlock.log"
	}
	pcrlock pcrlock.d list-components >"$work/list"
	is "$(grep -c '^[0-9]*-hallmark-' "$work/list") $(tail -n 1 "$work/list")" '8 8 components listed.' 'pcrlock: systemd-pcrlock lists the components'
	pcrlock profiles.d list-components >"$work/list"
	is "$(grep -c '/200-hallmark-platform.pcrlock.d/' "$work/list")" 2 'pcrlock: systemd-pcrlock lists both profiles'
	pcrlock pcrlock.d log --json=short >"$work/log.json" || :
	is "$(jq '.log | length' "$work/log.json") $(jq '[.log[] | select(.component == null)] | length' "$work/log.json")" "$(jq '.events | length' "$golden") 0" \
		'pcrlock: systemd-pcrlock finds the component of every event of the log' || cat "$work/pcrlock.log"
	pcrlock pcrlock.d predict --json=short >"$work/predict.json"
	python predicted "$golden" "$work/predict.json"
	# All but 6, 8, 9, 10, which it never locks, and 0 and 1, of which nothing is known.
	is "$status $said" '0 40 values' 'pcrlock: systemd-pcrlock predicts the values of the golden file in every bank'
	is "$(grep -c 'Including in set of PCRs' "$work/pcrlock.log")" 12 'pcrlock: and would lock twelve registers'
	jq '.records[].digests[].digest |= (.[:-1] + (if .[-1:] == "0" then "1" else "0" end))' "$work/pcrlock.d/550-hallmark-gpt.pcrlock" \
		>"$work/lock/pcrlock.d/550-hallmark-gpt.pcrlock"
	pcrlock pcrlock.d predict --json=short >"$work/predict.json"
	is "$(grep -c 'PCR 5 .*Including in set' "$work/pcrlock.log")" 0 'pcrlock: with another digest in a component PCR 5 is not locked'

	# On the same TPM: what systemd-creds seals for this key opens with the exported signatures, after this boot and no other.
	creds() { # creds COMMAND...: leaves $status and what it says
		status=0
		said=$("$top/image/in-buildroot" "$BUILDROOT" - "$work/lock" -- systemd-creds --name=test --tpm2-device=swtpm:path=/out/sock "$@" 2>"$work/creds.log") || status=$?
	}
	cp "$work/pub.pem" "$work/lock.pcrsig" "$work/sections.pcrsig" "$work/lock"
	printf 'sealed' >"$work/lock/plain"
	creds encrypt --with-key=tpm2-with-public-key --tpm2-public-key=/out/pub.pem --tpm2-public-key-pcrs=11 --tpm2-pcrs= /out/plain /out/sealed
	is $status 0 'pcrsig: systemd-creds seals something for the key' || cat "$work/creds.log"
	creds decrypt --tpm2-signature=/out/lock.pcrsig /out/sealed -
	is "$status $said" '0 sealed' 'pcrsig: systemd-creds opens it with the exported signatures' || cat "$work/creds.log"
	creds decrypt --tpm2-signature=/out/sections.pcrsig /out/sealed -
	is "$status $said" '1 ' 'pcrsig: and not with those of another point of the boot'
	tpm2_pcrextend -T "swtpm:path=$work/lock/sock" "11:sha1=$(printf 0 | hash sha1),sha256=$(printf 0 | hash sha256)" 2>/dev/null
	creds decrypt --tpm2-signature=/out/lock.pcrsig /out/sealed -
	is "$status $said" '1 ' 'pcrsig: and no more after one extend'
else
	skip 'pcrlock: systemd-pcrlock; pcrsig: systemd-creds' "no build root with it at $BUILDROOT, or not root"
fi

# --- keylime ----------------------------------------------------------------------------------------------------

# What Keylime does with both files: tests/tools/keylime.py.
keylime() {
	status=0
	said=$(/usr/bin/python3 "$top/tests/tools/keylime.py" "$@" 2>&1) || status=$?
}
export_to keylime "$work/keylime"
python keylime "$golden" "$work/keylime" "$log"
like "$status $said" '^0 [0-9]+ keys, 0 firmwares$' "keylime: the keys as tpm2_eventlog reads them"
keylime policy "$golden" "$work/keylime/tpm_policy.json"
is "$status $said" '0 10 registers, 20 other quotes refused' 'keylime: the tenant takes the policy; the verifier takes this machine and no other'
run export "$work/profiles.json" --format keylime --tcglog "$log" --output "$work/keylime2"
python keylime "$work/profiles.json" "$work/keylime2" "$log"
like "$status $said" '^0 [0-9]+ keys, 2 firmwares$' 'keylime: with profiles: both firmwares'
keylime policy "$work/profiles.json" "$work/keylime2/tpm_policy.json"
is "$status $said" '0 12 registers, 48 other quotes refused' 'keylime: with profiles: the machine of either is taken'
for change in '.mask = "0x1"' '.["10"] = .["8"]' '.["16"] = .["8"]' '.["25"] = .["8"]' '.["4"] |= map(ascii_upcase)' '.["4"] = []' 'del(.["4"])' '.["4"] = .["8"]'; do
	jq "$change" "$work/keylime/tpm_policy.json" >"$work/changed.json"
	keylime policy "$golden" "$work/changed.json"
	is "$status" 1 "keylime: refused: a policy after $change"
done
run predict --uki "$work/signed.efi" --vars /usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd --disk "$work/disk.raw" --output "$work/machine" \
	--firmware /usr/share/OVMF/OVMF_CODE_4M.fd --platforms "$top/image/platforms"
if [ "$(jq '.profiles | length' "$work/machine/golden.json")" != 0 ]; then
	run export "$work/machine/golden.json" --format keylime --output "$work/keylime4"
	state=$work/keylime4/mb_refstate.json
	keylime refstate "$state" "$work/machine/golden.tcglog"
	like "$status $said" '^0 [0-9]+ of [0-9]+ events; without a rule: UKI, PCR 9 EV_EVENT_TAG, PCR 11 EV_IPL$' \
		'keylime: the reference state has the form, and this log passes every rule that Keylime has for its events'
	for change in 'del(.dbx)' 'del(.kernels)' '.mokdig = {}' '.pk[0].SignatureData |= .[2:]' '.scrtm_and_bios[0].scrtm.sha256 |= .[2:]' \
		'.has_secureboot = false' '.pk = []' '.kek[0].SignatureOwner |= sub("^."; "x")' '.db = .dbx' '.dbx += .pk' \
		'.scrtm_and_bios = []' '.scrtm_and_bios[0].platform_firmware |= reverse' '.ukis = []'; do
		jq "$change" "$state" >"$work/changed.json"
		keylime refstate "$work/changed.json" "$work/machine/golden.tcglog"
		is "$status" 1 "keylime: refused: a reference state after $change"
	done
else
	skip 'keylime: the reference state and a whole log' "no profile in image/platforms is of this host's OVMF"
fi
run predict --uki "$uki" --vars /usr/share/OVMF/OVMF_VARS_4M.fd --firmware-secure-boot=no --disk "$work/disk.raw" --output "$work/other"
refused 2 'golden.tcglog: event [0-9]+ is not the golden file' 'keylime: the log of another golden file' export "$golden" --format keylime --tcglog "$work/other/golden.tcglog" --output "$work/x"
run export "$work/other/golden.json" --format keylime --output "$work/keylime3"
python keylime "$work/other/golden.json" "$work/keylime3" "$work/other/golden.tcglog"
is "$status $said" '0 0 keys, 0 firmwares' 'keylime: without Secure Boot'
head -c 1000 "$log" >"$work/short"
refused 2 '/short: ' 'keylime: a log that is cut off' export "$golden" --format keylime --tcglog "$work/short" --output "$work/x"
bad_files 'keylime --tcglog' 2 export "$golden" --format keylime --output "$work/x" --tcglog @
cp "$golden" "$work/alone.json"
refused 4 '/golden.tcglog: No such file' 'keylime: no log beside the golden file' export "$work/alone.json" --format keylime --output "$work/x"

# --- comid ------------------------------------------------------------------------------------------------------

export_to comid "$work/golden.corim"
python corim "$golden" "$work/golden.corim"
is "$status $said" '0 1 triples, 44 values' 'comid: one reference triple, eleven registers in four banks'
run export "$work/profiles.json" --format comid --output "$work/profiles.corim"
# The same by a program that nobody here wrote: Debian 13's cddl, which also runs here, with what the draft says in its own language.
tool=$B/check/packages
if "$top/image/fetch" "$top/tests/support/packages.lock" "$tool" >"$work/fetch" 2>&1; then
	dpkg-deb -x "$tool"/cddl_*.deb "$work/cddl"
	cddl() { # cddl FILE
		status=0
		"$work/cddl/usr/bin/cddl" --ci validate --cddl "$top/tests/tools/corim.cddl" --cbor "$1" >"$work/said" 2>&1 || status=$?
	}
	for name in golden profiles; do
		cddl "$work/$name.corim"
		is $status 0 "comid: cddl takes it: $name" || cat "$work/said"
	done
	for change in tag empty-rim no-tags tag-in-tag no-identity no-triples no-environment no-value text-register text-digest short-digest \
		long-digest no-digest no-end text-time another-key; do
		python break "$work/profiles.corim" "$change" "$work/broken.corim"
		cddl "$work/broken.corim"
		is $status 1 "comid: cddl refuses it: $change"
	done
else
	skip 'comid: cddl' "no network: $(tail -n 1 "$work/fetch")"
fi
cp "$work/golden.corim" "$work/first.corim"
export_to comid "$work/golden.corim"
ok "$(cmp -s "$work/first.corim" "$work/golden.corim"; echo $?)" 'comid: the same bytes each time'
python corim "$work/profiles.json" "$work/profiles.corim"
is "$status $said" '0 2 triples, 104 values' 'comid: with two profiles and a validity'
python corim "$work/profiles.json" "$work/golden.corim"
is "$status" 1 'comid: the reader can tell one golden file from another'

# --- usage ------------------------------------------------------------------------------------------------------

cp "$golden" "$work/same.json"
refused 3 'same.json: is an input, and would be overwritten' 'the output over the golden file' export "$work/same.json" --format comid --output "$work/same.json"
refused 3 'key.pem: is an input, and would be overwritten' 'the output over the key' export "$golden" --format pcrsig --key "$work/key.pem" --output "$work/key.pem"
refused 3 "'yaml' is not pcrlock" 'an unknown format' export "$golden" --format yaml --output "$work/x"
refused 3 -- '--output' 'no output' export "$golden" --format comid
for pair in key:comid point:policy tcglog:pcrsig bank:pcrlock pcrs:keylime profile:comid; do
	refused 3 "${pair%:*}: goes with" "--${pair%:*} with another format" export "$golden" --format "${pair#*:}" "--${pair%:*}" x --output "$work/x"
done
bad_files 'hallmark export' 2 export @ --format comid --output "$work/x"
refused 4 '/missing/x: No such file' 'an output in no directory' export "$golden" --format comid --output "$work/missing/x"
refused 4 '/missing/x: No such file' 'an output directory in no directory' export "$golden" --format pcrlock --output "$work/missing/x"
is "$(find "$work" -maxdepth 1 -name 'x*')" '' 'no refusal leaves anything'
run export --help
is "$status$err" 0 'hallmark export --help'

# --- aws-kms: IAM's policy grammar, and the condition keys of AWS KMS's guide ---
role=arn:aws:iam::123456789012:role/service-role/enclave
export_to aws-kms "$work/kms.json" --principal "$role"
is "$status$err" 0 'aws-kms' || bail "$err"
is "$(jq -c '[.Version, (keys | join(" ")), (.Statement | length), (.Statement[0] | keys | join(" ")), .Statement[0].Effect, .Statement[0].Principal, .Statement[0].Action, .Statement[0].Resource, (.Statement[0].Condition | keys)]' "$work/kms.json")" \
	'["2012-10-17","Statement Version",1,"Action Condition Effect Principal Resource Sid","Allow",{"AWS":"'$role'"},["kms:Decrypt","kms:GenerateDataKey"],"*",["StringEqualsIgnoreCase"]]' \
	'aws-kms: one statement, with the elements that a key policy has'
# What must be equal, straight from golden.json: pinned or zero, and not 15.
is "$(jq -r '.Statement[0].Condition.StringEqualsIgnoreCase | to_entries[] | "\(.key) \(.value)"' "$work/kms.json")" \
	"$(jq -r '.pcrs | to_entries[] | select(.key < 15 and (.value.policy == "pinned" or .value.policy == "zero")) | "kms:RecipientAttestation:NitroTPMPCR\(.key) \(if .value.policy == "zero" then "0" * 96 else .value.values.sha384 end)"' "$golden")" \
	'aws-kms: each register that must be equal, in SHA-384, and no other'
run export "$work/profiles.json" --format aws-kms --principal "$role" --output "$work/kms-none.json"
run export "$work/profiles.json" --format aws-kms --principal "$role" --profile "$(jq -r '.profiles[0].name' "$work/profiles.json")" --output "$work/kms-profile.json"
is "$status$err" 0 'aws-kms: with a profile'
[ "$(jq '.Statement[0].Condition.StringEqualsIgnoreCase | length' "$work/kms-profile.json")" -gt "$(jq '.Statement[0].Condition.StringEqualsIgnoreCase | length' "$work/kms-none.json")" ]
ok $? 'aws-kms: the registers that a profile decides come with it'
for bad in '' root 123456789012 arn:aws:iam::12345678901:root arn:aws:iam::123456789012:group/x arn:aws:iam::123456789012:role/ 'arn:aws:iam::123456789012:role/a b' \
	'arn:aws:iam::123456789012:role/"' arn:aws:s3:::bucket '*' arn:aws:iam::123456789012:role/x:y; do
	export_to aws-kms "$work/bad.json" --principal "$bad"
	like "$status $err" '^3 .*--principal' "aws-kms: principal '$bad': usage"
done
export_to aws-kms "$work/bad.json"
like "$status $err" '^3 .*--principal' 'aws-kms: no principal: usage'
export_to pcrlock "$work/bad.dir" --principal "$role"
like "$status $err" '^3 .*goes with --format aws-kms' '--principal with another format: usage'
export_to aws-kms "$work/bad.json" --principal arn:aws-us-gov:iam::123456789012:root
is "$status" 0 'aws-kms: another partition, and the account itself'
run predict --uki "$work/signed.efi" --vars /usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd --disk "$work/disk.raw" --banks sha256 --output "$work/golden256"
run export "$work/golden256/golden.json" --format aws-kms --principal "$role" --output "$work/kms256.json"
like "$status $err" '^2 .*there is no bank sha384' 'aws-kms: a golden file without SHA-384'
[ ! -e "$work/kms256.json" ]
ok $? 'aws-kms: and nothing is written'
done_testing
