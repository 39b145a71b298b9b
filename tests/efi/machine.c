/* SPDX-License-Identifier: BSD-2-Clause */
/* machine.c - a machine in a child process: firmware that answers as it is told, the stub's own objects, a kernel */
#include "tests/efi/machine.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/efi/pe.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);
_Noreturn void __stack_chk_fail(void);

struct machine *machine;
struct section machine_section[SECTION_MAX];
unsigned int machine_section_count;
const char machine_cmdline[] = "ro panic=0 quiet";

static const struct setup *setup;
static EFI_SYSTEM_TABLE st;
static EFI_BOOT_SERVICES bs;
static EFI_RUNTIME_SERVICES rt;
static SIMPLE_TEXT_OUTPUT_INTERFACE console;
static struct hm_tcg2_protocol tcg2;
static struct hm_cc_protocol cc;
static struct hm_memory_attributes attributes;
static EFI_LOADED_IMAGE own;

static _Alignas(4096) uint8_t image[1 << 16];
static uint32_t image_len;
static uint8_t kernel_file[1 << 14];
static uint32_t kernel_len;

/* What the firmware keeps. */
static EFI_EVENT_NOTIFY deadline;
static void *deadline_context;
static struct hm_load_file2 *initrd;
static EFI_LOADED_IMAGE *kernel_loaded;
static EFI_HANDLE initrd_handle, kernel_handle;
static unsigned int tpm_extends, locates;
#define PAGES_MAX 64u
static struct {
	uint8_t *base;
	UINTN pages;
	uint64_t attributes[PAGES_MAX];
} area[4];
static unsigned int areas;

static _Noreturn void finish(enum end end)
{
	machine->end = end;
	_exit(0);
}

static _Noreturn void problem(const char *text)
{
	snprintf(machine->problem, sizeof(machine->problem), "%s", text);
	finish(END_UNEXPECTED);
}

/* Counts a call; false: it fails, and *ret is its status. */
static bool call(enum service service, EFI_STATUS *ret)
{
	unsigned int n = ++machine->call_count;

	if (n > CALLS_MAX)
		problem("more calls than any boot needs");
	machine->call[n - 1] = (uint8_t)service;
	*ret = EFI_SUCCESS;
	if (!setup->fail_at || (n != setup->fail_at && !(setup->fail_on && n > setup->fail_at)))
		return true;
	*ret = setup->fail_with;
	return false;
}

static EFI_STATUS EFIAPI create_event(UINT32 type, EFI_TPL tpl, EFI_EVENT_NOTIFY notify, VOID *context, EFI_EVENT *ret)
{
	EFI_STATUS status;

	if (!call(CREATE_EVENT, &status))
		return status;
	if (type != (EVT_TIMER | EVT_NOTIFY_SIGNAL) || tpl != TPL_CALLBACK)
		problem("an event of another kind");
	deadline = notify;
	deadline_context = context;
	*ret = (EFI_EVENT)&deadline;
	return status;
}

static EFI_STATUS EFIAPI set_timer(EFI_EVENT event, EFI_TIMER_DELAY type, UINT64 time)
{
	EFI_STATUS status;

	if (event != (EFI_EVENT)&deadline || type != TimerRelative || time != 3000000000ull)
		problem("not a timer of 300 s");
	call(SET_TIMER, &status);
	return status;
}

static EFI_STATUS EFIAPI watchdog(UINTN seconds, UINT64 code, UINTN len, CHAR16 *data)
{
	EFI_STATUS status;

	if (seconds || code || len || data)
		problem("the watchdog is not switched off");
	call(WATCHDOG, &status);
	return status;
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, VOID *registration, VOID **ret)
{
	static const struct {
		EFI_GUID guid;
		enum service service;
	} known[] = {
		{{0x607f766c, 0x7455, 0x42be, {0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f}}, LOCATE_TCG2},
		{{0x96751a3d, 0x72f4, 0x41a6, {0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b}}, LOCATE_CC},
		{{0xf4560cf6, 0x40ec, 0x4b4a, {0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89}}, LOCATE_ATTRIBUTES},
	};
	EFI_STATUS status;

	(void)registration;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (memcmp(guid, &known[i].guid, sizeof(*guid)))
			continue;
		if (!call(known[i].service, &status))
			return status;
		if (known[i].service == LOCATE_TCG2 && setup->tcg2)
			*ret = &tcg2;
		else if (known[i].service == LOCATE_CC && setup->cc)
			*ret = &cc;
		else if (known[i].service == LOCATE_ATTRIBUTES && setup->attributes)
			*ret = &attributes;
		else
			return EFI_NOT_FOUND;
		return EFI_SUCCESS;
	}
	problem("a protocol that no boot needs");
}

