/* SPDX-License-Identifier: BSD-2-Clause */
/* seal.c - a filter of system calls that the whole OS inherits and nobody can take off again */
#include "boot.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Read-only disks, sysctls and the kernel's lockdown leave root three ways to change what was
 * measured without a trace in a register: load another table into a verified device
 * (CVE-2022-2503 is about the same thing), make a disk writable again, and other ABIs of the same
 * calls. After the lock record nothing needs them. Modules, kexec, ports and swap are closed elsewhere too;
 * here they cost one word each. perf samples kernel addresses, which lockdown allows. BPF programs read kernel memory
 * by typed pointers (bpf_rdonly_cast), which lockdown does not look at, and each fault of the verifier is a way to
 * write it; PID 1 does without them (its device rules are then those of file modes and of private /dev).
 */
static const unsigned int refused[] = {
	SYS_init_module,     SYS_finit_module,	 SYS_delete_module, SYS_kexec_load,
	SYS_kexec_file_load, SYS_iopl,		 SYS_ioperm,	    SYS_swapon,
	SYS_perf_event_open, SYS_io_uring_setup, SYS_bpf,
};

#define X32_BIT 0x40000000u
/* _IOC_TYPE of linux/dm-ioctl.h: every request to device-mapper. */
#define IOC_TYPE_MASK 0xff00u
#define IOC_TYPE_DM 0xfd00u
/* linux/fs.h: BLKROSET. */
#define IOC_BLKROSET 0x125du
/* SCSI and NVMe commands past the block layer: scsi/sg.h, scsi/scsi_ioctl.h, linux/cdrom.h; _IOC_TYPE of
 * linux/nvme_ioctl.h. */
#define IOC_SG_IO 0x2285u
#define IOC_SCSI_SEND_COMMAND 1u
#define IOC_CDROM_SEND_PACKET 0x5393u
#define IOC_TYPE_NVME 0x4e00u
static const unsigned int refused_requests[] = {IOC_BLKROSET, IOC_SG_IO, IOC_SCSI_SEND_COMMAND, IOC_CDROM_SEND_PACKET};

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define IF_EQUAL(value, then, or_else) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (then), (or_else))
#define IF_AT_LEAST(value, then, or_else) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (value), (then), (or_else))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define PROGRAM_MAX 64u

static unsigned short make_program(struct sock_filter program[PROGRAM_MAX])
{
	unsigned short n = 0;

	/* 32-bit calls and x32 calls have other numbers for the same things. */
	program[n++] = (struct sock_filter)LOAD(arch);
	program[n++] = (struct sock_filter)IF_EQUAL(AUDIT_ARCH_X86_64, 1, 0);
	program[n++] = (struct sock_filter)REFUSE;
	program[n++] = (struct sock_filter)LOAD(nr);
	program[n++] = (struct sock_filter)IF_AT_LEAST(X32_BIT, 0, 1);
	program[n++] = (struct sock_filter)REFUSE;
	for (size_t i = 0; i < HM_ARRAY_LEN(refused); i++) {
		program[n++] = (struct sock_filter)IF_EQUAL(refused[i], 0, 1);
		program[n++] = (struct sock_filter)REFUSE;
	}
	program[n++] = (struct sock_filter)IF_EQUAL(SYS_ioctl, 1, 0);
	program[n++] = (struct sock_filter)ALLOW;
	/* The kernel takes the low 32 bits of the request, which come first in memory. */
	program[n++] = (struct sock_filter)LOAD(args[1]);
	for (size_t i = 0; i < HM_ARRAY_LEN(refused_requests); i++) {
		program[n++] = (struct sock_filter)IF_EQUAL(refused_requests[i], 0, 1);
		program[n++] = (struct sock_filter)REFUSE;
	}
	program[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, IOC_TYPE_MASK);
	program[n++] = (struct sock_filter)IF_EQUAL(IOC_TYPE_DM, 1, 0);
	program[n++] = (struct sock_filter)IF_EQUAL(IOC_TYPE_NVME, 0, 1);
	program[n++] = (struct sock_filter)REFUSE;
	program[n++] = (struct sock_filter)ALLOW;
	return n;
}

_Static_assert(16 + 2 * (HM_ARRAY_LEN(refused) + HM_ARRAY_LEN(refused_requests)) <= PROGRAM_MAX, "the program fits");

bool hm_boot_seal(struct hm_boot *boot)
{
	struct sock_filter program[PROGRAM_MAX];
	struct sock_fprog filter = {.filter = program};

	filter.len = make_program(program);
	/* Not no_new_privs: what an image's own programs may gain is the image's decision. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0)
		return hm_stop(boot, HM_STAGE_LOCK, hm_errno_text(-errno), "system call filter");
	/* It holds: without the filter this is EBADF. (delete_module is EPERM by modules_disabled already.) */
	if (syscall(SYS_ioctl, -1, IOC_BLKROSET, 0) == 0 || errno != EPERM)
		return hm_stop(boot, HM_STAGE_LOCK, "it does not hold", "system call filter");
	return true;
}
