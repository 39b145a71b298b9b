#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# attack.t - root inside of the OS, after the lock, tries everything: refused, or seen in the registers
#
# The OS root is the demo's, with the application's unit replaced by one without any of its walls. The application is a
# layer in memory, and there are no weights. The disk is served over NBD by a server of ours (tests/boot/nbd), which serves one
# file of the OS root with other bytes when it is read a second time: after the report a unit reads it twice.
. tests/boot/lib.sh

nbd_pid=
stop_nbd() {
	[ -z "$nbd_pid" ] || kill "$nbd_pid" 2>/dev/null
}
trap 'stop_nbd; root_cmd rm -rf --one-file-system "$work"' EXIT

mkdir -p "$work/app"
gcc -static -O1 -Wall -Wextra -Werror -D_GNU_SOURCE -o "$work/app/attack" tests/boot/attack.c 2>"$work/log" || bail "attack.c: $(head -n 3 "$work/log")"
xz -dc "$BUILDROOT"/usr/lib/modules/*/kernel/drivers/block/loop.ko.xz >"$work/app/module.ko" || bail 'no module'
cp "$BUILDROOT"/boot/vmlinuz-* "$work/app/vmlinuz"
root_cmd image/erofs "$BUILDROOT" "$work/app" "$work/app.erofs" app 2>"$work/log" || bail 'image/erofs'
record="hallmark-layer/1 name=app type=ram size=$(stat -c %s "$work/app.erofs") sha256=$(sha256sum <"$work/app.erofs" | cut -d' ' -f1)"

root_cmd image/os-root "$BUILDROOT" "$B/target/hallmark-guest" "$work/tree" >"$work/log" 2>&1 || bail 'image/os-root'
units=$work/tree/usr/lib/systemd/system
# What is mounted, before it mounts anything itself.
# shellcheck disable=SC2016 # the shell in the image expands it
mounts='ExecStartPre=/usr/bin/busybox sh -c "while read -r a b c d e; do echo MOUNT $b $c $d; done </proc/mounts"'
printf '%s\n' '[Unit]' 'DefaultDependencies=no' 'After=hallmark-attest.service' '[Service]' 'Type=oneshot' 'StandardOutput=tty' 'TTYPath=/dev/console' "$mounts" \
	"LimitCORE=infinity" "ExecStart=/hallmark/app/attack $(printf %s "$record" | sha256sum | cut -d' ' -f1)" | root_cmd tee "$units/hallmark-app.service" >"$work/log"
root_cmd sed -i 's/^\[Unit\]$/&\nAfter=hallmark-app.service\nWants=twice.service walled.service/' "$units/hallmark-report.service"
# The attestation service finds PCR 13 changed and ends; the machine would go off with it, and here it must not.
root_cmd sed -i '/^FailureAction=/d' "$units/hallmark-attest.service"
# shellcheck disable=SC2016 # the shell in the image expands it
printf '%s\n' '[Unit]' 'DefaultDependencies=no' 'After=hallmark-report.service' '[Service]' 'Type=oneshot' 'StandardOutput=tty' 'TTYPath=/dev/console' \
	'ExecStart=/usr/bin/busybox sh -c "busybox stat -c SOCKET-%%a-END /run/systemd/private; busybox sleep 30; busybox md5sum /usr/share/hallmark/twice; echo 3 >/proc/sys/vm/drop_caches; busybox md5sum /usr/share/hallmark/twice; echo READ-TWICE"' |
	root_cmd tee "$units/twice.service" >"$work/log"
# The report's own walls, around a program that looks at PID 1's socket: what hides it is a node that nobody may use.
sed -e 's/^Type=.*/Type=oneshot\nStandardOutput=tty/' -e 's/^After=.*/&\nBefore=hallmark-report.service/' \
	-e 's|^ExecStart=.*|ExecStart=/usr/bin/busybox stat -c WALLED-%%a-END /run/systemd/private|' \
	image/os/tree/usr/lib/systemd/system/hallmark-report.service | root_cmd tee "$units/walled.service" >"$work/log"