static EFI_STATUS EFIAPI tcg2_capability(struct hm_tcg2_protocol *this, struct hm_tcg2_capability *cap)
{
	EFI_STATUS status;

	if (this != &tcg2 || cap->size != 36)
		problem("TCG2 GetCapability");
	if (call(TCG2_CAPABILITY, &status))
		*cap = setup->cap;
	return status;
}

static EFI_STATUS EFIAPI tcg2_banks(struct hm_tcg2_protocol *this, uint32_t *ret)
{
	EFI_STATUS status;

	if (this != &tcg2)
		problem("TCG2 GetActivePcrBanks");
	if (call(TCG2_BANKS, &status))
		*ret = setup->active;
	return status;
}

static void record(bool is_cc, EFI_PHYSICAL_ADDRESS data, uint64_t len, const uint8_t *event, EFI_STATUS status)
{
	struct extend *e = &machine->extend[machine->extend_count];
	uint32_t size = get32(event);

	if (machine->extend_count++ >= EXTENDS_MAX)
		problem("more extends than any boot needs");
	if (size < 18 || size - 18 > sizeof(e->event) || get32(event + 4) != 14 || event[8] != 1 || event[9])
		problem("a malformed event");
	*e = (struct extend){.cc = is_cc,
			     .index = get32(event + 10),
			     .type = get32(event + 14),
			     .data = (const void *)(uintptr_t)data,
			     .len = len,
			     .event_len = size - 18,
			     .status = status,
			     .late = machine->entered};
	memcpy(e->event, event + 18, size - 18);
	memcpy(e->content, e->data, len < sizeof(e->content) ? len : sizeof(e->content));
}

static EFI_STATUS EFIAPI tcg2_extend(struct hm_tcg2_protocol *this, uint64_t flags, EFI_PHYSICAL_ADDRESS data,
				     uint64_t len, void *event)
{
	EFI_STATUS status;

	if (this != &tcg2 || flags)
		problem("TCG2 HashLogExtendEvent");
	call(TCG2_EXTEND, &status);
	record(false, data, len, event, status);
	if (++tpm_extends == setup->hang_at)
		deadline((EFI_EVENT)&deadline, deadline_context);
	return status;
}

static EFI_STATUS EFIAPI cc_capability(struct hm_cc_protocol *this, struct hm_cc_capability *cap)
{
	EFI_STATUS status;

	if (this != &cc || cap->size != 20)
		problem("CC GetCapability");
	if (call(CC_CAPABILITY, &status))
		*cap = setup->cc_cap;
	return status;
}

/* UEFI 2.10, 38.4.1. */
static EFI_STATUS EFIAPI cc_map(struct hm_cc_protocol *this, uint32_t pcr, uint32_t *ret)
{
	static const uint8_t index[16] = {0, 1, 2, 2, 2, 2, 2, 1, 3, 3, 3, 3, 3, 3, 3, 3};
	EFI_STATUS status;

	if (this != &cc || pcr > 15)
		problem("CC MapPcrToMrIndex");
	if (call(CC_MAP, &status))
		*ret = index[pcr];
	return status;
}

static EFI_STATUS EFIAPI cc_extend(struct hm_cc_protocol *this, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t len,
				   void *event)
{
	EFI_STATUS status;

	if (this != &cc || flags)
		problem("CC HashLogExtendEvent");
	call(CC_EXTEND, &status);
	record(true, data, len, event, status);
	return status;
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, VOID **ret)
{
	static const EFI_GUID loaded = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	EFI_STATUS status;

	if (handle != (EFI_HANDLE)&own || memcmp(guid, &loaded, sizeof(loaded)))
		problem("HandleProtocol of something else");
	if (call(OWN_IMAGE, &status))
		*ret = &own;
	return status;
}

