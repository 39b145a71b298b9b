# SPDX-License-Identifier: BSD-2-Clause
# lib.sh - inputs of the tests that run hallmark-boot's own objects on the host
# shellcheck shell=bash
# Sourced by tests/initramfs/*.t. The programs in $B/initramfs-tests print the TAP; docs/TESTING.md says what they are.
set -u
# Nothing here needs a disk: some ten thousand small files are written and removed.
[ -w /dev/shm ] && export TMPDIR=${TMPDIR:-/dev/shm}
boot_tests=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../support/cli.sh
. "$boot_tests/../support/cli.sh"
: "${HALLMARK_INITRAMFS_TESTS:=$B/initramfs-tests}"

# The record of a layer, from what veritysetup has written and not from our reader of it.
layer_record() {
	/sbin/veritysetup dump "$work/$1.hash" >"$work/dump" || bail 'veritysetup dump'
	printf 'hallmark-layer/1 name=%s type=dm-verity hash-type=1 hash=sha256 ' "$1"
	printf 'data-block-size=4096 hash-block-size=4096 data-blocks=%s hash-offset=4096 ' \
		"$(sed -n 's/^Data blocks:[[:space:]]*//p' "$work/dump")"
	printf 'salt=%s root=%s\n' "$(sed -n 's/^Salt:[[:space:]]*//p' "$work/dump")" "$(cat "$work/$1.root")"
}

# The machine's files in $work; see tests/initramfs/machine.h.
make_machine() {
	local pcr
	make_disk "$work/disk.img" root app weights
	cp "$top/image/layers/default" "$work/layers"
	cp "$top/image/cmdline" "$work/cmdline"
	echo '/var tmpfs mode=0755,size=64m' >"$work/writable"
	{
		echo "11 $(layer_record root)"
		echo "13 $(layer_record app)"
		echo "14 $(layer_record weights)"
		for pcr in 11 12 13 14 15; do
			echo "$pcr hallmark-lock/1 layers=3"
		done
	} >"$work/records"
}

# boot_test PROGRAM [ARGUMENT...]; a function change_machine of the caller may change the inputs first
boot_test() {
	local program=$HALLMARK_INITRAMFS_TESTS/$1
	shift
	[ -x "$program" ] || bail "$program does not exist: run make initramfs-tests"
	make_machine
	[ "$(type -t change_machine)" != function ] || change_machine
	HALLMARK_REQUIRED_WORDS=$(grep -cE '^\| `.*\| yes \|$' "$top/docs/FORMATS.md") \
		HALLMARK_BOOT_DIR=$work CMOCKA_MESSAGE_OUTPUT=TAP "$program" "$@"
}
