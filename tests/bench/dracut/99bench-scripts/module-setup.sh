#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# module-setup.sh - dracut module of the benchmark: what one writes today, with veritysetup and tpm2-tools
# shellcheck disable=SC2154  # moddir is dracut's

check() {
	return 255
}

depends() {
	echo base dm
}

installkernel() {
	hostonly='' instmods virtio_blk virtio_scsi sd_mod dm-verity erofs sha256-ssse3 virtio_net virtio-rng
}

install() {
	local layers=$bench_layers
	inst_multiple grep veritysetup tpm2_pcrevent blockdev lsblk mount readlink cut tr blkid
	inst_libdir_file 'libtss2-tcti-device.so*' 'libtss2-esys.so*' 'libtss2-sys.so*'
	inst_rules 60-block.rules 60-persistent-storage.rules
	inst_simple "$layers" /etc/bench-layers
	inst_hook cmdline 99 "$moddir/root.sh"
	inst_hook mount 00 "$moddir/mount.sh"
}
