#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# run.t - qemu/run and qemu/ask with programs in place of the emulator and of curl: what ends a run, and what is said of it
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"

mkdir "$work/bin"
# The emulator: writes $CONSOLE where -serial says, then does as $THEN says.
cat >"$work/bin/qemu-system-x86_64" <<'QEMU'
#!/usr/bin/env bash
printf '%s\n' "$@" >"$ARGUMENTS"
for arg; do
	case $arg in file:*) printf '%b' "$CONSOLE" >>"${arg#file:}" ;; esac
done
case $THEN in
stay) exec sleep 600 ;;
off) sleep 1 ;;
esac
QEMU
printf '#!/bin/sh\nexit 1\n' >"$work/bin/swtpm"
cat >"$work/bin/curl" <<'CURL'
#!/bin/sh
printf %s "$CODE"
CURL
chmod +x "$work/bin"/*
echo firmware >"$work/firmware"
export ARGUMENTS=$work/arguments CONSOLE='' THEN=stay CODE=000

# machine SECONDS ARGUMENT...: $status, $err; it must have ended by itself long before SECONDS
machine() {
	local limit=$1
	shift
	status=0
	PATH=$work/bin:$PATH timeout "$limit" qemu/run --code "$work/firmware" --vars "$work/firmware" --banks none "$@" \
		>"$work/stdout" 2>"$work/stderr" || status=$?
	err=$(paste -sd" " "$work/stderr")
}

CONSOLE='[ 4.0] device-mapper: verity: corrupted\n[ 4.1] Kernel panic - not syncing: dm-verity device corrupted\n[ 4.2] ---[ end Kernel panic ]---\n'
machine 120 --timeout 600
is "$status" 125 'a kernel that panicked is noticed'
like "$err" 'the kernel panicked before the awaited event \(report\)' 'and said'
like "$err" 'the console ended with:.*corrupted.*end Kernel panic' 'the last lines of the console are printed'
machine 120 --timeout 600 --wait 'serial:end Kernel panic'
is "$status $err" '0 ' 'a panic that is waited for is the event'
CONSOLE='hallmark: stopped: no TPM\n' THEN=off machine 120 --timeout 600
like "$status $err" '^125 qemu/run: the machine ended before the awaited event.*hallmark: stopped: no TPM' 'a machine that is off is noticed, with its last lines'
THEN=off machine 120 --timeout 600 --wait exit
is "$status" 0 'a machine that is off, where that is waited for'
CONSOLE='booting\n' machine 120 --timeout 2
like "$status $err" '^124 qemu/run: no event \(report\) within 2 s.*booting' 'no event in time: the last lines'
CONSOLE='booting\n' machine 120 --timeout 2 --verbose
is "$(grep -o booting "$work/stderr" | wc -l)" 1 'with --verbose the console is not printed twice'

CONSOLE='ready\n'
# shellcheck disable=SC2016 # for another shell
machine 120 --wait serial:ready --port 23456 -- sh -c 'echo $HALLMARK_TLS_PORT'
is "$status $(cat "$work/stdout")" '0 23456' '--port: COMMAND finds it'
is "$(grep -c '^user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:23456-:8443$' "$work/arguments")" 1 '--port: QEMU forwards it'
for kind in 'tcg 1 0' 'kvm 0 1' 'auto 1 1'; do
	# shellcheck disable=SC2086 # words
	set -- $kind
	machine 120 --wait serial:ready --accel "$1"
	is "$status $(grep -cx tcg,thread=multi "$work/arguments") $(grep -cx kvm "$work/arguments")" "0 $2 $3" "--accel $1"
done
machine 120 --wait serial:ready
is "$(grep -cx kvm "$work/arguments")" 0 'without --accel: emulation, as the profiles were learned'
for wrong in '--accel xen' '--port x' '--port 123456' '--wait never' '--kernel x'; do
	# shellcheck disable=SC2086 # words
	machine 120 $wrong
	is "$status" 3 "$wrong: refused"
done
# On a terminal.
CONSOLE='[ 1.0] a step\n' PATH=$work/bin:$PATH timeout 120 script -qec \
	"qemu/run --code $work/firmware --vars $work/firmware --banks none --timeout 12" /dev/null >"$work/terminal" </dev/null
like "$(tr -d '\r' <"$work/terminal")" 'qemu/run: 1[0-9] s: \[ 1.0\] a step' 'on a terminal it says how far the console has come'

# ask CODE CONSOLE: $status, $out, $err
ask() {
	printf '%b' "$2" >"$work/serial"
	status=0
	out=$(CODE=$1 PATH=$work/bin:$PATH HALLMARK_ASK_SECONDS=1 HALLMARK_TLS_PORT=1 HALLMARK_SERIAL=$work/serial timeout 120 qemu/ask 2>"$work/stderr") || status=$?
	err=$(paste -sd" " "$work/stderr")
}
for code in 200 404 500; do
	ask $code ''
	is "$status $out $err" "0 application: answers GET / with status $code " "an application that answers $code"
done
exited='systemd[1]: hallmark-app.service: Main process exited, code=exited, status='
for code in 000 502; do
	ask $code ''
	is "$status $out $err" "1  hallmark: the application does not answer: status $code for 1 s" "no answer ($code)"
done
for why in '203/EXEC cannot be executed: .*interpreter' '127/n/a not in APP=' '1/FAILURE its own exit status'; do
	line="$exited${why%% *}\r\n"
	ask 502 "$line$line$line$line"
	like "$status $out $err" "^1  hallmark: the application does not answer: status 502 for 1 s.*status=[0-9]+/.*${why#* }" "why, after four starts: ${why%% *}"
	ask 502 "$line$line$line$line$line"
	like "$status $out $err" "^1  hallmark: the application does not answer: it has ended five times.*status=[0-9]+/.*${why#* }" "why: ${why%% *}"
done
done_testing
