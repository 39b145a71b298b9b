#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# attest-clouds.t - software TPMs laid out as each cloud lays out its own: hallmark attest finds its way, hallmark verify checks
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
# shellcheck source-path=SCRIPTDIR source=../support/cloud.sh
. tests/support/cloud.sh
trap 'cloud_stop_all; cleanup' EXIT

export HALLMARK_CLOUD=$work/keys/cloud PYTHONDONTWRITEBYTECODE=1
cloud_ca=$HALLMARK_CLOUD/ca.crt
intermediate=$HALLMARK_CLOUD/intermediate.crt
golden=$work/golden
/usr/bin/python3 tests/verify/maker.py "$golden" --boot || bail maker.py

unsafe=()
verify() {
	run verify "$@" --golden "$golden/golden.json" --golden-key "$golden/golden.pub" --accept-stale --json "${unsafe[@]}"
	code=$(jq -r '.code' "$work/stdout" 2>/dev/null)
	seen=$(jq -r '[.checks[] | select(.state == "failed") | .name, .seen] | join(": ")' "$work/stdout" 2>/dev/null)
}

banks=sha1,sha256,sha384,sha512
for machine in qemu-rsa azure-tl-rsa azure-cvm-rsa gcp-ecc gcp-rsa; do
	platform=${machine%-*}
	cloud_start "$work/$machine" "${machine##*-}" $banks "$platform" || bail "cloud_start $machine"
	cloud_boot "$work/$machine" "$golden" || bail cloud_boot
	program=$HALLMARK_GUEST run attest --directory "$work/$machine/run" --tcti "swtpm:path=$work/$machine/tpm.sock" --firmware-log "$work/$machine/run/firmware-log"
	is "$status$err" 0 "$machine: hallmark attest, told nothing"
	proof=$work/$machine/run/proof.json
	is "$(jq -r .platform "$proof")" "$platform" "$machine: finds out which platform it is"
	trusted=(--platform "$platform" --roots "$cloud_ca")
	if [ "$platform" != qemu ]; then
		verify "$proof" "${trusted[@]}"
		is "$status $code" '1 InvalidAttestationKey' "$machine: the TPM holds the leaf alone, and that is not enough"
		trusted+=(--intermediates "$intermediate")
	fi
	if [ "$platform" = azure-cvm ]; then
		verify "$proof" "${trusted[@]}"
		is "$status $code" '1 NonCompliantPlatform' "$machine: without the chip's certificates"
		like "$seen" 'hallmark platform fetch-vcek' "$machine: and it says what is missing"
		trusted+=(--vcek "$work/$machine/tpm/vcek.pem")
		verify "$proof" "${trusted[@]}"
		is "$status $code" '1 NonCompliantPlatform' "$machine: the test's AMD is not AMD"
		like "$seen" "^hardware: the path's root is not a trusted one" "$machine: the pin says so"
		jq -n --arg pin "$(cat "$HALLMARK_CLOUD/amd/ark.sha256")" \
			'{version: "hallmark-platforms/1", allowed: ["azure-cvm"], amd: {vendor_roots: false, roots: [$pin]}}' >"$work/platforms.json"
		trusted=(--roots "$cloud_ca" --intermediates "$intermediate" --vcek "$work/$machine/tpm/vcek.pem" --platforms "$work/platforms.json")
	fi
	verify "$proof" "${trusted[@]}"
	is "$status $code" '0 Ok' "$machine: accepted"
	verify "$proof" "${trusted[@]}" --platform aws
	like "$status" '^[13]$' "$machine: not as another platform"
done

# The same machine's proof with its own chip's certificates in it needs none from the verifier.
cloud_reset "$work/azure-cvm-rsa" || bail cloud_reset
# The power was cut, so the TPM's clock is not safe.
unsafe=(--allow-unsafe-clock)
rm -rf "$work/azure-cvm-rsa/run"
mkdir "$work/azure-cvm-rsa/run"
cloud_boot "$work/azure-cvm-rsa" "$golden" || bail cloud_boot
program=$HALLMARK_GUEST run attest --directory "$work/azure-cvm-rsa/run" --tcti "swtpm:path=$work/azure-cvm-rsa/tpm.sock" \
	--firmware-log "$work/azure-cvm-rsa/run/firmware-log" --vcek "$work/azure-cvm-rsa/tpm/vcek.pem" --intermediates "$intermediate"
