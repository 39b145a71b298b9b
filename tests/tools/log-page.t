#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# log-page.t - hallmark log show --html: what the page says, what it must not hold, what a browser shows; and proofs
# a03_ in a test's name is its row in the table of weakness classes: text from a log is never markup.
. "$(dirname "$0")/../support/cli.sh"

page() { # page EXPECTED-STATUS FILE ARGUMENT...: the page of FILE as page.py reads it, in $text
	local want=$1
	shift
	run log show "$1" --html "${@:2}"
	cp "$work/stdout" "$work/page.html"
	problems=$(python3 "$top/tests/tools/log_page.py" check "$work/page.html" 2>&1 >"$work/text") || :
	text=$(<"$work/text")
	[ "$status$err" = "$want" ] || problems+=" exit status $status $err"
}
count() {
	grep -cE -e "$1" "$work/text"
}

make_uki_inputs
uki=$work/uki.efi
run uki "${uki_args[@]}" --output "$uki"
is "$status" 0 'an image' || bail "$err"
make_disk "$work/disk.raw" root app weights
run predict --uki "$uki" --vars /usr/share/OVMF/OVMF_VARS_4M.fd --firmware-secure-boot=no --disk "$work/disk.raw" --output "$work/golden"
is "$status" 0 'its golden files' || bail "$err"
golden=$work/golden/golden.json
log=$work/golden/golden.tcglog
report() { # report FIRMWARE-LOG RUNTIME-LOG: registers as predicted
	jq --arg fw "$(base64 -w0 "$1")" --arg rt "$(base64 -w0 "$2")" '
		. as $g | {version: "hallmark-report/1",
		pcrs: ([.banks[] as $b | {($b): [.pcrs[] | .values[$b] // (($g.pcrs[8].values[$b]) | sub("0$"; "7"))]}] | add),
		firmware_log: $fw, runtime_log: $rt}' "$golden"
}
report "$log" "$work/golden/golden.cel" >"$work/report.json"
events=$(jq '.events | length' "$golden")

page 0 "$work/report.json" --golden "$golden"
is "$problems" '' 'a page: only elements that are allowed, nothing to load'
like "$text" '^p.verdict good accepted: all judged registers are those of cli-test 7.1$' 'the verdict'
is "$(count '^td.state good match$')" $((events + 14)) 'every event and every predicted register matches'
is "$(count '^td.state bad')" 0 'nothing is bad'
for box in 'Firmware' 'Secure Boot' 'Kernel image \(UKI\)' Stub Kernel 'Layer root' 'Layer app' 'Layer weights' Lock 'TLS key'; do
	like "$text" "^text.name $box\$" "the chain has the box $box"
done
is "$(grep -E '^text.name ' <<<"$text" | paste -sd,)" \
	'text.name Firmware,text.name Secure Boot,text.name Kernel image (UKI),text.name Stub,text.name Kernel,text.name Layer root,text.name Layer app,text.name Layer weights,text.name Lock,text.name TLS key' \
	'the chain is in the order of the boot'
is "$(count '^text.state as predicted$') $(count '^text.state match \(not PCR 0, 1\)$')" '8 1' 'the boxes are as predicted, but for what nobody predicted'
like "$text" "^code. $(jq -r '.pcrs[4].values.sha256' "$golden")\$" "a register's value in full"
like "$text" "^td.text $(jq -r '.layers[1]' "$golden")\$" 'a record in full'
run log show "$work/report.json" --html --golden "$golden"
is "$(cmp "$work/stdout" "$work/page.html" && echo same)" same 'the same input, the same page'

page 0 "$work/report.json"
is "$problems" '' 'without a golden file: a page'
like "$text" '^p.verdict plain Not compared: no golden file was given\.$' 'without a golden file: it says so'
is "$(count '^td.state (good|bad)')" 0 'without a golden file: nothing is judged'
page 0 "$log" --bank sha384
like "$text" '^th. sha384$' '--bank: which digests'
page 0 "$work/golden/golden.cel"
is "$(count '^text.state not in the log$')" 5 'a runtime log alone: five boxes of the firmware are empty'
if [ -d "$HALLMARK_FIXTURES/eventlogs" ]; then
	for log in "$HALLMARK_FIXTURES"/eventlogs/*.bin; do
		page 0 "$log"
		run log show "$log"
		is "$problems$(count '^td.log (firmware|runtime) [0-9]+$')" "$(($(wc -l <"$work/stdout") - 1))" "$(basename "$log"): a row for each event"
	done
	log=$work/golden/golden.tcglog
else
	skip 'logs of real machines' "HALLMARK_FIXTURES=$HALLMARK_FIXTURES does not exist"
fi

# Real differences: another image and another disk against this golden file.
sed 's/profile=demo/profile=test/' "$work/cmdline" >"$work/other.cmdline"
run uki "${uki_args[@]/%$work\/cmdline/$work/other.cmdline}" --uname 6.99 --output "$work/other.efi"
run predict --uki "$work/other.efi" --vars /usr/share/OVMF/OVMF_VARS_4M.fd --firmware-secure-boot=no --disk "$work/disk.raw" --output "$work/other"
jq -s '.[0].pcrs as $new | .[1] | .pcrs |= with_entries(.key as $b | .value |= [range(16) as $i | $new[$i].values[$b] // .[$i]])' \
	"$work/other/golden.json" "$work/report.json" | jq --arg fw "$(base64 -w0 "$work/other/golden.tcglog")" '.firmware_log = $fw' >"$work/changed.json"
run log diff "$golden" "$work/changed.json"
is "$status" 1 'another command line and a section more: log diff rejects'
page 0 "$work/changed.json" --golden "$golden"
like "$text" '^p.verdict bad rejected: not what is predicted for cli-test 7.1$' 'a difference: the verdict'
like "$text" '^li. PCR 11 event [0-9]+: section \.cmdline differs' 'a difference: the reason'
is "$(sed -nE 's/^td.number (4|9|11)$/\1/p' <<<"$text" | sort -u | paste -sd,)" '11,4,9' 'a difference: the registers are there'
is "$(count '^td.state bad MISMATCH$')" 6 'a difference: three registers and the three events that changed'
is "$(count '^td.state bad EXTRA$')" 2 'a section more: its two events are extra'
page 0 "$work/report.json" --golden "$work/other/golden.json"
is "$(count '^td.state bad MISSING$')" 2 'a section less: its two events are missing'
like "$text" '^td.text golden: \.uname' 'a section less: which'

# Registers decide. The log of another boot, with registers as predicted, is not believed; nor the other way round.
report "$work/other/golden.tcglog" "$work/golden/golden.cel" >"$work/lying.json"
page 0 "$work/lying.json" --golden "$golden"
is "$(count '^text.state the log does not explain it$')" 5 'a log that does not give the registers: the boxes of PCR 4, 9, 11 say so'
jq '.pcrs.sha256[13] |= (if .[0:1] == "0" then "1" else "0" end) + .[1:]' "$work/report.json" >"$work/lying.json"
page 0 "$work/lying.json" --golden "$golden"
like "$text" '^p.verdict bad ' 'a register that differs under a log that matches: rejected'
is "$(grep -A 4 '^text.name Layer app' <<<"$text" | grep -c '^text.state the log does not explain it$')" 1 'and its box says that the log does not explain it'

# The TLS key.
tls="hallmark-tls/1 spki-sha256=$(printf key | hash sha256)"
number=$(wc -l <"$work/golden/golden.cel")
record() {
	printf '{"recnum":%s,"pcr":15,"digests":[' "$1"
	for bank in sha1 sha256 sha384 sha512; do
		printf '%s{"hashAlg":"%s","digest":"%s"}' "$([ $bank = sha1 ] || echo ,)" $bank "$(printf %s "$tls" | hash $bank)"
	done
	printf '],"content_type":"hallmark","content":"%s"}\n' "$tls"
}
{ cat "$work/golden/golden.cel"; record "$number"; } >"$work/tls.cel"
report "$log" "$work/tls.cel" | jq --arg s1 "$(extend sha1 "$(printf 'hallmark-lock/1 layers=3' | hash sha1)" "$(printf %s "$tls" | hash sha1)")" \
	--arg s2 "$(extend sha256 "$(printf 'hallmark-lock/1 layers=3' | hash sha256)" "$(printf %s "$tls" | hash sha256)")" \
	--arg s3 "$(extend sha384 "$(printf 'hallmark-lock/1 layers=3' | hash sha384)" "$(printf %s "$tls" | hash sha384)")" \
	--arg s5 "$(extend sha512 "$(printf 'hallmark-lock/1 layers=3' | hash sha512)" "$(printf %s "$tls" | hash sha512)")" \
	'.pcrs.sha1[15] = $s1 | .pcrs.sha256[15] = $s2 | .pcrs.sha384[15] = $s3 | .pcrs.sha512[15] = $s5' >"$work/tls.json"
page 0 "$work/tls.json" --golden "$golden"
like "$text" '^p.verdict good ' 'with a TLS key: accepted'
is "$(grep -A 4 '^text.name TLS key$' <<<"$text" | sed -n '2p;3p;4p' | paste -sd,)" \
	"text.small what the client connects to,text.mono PCR 15 $(printf %s "$tls" | hash sha256 | cut -c1-16),text.state shown, matched by the client" 'the box of the TLS key'
{ cat "$work/tls.cel"; record $((number + 1)); } >"$work/tls2.cel"
report "$log" "$work/tls2.cel" >"$work/tls2.json"
page 0 "$work/tls2.json" --golden "$golden"
is "$(count '^td.state bad EXTRA$')" 1 'a second hallmark-tls record is one too many'

# A proof: the registers of one bank.
python3 "$top/tests/tools/log_page.py" proof "$work/report.json" sha384 "$work/proof.json"
page 0 "$work/proof.json" --golden "$golden"
is "$problems$(grep -c '^td.state good match$' "$work/text")" $((events + 14)) 'a proof is shown as the report is'
run log diff "$golden" "$work/proof.json"
is "$status $(tail -n 1 <<<"$out")" '0 accepted: cli-test 7.1: all 12 judged registers match in all 1 banks' 'hallmark log diff of a proof'
run log replay "$work/proof.json" --bank sha384
is "$status $(grep -c ' differs ' <<<"$out") $(sed -n 's/^sha384:4 //p' <<<"$out")" "1 2 $(jq -r '.pcrs[4].values.sha384' "$golden")" 'hallmark log replay of a proof: as of a report, registers 0 and 1 have no events'
jq '.pcrs[4] |= sub("^.."; "zz")' --indent 2 "$work/proof.json" >"$work/bad.json"
refused 2 '/bad.json: pcrs' 'a proof with a register that is none' log show "$work/bad.json"
jq '.pcrs[4] |= (.[:-1] + (if .[-1:] == "1" then "2" else "1" end))' --indent 2 "$work/proof.json" >"$work/bad.json"
run log diff "$golden" "$work/bad.json"
is "$status" 1 'a proof with another register: rejected'

# Hostile text: in events, and in the name of the file.
python3 "$top/tests/tools/log_page.py" hostile "$log" "$work/<b>'\"&.log"
page 0 "$work/<b>'\"&.log" --golden "$golden"
is "$problems" '' 'a03_: events and a file name with markup: no element, no attribute comes of it'
like "$text" "^td.text <script>document.title='owned'</script>\$" 'a03_: it is shown as the text that it is'
like "$text" '^td.text &lt;b&gt; &#60;i&#62;$' 'a03_: entities are text, too'
like "$text" '^td.text \\x01\\x1b\]0;owned\\x07$|^td.text 01' 'a03_: control characters are shown as numbers'
like "$text" "<b>'\"&.log, [0-9]+ events" 'a03_: the name of the file'
is "$(LC_ALL=C grep -c '[^ -~]' "$work/page.html")" 0 'a03_: only printable ASCII'
cp "$work/page.html" "$work/hostile.html"

# What a browser makes of it.
if chromium=$(command -v chromium); then
	browse() { # browse FILE OPTION: no network, no profile of the user
		timeout 120 "$chromium" --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1280,2400 \
			--user-data-dir="$work/chromium" --virtual-time-budget=2000 "${@:2}" "file://$1" 2>"$work/chromium.log"
	}
	pixels() { # pixels FILE COLOUR: how many
		convert "$1" -fill black +opaque "$2" -fill white -opaque "$2" -format '%[fx:int(mean*w*h+0.5)]' info:
	}
	run log show "$work/report.json" --html --golden "$golden"
	cp "$work/stdout" "$work/good.html"
	run log show "$work/changed.json" --html --golden "$golden"
	cp "$work/stdout" "$work/bad.html"
	for name in good bad; do
		browse "$work/$name.html" --screenshot="$work/$name.png"
		is "$(identify -format '%m %wx%h' "$work/$name.png" 2>&1)" 'PNG 1280x2400' "a browser draws the page: $name"
	done
	ok "$([ "$(pixels "$work/good.png" '#1a7f37')" -gt 2000 ]; echo $?)" 'all as predicted: green frames and words'
	is "$(pixels "$work/good.png" '#c0182b')" 0 'all as predicted: nothing is red'
	ok "$([ "$(pixels "$work/bad.png" '#c0182b')" -gt 1000 ]; echo $?)" 'a difference: red frames and words'
	browse "$work/hostile.html" --dump-dom >"$work/dom"
	is "$(grep -c '<script\|<img\|<svg onload\|<b>' "$work/dom") $(grep -o '<title>.*</title>' "$work/dom" | grep -c owned)" '0 0' 'a03_: the browser finds no element in the text, and no script ran'
	like "$(sed -n 's/.*id="verdict"[^>]*>\([^<]*\)<.*/\1/p' "$work/dom")" '^rejected: ' 'the browser has the verdict as text'
else
	skip 'what a browser makes of the page' 'chromium is not installed'
fi

refused 3 'exclude each other' '--json and --html' log show "$work/report.json" --json --html
refused 3 'goes with --html' '--golden without --html' log show "$work/report.json" --golden "$golden"
refused 2 '/report.json: ' '--golden: a report' log show "$work/report.json" --html --golden "$work/report.json"
refused 4 '/missing: No such file' '--golden: a file that does not exist' log show "$work/report.json" --html --golden "$work/missing"
refused 2 'there is no bank sha512' 'a bank that is not in the proof' log show "$work/proof.json" --html --bank sha512
status=0
"$HALLMARK" log show "$work/report.json" --html >/dev/full 2>"$work/stderr" || status=$?
like "$status $(cat "$work/stderr")" '^4 hallmark: standard output: (No space left on device|Input/output error)$' 'a page that cannot be written: status 4'
done_testing