static EFI_STATUS EFIAPI locate_path(EFI_GUID *guid, EFI_DEVICE_PATH **path, EFI_HANDLE *ret)
{
	static const uint8_t file2[16] = {0xc1, 0xc0, 0x06, 0x40, 0xb3, 0xfc, 0x3e, 0x40,
					  0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d};
	static const uint8_t node[24] = {4,    3,    20,   0,	 0x27, 0xe4, 0x68, 0x55, 0xfc, 0x68, 0x3d, 0x4f,
					 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68, 0x7f, 0xff, 4,	   0};
	EFI_STATUS status;

	if (memcmp(guid, file2, 16) || memcmp(*path, node, 24))
		problem("LocateDevicePath of something else");
	if (!call(LOCATE_INITRD, &status))
		return status;
	locates++;
	if (setup->foreign == FOREIGN_PARENT && locates > 1) {
		*ret = initrd_handle; /* ours, but the path goes on */
		return EFI_SUCCESS;
	}
	if (setup->foreign == FOREIGN_BEFORE || (setup->foreign == FOREIGN_PREFERRED && initrd)) {
		*ret = (EFI_HANDLE)&setup;
		*path = (EFI_DEVICE_PATH *)((uint8_t *)*path + 20);
		return EFI_SUCCESS;
	}
	if (!initrd)
		return EFI_NOT_FOUND;
	*ret = initrd_handle;
	*path = (EFI_DEVICE_PATH *)((uint8_t *)*path + 20);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI install(EFI_HANDLE *handle, EFI_GUID *guid, void *first, EFI_GUID *guid2, void *second,
				 void *end)
{
	static const EFI_GUID loaded = EFI_LOADED_IMAGE_PROTOCOL_GUID, path = EFI_DEVICE_PATH_PROTOCOL_GUID;
	EFI_STATUS status;

	if (*handle)
		problem("a protocol on somebody else's handle");
	if (!memcmp(guid, &path, sizeof(path)) && guid2 && !end) {
		if (!call(INSTALL_INITRD, &status))
			return status;
		initrd = second;
		*handle = initrd_handle = (EFI_HANDLE)&initrd_handle;
		return status;
	}
	if (memcmp(guid, &loaded, sizeof(loaded)) || guid2)
		problem("a protocol that no boot needs");
	if (!call(INSTALL_KERNEL, &status))
		return status;
	kernel_loaded = first;
	*handle = kernel_handle = (EFI_HANDLE)&kernel_handle;
	return status;
}

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE type, EFI_MEMORY_TYPE memory, UINTN pages,
					EFI_PHYSICAL_ADDRESS *ret)
{
	EFI_STATUS status;
	uint8_t *p;

	if (type != AllocateAnyPages || (memory != EfiLoaderCode && memory != EfiLoaderData) || areas == 4 ||
	    pages > PAGES_MAX)
		problem("AllocatePages of another kind");
	if (!call(PAGES, &status))
		return status;
	p = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		problem("the test has no memory");
	memset(p, 0xa5, pages * 4096); /* what was there before is not zeros */
	area[areas].base = p;
	area[areas++].pages = pages;
	*ret = (EFI_PHYSICAL_ADDRESS)(uintptr_t)p;
	return status;
}

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE memory, UINTN len, VOID **ret)
{
	EFI_STATUS status;

	if (memory != EfiLoaderData || len > 8192)
		problem("AllocatePool of another kind");
	if (!call(POOL, &status))
		return status;
	*ret = malloc(len);
	memset(*ret, 0xa5, len);
	return status;
}

/* Attributes as the processor has them: what is not read-only may be written, what is not XP may be executed. */
static void change(EFI_PHYSICAL_ADDRESS base, uint64_t len, uint64_t set, uint64_t clear)
{
	uint8_t *p = (uint8_t *)(uintptr_t)base;

	for (unsigned int i = 0; i < areas; i++) {
		if (p < area[i].base || p + len > area[i].base + area[i].pages * 4096)
			continue;
		if (base % 4096 || len % 4096 || !len)
			problem("attributes of no whole pages");
		for (uint64_t page = (uint64_t)(p - area[i].base) / 4096; len; page++, len -= 4096) {
			uint64_t *a = &area[i].attributes[page];

			*a = (*a | set) & ~clear;
			mprotect(area[i].base + page * 4096, 4096,
				 PROT_READ | (*a & HM_EFI_MEMORY_RO ? 0 : PROT_WRITE) |
					 (*a & HM_EFI_MEMORY_XP ? 0 : PROT_EXEC));
		}
		return;
	}
	problem("attributes of somebody else's memory");
}

