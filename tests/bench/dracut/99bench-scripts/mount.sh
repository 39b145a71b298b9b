#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# mount.sh - each layer: a record into its register in every bank, veritysetup, mount; then the lock
set -e
export TPM2TOOLS_TCTI=device:/dev/tpmrm0
count=0
bench_extend() {
	printf %s "$2" >/run/bench-record
	tpm2_pcrevent "$1" /run/bench-record >/dev/null
}
while read -r name pcr data hash where fstype options; do
	data=$(readlink -f "/dev/disk/by-partlabel/$data")
	hash=$(readlink -f "/dev/disk/by-partlabel/$hash")
	root=$(lsblk -dno PARTUUID "$data" | tr -d -)$(lsblk -dno PARTUUID "$hash" | tr -d -)
	salt=$(veritysetup dump "$hash" | tr -d '\t ' | grep ^Salt: | cut -d: -f2)
	blocks=$(veritysetup dump "$hash" | tr -d '\t ' | grep ^Datablocks: | cut -d: -f2)
	bench_extend "$pcr" "hallmark-layer/1 name=$name type=dm-verity hash-type=1 hash=sha256 data-block-size=4096 hash-block-size=4096 data-blocks=$blocks hash-offset=4096 salt=$salt root=$root"
	veritysetup open --panic-on-corruption "$data" "bench-$name" "$hash" "$root"
	[ "$options" != - ] || options=ro
	mount -t "$fstype" -o "ro,$options" "/dev/mapper/bench-$name" "$NEWROOT$where"
	count=$((count + 1))
done </etc/bench-layers
mount -t tmpfs -o mode=0755,size=32m,nodev,nosuid,noexec tmpfs "$NEWROOT/var"
mount -t tmpfs -o mode=1777,size=64m,nodev,nosuid,noexec tmpfs "$NEWROOT/tmp"
for disk in /dev/vd?; do
	blockdev --setro "$disk"
done
for pcr in 11 12 13 14 15; do
	bench_extend $pcr "hallmark-lock/1 layers=$count"
done
set +e