yes 'A file that is read twice.' | head -c 1M | root_cmd tee "$work/tree/usr/share/hallmark/twice" >"$work/log"
root_cmd image/erofs "$BUILDROOT" "$work/tree" "$work/root.erofs" root 2>"$work/log" || bail 'image/erofs'
root_cmd image/verity "$BUILDROOT" "$work/root.erofs" "$work/root.verity" root test 2>"$work/log" || bail 'image/verity'
printf '%s\n' 'root 11 hallmark-root hallmark-root-verity / erofs -' 'app 13 hallmark-app - /hallmark/app erofs nodev,nosuid' >"$work/layers"
uki_of_layers "$work"
root_cmd image/disk "$work/disk.raw" --buildroot "$BUILDROOT" --esp-uki "$work/uki.efi.signed" --layer "$(layer root "$work/root.erofs")" \
	--ram-layer "app=$work/app.erofs" 2>"$work/log" || bail "image/disk: $(tail -n 1 "$work/log")"
"$HALLMARK" predict --uki "$work/uki.efi.signed" --vars "$vars_on" --disk "$work/disk.raw" --name attack --image-version 1 \
	--output "$work/golden" || bail 'hallmark predict'

# Two more disks, of the kinds that take commands past the block layer.
truncate -s 1M "$work/scsi.raw"
printf HALLMARK | dd of="$work/scsi.raw" bs=512 seek=1 conv=notrunc status=none
cp "$work/scsi.raw" "$work/nvme.raw"
start=$(sfdisk --json "$work/disk.raw" | jq -r '.partitiontable.partitions[] | select(.name == "hallmark-root") | .start')
at=$(byte_at "$work/root.erofs" 'A file that is read twice.')
[ $((at % 4096)) = 0 ] || bail 'the file does not begin at a block'
tests/boot/nbd "$work/nbd.sock" "$work/disk.raw" $((start * 512 + at)) 1048576 >"$work/nbd.log" &
nbd_pid=$!
for _ in $(seq 100); do [ -S "$work/nbd.sock" ] && break; sleep 0.1; done
boot --qemu -drive --qemu "if=none,id=nbd,format=raw,snapshot=on,file=nbd:unix:$work/nbd.sock" --qemu -device \
	--qemu virtio-blk-pci,drive=nbd,bootindex=1 --qemu -drive --qemu "if=none,id=scsi,format=raw,file=$work/scsi.raw" \
	--qemu -device --qemu virtio-scsi-pci,id=bus --qemu -device --qemu scsi-hd,drive=scsi,bus=bus.0 \
	--qemu -drive --qemu "if=none,id=nvme,format=raw,file=$work/nvme.raw" --qemu -device --qemu nvme,drive=nvme,serial=test --timeout 600 -- \
	sh -c "for i in \$(seq 300); do grep -qaE 'end Kernel panic|READ-TWICE' \$HALLMARK_SERIAL && exit 0; kill -0 \$HALLMARK_QEMU_PID || exit 8; sleep 1; done; exit 9"
console=$(tr -d '\r\0' <"$work/serial")
is "$boot_status" 0 'the machine boots and reports, without weights'
like "$(cat "$work/nbd.log")" 'served with other bytes' 'g01_other_bytes_at_the_second_read: the disk served them'
like "$console" '^[0-9a-f]{32}  /usr/share/hallmark/twice' 'g01_other_bytes_at_the_second_read: the first read was good'
like "$console" 'Kernel panic - not syncing: dm-verity device corrupted' 'g01_other_bytes_at_the_second_read: the kernel panics at the second'
unlike "$console" 'READ-TWICE' 'g01_g08_other_bytes_at_the_second_read: and nothing of them was seen'
results=$(grep -aoE '^attack: .*' <<<"$console" | sed 's/^attack: //')
echo '#! attempts of root after the lock:'
while read -r line; do echo "# $line"; done <<<"$results"
like "$results" '^end$' 'the program went through its list'

# attempt ID NAME: it was made and refused
attempt() {
	like "$results" "^$2: refused: " "$1_$2: refused"
}
for name in control_root control_read_disk control_mount control_scsi control_nvme control_helper; do
	like "$results" "^$name: DONE\$" "$name: the program can do what root can"
