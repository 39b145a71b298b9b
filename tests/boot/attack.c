/* SPDX-License-Identifier: BSD-2-Clause */
/* attack.c - runs as root in a test image after the lock, tries every way to change what was measured, and tells */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/nvme_ioctl.h>
#include <linux/perf_event.h>
#include <scsi/scsi_ioctl.h>
#include <scsi/sg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * One line an attempt on the console: "attack: NAME: refused: REASON" or "attack: NAME: DONE". An attempt returns 0
 * when it has reached what it wanted, else an errno. Attempts named control_ show that the program is as strong as it
 * says.
 */
#define SECTOR 512
#define DISK "/dev/vda"

static int error(long result)
{
	return result < 0 ? errno : 0;
}

/* Open and write one block where it is; 0 only when the block layer has taken it. */
static int write_device(const char *path, bool make_writable)
{
	char block[4096];
	int fd = open(path, O_RDWR | O_CLOEXEC), off = 0, err = 0;

	if (make_writable) {
		int reader = open(path, O_RDONLY | O_CLOEXEC);

		if (reader < 0)
			return errno;
		err = error(ioctl(reader, BLKROSET, &off));
		close(reader);
		if (err)
			return err;
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (fd < 0)
		return errno;
	if (pread(fd, block, sizeof(block), 1048576) < 0 || pwrite(fd, block, sizeof(block), 1048576) < 0 ||
	    fsync(fd) < 0)
		err = errno;
	close(fd);
	return err;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = error(write(fd, text, strlen(text)));
	close(fd);
	return err;
}

static int create_file(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int node(const char *path, unsigned int maj, unsigned int min)
{
	return mknod(path, S_IFCHR | 0600, makedev(maj, min)) < 0 && errno != EEXIST ? errno : 0;
}

static int open_node(const char *path, unsigned int maj, unsigned int min)
{
	int err = node(path, maj, min), fd;

	if (err)
		return err;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* --- controls --- */

static int control_root(void)
{
	return geteuid() == 0 ? create_file("/var/control") : EPERM;
}

static int control_read_disk(void)
{
	char sector[SECTOR];
	int fd = open(DISK, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = error(pread(fd, sector, sizeof(sector), SECTOR));
	close(fd);
	return err ? err : memcmp(sector, "EFI PART", 8) ? ENOMSG : 0;
}

static int control_mount(void)
{
	mkdir("/tmp/control", 0700);
	return error(mount("none", "/tmp/control", "tmpfs", 0, NULL));
}

/* --- files and disks --- */

static int root_write(void)
{
	return create_file("/attack");
}
static int ram_layer_write(void)
{
	return create_file("/hallmark/app/attack");
}
static int disk_write(void)
{
	return write_device(DISK, false);
}
static int disk_make_writable(void)
{
	return write_device(DISK, true);
}
static int dm_write(void)
{
	return write_device("/dev/dm-2", false);
}
static int dm_make_writable(void)
{
	return write_device("/dev/dm-2", true);
}

static int root_remount(void)
{
	int err = error(mount(NULL, "/", NULL, MS_REMOUNT, NULL));

	/* A file system that can only be read says yes and stays what it is. */
	return err ? err : create_file("/attack");
}

static int ram_layer_remount(void)
{
	int err = error(mount(NULL, "/hallmark/app", NULL, MS_REMOUNT, NULL));

	return err ? err : create_file("/hallmark/app/attack");
}

static int page_cache_write(void)
{
	int fd = open("/usr/lib/os-release", O_RDONLY | O_CLOEXEC);
	void *p;

	if (fd < 0)
		return errno;
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return p == MAP_FAILED ? errno : 0;
}

/* The layer's file is on a ramfs that is in no directory any more. */
static int ram_layer_reach(void)
{
	return create_file("/ram/attack");
}

static int disk_mount(void)
{
	mkdir("/tmp/disk", 0700);
	return error(mount("/dev/vda2", "/tmp/disk", "erofs", MS_RDONLY, NULL));
}

static int loop_device(void)
{
	return open_node("/dev/loop-control", 10, 237);
}
static int swap_on_disk(void)
{
	return error(swapon(DISK, 0));
}
static int hibernate(void)
{
	return write_file("/sys/power/state", "disk");
}

/* --- past the block layer --- */

/* Sector 1 of the other two disks begins with this, put there by the test. */
#define MARK "HALLMARK"
#define SCSI_DISK "/dev/sda"
#define NVME_DISK "/dev/nvme0n1"
#define NVME_CONTROLLER "/dev/nvme0"

static int read_mark(const char *path)
{
	char sector[SECTOR];
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = error(pread(fd, sector, sizeof(sector), SECTOR));
	close(fd);
	return err ? err : memcmp(sector, MARK, sizeof(MARK) - 1) ? ENOMSG : 0;
}

static int control_scsi(void)
{
	return read_mark(SCSI_DISK);
}
static int control_nvme(void)
{
	return read_mark(NVME_DISK);
}

static int request(const char *path, unsigned long number, void *argument)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = error(ioctl(fd, number, argument));
	close(fd);
	return err;
}

/* SBC-3: WRITE(10) of one block to LBA 1. */
static int sg_io(void)
{
	unsigned char command[10] = {0x2a, 0, 0, 0, 0, 1, 0, 0, 1, 0}, block[SECTOR] = {0}, sense[32];
	struct sg_io_hdr io = {.interface_id = 'S',
			       .dxfer_direction = SG_DXFER_TO_DEV,
			       .cmd_len = sizeof(command),
			       .cmdp = command,
			       .dxfer_len = sizeof(block),
			       .dxferp = block,
			       .mx_sb_len = sizeof(sense),
			       .sbp = sense,
			       .timeout = 5000};

	return request(SCSI_DISK, SG_IO, &io);
}

static int scsi_send_command(void)
{
	struct {
		unsigned int in, out;
		unsigned char data[SECTOR];
	} command = {0, 0, {0x00 /* TEST UNIT READY */}};

	return request(SCSI_DISK, SCSI_IOCTL_SEND_COMMAND, &command);
}

/* NVM Express 1.4: Identify Controller; Write of one block to LBA 1. */
static int nvme_admin(void)
{
	static unsigned char data[4096] __attribute__((aligned(4096)));
	struct nvme_admin_cmd command = {
		.opcode = 0x06, .addr = (unsigned long)data, .data_len = sizeof(data), .cdw10 = 1};

	return request(NVME_CONTROLLER, NVME_IOCTL_ADMIN_CMD, &command);
}

static int nvme_write(void)
{
	static unsigned char data[4096] __attribute__((aligned(4096)));
	struct nvme_passthru_cmd command = {
		.opcode = 0x01, .nsid = 1, .addr = (unsigned long)data, .data_len = SECTOR, .cdw10 = 1};

	return request(NVME_DISK, NVME_IOCTL_IO_CMD, &command);
}

static int nvme_submit(void)
{
	static unsigned char data[4096] __attribute__((aligned(4096)));
	struct nvme_user_io command = {.opcode = 0x01, .addr = (unsigned long)data, .slba = 1};

	return request(NVME_DISK, NVME_IOCTL_SUBMIT_IO, &command);
}

/* By which NVMe commands can be given without ioctl. */
static int io_uring(void)
{
	struct io_uring_params params = {0};

	return error(syscall(SYS_io_uring_setup, 8, &params));
}

/*
 * Taken away and found again it is a new disk, which nobody has set read-only: what docs/THREATS.md says is not
 * promised. Sector 2, so that what the others are after stays as it is.
 */
static int unpromised_disk_again(void)
{
	char block[SECTOR] = MARK, path[64];
	int fd = -1, err = write_file("/sys/block/sda/device/delete", "1");

	for (int host = 0; !err && host < 4; host++) {
		snprintf(path, sizeof(path), "/sys/class/scsi_host/host%d/scan", host);
		if (write_file(path, "- - -") && host == 0)
			return errno;
	}
	for (int i = 0; !err && fd < 0 && i < 100; i++) {
		usleep(100000);
		fd = open(SCSI_DISK, O_RDWR | O_CLOEXEC);
	}
	if (err || fd < 0)
		return err ? err : errno;
	err = pwrite(fd, block, sizeof(block), 2 * SECTOR) < 0 || fsync(fd) < 0 ? errno : 0;
	close(fd);
	return err;
}

/* --- device-mapper --- */

static int dm_open(void)
{
	int fd;

	mkdir("/dev/mapper", 0755);
	if (node("/dev/mapper/control", 10, 236))
		return -1;
	fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	return fd;
}

static int dm_request(unsigned long request, const char *name, const char *table)
{
	static struct {
		struct dm_ioctl head;
		struct dm_target_spec spec;
		char params[256];
	} buffer;
	int fd = dm_open(), err;

	if (fd < 0)
		return errno;
	memset(&buffer, 0, sizeof(buffer));
	buffer.head.version[0] = DM_VERSION_MAJOR;
	buffer.head.data_size = sizeof(buffer);
	buffer.head.data_start = sizeof(buffer.head);
	snprintf(buffer.head.name, sizeof(buffer.head.name), "%s", name);
	if (table) {
		buffer.head.target_count = 1;
		buffer.spec.length = 8;
		buffer.spec.next = sizeof(buffer.spec) + sizeof(buffer.params);
		snprintf(buffer.spec.target_type, sizeof(buffer.spec.target_type), "error");
		snprintf(buffer.params, sizeof(buffer.params), "%s", table);
	}
	err = error(ioctl(fd, request, &buffer));
	close(fd);
	return err;
}

static int dm_reload(void)
{
	int err = dm_request(DM_TABLE_LOAD, "hallmark-root", "");

	return err ? err : dm_request(DM_DEV_SUSPEND, "hallmark-root", NULL);
}

static int dm_clear(void)
{
	return dm_request(DM_TABLE_CLEAR, "hallmark-root", NULL);
}
static int dm_new(void)
{
	return dm_request(DM_DEV_CREATE, "attack", NULL);
}
static int dm_message(void)
{
	return dm_request(DM_TABLE_STATUS, "hallmark-root", NULL);
}

/* The same request in the kernel's 32-bit table: ioctl is number 54 there. */
static int dm_32_bit(void)
{
	int fd = dm_open(), result;
	void *low = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	struct dm_ioctl *head = low;

	if (fd < 0 || low == MAP_FAILED)
		return errno;
	head->version[0] = DM_VERSION_MAJOR;
	head->data_size = 16384;
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(54), "b"(fd), "c"((unsigned int)DM_VERSION), "d"((unsigned int)(unsigned long)low)
			 : "memory");
	close(fd);
	return result < 0 ? -result : 0;
}

static int dm_x32(void)
{
	struct dm_ioctl head = {.version = {DM_VERSION_MAJOR}, .data_size = sizeof(head)};
	int fd = dm_open();

	return fd < 0 ? errno : error(syscall(0x40000000 + 514, fd, DM_VERSION, &head));
}

/* --- the kernel --- */

static int module_signed(void)
{
	/* A module of the very same kernel, with Debian's signature. */
	int fd = open("/hallmark/app/module.ko", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? 0 : error(syscall(SYS_finit_module, fd, "", 0));
}

static int modules_on(void)
{
	char value = '?';
	int err = write_file("/proc/sys/kernel/modules_disabled", "0");
	int fd = open("/proc/sys/kernel/modules_disabled", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, &value, 1) != 1)
		return 0;
	close(fd);
	return value == '0' ? 0 : err ? err : EPERM;
}

static int kexec(void)
{
	return error(syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

static int kexec_signed_file(void)
{
	/* The very same kernel, with Debian's signature. */
	int fd = open("/hallmark/app/vmlinuz", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? 0 : error(syscall(SYS_kexec_file_load, fd, -1, 1UL, "", 4UL /* no initramfs */));
}

static int kexec_on(void)
{
	return write_file("/proc/sys/kernel/kexec_load_disabled", "0");
}
static int lockdown_off(void)
{
	return write_file("/sys/kernel/security/lockdown", "none");
}
static int dev_mem(void)
{
	return open_node("/dev/attack-mem", 1, 1);
}
static int dev_kmem(void)
{
	return open_node("/dev/attack-kmem", 1, 2);
}
static int dev_port(void)
{
	return open_node("/dev/attack-port", 1, 4);
}
static int dev_msr(void)
{
	return open_node("/dev/attack-msr", 202, 0);
}
static int io_privilege(void)
{
	return error(iopl(3));
}
static int io_ports(void)
{
	return error(ioperm(0x80, 1, 1));
}

static int kernel_core(void)
{
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	char byte;
	int err;

	if (fd < 0)
		return errno;
	err = error(pread(fd, &byte, 1, 65536));
	close(fd);
	return err;
}

static int kprobe(void)
{
	mkdir("/tmp/trace", 0700);
	if (mount("none", "/tmp/trace", "tracefs", 0, NULL) < 0)
		return errno;
	return write_file("/tmp/trace/kprobe_events", "p:attack do_exit\n");
}

static int debug_files(void)
{
	mkdir("/tmp/debug", 0700);
	if (mount("none", "/tmp/debug", "debugfs", 0, NULL) < 0)
		return errno;
	return write_file("/tmp/debug/x86/tlb_single_page_flush_ceiling", "33\n");
}

static int perf_kernel(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_CPU_CLOCK,
				       .sample_period = 1000000,
				       .sample_type = PERF_SAMPLE_IP};

	return error(syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0));
}

/* A program for kprobes: with `helper` it calls it on a kernel address. */
static int bpf_program(int helper)
{
	struct bpf_insn program[] = {
		{.code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = 10, .off = -8, .imm = 0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 3, .src_reg = 1},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 10},
		{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 1, .imm = -8},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 8},
		{.code = BPF_JMP | BPF_CALL, .imm = helper},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_KPROBE;
	attr.insns = (unsigned long)program;
	attr.insn_cnt = sizeof(program) / sizeof(program[0]);
	attr.license = (unsigned long)"GPL";
	if (!helper)
		program[5] = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 4};
	return error(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}
static int bpf_load(void)
{
	return bpf_program(0);
}
static int bpf_read_kernel(void)
{
	return bpf_program(BPF_FUNC_probe_read_kernel);
}
static int bpf_write_user(void)
{
	return bpf_program(BPF_FUNC_probe_write_user);
}

/* --- what the kernel itself starts: no child of PID 1's, so without the filter --- */

#define HELPER_RESULTS "/var/helper"
static struct helper_result {
	int uid, dm_new, make_writable, mount, node;
} helper;

/* The program once more, as the kernel runs it for a process that dumps core. */
static int helper_main(void)
{
	struct helper_result result = {.uid = (int)geteuid(),
				       .dm_new = dm_new(),
				       .make_writable = disk_make_writable(),
				       .mount = control_mount(),
				       .node = node("/dev/helper", 1, 1)};
	int fd = open(HELPER_RESULTS "-new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, &result, sizeof(result)) != sizeof(result))
		return 4;
	return rename(HELPER_RESULTS "-new", HELPER_RESULTS) < 0 ? 4 : 0;
}

static int read_helper(void)
{
	int fd = open(HELPER_RESULTS, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (read(fd, &helper, sizeof(helper)) != sizeof(helper))
		err = EIO;
	close(fd);
	return err;
}

static int control_helper(void)
{
	int err = write_file("/proc/sys/kernel/core_pattern", "|/hallmark/app/attack helper");
	pid_t child;

	if (err)
		return err;
	child = fork();
	if (child == 0)
		abort();
	if (child < 0 || waitpid(child, NULL, 0) != child)
		return errno;
	for (int i = 0; i < 100; i++) {
		err = read_helper();
		if (!err)
			return helper.uid == 0 ? 0 : EPERM;
		usleep(100000);
	}
	return err;
}

/* ENOMSG where there was no helper: a refusal that the test does not take. */
#define HELPER(name) \
	static int helper_##name(void) \
	{ \
		return read_helper() ? ENOMSG : helper.name; \
	}
HELPER(dm_new)
HELPER(make_writable)
HELPER(mount)
HELPER(node)

/* Writing takes away and gives nothing back. */
static int helper_bset(void)
{
	char text[32] = "";
	int err = write_file("/proc/sys/kernel/usermodehelper/bset", "4294967295\t511");
	int fd = open("/proc/sys/kernel/usermodehelper/bset", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return ENOMSG;
	close(fd);
	return strcmp(text, "0\t0\n") != 0 ? 0 : err ? err : EPERM;
}

/* --- the TPM --- */

/* One command; its response code, or -1. */
static long tpm(const unsigned char *command, size_t len)
{
	unsigned char response[4096];
	int fd = open("/dev/tpmrm0", O_RDWR | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, command, len) == (ssize_t)len ? read(fd, response, sizeof(response)) : -1;
	close(fd);
	if (n < 10)
		return -1;
	return (long)response[6] << 24 | response[7] << 16 | response[8] << 8 | response[9];
}

/* TPM 2.0 part 3: an empty password session for one handle. */
#define PCR_COMMAND(code, pcr, len) \
	0x80, 0x02, 0, 0, 0, (len), 0, 0, (code) >> 8, (code)&0xff, 0, 0, 0, (pcr), 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, \
		0, 0, 0

static int tpm_reset_register(void)
{
	static const unsigned char command[] = {PCR_COMMAND(0x13d, 13, 27)};

	return tpm(command, sizeof(command)) == 0 ? 0 : EPERM;
}

static int tpm_restart(void)
{
	static const unsigned char command[] = {0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x44, 0, 0};

	return tpm(command, sizeof(command)) == 0 ? 0 : EPERM;
}

/* The application's own record once more, SHA-256: argv[1] is its digest. */
static const char *digest_hex;
static int visible_pcr13_extend(void)
{
	unsigned char command[65] = {PCR_COMMAND(0x182, 13, 65), 0, 0, 0, 1, 0, 0x0b};

	for (unsigned int i = 0; i < 32; i++) {
		unsigned int byte = 0;

		if (sscanf(digest_hex + 2 * i, "%2x", &byte) != 1)
			return EINVAL;
		command[33 + i] = (unsigned char)byte;
	}
	return tpm(command, sizeof(command)) == 0 ? 0 : EPERM;
}

static int visible_log_forged(void)
{
	int fd = open("/run/hallmark/log", O_WRONLY | O_APPEND | O_CLOEXEC), err;
	static const char line[] =
		"{\"recnum\":7,\"pcr\":12,\"digests\":[],\"content_type\":\"hallmark\",\"content\":\"attack\"}\n";

	if (fd < 0)
		return errno;
	err = error(write(fd, line, sizeof(line) - 1));
	close(fd);
	return err;
}

#define ATTEMPT(name) \
	{ \
#name, name \
	}
static const struct {
	const char *name;
	int (*run)(void);
} attempts[] = {
	ATTEMPT(control_root),
	ATTEMPT(control_read_disk),
	ATTEMPT(control_mount),
	ATTEMPT(control_scsi),
	ATTEMPT(control_nvme),
	ATTEMPT(control_helper),
	ATTEMPT(root_write),
	ATTEMPT(root_remount),
	ATTEMPT(ram_layer_write),
	ATTEMPT(ram_layer_remount),
	ATTEMPT(ram_layer_reach),
	ATTEMPT(page_cache_write),
	ATTEMPT(disk_write),
	ATTEMPT(disk_make_writable),
	ATTEMPT(disk_mount),
	ATTEMPT(dm_write),
	ATTEMPT(dm_make_writable),
	ATTEMPT(loop_device),
	ATTEMPT(swap_on_disk),
	ATTEMPT(hibernate),
	ATTEMPT(dm_reload),
	ATTEMPT(dm_clear),
	ATTEMPT(dm_new),
	ATTEMPT(dm_message),
	ATTEMPT(dm_32_bit),
	ATTEMPT(dm_x32),
	ATTEMPT(module_signed),
	ATTEMPT(modules_on),
	ATTEMPT(kexec),
	ATTEMPT(kexec_signed_file),
	ATTEMPT(kexec_on),
	ATTEMPT(lockdown_off),
	ATTEMPT(dev_mem),
	ATTEMPT(dev_kmem),
	ATTEMPT(dev_port),
	ATTEMPT(dev_msr),
	ATTEMPT(io_privilege),
	ATTEMPT(io_ports),
	ATTEMPT(kernel_core),
	ATTEMPT(kprobe),
	ATTEMPT(debug_files),
	ATTEMPT(perf_kernel),
	ATTEMPT(bpf_load),
	ATTEMPT(bpf_read_kernel),
	ATTEMPT(bpf_write_user),
	ATTEMPT(sg_io),
	ATTEMPT(scsi_send_command),
	ATTEMPT(nvme_admin),
	ATTEMPT(nvme_write),
	ATTEMPT(nvme_submit),
	ATTEMPT(io_uring),
	ATTEMPT(helper_dm_new),
	ATTEMPT(helper_make_writable),
	ATTEMPT(helper_mount),
	ATTEMPT(helper_node),
	ATTEMPT(helper_bset),
	ATTEMPT(tpm_reset_register),
	ATTEMPT(tpm_restart),
	ATTEMPT(visible_pcr13_extend),
	ATTEMPT(visible_log_forged),
	ATTEMPT(unpromised_disk_again),
};

/* PID 1 lets nobody live who makes a 32-bit call. */
static int run_alone(int (*run)(void))
{
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		_exit(run());
	if (child < 0 || waitpid(child, &status, 0) != child)
		exit(4);
	return status;
}

int main(int argc, char **argv)
{
	FILE *console;

	if (argc == 2 && strcmp(argv[1], "helper") == 0)
		return helper_main();
	console = fopen("/dev/console", "we");
	if (!console || argc != 2)
		return 3;
	digest_hex = argv[1];
	mkdir("/dev/mapper", 0755);
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		int status = run_alone(attempts[i].run);

		if (WIFSIGNALED(status))
			fprintf(console, "attack: %s: refused: killed by signal %d\n", attempts[i].name,
				WTERMSIG(status));
		else if (WEXITSTATUS(status))
			fprintf(console, "attack: %s: refused: %s\n", attempts[i].name, strerror(WEXITSTATUS(status)));
		else
			fprintf(console, "attack: %s: DONE\n", attempts[i].name);
		fflush(console);
	}
	fprintf(console, "attack: end\n");
	return 0;
}
