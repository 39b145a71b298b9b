#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# modules.sh - kernel modules as hallmark-boot loads them: sourced by both dracut modules
# shellcheck disable=SC2154  # initdir and kernel are dracut's

# Uncompressed, so that the kernel is handed the very bytes that carry the signature. zstd also
# reads xz and gzip.
hallmark_unpack() {
	case $1 in
	*.ko.xz | *.ko.zst | *.ko.gz) zstd -dcq "$1" ;;
	*.ko) cat "$1" ;;
	*) return 1 ;;
	esac
}

# Dependencies come before what needs them; what is built in has no file; each file once.
hallmark_module_files() {
	local name
	while read -r name; do
		modprobe --config /dev/null --set-version "$kernel" --show-depends "$name" || return 1
	done <<<"$HALLMARK_MODULES" | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
	[[ ${PIPESTATUS[0]} == 0 ]]
}

# Where a module file of the build root stands in the initramfs.
hallmark_target() {
	local path=/usr/lib/modules/${1#*/lib/modules/}
	echo "${path%.ko*}.ko"
}

# One line of /etc/hallmark/modules: the module, then everything that it needs (modules.dep has the
# whole closure).
hallmark_module_line() {
	local root=/lib/modules/$kernel need
	hallmark_target "$1"
	awk -F '[: ]+' -v name="${1#*/lib/modules/"$kernel"/}" '
		$1 == name { for (i = 2; i <= NF; i++) if ($i != "") print $i }' "$root/modules.dep" |
		while read -r need; do
			hallmark_target "$root/$need"
		done
}

# Files and /etc/hallmark/modules for the names in HALLMARK_MODULES.
hallmark_install_modules() {
	local files file path
	files=$(set -o pipefail; hallmark_module_files) || {
		dfatal "hallmark: a kernel module is missing in $kernel"
		return 1
	}
	mkdir -p "$initdir/etc/hallmark"
	: >"$initdir/etc/hallmark/modules"
	while read -r file; do
		path=$initdir$(hallmark_target "$file")
		mkdir -p "${path%/*}"
		hallmark_unpack "$file" >"$path" || return 1
		hallmark_module_line "$file" | paste -sd ' ' >>"$initdir/etc/hallmark/modules"
	done <<<"$files"
}