is "$status$err" 0 'azure-cvm: attest --vcek --intermediates'
proof=$work/azure-cvm-rsa/run/proof.json
is "$(jq -r '[.hardware.parts[].name] | join(" ")' "$proof")" 'hcl_report vcek ask ark' 'azure-cvm: the proof carries all'
verify "$proof" --roots "$cloud_ca" --platforms "$work/platforms.json"
is "$status $code" '0 Ok' 'azure-cvm: accepted with roots and policy alone'

# One machine's report around another machine's key, and no report at all.
cloud_start "$work/second" rsa $banks azure-cvm || bail cloud_start
cloud_boot "$work/second" "$golden" || bail cloud_boot
program=$HALLMARK_GUEST run attest --directory "$work/second/run" --tcti "swtpm:path=$work/second/tpm.sock" --firmware-log "$work/second/run/firmware-log" \
	--vcek "$work/second/tpm/vcek.pem" --intermediates "$intermediate"
jq --slurpfile other "$work/second/run/proof.json" '.hardware = $other[0].hardware' "$proof" >"$work/mixed.json"
verify "$work/mixed.json" --roots "$cloud_ca" --platforms "$work/platforms.json"
is "$status $code" '1 InvalidAttestationKey' "b09_: another machine's hardware report"
like "$seen" '^hardware: the key HCLAkPub is not the one that signed the quote' 'the report vouches for another key'
jq '.hardware = null' "$proof" >"$work/none.json"
verify "$work/none.json" --roots "$cloud_ca" --platforms "$work/platforms.json"
is "$status $code" '1 NonCompliantPlatform' 'no hardware report'
jq '.platform = "azure-tl" | .hardware = null' "$proof" >"$work/downgraded.json"
verify "$work/downgraded.json" --roots "$cloud_ca" --platforms "$work/platforms.json"
is "$status $code" '1 NonCompliantPlatform' 'a confidential VM that calls itself an ordinary one'
jq '.amd.measurements = ["00" * 48]' "$work/platforms.json" >"$work/measured.json"
verify "$proof" --roots "$cloud_ca" --platforms "$work/measured.json"
is "$status $code" '1 NonCompliantPlatform' 'another launch measurement than listed'
jq '.amd.measurements = ["48" * 48]' "$work/platforms.json" >"$work/measured.json"
verify "$proof" --roots "$cloud_ca" --platforms "$work/measured.json"
is "$status $code" '0 Ok' 'the listed one'
jq '.amd.minimum_tcb = {milan: {microcode: 116}}' "$work/platforms.json" >"$work/newer.json"
verify "$proof" --roots "$cloud_ca" --platforms "$work/newer.json"
is "$status $code" '1 NonCompliantPlatform' 'firmware below the minimum'

# AMD's key server, on the loopback, and what it was asked.
proof=$work/second/run/proof.json
cat >"$work/kds.py" <<'SERVER'
import http.server, pathlib, ssl, sys
folder = pathlib.Path(sys.argv[1])
blocks = (folder / "vcek.pem").read_text().split("-----END CERTIFICATE-----\n")[:3]
pem = [b + "-----END CERTIFICATE-----\n" for b in blocks]
class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(folder / "asked", "a") as log:
            log.write(self.path + "\n")
        if (folder / "down").exists():
            return self.send_error(503)
        body = (pem[1] + pem[2]).encode() if self.path.endswith("/cert_chain") else ssl.PEM_cert_to_DER_cert(pem[0])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Server)
(folder / "port.tmp").write_text(str(server.server_port))
(folder / "port.tmp").rename(folder / "port")
server.serve_forever()
SERVER
/usr/bin/python3 "$work/kds.py" "$work/second/tpm" 2>"$work/kds.log" &
kds=$!
trap 'kill $kds 2>/dev/null; cloud_stop_all; cleanup' EXIT
for _ in $(seq 200); do
	[ -s "$work/second/tpm/port" ] && break
	sleep 0.05
