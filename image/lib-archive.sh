# SPDX-License-Identifier: BSD-2-Clause
# lib-archive.sh - which archive, which suite, and how a lock is read; sourced after lib.sh
# shellcheck shell=sh disable=SC2034 # what it sets is read by its users

# main only: the security and update pockets drop a version as soon as there is a newer one.
hm_suite=trixie
hm_component=main
hm_arch=amd64
hm_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The archive: MIRROR=, or the one that apt on this machine takes Debian's packages from.
hm_archive() {
	if [ -n "${MIRROR:-}" ]; then
		echo "${MIRROR%/}"
		return 0
	fi
	# shellcheck disable=SC2016 # apt expands these
	hm_found=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 2>/dev/null |
		awk '$3 == "main" && $2 ~ /^(bookworm|trixie|forky|sid|stable|testing|unstable|oldstable)$/ { print $1; exit }')
	[ -n "$hm_found" ] || die "apt on this machine knows no Debian archive; give MIRROR=URL"
	echo "${hm_found%/}"
}

# hm_locked_names IMAGE-DIRECTORY: what is installed into the build root by name
hm_locked_names() {
	hm_list "$1/packages/buildroot" "$1/packages/os" "$1/packages/app" | sort -u
}

# hm_lock_check LOCK: five fields a line, hexadecimal where it must be, paths that stay inside, sorted, nothing twice
hm_lock_check() {
	need_file "$1" 'make lock writes it'
	head -n 1 "$1" | grep -qE '^# hallmark-packages/1 suite=[a-z]+ component=[a-z]+ date=[0-9TZ:-]+$' ||
		die "$1: line 1 is not '# hallmark-packages/1 suite=... component=... date=...'"
	hm_bad=$(awk 'NR > 1 && !(NF == 5 && $1 ~ /^[a-z0-9][a-z0-9+.-]+$/ && $2 ~ /^[A-Za-z0-9.+~:-]+$/ &&
		$3 ~ /^(all|amd64)$/ && $4 ~ /^[0-9a-f]+$/ && length($4) == 64 &&
		$5 ~ /^pool\/[A-Za-z0-9.+~_\/%-]+\.deb$/ && $5 !~ /\.\./ && $1 > last) { print NR; exit } { last = NR > 1 ? $1 : "" }' "$1")
	[ -z "$hm_bad" ] || die "$1: line $hm_bad is not 'NAME VERSION ARCHITECTURE SHA-256 pool/...deb', or not in order"
}
