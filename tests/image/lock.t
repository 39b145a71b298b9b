#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# lock.t - image/packages.lock: what the build root is made of, and every way in which a lock or an archive can be wrong
. "$(dirname "$0")/../support/cli.sh"
cd "$top" || bail "$top"
: "${CACHE:=$B/cache}"
lock=image/packages.lock
[ -s "$BUILDROOT/manifest" ] || bail "$BUILDROOT is not there: run make image"

# says STATUS REGEX NAME COMMAND...: and one line, beside those that say which step it is
says() {
	local want=$1 regex=$2 name=$3 text got=0
	shift 3
	text=$("$@" 2>&1 </dev/null | grep -vE '^hallmark: .* (\.\.\.|done in [0-9]+ s)$'; exit "${PIPESTATUS[0]}") || got=$?
	is "$got" "$want" "$name: exit status"
	like "$text" "$regex" "$name: says so"
	[ "$want" = 0 ] || is "$(grep -c . <<<"$text")" 1 "$name: one line"
}

# Nothing here may use the network: the archive of these tests is a directory.
mirror=${MIRROR:-}
export MIRROR=file://$work/archive
export SNAPSHOT=
while read -r _ _ _ _ path; do
	mkdir -p "$work/archive/${path%/*}"
	ln -s "$(realpath "$CACHE")/${path##*/}" "$work/archive/$path"
done < <(grep -v '^#' $lock)

# The lock itself, and the build root that this tree was built with.
is "$(grep -v '^#' $lock | cut -d' ' -f1-4 | sort | diff - "$BUILDROOT/manifest" | head -n 3)" '' 'the build root is made of the lock, exactly'
# shellcheck disable=SC2016 # dpkg expands in there
is "$(chroot "$BUILDROOT" dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' 2>/dev/null | sort | comm -23 - <(cut -d' ' -f1-3 $lock | sort) | head -n 3)" '' \
	"dpkg's own list has nothing that the lock has not"
is "$(sed -e 's/[[:space:]]*#.*//' -e '/^$/d' image/packages/{buildroot,os,app} | sort -u | comm -23 - <(cut -d' ' -f1 $lock | sort) | paste -sd' ')" '' \
	'every package that image/packages lists is in the lock'
is "$(grep -v '^#' $lock | awk '{ sub(/.*\//, "", $5); print $4 "  " $5 }' | (cd "$CACHE" && sha256sum --check --quiet 2>&1))" '' \
	'every file in the cache has its SHA-256 (sha256sum)'
says 0 '^$' 'a finished build root is not made again' image/buildroot "$BUILDROOT" $lock "$CACHE"

# fetch
says 0 '^$' 'k01_lock: with a full cache nothing is asked for' env MIRROR=file:///nonexistent image/fetch $lock "$CACHE"
few=$work/few.lock
grep -E '^(#|gnu-efi |mtools |cpio )' $lock >"$few"
says 0 '^$' 'from MIRROR' image/fetch "$few" "$work/cache1"
is "$(ls "$work/cache1")" "$(grep -v '^#' "$few" | sed 's|.*/||' | sort)" 'from MIRROR: these files, nothing else'
is "$(find "$work/cache1" -type l)" '' 'from MIRROR: files, not links'
path=$(awk '$1 == "mtools" { print $5 }' $lock)
cp -r "$work/archive" "$work/moved"
rm "$work/moved/$path"
says 1 'mtools .* cannot be had from .*; give SNAPSHOT=.* as it was on 20[0-9-]+T.* or CACHE= .* or LOCKED=no' 'the archive has moved on' \
	env MIRROR="file://$work/moved" image/fetch "$few" "$work/cache2"
is "$(find "$work/cache2" -type f | wc -l)" 2 'the archive has moved on: the others are kept'
says 0 '^$' 'the archive has moved on, and SNAPSHOT= has it' \
	env MIRROR="file://$work/moved" SNAPSHOT="file://$work/archive" image/fetch "$few" "$work/cache2"
is "$(find "$work/cache2" -type f | wc -l)" 3 'the archive has moved on, and SNAPSHOT= has it: all there'
cp "$CACHE/${path##*/}" "$work/other.deb"
printf 'x' | dd of="$work/other.deb" bs=1 seek=1000 conv=notrunc status=none
ln -s "$work/other.deb" "$work/moved/$path"
says 1 'mtools: .* has SHA-256 [0-9a-f]{64}, the lock says [0-9a-f]{64}' 'k01_lock: the archive serves another file under that name' \
	env MIRROR="file://$work/moved" image/fetch "$few" "$work/cache3"
