/* SPDX-License-Identifier: BSD-2-Clause */
/* machine.h - a machine around hallmark-boot's own objects: a real TPM, image files as disks */
#ifndef HM_TEST_MACHINE_H
#define HM_TEST_MACHINE_H

#include "initramfs/boot.h"

/* cmocka.h wants these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * Each boot is a child process that runs hm_boot_run and hm_boot_end of the shipped objects. What
 * it would do to the kernel is done by doubles.c instead, in place of mounts.o, dm.o, seal.o and switch.o
 * and of the system calls pread, write, fsync, ioctl, sync and reboot. Its TPM is a socket of this
 * process, which hands each command on to swtpm, or does what struct tpm_fault says.
 * tests/initramfs/lib.sh makes the inputs: the disk, and the records as text, by veritysetup and sfdisk.
 */
#define MACHINE_LAYERS 3u
#define MACHINE_RECORDS 8u /* the layers, and the lock in five registers */
#define MACHINE_COMMANDS_MAX 512u
#define MACHINE_READS_MAX 64u
#define MACHINE_MOUNTS_MAX 8u
#define MACHINE_TEXT_MAX 8192u
#define MACHINE_DEADLINE_S 77u
#define TPM_MESSAGE_MAX 4096u

struct tpm_message {
	uint8_t p[TPM_MESSAGE_MAX];
	size_t len;
};

enum tpm_fault_kind {
	TPM_FINE,
	TPM_RC,	      /* an error code, the command is not executed */
	TPM_SILENT,   /* no answer, ever; the deadline passes */
	TPM_LATE,     /* executed, and answered while the machine goes off */
	TPM_HANGS_UP, /* the connection ends without an answer, the next one works */
	TPM_GONE,     /* so do all later ones */
	TPM_MUTATES,  /* an answer that was changed on its way; always executed */
	TPM_POWER_CUT,
};
struct tpm_fault {
	enum tpm_fault_kind kind;
	bool executes; /* the command is executed all the same */
	bool answers;  /* POWER_CUT: after the answer */
	size_t first;  /* index of the command */
	size_t count;  /* SIZE_MAX: from there on always */
	uint32_t rc;
	void (*mutate)(struct tpm_message *response, size_t arg);
	size_t arg;
};

enum read_fault {
	READ_FINE,
	READ_EIO,
	READ_ENDS,	  /* 0 bytes */
	READ_HALF,	  /* fewer bytes than asked for, then the rest */
	READ_INTERRUPTED, /* EINTR once */
	READ_HANGS,	  /* until the power is off, then it succeeds */
	READ_HANGS_THEN_FAILS,
	READ_OTHER_BYTES, /* wherever something was read before */
};
enum write_fault {
	WRITE_FINE,
	WRITE_FULL,	   /* ENOSPC */
	WRITE_HALF_FULL,   /* half of the line, then ENOSPC */
	WRITE_HALF,	   /* half of the line, then the rest */
	WRITE_INTERRUPTED, /* EINTR once */
	WRITE_SYNC_FAILS,  /* EIO from fsync */
	WRITE_POWER_CUT,   /* before, */
	WRITE_HALF_POWER_CUT,
	WRITE_WHOLE_POWER_CUT,
};
struct kernel_fault {
	enum read_fault read;
	size_t read_index; /* of the pread(2) */
	enum write_fault write;
	size_t write_index;	/* of the log's line, from 0 */
	bool write_for_good;	/* all later ones too */
	size_t fail_activation; /* 1 is the first; 0: none */
	size_t fail_mount;
	bool fail_kernel_mounts;
	bool fail_ram_mount;
	bool fail_seal;
	bool fail_switch;
	bool fail_read_only;					  /* BLKROSET is refused */
	bool lose_read_only;					  /* BLKROGET says writable */
	void (*at_poll)(struct hm_boot *boot, unsigned int poll); /* in hm_sleep_ms */
	bool small_log; /* a tmpfs of one page, in a mount name space of its own */
};