static EFI_STATUS EFIAPI attributes_set(struct hm_memory_attributes *this, EFI_PHYSICAL_ADDRESS base, uint64_t len,
					uint64_t bits)
{
	EFI_STATUS status;

	if (this != &attributes || !bits)
		problem("SetMemoryAttributes");
	if (call(ATTRIBUTES_SET, &status))
		change(base, len, bits, 0);
	return status;
}

static EFI_STATUS EFIAPI attributes_clear(struct hm_memory_attributes *this, EFI_PHYSICAL_ADDRESS base, uint64_t len,
					  uint64_t bits)
{
	EFI_STATUS status;

	if (this != &attributes || !bits)
		problem("ClearMemoryAttributes");
	if (call(ATTRIBUTES_CLEAR, &status))
		change(base, len, 0, bits);
	return status;
}

static EFI_STATUS EFIAPI output(SIMPLE_TEXT_OUTPUT_INTERFACE *this, CHAR16 *text)
{
	size_t len = strlen(machine->line);
	EFI_STATUS status;

	if (this != &console)
		problem("OutputString");
	call(CONSOLE, &status);
	machine->line_count++;
	for (; *text && len + 1 < sizeof(machine->line); text++) {
		if (*text != '\r')
			machine->line[len++] = *text == '\n' ? '|' : (char)*text;
	}
	return status;
}

static void EFIAPI reset(EFI_RESET_TYPE type, EFI_STATUS status, UINTN len, CHAR16 *data)
{
	EFI_STATUS ignored;

	(void)status;
	(void)data;
	call(RESET, &ignored);
	machine->reset_count++;
	if (type != EfiResetShutdown || len)
		finish(END_REBOOT);
	if (!setup->reset_returns)
		finish(END_OFF);
}

static void EFIAPI unexpected(void)
{
	problem("a service that no boot needs");
}

static void check_pages(void)
{
	const uint8_t *p = kernel_loaded->ImageBase;
	const uint32_t count = (uint32_t)(kernel_loaded->ImageSize / 4096);

	/* Headers, .text, .data of two pages, .rdata: see build. */
	static const uint64_t want[] = {HM_EFI_MEMORY_RO | HM_EFI_MEMORY_XP, HM_EFI_MEMORY_RO, HM_EFI_MEMORY_XP,
					HM_EFI_MEMORY_XP, HM_EFI_MEMORY_RO | HM_EFI_MEMORY_XP};

	for (unsigned int i = 0; i < areas; i++) {
		if (p < area[i].base || p >= area[i].base + area[i].pages * 4096)
			continue;
		for (uint32_t page = 0; page < count; page++) {
			uint64_t a = area[i].attributes[(size_t)(p - area[i].base) / 4096 + page];

			machine->pages++;
			machine->wx_pages += !(a & (HM_EFI_MEMORY_RO | HM_EFI_MEMORY_XP));
			machine->wrong_pages += page >= 5 || a != want[page];
		}
	}
}

