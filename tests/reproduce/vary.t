#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# vary.t - rebuilt by hallmark audit under another path, user, host, clock, time zone, locale, umask, core count and directory order
#
# The build root is the one that is there (tests/reproduce/long/new-roots.t makes it anew, and on Debian 13). Everything after it
# is made again, and compared bit for bit: stub, programs, initrd, file systems, hash trees, UKI, variables, disk, golden files.
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
[ "$(id -u)" = 0 ] || { skip 'a build in other surroundings' 'not root'; done_testing; exit 0; }
clock=$top/$B/tests/clock.so
[ -s "$clock" ] || bail "$clock is not there: run make $B/tests/clock.so"
make published PUBLISHED="$work/published" >"$work/log" 2>&1 || bail "make published: $(tail -n 1 "$work/log")"
published=$work/published
base=$work/a-path-that-is-longer/and-elsewhere

# The clock itself works, or this test shows nothing.
is "$(($(LD_PRELOAD=$clock date +%s) - $(date +%s) > 34000000))" 1 'the clock of the rebuild is more than a year ahead'
status=0
tests/reproduce/vary "$base" "$BUILDROOT" "$clock" "$(realpath "$HALLMARK")" audit --golden "$published/golden.json" \
	--signature "$published/golden.json.sig" --key "$published/golden.pub" --source "$top" --work "$base/work" \
	--set CACHE="$top/$B/cache" --set BR="$BUILDROOT" >"$work/out" 2>"$work/err" || status=$?
is "$status" 0 'k01_vary: rebuilt elsewhere, the same bits' "$(grep -v ' equal ' "$work/out" | head -n 20)
$(tail -n 5 "$base.below/work/log" 2>/dev/null)"
like "$(tail -n 1 "$work/out")" '^REPRODUCED: hallmark-demo ' 'k01_vary: and says so'
for name in stub.efi hallmark-guest hallmark-boot initrd root.erofs root.verity app.erofs app.verity weights.erofs weights.verity uki.efi disk.raw sbom.json; do
	like "$(grep -E "^artefact +$name " "$work/out")" ' equal ' "k01_vary: $name"
done
for name in golden.json golden.tcglog golden.cel; do
	like "$(grep -E "^golden +$name " "$work/out")" ' equal ' "k01_vary: $name"
done
like "$(cat "$work/err")" 'user auditor, host elsewhere, time 202[7-9]-.* outside and 202[7-9]-.* inside' 'the surroundings were others'
if [ -e /dev/fuse ] && command -v disorderfs >/dev/null; then
	like "$(cat "$work/err")" 'shuffled directories: yes' 'directories were read in another order'
else
	skip 'directories were read in another order' 'no disorderfs or no /dev/fuse'
fi
if [ "$status" != 0 ]; then
	tests/reproduce/explain "$work/out" "$B" "$base.below/work/build" 2>&1 | head -n 60 | sed 's/^/# /'
fi
done_testing
