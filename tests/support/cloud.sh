# SPDX-License-Identifier: BSD-2-Clause
# cloud.sh - on the host: a software TPM that the virtual cloud has certified, in the state of a booted machine
# shellcheck shell=bash disable=SC2034 # what it sets is read by its users
# Sourced from the top of the tree. Each TPM is a directory:
#
#   cloud_start DIR [rsa|ecc [BANKS [PLATFORM]]]   provision and start; $cloud_tcti is for --tcti and TPM2TOOLS_TCTI
#   cloud_boot DIR [GOLDEN-DIR]         extend what a boot with these golden values extends, in every active bank,
#                                       and put the two logs into DIR/run (log, firmware-log): `hallmark-guest attest --directory DIR/run`
#   cloud_attest DIR [OPTION...]        `hallmark-guest attest` there: records the TLS key, writes DIR/run/proof.json
#   cloud_serve DIR [OPTION...]         `hallmark-guest attest --serve` in the background, answering on DIR/run/attest.sock
#   cloud_serve_ended DIR               the exit status of one that ends by itself
#   cloud_reset DIR                     power off and on: registers at their power-on values, resetCount + 1
#   cloud_stop DIR                      gone, as with a killed machine; cloud_stop_all: every one
#
# Without a platform profile in the golden file registers 0 and 1 stay at their power-on values, and the firmware log has none of their events.

cloud_ca=${HALLMARK_CLOUD:-${B:-build}/keys/cloud}/ca.crt
cloud_intermediate=${cloud_ca%/*}/intermediate.crt
cloud_dirs=()

cloud_power_on() {
	swtpm socket --tpm2 --tpmstate "dir=$1/tpm" --server "type=unixio,path=$1/tpm.sock" \
		--ctrl "type=unixio,path=$1/tpm.sock.ctrl" --flags not-need-init,startup-clear >"$1/swtpm.log" 2>&1 &
	echo $! >"$1/swtpm.pid"
	for _ in $(seq 200); do
		[ -S "$1/tpm.sock" ] && return 0
		sleep 0.02
	done
	echo "cloud.sh: swtpm did not start: $(tail -n 1 "$1/swtpm.log")" >&2
	return 1
}

cloud_attest() {
	local dir=$1
	shift
	"${HALLMARK_GUEST:-${B:-build}/hallmark-guest}" attest --tcti "swtpm:path=$dir/tpm.sock" --directory "$dir/run" \
		--firmware-log "$dir/run/firmware-log" "$@"
}

cloud_serve() {
	local dir=$1
	shift
	rm -f "$dir/run/attest.sock"
	"${HALLMARK_GUEST:-${B:-build}/hallmark-guest}" attest --tcti "swtpm:path=$dir/tpm.sock" --directory "$dir/run" \
		--firmware-log "$dir/run/firmware-log" --serve "$@" 2>"$dir/attest.log" &
	echo $! >"$dir/attest.pid"
	for _ in $(seq 200); do
		[ -S "$dir/run/attest.sock" ] && return 0
		kill -0 "$(cat "$dir/attest.pid")" 2>/dev/null || break
		sleep 0.05
	done
	echo "cloud.sh: hallmark-guest attest --serve did not start: $(tail -n 1 "$dir/attest.log")" >&2
	return 1
}

# cloud_serve_stop DIR [SIGNAL]: leaves its exit status
cloud_serve_stop() {
	local pid
	[ -s "$1/attest.pid" ] || return 0
	pid=$(cat "$1/attest.pid")
	rm -f "$1/attest.pid"
	kill "-${2:-TERM}" "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
}

# cloud_serve_ended DIR: the exit status of a service that ends by itself; one that does not within 60 s is killed
cloud_serve_ended() {
	local pid
	pid=$(cat "$1/attest.pid")
	rm -f "$1/attest.pid"
	for _ in $(seq 600); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
}

cloud_start() {
	mkdir -p "$1/tpm" "$1/run"
	qemu/provision "$1/tpm" --key "${2:-rsa}" --banks "${3:-sha1,sha256,sha384,sha512}" --platform "${4:-qemu}" || return 1
	cloud_tcti=swtpm:path=$1/tpm.sock
	cloud_dirs+=("$1")
	cloud_power_on "$1"
}

cloud_stop() {
	local pid
	[ -s "$1/swtpm.pid" ] || return 0
	pid=$(cat "$1/swtpm.pid")
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	rm -f "$1/swtpm.pid" "$1/tpm.sock" "$1/tpm.sock.ctrl"
}

cloud_stop_all() {
	local dir
	for dir in "${cloud_dirs[@]}"; do
		cloud_serve_stop "$dir"
		cloud_stop "$dir"
	done
}

cloud_reset() {
	cloud_stop "$1"
	cloud_power_on "$1"
}

cloud_boot() {
	local golden=${2:-${B:-build}/image/golden} tcti=swtpm:path=$1/tpm.sock banks extends
	# The golden file may name more banks than this TPM has.
	banks=$(TPM2TOOLS_TCTI=$tcti tpm2_getcap pcrs | sed -nE 's/^ *- (sha[0-9]+): \[ [0-9].*/\1/p' | paste -sd' ') || return 1
	extends=$(jq -r --arg banks "$banks" '($banks | split(" ")) as $b | (.profiles[0].events // [])[], .events[] | .pcr as $p | .digests
		| to_entries | map(select(.key | IN($b[])) | "\(.key)=\(.value)") | "\($p):" + join(",")' "$golden/golden.json") || return 1
	# tpm2_pcrextend takes any number of registers and extends them in order.
	# shellcheck disable=SC2086 # one word an extend
	TPM2TOOLS_TCTI=$tcti tpm2_pcrextend $extends || return 1
	cp "$golden/golden.tcglog" "$1/run/firmware-log"
	cp "$golden/golden.cel" "$1/run/log"
	chmod 644 "$1/run/firmware-log" "$1/run/log"
}
