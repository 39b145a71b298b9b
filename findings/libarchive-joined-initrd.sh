#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# libarchive-joined-initrd.sh - archives joined to one initrd: libarchive reads on behind gzip and bzip2, not behind zstd and xz
#
# Linux takes an initrd of several archives, each as it is or compressed, one behind the other with zeros between (kernel,
# driver-api/early-userspace/buffer-format). mkosi, ukify and dracut make such files: a compressed main archive, then a plain one.
# Expected of a reader of archives: the first archive's files in each of the four cases.
# Seen with libarchive 3.6.2: with gzip and bzip2 so it is. With zstd and xz what stands behind the stream is taken for a part of it,
# and the whole file is an error before the first name is shown.
set -eu
version=3.6.2-1+deb12u5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download "libarchive-tools=$version" "libarchive13=$version" >log 2>&1 || { tail -n 3 log >&2; exit 2; }
for package in *.deb; do
	dpkg-deb -x "$package" root
done
bsdtar() { LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu "$work/root/usr/bin/bsdtar" "$@"; }
echo "libarchive: $(bsdtar --version)"

mkdir first second
echo main >first/main-file
echo more >second/more-file
for name in first second; do
	(cd $name && find . -type f | cpio --quiet -o -H newc) >$name.cpio
done
changed=0
for case in 'gzip reads' 'bzip2 reads' 'zstd fails' 'xz fails'; do
	read -r program expected <<<"$case"
	$program -c first.cpio >joined
	truncate -s %4 joined
	cat second.cpio >>joined
	seen=fails
	names=$(bsdtar -tf joined 2>error) || names=
	[ "${names##*/}" != main-file ] || seen=reads
	echo "$program archive, then a plain one: $seen${names:+ ($names)} $(head -n 1 error)"
	[ "$seen" = "$expected" ] || changed=1
done
exit $changed
