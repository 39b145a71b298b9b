#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# predict-join.t - parts of several vendors joined, and one layer replaced: the same registers as predicted in one go
. "$(dirname "$0")/../support/cli.sh"

make_uki_inputs
uki=$work/uki.efi
run uki "${uki_args[@]}" --output "$uki"
is "$status" 0 'an image' || bail "$err"
vars=/usr/share/OVMF/OVMF_VARS_4M.fd
make_disk "$work/disk.raw" root app weights
run predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$work/disk.raw" --output "$work/whole"
is "$status$err" 0 'predicted in one go, from a disk'
whole=$work/whole/golden.json
values() { # values FILE: every register, policy and bank, but for PCR 5, in one number
	jq -c '[.pcrs[] | select(.pcr != 5) | [.pcr, .policy, .values]]' "$1" | hash sha256
}
differing() { # differing FILE FILE: registers whose policy or values differ
	jq -rn --slurpfile a "$1" --slurpfile b "$2" '[range(16) | select($a[0].pcrs[.] != $b[0].pcrs[.])] | map(tostring) | join(" ")'
}
layer() { echo "$1=$work/$1.img:$work/$1.hash"; }

# From the layers' files, without a disk.
run predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --layer "$(layer root)" --layer "$(layer app)" --layer "$(layer weights)" --output "$work/files"
is "$status$err" 0 'predicted from the files of the layers'
is "$(values "$work/files/golden.json")" "$(values "$whole")" 'the same registers as from the disk'
is "$(jq -c '.pcrs[5] | [.policy, has("values")]' "$work/files/golden.json")" '["shown",false]' 'PCR 5: nothing is known without the disk'
is "$(jq -c '[.inputs[].name]' "$work/files/golden.json")" '["uki","vars","root","root-tree","app","app-tree","weights","weights-tree"]' 'every file is an input'

run predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --layer "$(layer root)" --layer "$(layer app)" --layer "$(layer weights)" --disk-count 2 --output "$work/files"
is "$status$err $(values "$work/files/golden.json")" "0 $(values "$whole")" '--disk-count: no register but those of boot variables'
refused 3 '--disk-count: is not from 1 to' '--disk-count 0' predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --layer "$(layer root)" --disk-count 0 --output "$work/x"
refused 3 '--disk-count: goes without --disk' '--disk-count and --disk' predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$work/disk.raw" --disk-count 1 --output "$work/x"

