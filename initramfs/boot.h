/* SPDX-License-Identifier: BSD-2-Clause */
/* boot.h - hallmark-boot: the /init of the initramfs, from mounting /proc to starting the OS */
#ifndef HM_BOOT_H
#define HM_BOOT_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "core/extend.h"
#include "core/layers.h"
#include "core/measure.h"
#include "core/record.h"
#include "host/base/disk.h"
#include "host/base/file.h"
#include "host/tpm/tpm.h"

/*
 * One process, no shell, no udev. Before a disk is measured, only core/gpt and core/verity parse it. (The kernel scans
 * partitions by itself; no code here uses what the kernel finds.) Every step returns true, or records one failure
 * (hm_stop) and returns false. hm_boot_end then prints the failure, caps PCR 11 to 15 and powers off. No option turns a
 * failure into a warning, and there is no prompt. The paths are in one struct, so that the same objects run in tests
 * against swtpm and plain files. Formats: docs/FORMATS.md 1 to 6.
 *
 * The files, from the bottom: say.c; mounts.c, extend.c; end.c and the steps, one file each; order.c; hook.c; main.c.
 * make check-includes proves that none of them needs one above it.
 */

struct hm_boot_config {
	const char *tcti;	/* "device:/dev/tpmrm0" */
	const char *tpm_device; /* waited for; NULL: nothing to wait for */
	const char *sys_tpm;	/* one name a TPM; NULL: not a kernel's TPM */
	const char *firmware_log;
	const char *cmdline;
	const char *modules;
	const char *layers;
	const char *writable;  /* may be absent */
	const char *log;       /* its directory is made */
	const char *sys_block; /* one name a disk */
	const char *dev;       /* the disks' nodes */
	const char *sysctl;    /* /proc/sys/kernel */
	const char *lockdown;
	const char *ram; /* a directory in memory, for layers of type=ram */
	const char *new_root;
	unsigned int wait_ms;	 /* for the TPM, and again for the disks */
	unsigned int deadline_s; /* for everything up to exec */
	unsigned int cap_ms;	 /* no register's cap is begun after that, but the first */
};
extern const struct hm_boot_config hm_boot_defaults;

/* Four times what a machine has. The host adds disks: without a limit the search for partitions need not end. */
#define HM_BOOT_DISKS_MAX 64u
#define HM_BOOT_DISK_NAME_MAX 32u
#define HM_BOOT_LINE_MAX 512u

struct hm_boot_disk {
	char name[HM_BOOT_DISK_NAME_MAX]; /* as in /sys/block */
	struct hm_disk_file file;	  /* stays open up to the exec: the same disk throughout */
	dev_t dev;
	bool has_gpt;
	bool used; /* a layer is on it */
	struct hm_gpt gpt;
};

struct hm_failure {
	bool set;
	enum hm_stage stage;
	char line[HM_BOOT_LINE_MAX]; /* "hallmark: stopped: STAGE: THING: REASON" */
};

/*
 * INIT: this program is the /init of the enclave image, and no other program runs. The hooks are for initramfs of
 * dracut's own (hooks/README.md): one process checks the command line before udev starts, a later one does everything
 * from the registers to the lock, and dracut switches root.
 */
enum hm_mode { HM_MODE_INIT, HM_MODE_HOOK_CMDLINE, HM_MODE_HOOK_MOUNT, HM_MODE_HOOK_FAIL };
#define HM_MODE_BIT(mode) (1u << (mode))

struct hm_boot {
	const struct hm_boot_config *config;
	enum hm_mode mode;
	struct hm_failure failure;
	_Atomic int stage; /* the step that runs, for the deadline's message */
	/*
	 * The deadline has passed. The power-off may wait for a disk that the host stalls; when the host lets the disk
	 * answer, the boot must not go on.
	 */
	_Atomic bool ended;
	_Atomic bool told; /* the one line, by whichever thread has failed first */
	int console_fd;
	int kmsg_fd;
	/* Held around every use of the TPM and the log: the deadline thread caps only if it gets the lock at once. */
	pthread_mutex_t tpm_lock;
	struct hm_tpm *tpm;
	uint32_t banks;
	struct hm_pcrs pcrs; /* what the registers must hold now */
	int log_fd;
	int log_errno; /* of the write that failed last; negative */
	uint64_t next_recnum;
	struct hm_file layers_file;
	struct hm_layers layers;
	size_t disk_count;
	struct hm_boot_disk *disk[HM_BOOT_DISKS_MAX];
};

void hm_boot_init(struct hm_boot *boot, const struct hm_boot_config *config);
/*
 * All steps of boot->mode in order. False on the first failure, which is recorded; true when they are done, which
 * HM_MODE_INIT never is: its last step ends in exec.
 */
HM_MUST_CHECK bool hm_boot_run(struct hm_boot *boot);

