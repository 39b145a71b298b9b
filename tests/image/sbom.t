#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# sbom.t - the bill of materials: SPDX 2.3, every package of the lock, what each layer has, the same bytes each time
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
sbom=$B/image/sbom.json
[ -s "$sbom" ] || bail "$sbom is not there: run make image"

is "$(jq -r '[.spdxVersion, .dataLicense, .SPDXID] | join(" ")' "$sbom")" 'SPDX-2.3 CC0-1.0 SPDXRef-DOCUMENT' 'SPDX 2.3, clause 6: version, licence, id'
like "$(jq -r '.creationInfo.created' "$sbom")" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$' 'clause 6.9: a time in UTC'
like "$(jq -r '.documentNamespace' "$sbom")" '^urn:uuid:[0-9a-f-]{36}$' 'clause 6.5: a URI, without a fragment'
is "$(jq -r '[.packages[].SPDXID, .SPDXID] | group_by(.)[] | select(length > 1) | .[0]' "$sbom")" '' 'ids are unique'
is "$(jq -r '[.packages[].SPDXID | select(test("^SPDXRef-[a-zA-Z0-9.-]+$") | not)] | join(" ")' "$sbom")" '' 'clause 3.2: ids of letters, digits, . and -'
is "$(jq -r '([.packages[].SPDXID, .SPDXID]) as $ids | [.relationships[] | .spdxElementId, .relatedSpdxElement | select(. as $i | $ids | index($i) | not)] | join(" ")' "$sbom")" '' \
	'every relationship is between things that are there'
is "$(jq -r '[.relationships[].relationshipType] | unique | join(" ")' "$sbom")" 'BUILD_DEPENDENCY_OF CONTAINS DESCRIBES' 'clause 11: types of relationships'
is "$(jq -r '.packages[] | select(has("checksums")) | [.name, .versionInfo, .checksums[0].checksumValue, .packageFileName] | join(" ")' "$sbom" | sort)" \
	"$(grep -v '^#' image/packages.lock | cut -d' ' -f1,2,4,5 | sort)" 'every package of the lock with version, SHA-256 and file, and no other'
is "$(jq -r '[.packages[] | select(has("checksums") and (.externalRefs[0].referenceLocator | test("^pkg:deb/debian/([a-z0-9.-]|%2B)+@[A-Za-z0-9.%~_-]+\\?arch=(all|amd64)&distro=trixie$") | not)) | .name] | join(" ")' "$sbom")" '' \
	'package URLs'

# contains ELEMENT: names of the packages in it
contains() {
	jq -r --arg e "SPDXRef-Hallmark-$1" '.relationships[] | select(.spdxElementId == $e and .relationshipType == "CONTAINS") | .relatedSpdxElement' "$sbom" |
		sed -n 's/^SPDXRef-Package-//p' | sort
}
fsck.erofs --extract="$work/root" "$B/image/root.erofs" >/dev/null 2>&1
is "$(contains layer-root)" "$(cut -d' ' -f1 "$work/root/usr/share/hallmark/packages" | sed 's/+/-2b-/g' | sort -u)" 'the OS root has what its own list says'
is "$(contains layer-weights)" tesseract-ocr-eng 'the weights'
like "$(contains layer-initrd)" '^libc6$' 'the initrd has libc'
like "$(contains layer-initrd)" '^libdevmapper' 'the initrd has libdevmapper'
is "$(contains layer-initrd | grep -cE '^(gcc|bash|dracut-core|systemd)$')" 0 'the initrd has no compiler, shell, dracut or systemd'
like "$(contains hallmark)" '^linux-image-' 'the image has the kernel'

# The same lock, the same bytes; another one, another document and another namespace.
lists=()
for layer in root app weights; do
	lists+=("$layer=$B/image/$layer.packages")
done
export SOURCE_DATE_EPOCH=1795305600
TZ=Pacific/Kiritimati image/sbom image/packages.lock 0.1.0 "$work/one" "${lists[@]}"
(umask 077; image/sbom image/packages.lock 0.1.0 "$work/two" "${lists[@]}")
cmp -s "$work/one" "$work/two"
ok $? 'k01_sbom: twice the same bytes'
sed -E '2s/ [0-9a-f]/ 0/' image/packages.lock | sed '3s/ all / amd64 /;3s/ amd64 / all /' >"$work/lock"
image/sbom "$work/lock" 0.1.0 "$work/other" "${lists[@]}"
is "$(jq -rs 'map(.documentNamespace) | unique | length' "$work/one" "$work/other")" 2 'another lock is another document'
grep -v '^libc6 ' image/packages.lock >"$work/lock"
text=$(image/sbom "$work/lock" 0.1.0 "$work/none" "${lists[@]}" 2>&1)
is $? 1 'a layer with a package that the lock has not: refused'
like "$text" 'libc6 is not in ' 'a layer with a package that the lock has not: says so'
is "$(ls "$work/none" 2>/dev/null)" '' 'a refusal leaves nothing'
echo 'no lock' >"$work/lock"
image/sbom "$work/lock" 0.1.0 "$work/none" 2>/dev/null
is $? 1 'a file that is no lock: refused'
done_testing
