/* SPDX-License-Identifier: BSD-2-Clause */
/* doubles.c - in place of mounts.o, dm.o, seal.o, switch.o, and of system calls that would change the host
 */
#include "doubles.h"

#include "machine.h"

#include <openssl/evp.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

/* The linker's --wrap: the objects under test call __wrap_X, and __real_X is libc's. */
ssize_t __real_pread(int fd, void *buf, size_t len, off_t off);
ssize_t __real_write(int fd, const void *buf, size_t len);
int __real_fsync(int fd);
int __real_open(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long request, ...);
ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t off);
ssize_t __wrap_write(int fd, const void *buf, size_t len);
int __wrap_fsync(int fd);
int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_reboot(int command);
void __wrap_sync(void);

#define TICK_MS 1u
#define POLL_MS 20u /* between two looks at /sys/block and at the TPM's node */
/* Long enough for a thread that would wrongly go on to be seen. */
#define LATE_MS 30u

static bool in_child;
static int log_fd = -1;
static struct hm_boot *booting;
static unsigned int poll_count;

static void sleep_really_ms(unsigned int ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	nanosleep(&time, NULL);
}

static void note_late(void)
{
	if (machine.seen->powered_off)
		machine.seen->late = true;
}

/* One page, in a mount name space of this process alone. */
static bool small_log_mount(void)
{
	int flags = geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;

	return unshare(flags) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", machine_path("run"), "tmpfs", 0, "size=4096") == 0;
}

void doubles_begin(void)
{
	in_child = true;
	if (!machine.kernel.small_log || small_log_mount())
		return;
	machine.seen->no_small_log = true;
	_exit(0);
}

/* --- mounts.o --- */

bool hm_boot_mounts(struct hm_boot *boot)
{
	booting = boot;
	boot->kmsg_fd = machine.kmsg_fd;
	boot->console_fd = machine.console_fd;
	if (machine.kernel.fail_kernel_mounts)
		return hm_stop(boot, HM_STAGE_MOUNT, "refused by the test", "/proc");
	return true;
}

bool hm_boot_ram_mount(struct hm_boot *boot)
{
	if (machine.kernel.fail_ram_mount)
		return hm_stop(boot, HM_STAGE_MOUNT, "refused by the test", "/ram");
	return true;
}

/* What the kernel would read for ever after, by OpenSSL. */
static void note_ram(const char *source)
{
	struct seen *seen = machine.seen;
	struct hm_file file;
	struct stat st;

	if (strncmp(source, "/proc/self/fd/", 14) != 0)
		return;
	seen->ram_mount_count++;
	if (stat(source, &st) < 0 || hm_file_read(source, SIZE_MAX - 1, &file))
		return;
	seen->ram_has_name = st.st_nlink != 0;
	seen->ram_size = file.len;
	if (!EVP_Digest(file.p, file.len, seen->ram_sha256, NULL, EVP_sha256(), NULL))
		abort();
	hm_file_free(&file);
}

static void note_mount(struct seen_mount *seen, const char *path, const char *source, const char *fstype,
		       unsigned long flags, const char *data)
{
	snprintf(seen->path, sizeof(seen->path), "%s", path);
	snprintf(seen->source, sizeof(seen->source), "%s", source);
	snprintf(seen->fstype, sizeof(seen->fstype), "%s", fstype);
	snprintf(seen->data, sizeof(seen->data), "%s", data ? data : "");
	seen->flags = flags;
}

int hm_mount_below(const char *root, const char *path, const char *source, const char *fstype, unsigned long flags,
		   const char *data)
{
	struct seen *seen = machine.seen;

	(void)root;
	note_ram(source);
	note_late();
	if (seen->mount_count < MACHINE_MOUNTS_MAX)
		note_mount(&seen->mount[seen->mount_count], path, source, fstype, flags, data);
	if (++seen->mount_count == machine.kernel.fail_mount)
		return -EIO;
	return 0;
}