# Three vendors.
run predict --part --uki "$uki" --vars "$vars" --firmware-secure-boot=no --layer "$(layer root)" --not-after 2030-01-01T00:00:00Z --output "$work/os"
is "$status$err $(cd "$work/os" && echo ./*)" '0 ./golden.tcglog ./part.json' "the OS's part"
run predict --part --name app --image-version 3 --layer "$(layer app)" --not-before 2026-02-01T00:00:00Z --not-after 2031-01-01T00:00:00Z --output "$work/app"
is "$status$err $(cd "$work/app" && echo ./*)" '0 ./part.json' "the application's part"
run predict --part --name weights --image-version 9 --layer "$(layer weights)" --not-before 2026-01-01T00:00:00Z --output "$work/weights"
is "$status$err" 0 "the weights' part"
parts=("$work/os/part.json" "$work/app/part.json" "$work/weights/part.json")
is "$(jq -c '.slots' "${parts[0]}")" '[{"name":"root","pcr":11},{"name":"app","pcr":13},{"name":"weights","pcr":14}]' 'the part has the slots of the layers file'
cp "${parts[0]}" "$work/joined.src"
run predict --join "${parts[@]}" --output "$work/joined"
is "$status $(wc -l <<<"$err")" '0 3' 'joined; for each part a line says that its signature was not checked'
joined=$work/joined/golden.json
is "$(values "$joined")" "$(values "$whole")" 'joined: the same registers as in one go'
by_schema "$joined"
ok $? 'docs/schema/golden.schema.json: a joined golden file is valid' "$(tail -n 3 "$work/schema.log")"
is "$(jq -c '.layers' "$joined")" "$(jq -c '.layers' "$whole")" 'joined: the layers in boot order'
cmp -s "$work/joined/golden.cel" "$work/whole/golden.cel"
ok $? 'joined: the same runtime log'
is "$(jq -r '.parts[] | "\(.name) \(.sha256)"' "$joined")" "$(for pair in cli-test:os app:app weights:weights; do
	echo "${pair%%:*} $(hash sha256 <"$work/${pair#*:}/part.json")"; done)" 'joined: names the parts, by sha256sum'
is "$(jq -c '.valid' "$joined")" '{"not_before":"2026-02-01T00:00:00Z","not_after":"2030-01-01T00:00:00Z"}' 'joined: valid when all parts are'
run predict --join "${parts[2]}" "${parts[0]}" "${parts[1]}" --output "$work/order"
is "$(values "$work/order/golden.json")" "$(values "$whole")" 'joined in another order: the same registers'

# Signed parts.
for name in cli-test app weights; do
	openssl genpkey -algorithm ed25519 -out "$work/$name.key" 2>/dev/null
	openssl pkey -in "$work/$name.key" -pubout -out "$work/$name.pub"
	keys+=(--part-key "$name=$work/$name.pub")
done
run sign "${parts[0]}" --key "$work/cli-test.key"
run sign "${parts[1]}" --key "$work/app.key"
run sign "${parts[2]}" --key "$work/weights.key"
run predict --join "${parts[@]}" "${keys[@]}" --output "$work/signed"
is "$status$err" 0 'joined with signatures'
cmp -s "$work/signed/golden.json" "$joined"
ok $? 'joined with signatures: the same file'
refused 3 'there is no --part-key for weights' 'a key for some parts only' predict --join "${parts[@]}" "${keys[@]:0:4}" --output "$work/x"
cp "$work/app/part.json.sig" "$work/weights/part.json.sig"
refused 2 '/weights/part.json.sig: ' "another vendor's signature" predict --join "${parts[@]}" "${keys[@]}" --output "$work/x"
rm "$work/weights/part.json.sig"
refused 4 '/weights/part.json.sig: No such file' 'a part without a signature' predict --join "${parts[@]}" "${keys[@]}" --output "$work/x"

# Parts that do not fit together. (Lines about signatures come first: tell them apart by the last line.)
misfit() { # misfit STATUS REGEX NAME ARGUMENT...
	local want=$1 regex=$2 name=$3
	shift 3
	run predict --join "$@" --output "$work/x"
	is "$status" "$want" "$name: status"
	like "$(tail -n 1 <<<"$err")" "^hallmark: .*$regex" "$name: reason"
}
misfit 2 'the layer weights is in no part' 'a layer is missing' "${parts[@]:0:2}"
misfit 2 "no part has the image's slots" 'no OS' "${parts[@]:1:2}"
misfit 2 'more than one part with the image.s slots' 'two OSes' "${parts[0]}" "${parts[@]}"
misfit 2 'the layer app is in another part too' 'a layer twice' "${parts[@]}" "${parts[1]}"
sed 's/name=app /name=other /' "${parts[1]}" >"$work/other.json"
misfit 2 'a layer for which the image has no slot' 'a layer that nobody wants' "${parts[@]}" "$work/other.json"
jq '.valid.not_before = "2030-06-01T00:00:00Z"' "${parts[1]}" >"$work/late.json"
misfit 2 'it is never valid together with the other parts' 'validities that exclude each other' "${parts[0]}" "$work/late.json" "${parts[2]}"
jq '.events[3].digests.sha256 |= ascii_upcase' "${parts[0]}" >"$work/bad.json"
misfit 2 'bad.json: events\[3\].digests.sha256' 'a malformed part' "$work/bad.json" "${parts[1]}" "${parts[2]}"
for change in '.slots[1].pcr = 15' '.slots[1].pcr = 10' '.slots[1].name = "root"' '.events += [.events[0] | .type = "hallmark"]' '.pcrs = []' 'del(.slots)' \
	'.version = "hallmark-golden/1"'; do
	jq "$change" "${parts[0]}" >"$work/bad.json"
	misfit 2 'bad.json: ' "a part after $change" "$work/bad.json" "${parts[1]}" "${parts[2]}"
done
misfit 2 'golden.json: ' 'a golden file is not a part' "$whole" "${parts[1]}"
refused 2 '/part.json: parts is missing' 'a part is not a golden file' log diff "${parts[0]}" "$whole"

# Another application in a finished golden file: of the pinned registers 13 and nothing else.
cp "$work/app.img" "$work/app.saved"
cp "$work/app.hash" "$work/app.saved.hash"
printf X | dd of="$work/app.img" bs=1 seek=5000 conv=notrunc status=none
cp "$work/app.img" "$work/new.img"
make_disk "$work/new.raw" root app weights
cp "$work/app.hash" "$work/new.hash"
run predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no --disk "$work/new.raw" --output "$work/anew"
run predict --replace app="$work/new.img:$work/new.hash" "$whole" --output "$work/replaced"
is "$status" 0 '--replace'
by_schema "$work/replaced/golden.json"
ok $? 'docs/schema/golden.schema.json: one with another layer is valid' "$(tail -n 3 "$work/schema.log")"
is "$(values "$work/replaced/golden.json")" "$(values "$work/anew/golden.json")" '--replace: the registers of a prediction from the new disk'
is "$(differing "$whole" "$work/replaced/golden.json")" '5 13' '--replace: PCR 13, and 5, which is not known'
is "$(jq -c '.pcrs[5] | has("values")' "$work/replaced/golden.json")" false '--replace: nothing is said about PCR 5'
run predict --replace app="$work/new.img:$work/new.hash" "$whole" --disk "$work/new.raw" --output "$work/replaced"
is "$(differing "$work/replaced/golden.json" "$work/anew/golden.json")" '' '--replace with the new disk: all registers of a prediction from it'
cmp -s "$work/replaced/golden.cel" "$work/anew/golden.cel"
ok $? '--replace: the runtime log of a prediction from the new disk'
is "$(jq -c '[.parts[].sha256, (.inputs[].name)]' "$work/replaced/golden.json")" "[\"$(hash sha256 <"$whole")\",\"uki\",\"vars\",\"app\",\"app-tree\"]" \
	'--replace: names what it was made of'
run log diff "$whole" "$work/replaced/golden.cel"
like "$out" '^PCR 13: layer app: root hash differs: ' 'log diff names the layer'
run predict --replace app="$work/new.img:$work/new.hash" "$work/files/golden.json" --output "$work/replaced"
is "$(jq -c '[.inputs[].name]' "$work/replaced/golden.json")" '["uki","vars","root","root-tree","weights","weights-tree","app","app-tree"]' \
	'--replace: no old file of the layer is an input'
# Dates: those of whoever signs the new file.
no_date() { # no_date MESSAGE NAME ARGUMENT...
	run predict "${@:3}" --output "$work/never"
	is "$status $(tail -n 1 "$work/stderr" | grep -cE "^hallmark: $1")" '3 1' "$2"
}
run predict --replace app="$work/new.img:$work/new.hash" "$joined" --not-before 2026-03-01T00:00:00Z --not-after 2035-01-01T00:00:00Z --output "$work/replaced"
is "$(jq -c .valid "$work/replaced/golden.json")" '{"not_before":"2026-03-01T00:00:00Z","not_after":"2035-01-01T00:00:00Z"}' '--replace with dates: a renewal'
run predict --replace app="$work/new.img:$work/new.hash" "$joined" --not-after 2035-01-01T00:00:00Z --output "$work/replaced"
is "$(jq -c .valid "$work/replaced/golden.json")" '{"not_before":"2026-02-01T00:00:00Z","not_after":"2035-01-01T00:00:00Z"}' '--replace: the date that is not given stays'
no_date '--not-after: the file would never be valid' '--replace: dates that exclude each other' --replace app="$work/new.img:$work/new.hash" "$joined" --not-after 2025-01-01T00:00:00Z
no_date '--not-before: is not a time' '--replace: no time' --replace app="$work/new.img:$work/new.hash" "$joined" --not-before yesterday
run predict --join "${parts[@]}" --not-before 2026-04-01T00:00:00Z --not-after 2029-01-01T00:00:00Z --output "$work/narrow"
is "$(jq -c .valid "$work/narrow/golden.json")" '{"not_before":"2026-04-01T00:00:00Z","not_after":"2029-01-01T00:00:00Z"}' '--join with dates: narrower'
no_date '--not-after: a part is not valid as long as that' '--join: no part is valid longer than its vendor said' --join "${parts[@]}" --not-after 2030-06-01T00:00:00Z
no_date '--not-before: a part is not valid as early as that' '--join: nor earlier' --join "${parts[@]}" --not-before 2026-01-01T00:00:00Z
is "$(find "$work" -maxdepth 1 -name never)" '' 'and nothing is written'
# Without a tree: the one that hallmark verity format makes for the name and the version.
run verity root "$work/new.img" --name app --version 8
root=$out
run predict --replace app="$work/new.img" "$whole" --image-version 8 --output "$work/replaced"
like "$(jq -r '.layers[1]' "$work/replaced/golden.json")" "name=app .* root=$root\$" '--replace without a tree: the root hash that hallmark verity root prints'
is "$(differing "$whole" "$work/replaced/golden.json")" '5 13' '--replace without a tree: PCR 13 and 5'

refuse_replace() { # refuse_replace STATUS REGEX NAME ARGUMENT...
	local want=$1 regex=$2 name=$3
	shift 3
	run predict "$@" --output "$work/x"
	is "$status" "$want" "$name: status"
	like "$(tail -n 1 <<<"$err")" "^hallmark: .*$regex" "$name: reason"
}
refuse_replace 3 'none is not a layer of ' '--replace: no such layer' --replace none="$work/new.img:$work/new.hash" "$whole"
refuse_replace 3 'is not NAME=DATA' '--replace: no file' --replace app= "$whole"
refuse_replace 4 '/missing: No such file' '--replace: a file that does not exist' --replace app="$work/missing" "$whole"
refuse_replace 2 '/new.img: ' '--replace: a tree that is none' --replace app="$work/new.img:$work/new.img" "$whole"
refuse_replace 3 'takes one golden file' '--replace: two golden files' --replace app="$work/new.img" "$whole" "$whole"
refuse_replace 3 'goes with neither' '--join and --replace' --join --replace app="$work/new.img" "$whole"
refused 3 'without --uki it needs --name and --layer' '--part with nothing' predict --part --output "$work/x"
refused 3 'nothing is not among the image.s layers' '--layer: not a layer of the image' predict --uki "$uki" --vars "$vars" --firmware-secure-boot=no \
	--disk "$work/disk.raw" --layer nothing="$work/new.img" --output "$work/x"
[ ! -e "$work/x" ]
ok $? 'refusals write nothing'
done_testing
