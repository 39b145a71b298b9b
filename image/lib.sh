# SPDX-License-Identifier: BSD-2-Clause
# lib.sh - what every image script needs: one environment, errors, progress, atomic output
# shellcheck shell=sh
# Sourced, never run. The caller has done `set -eu`.

# The same bytes for every user, host and time zone. A caller may choose another epoch; two builds
# that are to be compared must choose the same one. The Makefile reads it here.
: "${SOURCE_DATE_EPOCH:=1795305600}"
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C LANGUAGE=C
umask 022

hm_name=${0##*/}

die() {
	printf '%s: error: %s\n' "$hm_name" "$*" >&2
	exit 1
}

usage() {
	printf 'usage: %s\n' "$*" >&2
	exit 3
}

# step TEXT / step_done: one line at the start, one at the end if it took a second or more.
step() {
	hm_step=$1
	hm_step_start=$(date +%s)
	printf 'hallmark: %s ...\n' "$hm_step" >&2
}

step_done() {
	hm_step_s=$(($(date +%s) - hm_step_start))
	[ "$hm_step_s" -lt 1 ] || printf 'hallmark: %s done in %d s\n' "$hm_step" "$hm_step_s" >&2
}

need_root() {
	[ "$(id -u)" = 0 ] || die "must be run as root (files of the image belong to root)"
}

need_file() {
	[ -f "$1" ] || die "$1: no such file${2:+ ($2)}"
}

need_dir() {
	[ -d "$1" ] || die "$1: no such directory${2:+ ($2)}"
}

need_buildroot() {
	[ -e "$1/.hallmark-buildroot" ] ||
		die "$1: not a finished build root; make one with image/buildroot $1"
}

# hm_temp PATH: name a temporary sibling of PATH in $hm_tmp and remove it whatever happens.
# A reader never sees a half-written PATH: it appears by rename, complete.
hm_temp() {
	mkdir -p "$(dirname "$1")"
	hm_tmp=$1.tmp.$$
	trap 'rm -rf --one-file-system "$hm_tmp"' EXIT
	trap 'exit 130' HUP INT TERM
	rm -rf --one-file-system "$hm_tmp"
}

# hm_publish PATH: the rename. A directory cannot be renamed over another one.
hm_publish() {
	if [ -d "$hm_tmp" ]; then
		rm -rf --one-file-system "$1"
	fi
	mv -T "$hm_tmp" "$1"
}

# hm_list FILE...: the entries of a package or path list, comments and blanks removed.
hm_list() {
	sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' "$@"
}

# hm_uuid TEXT: a UUID that depends on TEXT only (RFC 9562 version 8: custom).
hm_uuid() {
	printf '%s' "$1" | sha256sum |
		sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-8\3-8\4-\5/'
}

hm_abs() {
	realpath -m -- "$1"
}
