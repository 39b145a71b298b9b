#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# locked.t - what an application sees of a locked machine: an application that tries, and tells
. tests/boot/lib.sh

mkdir -p "$work/app/bin" "$work/weights"
cp "$BUILDROOT/usr/bin/busybox" "$work/app/bin/busybox"
ln -s busybox "$work/app/bin/sh"
cat >"$work/app/start" <<'START'
#!/bin/sh
b=/bin/busybox
say() { echo "$@" >>/tmp/www/index.html; }
refused() { # refused NAME COMMAND...: says NAME=refused or NAME=DONE
	name=$1
	shift
	if "$@" >/dev/null 2>&1; then say "$name=DONE"; else say "$name=refused"; fi
}
$b mkdir -p /tmp/www
: >/tmp/www/index.html
for f in modules_disabled kexec_load_disabled sysrq io_uring_disabled; do
	say "$f=$($b cat /proc/sys/kernel/$f)"
done
say "lockdown=$($b cat /sys/kernel/security/lockdown 2>&1)"
say "id=$($b id -u)"
say "caps=$($b sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)"
say "disks_ro=$($b cat /sys/block/vda/ro)"
refused control $b touch /tmp/x
refused write_root $b touch /x
refused write_weights $b touch "$WEIGHTS/x"
refused write_sysctl $b sh -c 'echo 0 >/proc/sys/kernel/modules_disabled'
refused remount $b mount -o remount,rw /
refused mount $b mount -t tmpfs none /mnt
refused open_tpm $b dd if=/dev/tpmrm0 of=/dev/null count=1
refused open_disk $b dd if=/dev/vda of=/dev/null count=1
refused mknod $b mknod /tmp/vda b 254 0
refused read_log $b cat /run/hallmark/log
refused read_pid1 $b cat /proc/1/environ
refused console $b sh -c 'echo x >/dev/console'
refused connect $b nc -w 2 10.0.2.2 80
refused kill1 $b kill -9 1
say end
exec $b httpd -f -p "$PORT" -h /tmp/www
START
chmod 755 "$work/app/start"
echo weights >"$work/weights/file"
make image APP="$work/app" WEIGHTS="$work/weights" IMAGE="$work/image" >"$work/log" 2>&1 || bail "make image: $(tail -n 3 "$work/log")"
boot --disk "$work/image/disk.raw" -- sh -c "curl -fsSk --retry 30 --retry-all-errors --retry-delay 1 https://127.0.0.1:\$HALLMARK_TLS_PORT/ >$work/answer"
is "$boot_status" 0 'the machine boots, reports and answers'
answer=$(cat "$work/answer")
like "$answer" '^end$' 'the application went through its list'
for want in modules_disabled=1 kexec_load_disabled=1 sysrq=0 io_uring_disabled=2 disks_ro=1 id=601 caps=0000000000000000 \
	write_root=refused write_weights=refused write_sysctl=refused remount=refused mount=refused open_tpm=refused \
	open_disk=refused mknod=refused read_log=refused read_pid1=refused console=refused connect=refused kill1=refused; do
	like "$answer" "^$want\$" "the application: $want"
done
like "$answer" '^lockdown=.*\[confidentiality\]' 'the application: lockdown=[confidentiality]'
is "$(grep '=DONE$' <<<"$answer")" 'control=DONE' 'nothing that was tried succeeded, but the control'
is "$(grep -c =refused <<<"$answer")" 13 'thirteen attempts were made'
done_testing
