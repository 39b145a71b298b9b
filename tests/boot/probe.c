/* SPDX-License-Identifier: BSD-2-Clause */
/* probe.c - runs inside a service's sandbox, tries every way to write and to run what it wrote, and prints a table */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * usage: probe WHO        prints; each line three times, because the kernel's own lines may come in between
 *        probe            as an application's /start: prints into the answer that it serves on 127.0.0.1:$PORT
 *        probe ran        status 77: what an attempt to run a written file runs
 *
 * "probe: WHO: mount PATH TYPE FLAGS write=PLACE|no MiB=N exec=... tmpfile=... map=... others=NAMES|no", one a mount
 * of /proc/self/mountinfo. PLACE is the first directory on that mount in which a file can be made. FLAGS are what the
 * mount itself says.
 * "probe: WHO: TRY=refused|DONE": ways to run what was written without a file. control_ must be DONE: it shows that
 * the attempt beside it fails for the reason that it names.
 */
#define MARKER "hallmark-probe-"
#define RAN 77
#define DIRECTORIES_MAX 20000
#define MOUNTS_MAX 256
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

static const char *who;
static char out[65536];
static size_t out_len;

static void say(const char *line)
{
	int n = snprintf(out + out_len, sizeof(out) - out_len, "probe: %s: %s\n", who, line);

	if (n > 0 && (size_t)n < sizeof(out) - out_len)
		out_len += (size_t)n;
}

/* --- running a file that was written --- */

static bool child_ran(pid_t child)
{
	int status = 0;

	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == RAN;
}

static char *const ran[] = {"probe", "ran", NULL};
static char *const no_environment[] = {NULL};

static bool runs(const char *path)
{
	pid_t child = fork();

	if (child == 0) {
		execve(path, ran, no_environment);
		_exit(1);
	}
	return child_ran(child);
}

static bool runs_fd(int fd)
{
	pid_t child = fork();

	if (child == 0) {
		syscall(SYS_execveat, fd, "", ran, no_environment, AT_EMPTY_PATH);
		_exit(1);
	}
	return child_ran(child);
}

static bool copy_self(int to)
{
	struct stat st;
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	bool good = from >= 0 && fstat(from, &st) == 0;

	for (off_t left = good ? st.st_size : 0; good && left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);

		good = n > 0;
		left -= n;
	}
	if (from >= 0)
		close(from);
	return good;
}

static bool maps_executable(int fd)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED)
		return false;
	munmap(p, 4096);
	return true;
}

static bool tmpfile_runs(const char *directory)
{
	int fd = open(directory, O_TMPFILE | O_RDWR, 0700), reader = -1;
	char path[64];
	bool done = false;

	if (fd < 0)
		return false;
	if (copy_self(fd)) {
		/* A file that is open for writing cannot be run. */
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		reader = open(path, O_RDONLY);
		close(fd);
		fd = -1;
		done = reader >= 0 && runs_fd(reader);
	}
	if (fd >= 0)
		close(fd);
	if (reader >= 0)
		close(reader);
	return done;
}

/* --- a mount --- */

struct mount {
	char path[512], type[64], flags[256];
};

static struct mount mounts[MOUNTS_MAX];
static size_t mount_count;

struct walk {
	char place[4096];
	char others[1024];
	unsigned int directories;
	bool look; /* for others' files, instead of places to write */
};

static bool is_mount_point(const char *path)
{
	for (size_t i = 0; i < mount_count; i++) {
		if (!strcmp(mounts[i].path, path))
			return true;
	}
	return false;
}

static bool try_place(struct walk *w, const char *directory)
{
	char path[4200];
	int fd;

	snprintf(path, sizeof(path), "%s/" MARKER "%s", directory, who);
	unlink(path);
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0700);
	if (fd < 0)
		return false;
	close(fd);
	snprintf(w->place, sizeof(w->place), "%s", directory);
	return true;
}

static void look_at(struct walk *w, const char *directory, const char *name)
{
	char path[4200], both[80];
	int fd;

	if (strncmp(name, MARKER, strlen(MARKER)) != 0 || !strcmp(name + strlen(MARKER), who))
		return;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(both, sizeof(both), ",%.40s%s", name + strlen(MARKER), fd >= 0 ? "(read)" : "(name)");
	if (fd >= 0)
		close(fd);
	if (!strstr(w->others, both))
		strncat(w->others, both, sizeof(w->others) - strlen(w->others) - 1);
}

