#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# new-roots.t - k01: with new build roots: without a network and in other surroundings, and in a Debian 13 system; an altered source and an altered lock
. "$(dirname "$0")/../../support/cli.sh"
cd "$top" || bail "$top"
[ "$(id -u)" = 0 ] || { skip 'new build roots' 'not root'; done_testing; exit 0; }
hallmark=$(realpath "$HALLMARK")
cache=$(realpath "$B/cache")
clock=$(realpath "$B/tests/clock.so")
firmware=/usr/share/OVMF
make published PUBLISHED="$work/published" >"$work/log" 2>&1 || bail "make published: $(tail -n 1 "$work/log")"
awk '$1 ~ /^(source|program|link)$/ { print $3 }' "$work/published/artefacts" | cpio --quiet -pd "$work/source"

# audit NAME COMMAND...: COMMAND and the arguments of an audit; leaves $status and $work/NAME
audit() {
	local name=$1
	shift
	status=0
	"$@" audit --golden "$published/golden.json" --signature "$published/golden.json.sig" --key "$published/golden.pub" \
		"${arguments[@]}" >"$work/$name" 2>"$work/$name.err" || status=$?
}

# The first build root was made by this machine's tools; so are these two, and the second one by others'.
published=$work/published
arguments=(--source "$work/source" --work "$work/vary/work" --set "CACHE=$cache" --set "BR=$work/new/buildroot")
audit without-network unshare --net tests/reproduce/vary "$work/vary" "$BUILDROOT" "$clock" "$hallmark"
is "$status" 0 'k01_new_build_root_without_network: the same bits' "$(grep -v ' equal ' "$work/without-network" | head -n 20; tail -n 3 "$work/without-network.err")"
like "$(tail -n 1 "$work/without-network")" '^REPRODUCED: ' 'k01_new_build_root_without_network: and says so'
cmp -s "$work/new/buildroot/manifest" "$BUILDROOT/manifest"
ok $? 'k01_new_build_root_without_network: it has its own build root, of the same packages'

# One byte of a source that is compiled: the first artefact and the byte in it.
sed -i 's/hallmark: stopped/hallmark: stoqped/' "$work/source/efi/stop.c"
arguments=(--source "$work/source" --work "$work/altered.work" --set "CACHE=$cache" --set "BR=$BUILDROOT")
audit altered "$hallmark"
is "$status" 1 'k01_altered_source: rejected'
like "$(tail -n 1 "$work/altered")" '^DIFFERENT: source efi/stop.c is not the published file; artefact stub.efi differs, first in bytes ' \
	'k01_altered_source: file, artefact and bytes are named'
like "$(cat "$work/altered")" '^artefact +uki.efi +DIFFERS differs, first at byte [0-9]+$' 'k01_altered_source: the byte, where the file is published'
like "$(cat "$work/altered")" '^artefact +app.erofs +equal' 'k01_altered_source: the application is the same'
cp efi/stop.c "$work/source/efi/stop.c"

# One digit of the lock: no package has that SHA-256.
sed -i -E 's/^(gnu-efi .* )([0-9a-f]{63})[0-9a-f] /\1\20 /; t; s/^(mtools .* )[0-9a-f]([0-9a-f]{63}) /\10\2 /' "$work/source/image/packages.lock"
arguments=(--source "$work/source" --work "$work/lock.work" --set "CACHE=$cache" --set "BR=$work/lock-root" --set "MIRROR=file:///nonexistent")
audit lock "$hallmark"
is "$status" 1 'k01_altered_lock: rejected'
like "$(tail -n 1 "$work/lock")" '^DIFFERENT: source image/packages.lock is not the published file' 'k01_altered_lock: the lock is named'
like "$(cat "$work/lock.work/log" 2>/dev/null)" 'cannot be had from|the lock says' 'k01_altered_lock: and nothing was built of it'
cp image/packages.lock "$work/source/image/packages.lock"

# Debian 13: another gcc, make, apt, mmdebstrap, OpenSSL and coreutils around the same build root.
published=/published
arguments=(--source /source --work /audit/work --set CACHE=/cache --set OVMF_CODE=/firmware/OVMF_CODE_4M.fd --set OVMF_VARS=/firmware/OVMF_VARS_4M.fd)
debian13=(tests/reproduce/debian13 "$work/debian13" "$work/source" "$work/published" "$cache" "$firmware" --)
"${debian13[@]}" make -C /source B=/audit/tools all >"$work/tools" 2>&1
ok $? 'k01_debian13: the tools compile' "$(tail -n 3 "$work/tools")"
like "$("${debian13[@]}" cat /etc/debian_version)" '^13' 'k01_debian13: it is Debian 13'
audit debian13.out "${debian13[@]}" /audit/tools/hallmark
is "$status" 0 'k01_debian13: the same bits' "$(grep -v ' equal ' "$work/debian13.out" | head -n 20; tail -n 3 "$work/debian13.out.err")"
like "$(tail -n 1 "$work/debian13.out")" '^REPRODUCED: ' 'k01_debian13: and says so'
done_testing