/* No time passes but the deadline's, which passes when the test says so. */
void hm_sleep_ms(unsigned int ms)
{
	if (ms == MACHINE_DEADLINE_S * 1000) {
		while (!machine.seen->deadline_now)
			sleep_really_ms(TICK_MS);
		/* Whoever has caused it is in its system call by then. */
		sleep_really_ms(TICK_MS);
		return;
	}
	/* Not the time that a serial line gets at the end. */
	if (ms > POLL_MS)
		return;
	if (machine.kernel.at_poll)
		machine.kernel.at_poll(booting, poll_count);
	poll_count++;
}

/* --- dm.o --- */

bool hm_verity_activate(struct hm_boot *boot, const struct hm_record *record, const struct hm_gpt_match *data,
			const struct hm_gpt_match *hash, dev_t *ret)
{
	struct seen *seen = machine.seen;
	struct seen_activation *activation = &seen->activation[seen->activation_count];

	note_late();
	if (seen->activation_count + 1 == machine.kernel.fail_activation)
		return hm_stop(boot, HM_STAGE_VERITY, "refused by the test", "%.*s", (int)record->name_len,
			       record->name);
	activation->record = *record;
	activation->data_off = data->partition->off;
	activation->data_len = data->partition->len;
	activation->hash_off = hash->partition->off;
	activation->hash_len = hash->partition->len;
	activation->commands = seen->commands;
	*ret = makedev(253, (unsigned int)seen->activation_count++);
	return true;
}

/* --- seal.o --- */

bool hm_boot_seal(struct hm_boot *boot)
{
	note_late();
	if (machine.kernel.fail_seal)
		return hm_stop(boot, HM_STAGE_LOCK, "refused by the test", "system call filter");
	machine.seen->sealed_at = machine.seen->commands;
	return true;
}

/* --- switch.o --- */

bool hm_boot_switch(struct hm_boot *boot)
{
	if (machine.kernel.fail_switch)
		return hm_stop(boot, HM_STAGE_SWITCH, "refused by the test", "/sbin/init");
	hm_boot_halt_if_ended(boot);
	note_late();
	machine.seen->started = true;
	_exit(0);
}

/* --- system calls --- */

int __wrap_reboot(int command)
{
	machine.seen->powered_off = command == RB_POWER_OFF;
	/* A machine does not go off at once, and what was held back may come now. */
	if (machine.kernel.read == READ_HANGS || machine.kernel.read == READ_HANGS_THEN_FAILS ||
	    machine.tpm_fault.kind == TPM_LATE)
		sleep_really_ms(LATE_MS);
	_exit(0);
}

void __wrap_sync(void)
{
	machine.seen->sync_count++;
}

static bool read_before(int fd, uint64_t off, size_t len, size_t count)
{
	const struct seen *seen = machine.seen;

	for (size_t i = 0; i < count; i++) {
		const struct seen_read *r = &seen->read[i];

		if (r->fd == fd && (r->off < off ? off - r->off < r->len : r->off - off < len))
			return true;
	}
	return false;
}

static ssize_t read_other_bytes(int fd, void *buf, size_t len, off_t off, size_t index)
{
	ssize_t n = __real_pread(fd, buf, len, off);
	uint8_t *p = buf;

	for (ssize_t i = 0; i < n && read_before(fd, (uint64_t)off, len, index); i++)
		p[i] ^= 0xff;
	return n;
}

static void read_hang(void)
{
	machine.seen->deadline_now = true;
	while (!machine.seen->powered_off)
		sleep_really_ms(TICK_MS);
}