/* Every directory of this mount; what is mounted below it is another one's. */
static void walk(struct walk *w, const char *directory)
{
	struct dirent *entry;
	DIR *d;

	if (w->directories++ > DIRECTORIES_MAX || (!w->look && w->place[0]) || (!w->look && try_place(w, directory)))
		return;
	d = opendir(directory);
	while (d && (entry = readdir(d)) != NULL) {
		char path[4096];
		struct stat st;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (w->look)
			look_at(w, directory, entry->d_name);
		if (snprintf(path, sizeof(path), "%s/%s", strcmp(directory, "/") ? directory : "", entry->d_name) <
			    (int)sizeof(path) &&
		    !is_mount_point(path) && lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			walk(w, path);
	}
	if (d)
		closedir(d);
}

static unsigned long long mib(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) < 0 ? 0 : (unsigned long long)fs.f_blocks * fs.f_frsize >> 20;
}

static void probe_mount(const struct mount *m, struct walk *w)
{
	char path[4200], line[6144];
	bool exec = false, map = false;
	int fd;

	snprintf(path, sizeof(path), "%s/" MARKER "%s", w->place, who);
	if (w->place[0]) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		/* A message queue is a file that holds no bytes of one's own. */
		if ((fd < 0 || !copy_self(fd)) && strcmp(m->type, "mqueue") != 0)
			say("control: the file that was made cannot be written");
		if (fd >= 0)
			close(fd);
		exec = runs(path);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		map = fd >= 0 && maps_executable(fd);
		if (fd >= 0)
			close(fd);
		/* The marker stays, for the others, without the room that it takes. */
		if (truncate(path, 0) < 0 && strcmp(m->type, "mqueue") != 0)
			say("control: the file that was made cannot be truncated");
	}
	snprintf(line, sizeof(line), "mount %s %s %s write=%s", m->path, m->type, m->flags,
		 w->place[0] ? w->place : "no");
	if (w->place[0])
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " MiB=%llu exec=%s tmpfile=%s map=%s",
			 mib(w->place), exec ? "DONE" : "refused", tmpfile_runs(w->place) ? "DONE" : "refused",
			 map ? "DONE" : "refused");
	snprintf(line + strlen(line), sizeof(line) - strlen(line), " others=%s", w->others[0] ? w->others + 1 : "no");
	say(line);
}

static void read_mounts(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096];

	while (f && mount_count < MOUNTS_MAX && fgets(line, sizeof(line), f)) {
		struct mount *m = &mounts[mount_count];
		const char *after = strstr(line, " - ");

		if (after && sscanf(line, "%*d %*d %*s %*s %511s %255s", m->path, m->flags) == 2 &&
		    sscanf(after, " - %63s", m->type) == 1)
			mount_count++;
	}
	if (f)
		fclose(f);
	if (mount_count == 0)
		say("control: no mount can be seen");
}

/* The mount itself, and not what another one hides below the same path. */
static bool is_on_top(size_t at)
{
	for (size_t i = at + 1; i < mount_count; i++) {
		if (!strcmp(mounts[i].path, mounts[at].path))
			return false;
	}
	return true;
}

static void probe_mounts(void)
{
	static struct walk walks[MOUNTS_MAX];

	read_mounts();
	/* All places first, then a while for the others to do the same. */
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < mount_count; i++) {
			walks[i].look = pass == 1;
			walks[i].directories = 0;
			if (is_on_top(i))
				walk(&walks[i], mounts[i].path);
		}
		if (pass == 0)
			sleep(10);
	}
	for (size_t i = 0; i < mount_count; i++) {
		if (is_on_top(i))
			probe_mount(&mounts[i], &walks[i]);
	}
}

/* --- memory --- */

static int code(void)
{
	return 0;
}

static bool write_execute(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static void *written_page(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED)
		*(volatile char *)p = 1;
	return p;
}

static bool protect(void)
{
	return mprotect(written_page(), 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool protect_with_key(void)
{
	return syscall(SYS_pkey_mprotect, written_page(), 4096, PROT_READ | PROT_EXEC, -1) == 0;
}

/* The other way: code that becomes writable. */
static bool protect_code(void)
{
	void *page = (void *)((uintptr_t)code & ~(uintptr_t)4095);

	return mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
}

static bool shared_executable(void)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0700);
	void *p = id < 0 ? (void *)-1 : shmat(id, NULL, SHM_EXEC);

	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	return p != (void *)-1;
}

static bool memory_file(unsigned int flags, bool run)
{
	int fd = (int)syscall(SYS_memfd_create, "probe", flags), reader;
	char path[64];
	bool done;

	if (fd < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!copy_self(fd))
		return false;
	fchmod(fd, 0700);
	reader = open(path, O_RDONLY);
	close(fd);
	done = reader >= 0 && (run ? runs_fd(reader) : maps_executable(reader));
	if (reader >= 0)
		close(reader);
	return done;
}

static bool memory_file_run(void)
{
	return memory_file(0, true);
}

