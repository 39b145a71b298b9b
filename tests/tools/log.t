#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# log.t - hallmark log show and replay: real logs against tpm2_eventlog in every bank, malformed ones refused
. "$(dirname "$0")/../support/cli.sh"

# What tpm2_eventlog replays: lines BANK:PCR VALUE.
theirs() {
	tpm2_eventlog --eventlog-version=2 "$1" 2>/dev/null | awk '
		/^pcrs:/ { on = 1; next }
		on && /^  [a-z0-9]+:$/ { sub(/:/, "", $1); bank = $1; next }
		on { pcr = $1; sub(/:/, "", pcr); value = tolower($NF); sub(/^0x/, "", value); print bank ":" pcr " " value }'
}

if [ ! -d "$HALLMARK_FIXTURES/eventlogs" ]; then
	skip 'logs of real machines' "HALLMARK_FIXTURES=$HALLMARK_FIXTURES does not exist"
	log=
else
	for log in "$HALLMARK_FIXTURES"/eventlogs/*.bin; do
		name=$(basename "$log")
		run log replay --all "$log"
		is "$status$err" 0 "$name: replays"
		theirs "$log" >"$work/theirs"
		# tpm2-tools 5.4 extends SP800-155 events, which are EV_NO_ACTION, into PCR 0; SOURCES.md's PCR 0, below, does not.
		if tpm2_eventlog --eventlog-version=2 "$log" 2>/dev/null | grep -q '"53503830302d313535'; then # hex of SP800-155
			sed -i '/:0 /d' "$work/theirs"
			out=$(sed '/:0 /d' <<<"$out")
		fi
		is "$(grep -c . "$work/theirs" | sed 's/^0$/none/; s/^[1-9].*/some/')" some "$name: tpm2_eventlog replays it too"
		# Each value of theirs is ours; the registers that they do not list are at their power-on values.
		is "$(sort "$work/theirs" | comm -23 - <(sort <<<"$out"))" '' "a23_: $name: every register in every bank as tpm2_eventlog has it"
		is "$(sort <<<"$out" | comm -23 - <(sort "$work/theirs") | grep -v ' 0*$')" '' "$name: no other register is extended"

		run log replay "$log"
		row=$(grep -E "^\| $name \| [0-9]+ events" "$HALLMARK_FIXTURES/SOURCES.md")
		is "$(sed -nE 's/^sha256:(0|4|7) (.{16}).*/\2/p' <<<"$out" | paste -sd' ' | sed 's: : / :g')" \
			"$(cut -d'|' -f4 <<<"$row" | sed 's/^ //; s/ $//')" "$name: PCR 0, 4, 7 as SOURCES.md lists them"
		run log show "$log"
		is "$(($(wc -l <"$work/stdout") - 1)) $status" "$(cut -d'|' -f3 <<<"$row" | grep -oE '[0-9]+') 0" "$name: as many events as SOURCES.md lists"
		is "$(LC_ALL=C grep -c '[^ -~]' "$work/stdout")" 0 "$name: only printable ASCII is shown"
		is "$(awk 'length > 260' "$work/stdout")" '' "$name: no line is longer than 260"
		run log show --json "$log"
		is "$(jq -r '.[] | "\(.pcr) \(.type) \(.digests.sha256)"' <"$work/stdout" | hash sha1)" \
			"$(tpm2_eventlog --eventlog-version=2 "$log" 2>/dev/null | awk '
				/^- EventNum:/ { n++ } /^  PCRIndex:/ { pcr = $2 } /^  EventType:/ { type = $2 }
				/AlgorithmId: sha256/ { wanted = 1 } wanted && /Digest:/ { gsub(/"/, "", $2); if (n > 1) print pcr, type, $2; wanted = 0 }' |
				hash sha1)" "$name: --json has the registers, types and digests of tpm2_eventlog"
	done
	log=$HALLMARK_FIXTURES/eventlogs/azure-cvm.bin
	# The firmware hashed the data of these events (PFP 1.06, 10.4.1): its own digests say what the data is.
	run log show --json "$log"
	jq -r '.[] | select(.type | test("^EV_(SEPARATOR|EFI_ACTION|EFI_VARIABLE_DRIVER_CONFIG)$")) | "\(.digests.sha256) \(.data)"' \
		<"$work/stdout" >"$work/data"
	while read -r digest data; do
		is "$(xxd -r -p <<<"$data" | hash sha256)" "$digest" "--json: all of the data of the event ${digest:0:8}"
	done <"$work/data"
	is "$(awk 'length > 1000 { print "long" }' "$work/data" | sort -u)" long '--json: an event that the description cuts is among them'
	run log replay --bank sha1 "$log"
	is "$(grep -c '^sha1:' <<<"$out") $(wc -l <<<"$out")" '16 16' 'replay --bank: one bank, sixteen registers'
	# tpm2_eventlog 5.4 on it: BlobBase 0x820000, BlobLength 0xe0000, Enabled 'Yes'.
	run log show "$HALLMARK_FIXTURES/eventlogs/keylime-secureboot.bin"
	like "$out" ' EV_EFI_PLATFORM_FIRMWARE_BLOB .* firmware of 917504 bytes at 0x820000$' 'show: a firmware volume in words'
	like "$out" ' EV_EFI_BOOT_SERVICES_DRIVER .* image of [0-9]+ bytes, loaded at 0x[0-9a-f]+$' 'show: a driver in words'
	like "$out" ' EV_EFI_VARIABLE_DRIVER_CONFIG .* SecureBoot on$' 'show: Secure Boot is on'
	# A StartupLocality event (PFP 1.06, 10.4.5.3) put behind the Spec ID event, whose length is at 28.
	python3 - "$log" "$work/locality" <<-'EOF'
	import struct, sys
	log = open(sys.argv[1], "rb").read()
	first = 32 + struct.unpack_from("<I", log, 28)[0]
	digests = b"".join(struct.pack("<H", alg) + bytes(size) for alg, size in ((4, 20), (11, 32), (12, 48)))
	event = struct.pack("<III", 0, 3, 3) + digests + struct.pack("<I", 17) + b"StartupLocality\0\3"
	open(sys.argv[2], "wb").write(log[:first] + event + log[first:])
	EOF
	run log show "$work/locality"
	like "$out" ' 0 +0  EV_NO_ACTION .* startup locality 3$' 'show: the startup locality in words'
	run log show --bank sha1 "$log"
	like "$out" '^log +# +PCR +type +sha1 ' 'show --bank: the column says which'
	like "$out" ' 4 +EV_EFI_ACTION +[0-9a-f]{16}  Calling EFI Application from Boot Option$' 'show: an action in words'
	refused 3 '--bank: is not' 'an unknown bank' log show --bank md5 "$log"
	refused 2 'there is no bank sha512' 'a bank that is not in the log' log replay --bank sha512 "$log"
	size=$(stat -c %s "$log")
	# Not where only zeros of the next event are left: they read as filling, and the log as a shorter one.
	for cut in 1 31 32 60 72 78 204 1000 $((size - 1)); do
		head -c "$cut" "$log" >"$work/cut"
		refused 2 '/cut: firmware log, event [0-9]+: ' "a log of $cut bytes" log show "$work/cut"
		refused 2 '/cut: firmware log, event [0-9]+: ' "a log of $cut bytes, replay" log replay "$work/cut"
	done
	(cat "$log" && echo) >"$work/longer"
	refused 2 '/longer: firmware log' 'a log with a byte behind its last event' log replay "$work/longer"
fi

# A TD's log (ACPI CCEL), in the area that the firmware set aside: the registers are those of the quote of the same machine.
if [ ! -d "$HALLMARK_FIXTURES/tdx" ]; then
	skip 'logs of TDs' "HALLMARK_FIXTURES=$HALLMARK_FIXTURES has no tdx"
else
	for name in gce-cos-113:43 live2:20; do
		log=$HALLMARK_FIXTURES/tdx/${name%:*}.ccel
		run log replay "$log"
		is "$status$err" 0 "$name: replays"
		# RTMR 0 to 3: bytes 376 to 567 of a quote of version 4 (Intel TDX DCAP Quoting Library API, A.3).
		is "$out" "$(xxd -p -s 376 -l 192 -c 48 "${log%.ccel}.quote" | awk '{ print "sha384:rtmr" NR - 1 " " $1 }')" "$name: the quote's RTMRs"
		run log show "$log"
		is "$status $(($(wc -l <"$work/stdout") - 1))" "0 ${name#*:}" "$name: as many events as SOURCES.md lists"
	done
	run log show "$HALLMARK_FIXTURES/tdx/td-shim.ccel"
	is "$status$err" 0 "td-shim's log, whose area ends in zeros"
	refused 3 "--html: shows PCRs" "a TD's log is no page" log show --html "$log"
	refused 2 'there is no bank sha256' "a TD's log has one bank" log replay --bank sha256 "$log"
	cp "$log" "$work/filled"
	printf '\0' | dd of="$work/filled" bs=1 seek=65535 conv=notrunc status=none
	refused 2 '/filled: firmware log, event 20: ' 'one other byte in the filling' log replay "$work/filled"
	printf '\2' | dd of="$work/filled" bs=1 conv=notrunc status=none
	refused 2 '/filled: is no firmware log' 'a first event of register 2' log show "$work/filled"
fi

for command in 'log show' 'log replay'; do
	# shellcheck disable=SC2086 # two words
	bad_files "hallmark $command" 2 $command @
done

printf '{\n  "version": "hallmark-golden/1",\n' >"$work/golden"
refused 2 '/golden: is a golden file, not a log: ' 'show: a golden file' log show "$work/golden"
refused 2 '/golden: is a golden file, not a log: ' 'replay: a golden file' log replay "$work/golden"
yes 'not a log' | head -c 3000 >"$work/junk"
refused 2 '/junk: is no firmware log' 'show: a file that is nothing of it' log show "$work/junk"
{ printf '\0\0\0\0\3\0\0\0'; head -c 100 /dev/zero; } >"$work/start"
refused 2 '/start: firmware log, event 0: ' 'show: what begins as a firmware log is judged as one' log show "$work/start"

# Logs of TPM 1.2, TCG_PCR_EVENT throughout, with and without the Spec ID event of TCG EFI Platform Specification 1.22,
# 7.4. tpm2_eventlog reads the one without; version 5.4 wants a Spec ID event of TPM 2.0.
le32() { printf "%b" "$(printf '\\x%02x\\x00\\x00\\x00' "$1")"; }
sha1_event() { # sha1_event PCR TYPE DATA
	le32 "$1" && le32 "$2" && printf %s "$3" | openssl dgst -sha1 -binary && le32 "${#3}" && printf %s "$3"
}
{ sha1_event 0 8 'version 1.2' && sha1_event 7 4 zero; } >"$work/tpm12"
{
	le32 0 && le32 3 && head -c 20 /dev/zero && le32 25
	printf 'Spec ID Event00\0\0\0\0\0\2\1\2\2\0'
	cat "$work/tpm12"
} >"$work/tpm12-spec"
tpm2_eventlog --eventlog-version=1 "$work/tpm12" >"$work/theirs" 2>&1
is "$(grep -c 'EventType: EV_S_CRTM_VERSION' "$work/theirs")" 1 'tpm12: tpm2_eventlog reads it' || sed 's/^/# /' "$work/theirs"
for name in tpm12 tpm12-spec; do
	for command in show replay; do
		refused 2 'is one of TPM 1\.2, with SHA-1 digests only' "$name: $command says what it is" log "$command" "$work/$name"
	done
done

# A runtime log, written by hand, its digests by coreutils.
record() { # record RECNUM PCR LINE
	printf '{"recnum":%s,"pcr":%s,"digests":[{"hashAlg":"sha1","digest":"%s"},{"hashAlg":"sha256","digest":"%s"}],"content_type":"hallmark","content":"%s"}\n' \
		"$1" "$2" "$(printf %s "$3" | hash sha1)" "$(printf %s "$3" | hash sha256)" "$3"
}
lock='hallmark-lock/1 layers=1'
tls="hallmark-tls/1 spki-sha256=$(printf '' | hash sha256)"
{ record 0 12 "$lock"; record 1 15 "$lock"; record 2 15 "$tls"; } >"$work/cel"
run log replay --all "$work/cel"
is "$status" 0 'a runtime log replays'
for bank in sha1 sha256; do
	is "$(sed -n "s/^$bank:15 //p" <<<"$out")" \
		"$(extend "$bank" "$(printf %s "$lock" | hash "$bank")" "$(printf %s "$tls" | hash "$bank")")" "PCR 15, $bank: by coreutils"
done
run log show "$work/cel"
like "$out" "^runtime +2 +15  hallmark +[0-9a-f]{16}  $tls\$" 'show: a record in full'
sed 's/layers=1/layers=2/' "$work/cel" >"$work/bad"
refused 2 'runtime log, record 0: a runtime log digest is not the hash of its content' 'a record that was rewritten' log replay "$work/bad"
sed '2d' "$work/cel" >"$work/bad"
refused 2 'runtime log, record 1: .*do not count up' 'a record that was left out' log replay "$work/bad"
head -c -1 "$work/cel" >"$work/bad"
refused 2 'runtime log, record 0: .*does not end with a newline' 'the last newline is missing' log show "$work/bad"
sed 's/,"pcr"/, "pcr"/' "$work/cel" >"$work/bad"
refused 2 'runtime log, record 0: .*canonical' 'a space in a record' log show "$work/bad"

# Reports: registers against logs.
report() { # report PCR15: with the runtime log above and nothing else
	jq -n --arg log "$(base64 -w0 "$work/cel")" --arg p12 "$(extend sha256 "$(printf %s "$lock" | hash sha256)")" --arg p15 "$1" '
		("0" * 64) as $z | {version: "hallmark-report/1",
		pcrs: {sha256: ([range(16) | $z] | .[12] = $p12 | .[15] = $p15)}, firmware_log: "", runtime_log: $log}'
}
p15=$(extend sha256 "$(printf %s "$lock" | hash sha256)" "$(printf %s "$tls" | hash sha256)")
report "$p15" >"$work/report"
run log replay "$work/report"
is "$status$err" 0 'a report whose registers are what its log replays to' || echo "# $err"
report "${p15:1}0" >"$work/report"
run log replay "$work/report"
is "$status" 1 'a report with another register: status 1'
like "$out" "^sha256:15 $p15 differs from the register ${p15:1}0\$" 'the register is named'
like "$err" '1 registers are not what the logs replay to$' 'the error counts them'
jq '.runtime_log = "AAA"' "$work/report" >"$work/bad"
refused 2 'runtime_log is not base64' 'a report with broken base64' log replay "$work/bad"
jq '.runtime_log = "e30K"' "$work/report" >"$work/bad"
refused 2 'runtime log, record 0: ' 'a report with a malformed log' log show "$work/bad"
jq '.extra = 1' "$work/report" >"$work/bad"
refused 2 'extra is not a known field' 'a report with another field' log show "$work/bad"
head -c 100 "$work/report" >"$work/bad"
refused 2 'line [0-9]+: ' 'a report that is cut off' log show "$work/bad"
done_testing