static int read_refused(int number)
{
	errno = number;
	return -1;
}

ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t off)
{
	struct seen *seen = machine.seen;
	size_t index;

	if (!in_child)
		return __real_pread(fd, buf, len, off);
	index = seen->read_count++;
	if (index < MACHINE_READS_MAX)
		seen->read[index] = (struct seen_read){.fd = fd, .off = (uint64_t)off, .len = len};
	if (machine.kernel.read == READ_OTHER_BYTES)
		return read_other_bytes(fd, buf, len, off, index);
	if (index != machine.kernel.read_index)
		return __real_pread(fd, buf, len, off);
	switch (machine.kernel.read) {
	case READ_EIO:
		return read_refused(EIO);
	case READ_INTERRUPTED:
		return read_refused(EINTR);
	case READ_ENDS:
		return 0;
	case READ_HALF:
		return __real_pread(fd, buf, len / 2, off);
	case READ_HANGS:
		/* The data comes after all, and with it a boot that must not go on. */
		read_hang();
		break;
	case READ_HANGS_THEN_FAILS:
		read_hang();
		return read_refused(EIO);
	case READ_OTHER_BYTES:
	case READ_FINE:
		break;
	}
	return __real_pread(fd, buf, len, off);
}

int __wrap_open(const char *path, int flags, ...)
{
	int fd = __real_open(path, flags, 0644);

	if (in_child && fd >= 0 && strcmp(path, machine.config.log) == 0)
		log_fd = fd;
	return fd;
}

static void power_cut(void)
{
	kill(getpid(), SIGKILL);
}

static ssize_t log_write_fault(const void *buf, size_t len)
{
	static bool halved;
	ssize_t n;

	switch (machine.kernel.write) {
	case WRITE_FULL:
		return read_refused(ENOSPC);
	case WRITE_INTERRUPTED:
		return read_refused(EINTR);
	case WRITE_HALF:
		return __real_write(log_fd, buf, len / 2);
	case WRITE_HALF_FULL:
		if (halved)
			return read_refused(ENOSPC);
		halved = true;
		return __real_write(log_fd, buf, len / 2);
	case WRITE_POWER_CUT:
		power_cut();
		break;
	case WRITE_HALF_POWER_CUT:
		n = __real_write(log_fd, buf, len / 2);
		power_cut();
		return n;
	case WRITE_WHOLE_POWER_CUT:
		n = __real_write(log_fd, buf, len);
		power_cut();
		return n;
	case WRITE_SYNC_FAILS:
	case WRITE_FINE:
		break;
	}
	return __real_write(log_fd, buf, len);
}

/* The half that a short write leaves belongs to the same line. */
static bool write_is_due(size_t line)
{
	static size_t faults;
	const struct kernel_fault *kernel = &machine.kernel;
	bool again = kernel->write == WRITE_HALF_FULL;

	if (line != kernel->write_index && !(kernel->write_for_good && line > kernel->write_index))
		return false;
	return faults++ == 0 || again || kernel->write_for_good;
}

ssize_t __wrap_write(int fd, const void *buf, size_t len)
{
	if (!in_child || fd != log_fd || fd < 0)
		return __real_write(fd, buf, len);
	note_late();
	if (machine.kernel.write != WRITE_FINE && write_is_due(machine.seen->line_count))
		return log_write_fault(buf, len);
	return __real_write(fd, buf, len);
}

int __wrap_fsync(int fd)
{
	const struct kernel_fault *kernel = &machine.kernel;

	if (in_child && fd == log_fd) {
		size_t line = machine.seen->line_count++;

		if (kernel->write == WRITE_SYNC_FAILS && line == kernel->write_index)
			return read_refused(EIO);
	}
	return __real_fsync(fd);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	int *value;

	va_start(args, request);
	value = va_arg(args, int *);
	va_end(args);
	if (request == BLKROSET) {
		machine.seen->read_only_count++;
		return machine.kernel.fail_read_only ? read_refused(EPERM) : 0;
	}
	if (request == BLKROGET) {
		*value = !machine.kernel.lose_read_only;
		return 0;
	}
	return __real_ioctl(fd, request, value);
}