static bool memory_file_run_flag(void)
{
	return memory_file(MFD_EXEC, true);
}

static bool memory_file_map(void)
{
	return memory_file(0, false);
}

static bool memory_file_map_flag(void)
{
	return memory_file(MFD_EXEC, false);
}

/* Memory that is no file of a file system: written by one mapping, run by another. */
static bool memory_secret_map(void)
{
	int fd = (int)syscall(SYS_memfd_secret, 0);

	return fd >= 0 && ftruncate(fd, 4096) == 0 &&
	       mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0) != MAP_FAILED;
}

static bool shared_memory_map(void)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), path[128];
	int fd;

	if (p == MAP_FAILED)
		return false;
	*p = 1;
	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)(uintptr_t)p,
		 (unsigned long)(uintptr_t)p + 4096);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd >= 0 && maps_executable(fd);
}

/* The byte that is there is written again: the page of code is then one of our own. */
static bool self_mem(const volatile void *address)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	unsigned char byte;

	return fd >= 0 && pread(fd, &byte, 1, (off_t)(uintptr_t)address) == 1 &&
	       pwrite(fd, &byte, 1, (off_t)(uintptr_t)address) == 1;
}

static bool self_mem_data(void)
{
	static volatile char data;

	return self_mem(&data);
}

static bool self_mem_code(void)
{
	return self_mem((const volatile void *)(uintptr_t)code);
}

static bool implies_execute(void)
{
	return personality(READ_IMPLIES_EXEC) >= 0 && (personality(0xffffffff) & READ_IMPLIES_EXEC);
}

static bool control_runs(void)
{
	return runs("/proc/self/exe");
}

static bool vm_write(void)
{
	unsigned char byte = *(const volatile unsigned char *)(uintptr_t)code;
	struct iovec from = {.iov_base = &byte, .iov_len = 1};
	struct iovec to = {.iov_base = (void *)(uintptr_t)code, .iov_len = 1};

	return process_vm_writev(getpid(), &from, 1, &to, 1, 0) == 1;
}

static bool poke_child(void)
{
	pid_t child = fork();
	bool done;
	int status;

	if (child == 0) {
		pause();
		_exit(0);
	}
	done = child > 0 && ptrace(PTRACE_ATTACH, child, NULL, NULL) == 0 && waitpid(child, &status, 0) == child &&
	       ptrace(PTRACE_POKETEXT, child, (void *)(uintptr_t)code, NULL) == 0;
	if (child > 0) {
		kill(child, 9);
		waitpid(child, &status, 0);
	}
	return done;
}

static const struct {
	const char *name;
	bool (*done)(void);
} tries[] = {
	{"control_run", control_runs},
	{"control_self_mem_data", self_mem_data},
	{"mmap_write_execute", write_execute},
	{"mprotect_execute", protect},
	{"pkey_mprotect_execute", protect_with_key},
	{"mprotect_code_writable", protect_code},
	{"shmat_execute", shared_executable},
	{"read_implies_execute", implies_execute},
	{"memfd_run", memory_file_run},
	{"memfd_run_exec_flag", memory_file_run_flag},
	{"memfd_map", memory_file_map},
	{"memfd_map_exec_flag", memory_file_map_flag},
	{"memfd_secret_map", memory_secret_map},
	{"shared_memory_map", shared_memory_map},
	{"self_mem_code", self_mem_code},
	{"vm_writev_code", vm_write},
	{"ptrace_child_code", poke_child},
};

/* Each in a process of its own: one that succeeds would help the next. */
static void probe_memory(void)
{
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		pid_t child = fork();
		char line[128];

		if (child == 0)
			_exit(tries[i].done() ? RAN : 0);
		snprintf(line, sizeof(line), "%s=%s", tries[i].name, child_ran(child) ? "DONE" : "refused");
		say(line);
	}
}

/* --- saying it --- */

static void serve(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const char *port = getenv("PORT");
	int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_port = htons((uint16_t)atoi(port ? port : "8080"));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (listener < 0 || bind(listener, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 8) < 0)
		exit(1);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		char request[4096];

		if (fd < 0 || read(fd, request, sizeof(request)) < 0)
			continue;
		dprintf(fd,
			"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
			out_len, out);
		close(fd);
	}
}

static void print_lines(void)
{
	for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n")) {
		for (int i = 0; i < 3; i++) {
			dprintf(STDOUT_FILENO, "%s\n", line);
			usleep(20000);
		}
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "ran"))
		return RAN;
	who = argc == 2 ? argv[1] : "app";
	probe_mounts();
	probe_memory();
	say("end");
	if (argc < 2)
		serve();
	print_lines();
	return 0;
}
