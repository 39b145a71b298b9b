#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# sleep.t - a sleep with the TPM's driver away starts the TPM anew under a running CPU: the firmware says so in PCR 0 to 7
#
# Whatever runs as root can do it: it lets go of the TPM, so that nobody saves its state, and sleeps. Registers 8 to 15 are
# zero afterwards and could be extended to anything. That this is no way to golden values is the firmware's doing
# (TCG PC Client PFP, EV_SEPARATOR: the value 1 says that there was an error), so it is tested. Not our image, which nothing tells to sleep.
. tests/boot/lib.sh

mkdir -p "$work/initrd"/{bin,dev,proc,sys}
cp "$BUILDROOT/usr/bin/busybox" "$work/initrd/bin/busybox"
# The TPM is asked by a program of its own: the registers are read before and after, SHA-256.
cat >"$work/registers.c" <<'PROGRAM'
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	for (int pcr = 0; argc == 3 && pcr < 16; pcr++) {
		/* TPM2_PCR_Read of one register */
		unsigned char command[] = {0x80, 1, 0, 0, 0, 20, 0, 0, 1, 0x7e, 0, 0, 0, 1, 0, 0x0b, 3, 0, 0, 0}, answer[512];
		int fd = open(argv[2], O_RDWR);
		ssize_t n;
		command[17 + pcr / 8] = (unsigned char)(1 << pcr % 8);
		if (fd < 0 || write(fd, command, sizeof(command)) != sizeof(command) || (n = read(fd, answer, sizeof(answer))) < 42)
			return 1;
		close(fd);
		printf("%s %d ", argv[1], pcr);
		for (int i = 0; i < 32; i++)
			printf("%02x", answer[n - 32 + i]);
		printf("\n");
	}
	return 0;
}
PROGRAM
gcc -static -O1 -Wall -Wextra -Werror -o "$work/initrd/bin/registers" "$work/registers.c" || bail 'no program'
cat >"$work/initrd/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
exec >/dev/ttyS0 2>&1
registers before /dev/tpm0
device=$($b basename "$($b readlink /sys/class/tpm/tpm0/device)")
driver=$($b readlink -f /sys/class/tpm/tpm0/device/driver)
[ ! -e /let-go ] || echo "$device" >"$driver/unbind"
echo +5 >/sys/class/rtc/rtc0/wakealarm
echo deep >/sys/power/mem_sleep
echo mem >/sys/power/state && echo "AWAKE AGAIN"
[ ! -e /let-go ] || echo "$device" >"$driver/bind"
$b sleep 1
registers after /dev/tpm[0-9]
echo "THE END"
$b poweroff -f
INIT
chmod 755 "$work/initrd/init"

# sleeps [ARGUMENT...]: registers in $work/registers
sleeps() {
	(cd "$work/initrd" && find . | cpio --quiet -o -H newc) >"$work/initrd.cpio"
	boot --vars "$vars_empty" --disk "$IMAGE/disk.raw" --wait 'serial:THE END|Kernel panic' --timeout 600 --qemu -kernel \
		--qemu "$(echo "$BUILDROOT"/boot/vmlinuz-*)" --qemu -initrd --qemu "$work/initrd.cpio" --qemu -append --qemu 'console=ttyS0 ro'
	grep -aoE '(before|after) [0-9]+ [0-9a-f]{64}' <<<"$console" >"$work/registers"
	like "$console" 'AWAKE AGAIN' "$1: it has slept"
	is "$(wc -l <"$work/registers")" 32 "$1: registers before and after"
}

sleeps i07_sleep
is "$(sed -n 's/^after //p' "$work/registers")" "$(sed -n 's/^before //p' "$work/registers")" 'i07_sleep: the registers are kept'

touch "$work/initrd/let-go"
sleeps i03_sleep_without_the_tpm
# The number 1, four bytes, little-endian, in a register that was zero.
separator=$(extend sha256 0 "$(printf '\1\0\0\0' | sha256sum | cut -d' ' -f1)")
for pcr in 0 1 2 3 4 5 6 7; do
	is "$(sed -n "s/^after $pcr //p" "$work/registers")" "$separator" "i03_sleep_without_the_tpm: PCR $pcr is an error separator, as no golden file has it"
done
is "$(sed -nE 's/^after (8|9|1[0-5]) 0{64}$/\1/p' "$work/registers" | wc -l)" 8 'i03_sleep_without_the_tpm: PCR 8 to 15 are zero'
done_testing