done
for name in root_write root_remount page_cache_write disk_write dm_write; do attempt g19 $name; done
for name in ram_layer_write ram_layer_remount ram_layer_reach disk_make_writable dm_make_writable; do attempt g19 $name; done
for name in disk_mount loop_device; do attempt g20 $name; done
for name in dm_reload dm_clear dm_new dm_message dm_32_bit dm_x32; do attempt g09 $name; done
for name in swap_on_disk hibernate kexec kexec_signed_file kexec_on; do attempt e12 $name; done
for name in module_signed modules_on lockdown_off dev_mem dev_kmem dev_port dev_msr io_privilege io_ports kernel_core kprobe debug_files \
	perf_kernel bpf_load bpf_read_kernel bpf_write_user; do attempt e14 $name; done
# Nothing that can be written but what the image lists and the kernel's own, each with its flags.
mounts=$(grep -aoE '^MOUNT .*' <<<"$console" | cut -d' ' -f2-)
for want in '/ erofs ro' '/hallmark/app erofs ro,nosuid,nodev' '/var tmpfs rw,nosuid,nodev,noexec' '/tmp tmpfs rw,nosuid,nodev,noexec' \
	'/run tmpfs rw,nosuid,nodev,noexec' '/dev/shm tmpfs rw,nosuid,nodev,noexec' '/dev devtmpfs rw,nosuid,noexec' '/proc proc rw,nosuid,nodev,noexec' '/sys sysfs rw,nosuid,nodev,noexec'; do
	like "$mounts" "^$want(,|$)" "f10_mounts: $want"
done
is "$(grep -E '^[^ ]+ (tmpfs|ramfs|devtmpfs|erofs|ext4|squashfs|overlay) rw' <<<"$mounts" | cut -d' ' -f1 | sort | paste -sd' ')" '/dev /dev/shm /run /tmp /var' \
	'f10_mounts: no other file system can be written'
# These by the filter, or for want of a capability, and not because there is nothing to do it with.
for name in sg_io scsi_send_command nvme_admin nvme_write nvme_submit io_uring bpf_load; do
	like "$results" "^$name: refused: Operation not permitted\$" "g19_e14_$name: refused by the filter"
done
for name in dm_new make_writable mount node bset; do
	like "$results" "^helper_$name: refused: (Operation not permitted|Permission denied)\$" "e14_helper_$name: refused to what the kernel starts"
done
for disk in scsi nvme; do
	is "$(dd if="$work/$disk.raw" bs=512 skip=1 count=1 status=none | tr -d '\0')" HALLMARK "g19_$disk: the disk is what it was"
done
like "$console" '^SOCKET-[1-7][0-7]*-END' 'control: PID 1 has its socket'
like "$console" '^WALLED-0-END' 'the report cannot reach it'
for name in tpm_reset_register tpm_restart; do attempt c05 $name; done
like "$results" '^unpromised_disk_again: DONE$' 'g19_disk_found_again: a disk that root takes away and finds again can be written: named among what is not promised'
is "$(dd if="$work/scsi.raw" bs=512 skip=2 count=1 status=none | tr -d '\0')" HALLMARK 'g19_disk_found_again: it was'
is "$(grep -c ': DONE$' <<<"$results")" 9 'six controls, two things that can be seen and the one that is not promised were done, nothing else'
is "$(grep -c ': refused: ' <<<"$results")" 52 'fifty-two attempts were refused'
echo "#! attempts as root refused: $(grep -c ': refused: ' <<<"$results")"

# What can be done shows: the record extended once more is another register, and the false line breaks the log.
is "$(changed_registers "$work/golden/golden.json" "$work/report.json")" 13 'c05_pcr13_replayed: exactly PCR 13 differs'
like "$console" 'hallmark: TPM: PCR 13 [a-z0-9]+ is not what the runtime log says' 'c05_pcr13_replayed: the attestation service ends and serves nothing'
status=0
"$HALLMARK" log diff "$work/golden/golden.json" "$work/report.json" >"$work/log" 2>&1 || status=$?
is "$status" 1 'c05_log_forged: hallmark log diff rejects'
report_log runtime_log >"$work/cel"
like "$(tail -n 1 "$work/cel")" '"content":"attack"' 'c05_log_forged: the false line is in the log'
status=0
"$HALLMARK" log replay "$work/cel" >"$work/log" 2>&1 || status=$?
is "$status" 2 'c05_log_forged: the log does not replay'
done_testing