/* What a kernel does first, and what the memory that it runs from holds. */
static EFI_STATUS EFIAPI kernel_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *table)
{
	uint8_t *p = kernel_loaded->ImageBase;
	EFI_DEVICE_PATH end = {0x7f, 0xff, {4, 0}};
	uint8_t buffer[512];
	UINTN len = sizeof(buffer);
	const CHAR16 *options = kernel_loaded->LoadOptions;
	size_t i;

	machine->entered = true;
	if (setup->kernel == KERNEL_RETURNS)
		return EFI_ABORTED;
	if (setup->kernel == KERNEL_HANGS)
		deadline((EFI_EVENT)&deadline, deadline_context);
	if (setup->kernel == KERNEL_STACK)
		__stack_chk_fail();
	if (handle != kernel_handle || table != &st)
		problem("the kernel gets another handle or table");
	machine->options_good = kernel_loaded->LoadOptionsSize == 2 * sizeof(machine_cmdline);
	for (i = 0; i < sizeof(machine_cmdline); i++)
		machine->options_good &= options[i] == (CHAR16)machine_cmdline[i];
	/* Too small first, as a kernel asks for the length. */
	len = 0;
	machine->initrd_good = initrd->load_file(initrd, &end, FALSE, &len, NULL) == EFI_BUFFER_TOO_SMALL;
	machine->initrd_good &=
		len <= sizeof(buffer) && initrd->load_file(initrd, &end, FALSE, &len, buffer) == EFI_SUCCESS;
	machine->initrd_good &=
		len == (setup->ucode ? 13 : 6) && !memcmp(buffer, &"[ucode]foobar"[setup->ucode ? 0 : 7], len);
	machine->initrd_good &= initrd->load_file(initrd, &end, TRUE, &len, buffer) == EFI_UNSUPPORTED;
	machine->initrd_good &= initrd->load_file(initrd, NULL, FALSE, &len, buffer) == EFI_INVALID_PARAMETER;
	for (i = 0; i < machine_section_count; i++) {
		uint8_t *own_initrd = (uint8_t *)(uintptr_t)machine_section[i].data, changed[512];

		if (strcmp(machine_section[i].name, ".initrd"))
			continue;
		own_initrd[0] ^= 1;
		machine->initrd_in_place = initrd->load_file(initrd, &end, FALSE, &len, changed) == EFI_SUCCESS &&
					   changed[0] == (buffer[0] ^ 1);
		own_initrd[0] ^= 1;
	}
	end.SubType = 1;
	machine->initrd_good &= initrd->load_file(initrd, &end, FALSE, &len, buffer) == EFI_NOT_FOUND;
	machine->image_good =
		!memcmp(p, kernel_file, 512) && !memcmp(p + 0x2000, "data", 4) && !memcmp(p + 0x4000, "rodata", 6);
	for (i = 4; i < 0x2000; i++)
		machine->image_good &= p[0x2000 + i] == 0;
	check_pages();
	if (setup->attributes)
		p[0x2000] = 'D'; /* must not fault */
	finish(END_BOOTED);
}

static void build(void)
{
	const uintptr_t entry = (uintptr_t)kernel_main;
	uint8_t code[12] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0}; /* movabs $entry, %rax; jmp *%rax */
	const struct part kernel[] = {
		{".text", code, sizeof(code), 0, PART_CODE},
		{".data", "data", 4, 0x2000, PART_DATA},
		{".rdata", "rodata", 6, 0, PART_READ},
	};
	static const char sbat[] = "sbat,1,SBAT Version,sbat,1,x\n";
	const struct part all[] = {
		{".text", "\xcc", 1, 0, PART_CODE},
		{".data", "own", 3, 0x1800, PART_DATA},
		{".linux", kernel_file, 0, 0, PART_READ},
		{".osrel", "ID=test\n", 8, 0, PART_READ},
		{".cmdline", machine_cmdline, sizeof(machine_cmdline) - 1, 0, PART_READ},
		{".initrd", "foobar", 6, 0, PART_READ},
		{".ucode", "[ucode]", 7, 0, PART_READ},
		{".uname", "6.12", 4, 0, PART_READ},
		{".sbat", sbat, sizeof(sbat) - 1, 0, PART_READ},
	};
	static uint8_t file[1 << 15];
	struct part parts[9];
	unsigned int count = 0;
	uint32_t ignored;

	memcpy(code + 2, &entry, 8);
	kernel_len = (uint32_t)pe_write(kernel_file, sizeof(kernel_file), kernel, 3, 512, &ignored);
	machine_section_count = 0;
	for (unsigned int i = 0; i < 9; i++) {
		if (!setup->ucode && !strcmp(all[i].name, ".ucode"))
			continue;
		parts[count] = all[i];
		if (!strcmp(all[i].name, ".linux"))
			parts[count].len = kernel_len;
		count++;
	}
	/* What a loader makes of the file: headers and sections at their addresses. */
	pe_write(file, sizeof(file), parts, count, 512, &image_len);
	memset(image, 0, sizeof(image));
	memcpy(image, file, get32(file + PE_OPTIONAL(60)));
	for (unsigned int i = 0; i < count; i++) {
		uint8_t *p = image + get32(image + PE_SECTION(i, 12));

		memcpy(p, parts[i].data, parts[i].len);
		if (i >= 2)
			machine_section[machine_section_count++] = (struct section){parts[i].name, p, parts[i].len};
	}
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *u = context;
	const uint8_t *ip = (const uint8_t *)u->uc_mcontext.gregs[REG_RIP];

	(void)info;
	/* cli, which a process may not: the stub's last resort. */
	finish(signal == SIGSEGV && *ip == 0xfa ? END_HALTED : END_CRASHED);
}