struct seen_activation {
	struct hm_record record;
	uint64_t data_off, data_len, hash_off, hash_len;
	size_t commands; /* of the TPM so far */
};
struct seen_mount {
	char path[64], source[32], fstype[16], data[64];
	unsigned long flags;
};
struct seen_read {
	int fd;
	uint64_t off;
	size_t len;
};
/* Shared with the child. */
struct seen {
	_Atomic size_t commands;
	_Atomic bool deadline_now; /* hm_sleep_ms lets the deadline thread go */
	_Atomic bool powered_off;
	_Atomic bool started; /* the OS's init would run now */
	_Atomic bool late;    /* something was done after power-off that is more than looking */
	size_t activation_count;
	struct seen_activation activation[HM_LAYERS_MAX];
	size_t mount_count;
	struct seen_mount mount[MACHINE_MOUNTS_MAX];
	/* Mounts of a file that only the mount can reach: how many, and the last one's content. */
	size_t ram_mount_count;
	uint64_t ram_size;
	uint8_t ram_sha256[32];
	bool ram_has_name;
	size_t read_count;
	struct seen_read read[MACHINE_READS_MAX];
	size_t line_count; /* writes to the log */
	size_t sync_count;
	size_t sealed_at; /* TPM commands before the filter; 0: never */
	size_t read_only_count;
	bool no_small_log; /* it cannot be made here */
};

struct tpm_command {
	uint32_t code;
	uint32_t pcr; /* PCR_Extend */
	bool executed;
};

/* Values of registers 0 to 15 in all banks. */
struct registers {
	uint8_t value[HM_BANK_COUNT][HM_PCR_QUOTED][HM_DIGEST_MAX];
};

struct machine {
	char dir[96];
	char label[128]; /* of the fault point, for messages */
	uint32_t banks;
	struct hm_boot_config config;
	enum hm_mode mode; /* of the next boot; machine_on: INIT */
	struct tpm_fault tpm_fault;
	struct kernel_fault kernel;
	char record[MACHINE_RECORDS][HM_RECORD_MAX + 1]; /* from lib.sh */
	uint32_t record_pcr[MACHINE_RECORDS];
	struct registers power_on; /* what the registers hold when the boot begins */
	int console_fd, kmsg_fd;
	/* What the last boot did. */
	struct seen *seen;
	int status; /* of the process */
	size_t command_count;
	struct tpm_command command[MACHINE_COMMANDS_MAX];
	char console[MACHINE_TEXT_MAX];
	char kmsg[MACHINE_TEXT_MAX];
	struct registers registers;
};
extern struct machine machine;

/* For cmocka: the TPM and the inputs for a whole program. */
int machine_setup(void **state);
int machine_teardown(void **state);
/* Power on: registers as the firmware leaves them, default inputs, no faults, no log. */
void machine_on(void);
/* The same without the stub's measurements; the test extends what it wants. */
void machine_on_bare(void);
/* One boot; the test goes on when it has ended, and fails where it does not. */
void machine_boot(void);

/* "DIR/name", valid until the next but seven. */
const char *machine_path(const char *name);
void machine_write(const char *name, const void *content, size_t len);
void machine_write_text(const char *name, const char *text);
/* Read a file of the machine, to be freed. */
uint8_t *machine_read(const char *name, size_t *ret_len);
void machine_remove(const char *name);
/* The disks that there are: /sys/block/NAME and /dev/NAME as a link to the file. */
void machine_disks_none(void);
void machine_disk(const char *name, const char *file);
/* The log of the firmware, with the stub's two events in PCR 11, in these banks. */
void machine_write_firmware_log(const char *name, uint32_t banks, size_t events);

/* The TPM, not through the program. */
void machine_extend(uint32_t pcr, const char *text);
void machine_extend_bank(uint32_t pcr, enum hm_bank bank, const char *text);
void machine_read_registers(struct registers *ret);
/* Takes effect at the next power-on. */
void machine_set_banks(uint32_t banks);

/* value = H(value || H(text)) by OpenSSL, in all active banks. */
void model_extend(struct registers *registers, uint32_t pcr, const char *text);
/* Registers after the first `records` records, and the cap where `stage` is not NULL. */
void model_boot(size_t records, const char *stage, struct registers *ret);

/* As assert_true, with the fault point in front. */
#define expect(condition, ...) machine_expect((condition), #condition, __FILE__, __LINE__, __VA_ARGS__)
void machine_expect(bool condition, const char *text, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void machine_label(const char *format, ...) __attribute__((format(printf, 1, 2)));
void expect_registers(const struct registers *want);
/* The boot reached the OS, with every record in its register and nothing else. */
void expect_started(void);
/*
 * The boot ended in the failure path: one line with this beginning, power-off, the first `records`
 * records in the registers, the cap behind them where `capped`, this many layers activated.
 */
void expect_stopped(const char *line, size_t records, bool capped, size_t activated);
/* The log holds the first `records` records, then caps of this stage in so many registers. */
void expect_log(size_t records, const char *stage, size_t caps);
/* The word between "hallmark: stopped: " and the next colon of what the console shows. */
const char *machine_stage(void);
/* Fault points so far, for the summary line. */
extern size_t machine_points;
int machine_run(const char *what, const struct CMUnitTest *tests, size_t count, CMFixtureFunction teardown);

#endif
