#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# host-inputs.t - what the host says beside the disk has no effect: credentials over SMBIOS and over fw_cfg
# With the control for what is typed at the console (devices.t).
#
# The OS root has no generator that would turn a credential into a unit. Here one is planted, so that the
# command line alone defends; and a control without that command line shows that the credentials do work.
. tests/boot/lib.sh

# fw_cfg names hold 28 characters of credential name: the unit comes over fw_cfg or SMBIOS, the wish for it over SMBIOS.
printf '%s\n' '[Unit]' 'DefaultDependencies=no' '[Service]' 'Type=oneshot' \
	'ExecStart=/usr/bin/busybox echo CREDENTIAL-RAN' 'StandardOutput=tty' 'TTYPath=/dev/console' >"$work/unit"
printf '%s\n' '[Unit]' 'Wants=e.service' >"$work/dropin"
wish=(--qemu -smbios --qemu "type=11,value=io.systemd.credential.binary:systemd.unit-dropin.hallmark.target=$(base64 -w0 "$work/dropin")")
smbios=(--qemu -smbios --qemu "type=11,value=io.systemd.credential.binary:systemd.extra-unit.e.service=$(base64 -w0 "$work/unit")"
	--qemu -smbios --qemu 'type=11,value=io.systemd.stub.kernel-cmdline-extra=init=/usr/bin/busybox')
fw_cfg=(--qemu -fw_cfg --qemu "name=opt/io.systemd.credentials/systemd.extra-unit.e.service,file=$work/unit")

# The demo's OS root with the generator in it.
generator=usr/lib/systemd/system-generators/systemd-debug-generator
root_cmd image/os-root "$BUILDROOT" "$B/target/hallmark-guest" "$work/tree" >"$work/log" 2>&1 || bail 'image/os-root'
root_cmd mkdir -p "$work/tree/${generator%/*}"
root_cmd cp "$BUILDROOT/$generator" "$work/tree/$generator"
root_cmd image/erofs "$BUILDROOT" "$work/tree" "$work/root.erofs" root 2>"$work/log" || bail 'image/erofs'
root_cmd image/verity "$BUILDROOT" "$work/root.erofs" "$work/root.verity" root test 2>"$work/log" || bail 'image/verity'
root_cmd image/disk "$work/disk.raw" --buildroot "$BUILDROOT" --esp-uki "$IMAGE/uki.signed.efi" --layer "$(layer root "$work/root.erofs")" \
	--layer "$(layer app)" --layer "$(layer weights)" 2>"$work/log" || bail 'image/disk'

# The control: the same root under an initramfs that measures nothing and a command line without our words. Debian's
# key is not in our db, so Secure Boot is off for it.
modules=$(echo "$BUILDROOT"/usr/lib/modules/*/kernel)
mkdir -p "$work/initrd"/{bin,dev,proc,sys,root}
cp "$BUILDROOT/usr/bin/busybox" "$work/initrd/bin/busybox"
for module in arch/x86/crypto/crc32c-intel lib/libcrc32c fs/erofs/erofs drivers/block/virtio_blk drivers/firmware/qemu_fw_cfg; do
	[ -f "$modules/$module.ko.xz" ] || continue
	xz -dc "$modules/$module.ko.xz" >"$work/initrd/${module##*/}.ko"
done
cat >"$work/initrd/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
for m in crc32c-intel libcrc32c erofs virtio_blk qemu_fw_cfg; do
	[ ! -f /$m.ko ] || /bin/busybox insmod /$m.ko
done
/bin/busybox mount -t erofs -o ro /dev/vda2 /root
/bin/busybox mount -t tmpfs tmpfs /root/var
# Of sysrq the loglevel only: what is typed must not switch the machine off.
[ ! -e /typing ] || echo 2 >/proc/sys/kernel/sysrq
while [ -e /typing ]; do /bin/busybox setsid /bin/busybox sh -i </dev/ttyS0 >/dev/ttyS0 2>&1; done
exec /bin/busybox switch_root /root /sbin/init
INIT
chmod 755 "$work/initrd/init"
(cd "$work/initrd" && find . | cpio --quiet -o -H newc) >"$work/control.cpio"
boot --vars "$vars_empty" --disk "$work/disk.raw" --wait 'serial:CREDENTIAL-RAN' --timeout 120 "${wish[@]}" "${fw_cfg[@]}" \
	--qemu -kernel --qemu "$(echo "$BUILDROOT"/boot/vmlinuz-*)" --qemu -initrd --qemu "$work/control.cpio" \
	--qemu -append --qemu 'console=ttyS0 ro'
is "$boot_status" 0 'control: without our command line the credential runs its command as root' "$(tail -n 5 "$work/run.log")"

# And whoever types at a console with something behind it is answered: a shell, and the kernel.
touch "$work/initrd/typing"
(cd "$work/initrd" && find . | cpio --quiet -o -H newc) >"$work/control.cpio"
boot --vars "$vars_empty" --disk "$work/disk.raw" --input --wait 'serial:built-in commands' --timeout 120 \
	--qemu -kernel --qemu "$(echo "$BUILDROOT"/boot/vmlinuz-*)" --qemu -initrd --qemu "$work/control.cpio" \
	--qemu -append --qemu 'console=ttyS0 ro' -- sh -c "tests/boot/press 20 h lines; grep -qa TYPED-42 \$HALLMARK_SERIAL"
console=$(tr -d '\r\0' <"$work/serial")
is "$boot_status" 0 'e13_control: a shell at the console is answered'
like "$console" 'sysrq: ' 'e13_control: BREAK and a key reach a kernel that listens'

# Two golden files would differ in PCR 5 and 11 from the demo's: the planted root is another root.
"$HALLMARK" predict --uki "$IMAGE/uki.signed.efi" --vars "$vars_on" \
	--disk "$work/disk.raw" --name planted --image-version 1 --output "$work/golden" || bail 'hallmark predict'
boot --disk "$work/disk.raw" "${wish[@]}" "${smbios[@]}" -- sleep 5
is "$boot_status" 0 'e01_smbios_credentials: the machine boots'
unlike "$console" 'CREDENTIAL-RAN' 'e01_smbios_credentials: the command does not run'
is "$(changed_registers "$work/golden/golden.json" "$work/report.json")" '' 'e01_smbios_credentials: no register differs'

boot --disk "$work/disk.raw" "${wish[@]}" "${fw_cfg[@]}" -- sleep 5
is "$boot_status" 0 'e02_fw_cfg_credentials: the machine boots'
unlike "$console" 'CREDENTIAL-RAN' 'e02_fw_cfg_credentials: the command does not run'
is "$(changed_registers "$work/golden/golden.json" "$work/report.json")" '' 'e02_fw_cfg_credentials: no register differs'
done_testing
