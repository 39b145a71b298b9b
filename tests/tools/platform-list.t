#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# platform-list.t - hallmark platform: the list, and every vector of tests/vectors/platforms.json, with its passing twin
. "$(dirname "$0")/../support/cli.sh"

run platform list
is "$status$err" 0 'platform list'
is "$(grep -cE '^[a-z-]+: ' <<<"$out")" 7 'seven platforms'
run platform list --json
is "$(jq -r '[.[].name] | join(" ")' <<<"$out")" 'qemu azure-tl azure-cvm gcp aws tdx azure-tdx' '--json: the rows in order'
is "$(jq -r '.[] | select(.verified_on | test("^[1-9][0-9]* genuine machines?: |^no genuine machine: ") | not) | .name' <<<"$out")" '' \
	'each says on how many genuine machines it was verified'
# RULES.md 4, and each cloud's documentation
is "$(jq -c '[.[] | select(.name == "azure-cvm") | .ak_handle, .ak_certificate_nv, .report_nv, .eku_required]' <<<"$out")" \
	'["0x81000003","0x01c101d0","0x01400001",true]' 'where Azure keeps its key, certificate and report'
is "$(jq -c '[.[] | select(.name == "gcp") | .ak_template_nv, .ak_certificate_nv, .ak_ecc_template_nv, .ak_ecc_certificate_nv, .eku_required]' <<<"$out")" \
	'["0x01c10001","0x01c10000","0x01c10003","0x01c10002",false]' 'where Google keeps its templates and certificates'
is "$(jq -c '[.[] | select(.name == "aws") | .banks, .ak_certified]' <<<"$out")" '[["sha384"],false]' 'what AWS has'

manifest=$top/tests/vectors/platforms.json
mkdir "$work/v"
"$top/tests/vectors/make-platforms" "$manifest" "$work/v" || bail 'make-platforms'
as_of=$(jq -r .as_of "$manifest")
negative=0
declare -A verdict
while IFS=$'\t' read -r id code check twin; do
	run platform check "$work/v/$id.proof.json" --platforms "$work/v/$id.policy.json" --as-of "$as_of" --json
	got=$(jq -r '[.verdict, .check // ""] | join(" ")' <<<"$out")
	verdict[$id]=$got
	want_status=1
	[ "$code" != Ok ] || want_status=0
	[ "$code" = Ok ] || negative=$((negative + 1))
	is "$status $got $err" "$want_status $code $check " "$id: $code${check:+ by $check}${twin:+ (twin $twin)}"
done < <(jq -r '.vectors[] | [.id, .code, .check // "", .twin // ""] | @tsv' "$manifest")
jq -r '.vectors[] | select(.twin) | .twin' "$manifest" | sort -u >"$work/twins"
bad=
while read -r id; do
	[ "${verdict[$id]:-}" = 'Ok ' ] || bad="$bad $id"
done <"$work/twins"
is "$bad" '' 'every twin passes'
[ "$negative" -ge 80 ]
ok $? "$negative negative vectors"
echo "#! platform vectors: $negative refused, $((${#verdict[@]} - negative)) accepted"

good=("$work/v/snp-good.proof.json" --as-of "$as_of")
run platform check "${good[@]}" --platforms "$work/v/snp-good.policy.json"
like "$status $out" '^0 Ok: the hardware of azure-cvm vouches' 'in words'
refused 1 'snp-good.proof.json: NonCompliantPlatform: VCEK chain: .*not a trusted one' "the vendors' roots do not know a test machine" platform check "${good[@]}"
refused 1 'snp-debug.proof.json: DebugMode: SEV-SNP policy: ' 'a refusal is one line' \
	platform check "$work/v/snp-debug.proof.json" --platforms "$work/v/snp-debug.policy.json" --as-of "$as_of"
refused 1 'VCEK chain: .*expired' 'now is not then' platform check "$work/v/snp-good.proof.json" --platforms "$work/v/snp-good.policy.json" --as-of 2030-01-01T00:00:00Z
refused 1 'PROOF: there is no VCEK for it: the report is signed by a VLEK' 'fetch-vcek: a VLEK' \
	platform fetch-vcek "$work/v/snp-good-vlek.proof.json" --cache "$work/vceks" --product Milan --offline
refused 1 'PROOF: there is no VCEK for it: the report is not signed' 'fetch-vcek: no signature' \
	platform fetch-vcek "$work/v/snp-signer-none.proof.json" --cache "$work/vceks" --product Milan --offline
refused 1 'VLEK: it is the one of CN=cc-test.example, which the policy does not list' 'the cloud of the VLEK is named' \
	platform check "$work/v/snp-vlek-not-listed.proof.json" --platforms "$work/v/snp-vlek-not-listed.policy.json" --as-of "$as_of"
for vlek in '[]' '[""]' '[1]' '"CN=x"' "[\"$(printf 'x%.0s' {1..64})\"]" '["a","b","c","d","e","f","g","h","i"]'; do
	jq --argjson vlek "$vlek" '.amd.vlek = $vlek' "$work/v/snp-good-vlek.policy.json" >"$work/policy"
	refused 2 'policy: amd\.vlek' "amd.vlek $vlek" platform check "${good[@]}" --platforms "$work/policy"
done
echo '{' >"$work/bad"
refused 1 'bad: Malformed: proof: ' 'no proof' platform check "$work/bad"
refused 2 'bad: line ' 'no policy' platform check "${good[@]}" --platforms "$work/bad"
refused 2 'bad: the policy demands no token' 'a key set without a token' \
	platform check "${good[@]}" --platforms "$work/v/snp-good.policy.json" --jwks "$work/bad"
refused 2 'bad: line ' 'no key set' platform check "${good[@]}" --platforms "$work/v/maa-good.policy.json" --jwks "$work/bad"
refused 3 '--jwks: needs --platforms' 'a key set without a policy' platform check "${good[@]}" --jwks "$work/bad"
refused 3 "--as-of: 'now' is not a time" '--as-of' platform check "$work/bad" --as-of now
jq .maa.jwks "$work/v/maa-good.policy.json" >"$work/jwks"
run platform check "$work/v/maa-no-key-set.proof.json" --platforms "$work/v/maa-no-key-set.policy.json" --jwks "$work/jwks" --as-of "$as_of"
like "$status $out$err" '^0 Ok' 'a key set beside the policy'
# Every genuine file is some decoder's test: one that is added to the fixtures and used by none is told here.
if [ ! -d "$HALLMARK_FIXTURES" ]; then
	skip 'genuine files' "HALLMARK_FIXTURES=$HALLMARK_FIXTURES does not exist"
else
	unused=
	for folder in aws azure-cvm azure-snp azure-tdx azure-tl eventlogs gcp snp tdx; do
		for file in "$HALLMARK_FIXTURES/$folder"/*; do
			[ ! -e "$file" ] || grep -rqF --include='*.[ct]' -- "${file##*/}" "$top/tests" || unused="$unused $folder/${file##*/}"
		done
	done
	is "$unused" '' 'a test of a decoder reads each genuine file'
fi
bad_files 'PROOF' 1 platform check @
bad_files '--platforms' 2 platform check "${good[@]}" --platforms @
done_testing