done
[ -s "$work/second/tpm/port" ] || bail "no server: $(cat "$work/kds.log")"
fetch=(platform fetch-vcek "$proof" --cache "$work/vceks" --product Milan --url "http://127.0.0.1:$(cat "$work/second/tpm/port")")
refused 1 'is missing; it is made from http://127.0.0.1:[0-9]*/vcek/v1/Milan/[0-9a-f]{128}\?blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115$' \
	'fetch-vcek --offline: what is missing' "${fetch[@]}" --offline
is "$(cat "$work/second/tpm/asked" 2>/dev/null)" '' 'fetch-vcek --offline: nobody was asked'
: >"$work/second/tpm/down"
refused 4 "vcek/v1/Milan/.*: could not be fetched \\(curl's status 22\\)$" 'fetch-vcek: the server does not answer' "${fetch[@]}"
is "$(ls -A "$work/vceks")" '' 'fetch-vcek: and nothing is kept'
rm "$work/second/tpm/down" "$work/second/tpm/asked"
run "${fetch[@]}"
is "$status$err" 0 'fetch-vcek'
cached=$out
cmp -s "$cached" "$work/second/tpm/vcek.pem"
ok $? "fetch-vcek: the chip's certificates as one PEM file"
is "$(wc -l <"$work/second/tpm/asked")" 2 'fetch-vcek: two questions'
run "${fetch[@]}"
is "$status $out $(wc -l <"$work/second/tpm/asked")" "0 $cached 2" 'fetch-vcek: the second time it asks nobody'
run "${fetch[@]}" --offline
is "$status $out" "0 $cached" 'fetch-vcek --offline: from the cache'
jq '.hardware.parts |= map(select(.name == "hcl_report"))' "$proof" >"$work/bare.json"
verify "$work/bare.json" --roots "$cloud_ca" --platforms "$work/platforms.json" --vcek "$cached"
is "$status $code" '0 Ok' 'fetch-vcek: and the proof that lacks them is accepted with them'
verify "$work/bare.json" --roots "$cloud_ca" --platforms "$work/platforms.json" --vcek "$work/azure-cvm-rsa/tpm/vcek.pem"
is "$status $code" '1 NonCompliantPlatform' "another chip's certificates"
refused 4 'the report.s signature is not the VCEK' "fetch-vcek: a server that answers with another chip's" platform fetch-vcek "$work/azure-cvm-rsa/run/proof.json" \
	--cache "$work/vceks" --product Milan --url "http://127.0.0.1:$(cat "$work/second/tpm/port")"
refused 3 '--product: is needed' 'fetch-vcek: a report of version 2 does not say the product' platform fetch-vcek "$proof" --cache "$work/vceks"
refused 3 '--product: is not Milan' 'fetch-vcek: another product' "${fetch[@]:0:5}" --product Rome
refused 1 'there is no SEV-SNP report in it' 'fetch-vcek: a proof without one' platform fetch-vcek "$work/gcp-ecc/run/proof.json" --cache "$work/vceks"
proof=$work/azure-cvm-rsa/run/proof.json

files=("$proof" --roots "$cloud_ca" --golden "$golden/golden.json" --golden-key "$golden/golden.pub" --accept-stale)
jq '.allowed = ["azure-cvm", "gcp"]' "$work/platforms.json" >"$work/two.json"
refused 3 'allows more than one: name one' 'two platforms allowed and none named' verify "${files[@]}" --platforms "$work/two.json"
refused 3 'does not allow that platform' 'one named that is not allowed' verify "${files[@]}" --platforms "$work/two.json" --platform qemu
refused 2 'golden.json: PlatformsInvalid' 'no policy' verify "${files[@]}" --platforms "$golden/golden.json"
refused 2 'ca.crt: PlatformsInvalid: not the three certificates' 'no VCEK' verify "${files[@]}" --vcek "$cloud_ca"
refused 3 'the platform has no hardware report' "b23_chip_without_a_platform: its certificates, and the virtual cloud's rules" verify "${files[@]}" --vcek "$cached"
refused 3 'no policy demands a token' 'a key set without a policy' verify "${files[@]}" --jwks "$work/two.json"
done_testing