is "$(find "$work/cache3" -name 'mtools*')" '' 'k01_lock: and it is not kept'
cp "$work/other.deb" "$work/cache2/${path##*/}"
says 0 '^$' 'k01_lock: another file in the cache is replaced' image/fetch "$few" "$work/cache2"
cmp -s "$work/cache2/${path##*/}" "$CACHE/${path##*/}"
ok $? 'k01_lock: another file in the cache is replaced: by the right one'
sed -E "s/^(mtools .* )([0-9a-f])([0-9a-f]{63}) /\1$(awk '$1 == "mtools" { print substr($4, 1, 1) == "0" ? "1" : "0" }' $lock)\3 /" "$few" >"$work/changed.lock"
says 1 'mtools: .*the lock says' 'k01_lock: one digit of the lock changed' image/fetch "$work/changed.lock" "$work/cache4"

# Locks that are none
while IFS='|' read -r name edit; do
	sed -E -e "$edit" "$few" >"$work/bad.lock"
	says 1 "bad.lock: line [0-9]+ is not " "a lock with $name" image/fetch "$work/bad.lock" "$work/cache1"
done <<-'TABLE'
	no first line|1d
	another version|1s|packages/1|packages/2|
	a path that leaves the archive|2s| pool/| pool/../|
	a path outside of pool|2s| pool/| /etc/|
	upper-case digits|2s|[0-9a-f]{64}|A&|;2s|A[0-9a-f]|A|
	a short SHA-256|2s|[0-9a-f] pool| pool|
	a field more|2s|$| x|
	another architecture|2s/ (all|amd64) / i386 /
	a package twice|2p
	wrong order|2{h;d};4{G}
TABLE

# buildroot: what it says before it does anything
if [ "$(id -u)" = 0 ]; then
	sed '/^gnu-efi /d' $lock >"$work/lacks.lock"
	says 1 'lacks gnu-efi, which image/packages/ lists; run make lock' 'a listed package is not in the lock' \
		image/buildroot "$work/br" "$work/lacks.lock" "$CACHE"
	sed '/^libacl1 /d' $lock >"$work/lacks.lock"
	says 1 'lacks libacl1, which [a-z0-9-]+ depends on; run make lock' 'a dependency is not in the lock' \
		image/buildroot "$work/br" "$work/lacks.lock" "$CACHE"
	sed '/^linux-image-/d' $lock >"$work/lacks.lock"
	says 1 'exactly one linux-image' 'no kernel in the lock' image/buildroot "$work/br" "$work/lacks.lock" "$CACHE"
	sed -E 's/^(mtools) [^ ]+ /\1 9.9 /' $lock >"$work/lacks.lock"
	says 1 'is mtools [^ ]+ amd64, not mtools 9.9 amd64' 'the lock names another version than the file has' \
		image/buildroot "$work/br" "$work/lacks.lock" "$CACHE"
	is "$(find "$work" -maxdepth 1 -name 'br*' ! -name '*.log')" '' 'refusals leave nothing'
else
	skip 'image/buildroot' 'not root'
fi
says 1 'no usable trixie main; .*MIRROR=' 'image/lock without an archive' image/lock "$work/new.lock"
is "$(ls "$work/new.lock" 2>/dev/null)" '' 'image/lock without an archive: no lock'
# With the real one, where there is a network: a lock of today's archive, and of the same archive the same bytes.
if env MIRROR="$mirror" image/lock "$work/today.lock" >"$work/log" 2>&1; then
	is "$(sed -e 's/[[:space:]]*#.*//' -e '/^$/d' image/packages/{buildroot,os,app} | sort -u | comm -23 - <(cut -d' ' -f1 "$work/today.lock" | sort) | paste -sd' ') $(
		grep -c '^linux-image-[0-9]' "$work/today.lock")" ' 1' 'image/lock: every listed package, and one kernel'
	says 1 'cannot be had from file:///nonexistent' 'image/lock: what it writes is a lock' env MIRROR=file:///nonexistent image/fetch "$work/today.lock" "$work/cache5"
	if [ "$(head -n 1 "$work/today.lock")" = "$(head -n 1 $lock)" ]; then
		cmp -s "$work/today.lock" $lock
		ok $? 'image/lock: the archive has not moved on, and the lock is the same'
	else
		skip 'image/lock: the same lock' 'the archive has moved on'
	fi
else
	skip 'image/lock with an archive' "$(tail -n 1 "$work/log")"
fi
says 3 '^usage: ' 'image/lock without a file' image/lock
says 3 '^usage: ' 'image/fetch without a lock' image/fetch
done_testing