/* The steps, in their order. */
HM_MUST_CHECK bool hm_boot_mounts(struct hm_boot *boot);
HM_MUST_CHECK bool hm_boot_modules(struct hm_boot *boot);
HM_MUST_CHECK bool hm_boot_cmdline(struct hm_boot *boot);
HM_MUST_CHECK bool hm_boot_registers(struct hm_boot *boot);
/* registers.c: refuse a second TPM; asked before the first extend and before the last. */
HM_MUST_CHECK bool hm_boot_only_tpm(struct hm_boot *boot);
HM_MUST_CHECK bool hm_boot_layers(struct hm_boot *boot);
HM_MUST_CHECK bool hm_boot_disks(struct hm_boot *boot);
HM_MUST_CHECK bool hm_boot_activate(struct hm_boot *boot);
HM_MUST_CHECK bool hm_boot_writable(struct hm_boot *boot);
HM_MUST_CHECK bool hm_boot_lock(struct hm_boot *boot);
HM_MUST_CHECK bool hm_boot_switch(struct hm_boot *boot);

/* disks.c: the one partition with this label; ret->disk is an index into boot->disk. */
HM_MUST_CHECK enum hm_err hm_boot_find(struct hm_boot *boot, struct hm_bytes label, struct hm_gpt_match *ret);

/* extend.c: the sink of core/measure: log, extend, read back. Opens the log at its first record. */
struct hm_sink hm_boot_sink(struct hm_boot *boot);
/* Open the TPM and ask for its banks; tpm_lock is held by the caller. */
HM_MUST_CHECK uint32_t hm_boot_tpm_open(struct hm_boot *boot, uint32_t *ret_banks, uint16_t *ret_unknown);
/* hallmark-fail/1 into PCR 11 to 15, as far as log and TPM answer; the caller holds tpm_lock. */
void hm_boot_cap(struct hm_boot *boot, enum hm_stage stage);

/* dm.c: a read-only dm-verity device over the two ranges. Stage VERITY on failure. */
HM_MUST_CHECK bool hm_verity_activate(struct hm_boot *boot, const struct hm_record *record,
				      const struct hm_gpt_match *data, const struct hm_gpt_match *hash, dev_t *ret);

/*
 * ram.c: the whole partition, read once, in a file in memory that has no name; its record is of that copy. To be
 * closed by the caller.
 */
HM_MUST_CHECK bool hm_ram_copy(struct hm_boot *boot, const struct hm_layer *layer, const struct hm_gpt_match *data,
			       struct hm_record *ret_record, int *ret_fd);

/*
 * seal.c: a system call filter for this process and all that it becomes: no device-mapper requests, no making disks
 * writable, no modules, kexec, ports, swap, perf events, no 32-bit calls. Stage LOCK on failure.
 */
HM_MUST_CHECK bool hm_boot_seal(struct hm_boot *boot);

/* mounts.c */
/* The place for layers in memory, made when the first one needs it. */
HM_MUST_CHECK bool hm_boot_ram_mount(struct hm_boot *boot);
/*
 * A directory below `root` that is reached without any symbolic link; an O_PATH fd or a negative
 * errno.
 */
HM_MUST_CHECK int hm_open_below(const char *root, const char *path);
/* mount(2) onto such a directory; 0 or a negative errno. */
HM_MUST_CHECK int hm_mount_below(const char *root, const char *path, const char *source, const char *fstype,
				 unsigned long flags, const char *data);
void hm_sleep_ms(unsigned int ms);

/* say.c */
/* Record the first failure (later ones are its consequences); always false. `thing` is a format. */
bool hm_stop(struct hm_boot *boot, enum hm_stage stage, const char *reason, const char *thing, ...)
	__attribute__((format(printf, 4, 5)));
void hm_failure_set(struct hm_failure *failure, enum hm_stage stage, const char *thing, const char *reason);
/* Print a failure on the console and into the kernel's log, unless one has been printed. */
void hm_report(struct hm_boot *boot, const struct hm_failure *failure);
const char *hm_errno_text(int negative_errno);
/* One line for the kernel's log: "hallmark: ...". */
void hm_say(struct hm_boot *boot, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Never returns once the deadline has passed. */
void hm_boot_halt_if_ended(const struct hm_boot *boot);

/* end.c */
/* A thread that ends the boot when deadline_s have passed; exec ends the thread. */
HM_MUST_CHECK bool hm_boot_deadline(struct hm_boot *boot);
/* Print the failure, cap, power off. */
void hm_boot_end(struct hm_boot *boot) __attribute__((noreturn));
/* The same where another program's part of the initramfs has failed. */
void hm_boot_give_up(struct hm_boot *boot) __attribute__((noreturn));

/* hook.c: what dracut's hooks call, in an initramfs of dracut's own; the program's exit status. */
HM_MUST_CHECK int hm_hook(struct hm_boot *boot, int argc, char *const argv[]);

#endif
