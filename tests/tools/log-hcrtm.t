#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# log-hcrtm.t - PCR 0 of a TPM that was given an H-CRTM before its start, against the replay of a log that says so
. "$(dirname "$0")/../support/cli.sh"
command -v swtpm_ioctl >/dev/null || bail 'swtpm_ioctl is missing'

tpm=$work/tpm
mkdir "$tpm"
swtpm_setup --tpm2 --tpmstate "$tpm" --pcr-banks sha1,sha256,sha384,sha512 >"$work/log" 2>&1 || bail "swtpm_setup: $(tail -n 1 "$work/log")"
swtpm socket --tpm2 --tpmstate "dir=$tpm" --ctrl "type=unixio,path=$work/sock.ctrl" --server "type=unixio,path=$work/sock,disconnect" --flags not-need-init &
swtpm_pid=$!
cleanup() { kill "$swtpm_pid" 2>/dev/null; rm -rf "$work"; }
trap cleanup EXIT
for _ in $(seq 100); do
	[ -S "$work/sock.ctrl" ] && [ -S "$work/sock" ] && break
	sleep 0.1
done
printf 'the H-CRTM' >"$work/hcrtm"
swtpm_ioctl --unix "$work/sock.ctrl" -i >"$work/log" 2>&1 || bail "swtpm_ioctl -i: $(cat "$work/log")"
swtpm_ioctl --unix "$work/sock.ctrl" -h "$(cat "$work/hcrtm")" >"$work/log" 2>&1 || bail "swtpm_ioctl -h: $(cat "$work/log")"
export TPM2TOOLS_TCTI=swtpm:path=$work/sock
tpm2_startup -c || bail tpm2_startup

# The log: the Spec ID event of two banks, the H-CRTM event, one more event.
log() { # log [LOCALITY]: with a StartupLocality event before
	/usr/bin/python3 - "$work/hcrtm" "$@" <<'PYTHON'
import hashlib, struct, sys
data = open(sys.argv[1], "rb").read()
out = sys.stdout.buffer
spec = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, 2) + struct.pack("<HHHH", 0x0b, 32, 0x0c, 48) + b"\0"
out.write(struct.pack("<II20sI", 0, 3, b"", len(spec)) + spec)


def event(kind, digests, text):
    out.write(struct.pack("<III", 0, kind, 2) + struct.pack("<H", 0x0b) + digests[0] + struct.pack("<H", 0x0c) + digests[1])
    out.write(struct.pack("<I", len(text)) + text)


for locality in sys.argv[2:]:
    event(3, (bytes(32), bytes(48)), b"StartupLocality\0" + bytes([int(locality)]))
event(0x80000010, (hashlib.sha256(data).digest(), hashlib.sha384(data).digest()), b"HCRTM")
event(8, (hashlib.sha256(b"version").digest(), hashlib.sha384(b"version").digest()), b"version")
PYTHON
}
printf version >"$work/version"
tpm2_pcrextend "0:sha256=$(sha256sum <"$work/version" | cut -d' ' -f1),sha384=$(sha384sum <"$work/version" | cut -d' ' -f1)" || bail tpm2_pcrextend
for bank in sha256 sha384; do
	seen=$(tpm2_pcrread "$bank:0" | sed -nE 's/^ *0 *: 0x//p' | tr 'A-F' 'a-f')
	[ -n "$seen" ] || bail tpm2_pcrread
	log >"$work/hcrtm.log"
	run log replay --bank "$bank" "$work/hcrtm.log"
	like "$out" "^$bank:0 $seen\$" "a01_hcrtm: PCR 0 as in the TPM, $bank" "$err"
	log 4 >"$work/both.log"
	run log replay --bank "$bank" "$work/both.log"
	like "$out" "^$bank:0 $seen\$" "a01_hcrtm: with a StartupLocality event of 4, $bank" "$err"
done
for locality in 0 3; do
	log $locality >"$work/contradiction.log"
	refused 2 '/contradiction.log: .*StartupLocality' "a01_hcrtm: an H-CRTM and StartupLocality $locality" log replay "$work/contradiction.log"
done
done_testing