static void power_on(void)
{
	const struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
	void **slot;

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGILL, &action, NULL);
	sigaction(SIGTRAP, &action, NULL);
	for (slot = (void **)((uint8_t *)&bs + sizeof(bs.Hdr)); slot < (void **)(&bs + 1); slot++)
		*slot = (void *)(uintptr_t)unexpected;
	for (slot = (void **)((uint8_t *)&rt + sizeof(rt.Hdr)); slot < (void **)(&rt + 1); slot++)
		*slot = (void *)(uintptr_t)unexpected;
	for (slot = (void **)&tcg2; slot < (void **)(&tcg2 + 1); slot++)
		*slot = (void *)(uintptr_t)unexpected;
	bs.CreateEvent = create_event;
	bs.SetTimer = set_timer;
	bs.SetWatchdogTimer = watchdog;
	bs.LocateProtocol = locate_protocol;
	bs.HandleProtocol = handle_protocol;
	bs.LocateDevicePath = locate_path;
	bs.InstallMultipleProtocolInterfaces = (void *)(uintptr_t)install;
	bs.AllocatePages = allocate_pages;
	bs.AllocatePool = allocate_pool;
	rt.ResetSystem = (EFI_RESET_SYSTEM)(void *)(uintptr_t)reset;
	console.OutputString = output;
	tcg2.get_capability = tcg2_capability;
	tcg2.get_active_banks = tcg2_banks;
	tcg2.hash_log_extend_event = tcg2_extend;
	cc = (struct hm_cc_protocol){cc_capability, (void *)(uintptr_t)unexpected, cc_extend, cc_map};
	attributes = (struct hm_memory_attributes){(void *)(uintptr_t)unexpected, attributes_set, attributes_clear};
	st = (EFI_SYSTEM_TABLE){
		.BootServices = &bs, .RuntimeServices = &rt, .ConOut = setup->no_console ? NULL : &console};
	own = (EFI_LOADED_IMAGE){.ImageBase = image,
				 .ImageSize = image_len,
				 .LoadOptions = (void *)(uintptr_t)setup->options,
				 .LoadOptionsSize = setup->options ? (UINT32)strlen(setup->options) : 0};
	alarm(20);
	efi_main((EFI_HANDLE)&own, &st);
	finish(END_RETURNED);
}

struct setup setup_of(bool with_tcg2, bool with_cc, bool with_attributes, bool with_ucode)
{
	return (struct setup){
		.tcg2 = with_tcg2,
		.cc = with_cc,
		.attributes = with_attributes,
		.ucode = with_ucode,
		.cap = {.size = 36,
			.structure_major = 1,
			.structure_minor = 1,
			.hash_algorithms = 15,
			.tpm_present = 1,
			.active_banks = 15},
		.active = 15,
		.cc_cap = {.size = 20, .structure_major = 1, .hash_algorithms = 4, .log_formats = 2, .type = 2},
	};
}

void machine_run(const struct setup *s)
{
	pid_t child;
	int status;

	if (!machine) {
		machine = mmap(NULL, sizeof(*machine), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (machine == MAP_FAILED)
			abort();
	}
	memset(machine, 0, sizeof(*machine));
	setup = s;
	build();
	if (s->spoil_kernel)
		s->spoil_kernel((uint8_t *)(uintptr_t)machine_section[0].data, machine_section[0].len);
	if (s->spoil)
		s->spoil(image, &image_len);
	child = fork();
	if (child < 0)
		abort();
	if (child == 0)
		power_on();
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		machine->end = END_CRASHED;
}
