/* SPDX-License-Identifier: BSD-2-Clause */
/* lab.c - started in place of the image: starts it again and again, each time in a world that is bent in another way */
#include "tests/efi/programs/lab.h"

/*
 * \lab\cases on the disk it was started from: a line a case, words with one space between:
 *
 *   NAME FILE [WORD]...
 *
 *   fail=SERVICE:N:HEX     the N-th call of SERVICE (see services) in this case returns the status; N 0: every call
 *   after=SERVICE:N:HEX    the same, but the call has been carried out
 *   initrd                 somebody has registered an initrd before
 *   path                   somebody has registered the initrd's device path before, without a file
 *   late-initrd            somebody else's initrd is preferred as soon as there are two
 *   options                the image is passed load options
 *   cc                     the firmware has the confidential-computing protocol
 *   absent                 the firmware says that the TPM does not work
 *   fill                   the firmware's log is full
 *   hurry                  the deadline is 3 s
 *   stall=N                the TPM does not come back from the N-th extend
 *
 * What happens in the firmware's tables is told on the serial port. The image switches the machine off: that is caught,
 * what it left is taken away, and the next case begins. The machine is switched off after the last.
 */

static EFI_HANDLE own_image, case_image;
static EFI_LOADED_IMAGE *case_loaded;
static EFI_SYSTEM_TABLE *st;
static EFI_BOOT_SERVICES *bs, real;
static EFI_RESET_SYSTEM real_reset;
static struct lab_tcg2 *tcg2, wrapped;

enum service {
	EXTEND,
	CAPABILITY,
	BANKS,
	LOCATE,
	PAGES,
	POOL,
	PATH,
	INSTALL,
	EVENT,
	TIMER,
	IMAGE,
	CC_EXTEND,
	CC_MAP,
	SERVICES
};
static const char *const services[SERVICES] = {"extend",  "capability", "banks", "locate", "pages",	"pool",	 "path",
					       "install", "event",	"timer", "image",  "cc-extend", "cc-map"};
static struct {
	uint64_t fail_at, status, calls;
	bool fail, after;
} service[SERVICES];
static bool active, options, cc, absent, hurry, foreign, path_only, late_initrd;
static uint64_t stall;
static EFI_EVENT timer;
static struct {
	EFI_HANDLE handle;
	EFI_GUID *guid;
	void *interface;
} installed[8];
static unsigned int installed_count;

static EFI_STATUS outcome(enum service s, bool *ret_do_it)
{
	uint64_t n = ++service[s].calls;
	bool fails = active && service[s].fail && (n == service[s].fail_at || !service[s].fail_at);

	*ret_do_it = !fails || service[s].after;
	return fails ? service[s].status : EFI_SUCCESS;
}

#define WRAP(s, call) \
	do { \
		bool do_it; \
		EFI_STATUS told = outcome(s, &do_it), status = do_it ? (call) : told; \
		return told ? told : status; \
	} while (0)

/* Drivers of the firmware allocate by the same table. */
static bool from_case(const void *caller)
{
	return active && (const uint8_t *)caller >= (const uint8_t *)case_loaded->ImageBase &&
	       (const uint8_t *)caller < (const uint8_t *)case_loaded->ImageBase + case_loaded->ImageSize;
}

static EFI_STATUS EFIAPI foreign_file(struct hm_load_file2 *this, EFI_DEVICE_PATH *path, BOOLEAN policy, UINTN *len,
				      void *buffer)
{
	(void)this;
	(void)path;
	(void)policy;
	if (!buffer || *len < 7) {
		*len = 7;
		return EFI_BUFFER_TOO_SMALL;
	}
	*len = 7;
	memcpy(buffer, "foreign", 7);
	return EFI_SUCCESS;
}
static struct hm_load_file2 foreign_initrd = {foreign_file};
static EFI_HANDLE foreign_handle;

static EFI_STATUS EFIAPI extend(struct lab_tcg2 *this, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t len,
				void *event)
{
	const uint8_t *e = event;
	bool do_it;
	EFI_STATUS told = outcome(EXTEND, &do_it), status = told;

	(void)this;
	if (stall == service[EXTEND].calls) {
		say("\nlab: the TPM stalls");
		for (uint64_t i = 0; i < 600; i++)
			real.Stall(100000); /* time passes, timers tick, the call does not return */
	}
	if (do_it) {
		status = tcg2->extend(tcg2, flags, data, len, event);
		if (told)
			status = told;
	}
	say("\nlab: extend ");
	say_dec(e[10]);
	say(" ");
	say_dec(len);
	say(" ");
	say_hex((const void *)(uintptr_t)data, len < 26 ? len : 26);
	say(" ");
	say_status(status);
	return status;
}

static EFI_STATUS EFIAPI get_capability(struct lab_tcg2 *this, struct hm_tcg2_capability *cap)
{
	bool do_it;
	EFI_STATUS told = outcome(CAPABILITY, &do_it);

	(void)this;
	if (!told)
		told = tcg2->get_capability(tcg2, cap);
	if (absent)
		cap->tpm_present = 0;
	return told;
}

static EFI_STATUS EFIAPI get_banks(struct lab_tcg2 *this, uint32_t *ret)
{
	(void)this;
	WRAP(BANKS, tcg2->get_banks(tcg2, ret));
}

static EFI_STATUS EFIAPI no_event_log(struct lab_tcg2 *this, uint32_t format, EFI_PHYSICAL_ADDRESS *start,
				      EFI_PHYSICAL_ADDRESS *last, BOOLEAN *cut)
{
	say("\nlab: GetEventLog was called");
	return tcg2->get_event_log(this == &wrapped ? tcg2 : this, format, start, last, cut);
}

static EFI_STATUS EFIAPI cc_capability(struct hm_cc_protocol *this, struct hm_cc_capability *cap)
{
	(void)this;
	*cap = (struct hm_cc_capability){.size = sizeof(*cap),
					 .structure_major = 1,
					 .protocol_major = 1,
					 .hash_algorithms = 4,
					 .log_formats = 2,
					 .type = 2};
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI cc_map(struct hm_cc_protocol *this, uint32_t pcr, uint32_t *ret)
{
	(void)this;
	*ret = pcr == 0 ? 0 : pcr == 1 || pcr == 7 ? 1 : pcr < 7 ? 2 : 3;
	WRAP(CC_MAP, EFI_SUCCESS);
}

static EFI_STATUS EFIAPI cc_extend(struct hm_cc_protocol *this, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t len,
				   void *event)
{
	const uint8_t *e = event;
	bool do_it;
	EFI_STATUS told = outcome(CC_EXTEND, &do_it);

	(void)this;
	(void)flags;
	say("\nlab: cc-extend ");
	say_dec(e[10]);
	say(" ");
	say_dec(len);
	say(" ");
	say_hex((const void *)(uintptr_t)data, len < 26 ? len : 26);
	say(" ");
	say_status(told);
	return told;
}
static struct hm_cc_protocol mock_cc = {cc_capability, NULL, cc_extend, cc_map};

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, VOID *registration, VOID **ret)
{
	bool do_it;
	EFI_STATUS told = outcome(LOCATE, &do_it);

	if (told)
		return told;
	if (active && tcg2 && !memcmp(guid, &lab_tcg2_guid, sizeof(*guid))) {
		*ret = &wrapped;
		return EFI_SUCCESS;
	}
	if (active && cc && !memcmp(guid, &lab_cc_guid, sizeof(*guid))) {
		*ret = &mock_cc;
		return EFI_SUCCESS;
	}
	return real.LocateProtocol(guid, registration, ret);
}

static EFI_STATUS EFIAPI pages(EFI_ALLOCATE_TYPE type, EFI_MEMORY_TYPE memory, UINTN count, EFI_PHYSICAL_ADDRESS *ret)
{
	if (!from_case(__builtin_return_address(0)))
		return real.AllocatePages(type, memory, count, ret);
	WRAP(PAGES, real.AllocatePages(type, memory, count, ret));
}

static EFI_STATUS EFIAPI pool(EFI_MEMORY_TYPE memory, UINTN len, VOID **ret)
{
	if (!from_case(__builtin_return_address(0)))
		return real.AllocatePool(memory, len, ret);
	WRAP(POOL, real.AllocatePool(memory, len, ret));
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, VOID **ret)
{
	if (handle != case_image)
		return real.HandleProtocol(handle, guid, ret);
	WRAP(IMAGE, real.HandleProtocol(handle, guid, ret));
}

static EFI_STATUS EFIAPI locate_path(EFI_GUID *guid, EFI_DEVICE_PATH **path, EFI_HANDLE *ret)
{
	bool do_it;
	EFI_STATUS told = outcome(PATH, &do_it);

	if (told)
		return told;
	if (active && late_initrd && service[PATH].calls > 1) {
		*ret = foreign_handle;
		*path = &lab_initrd_path.end;
		return EFI_SUCCESS;
	}
	return real.LocateDevicePath(guid, path, ret);
}

/* Variadic in the specification; the stub installs one or two. */
static EFI_STATUS EFIAPI install(EFI_HANDLE *handle, EFI_GUID *guid, void *a, EFI_GUID *guid2, void *b, void *end)
{
	bool do_it;
	EFI_STATUS told = outcome(INSTALL, &do_it);

	if (told)
		return told;
	(void)end;
	told = guid2 ? real.InstallMultipleProtocolInterfaces(handle, guid, a, guid2, b, NULL)
		     : real.InstallMultipleProtocolInterfaces(handle, guid, a, NULL);
	if (!told && installed_count + 2 <= HM_ARRAY_LEN(installed)) {
		installed[installed_count].handle = *handle;
		installed[installed_count].guid = guid;
		installed[installed_count++].interface = a;
		if (guid2) {
			installed[installed_count].handle = *handle;
			installed[installed_count].guid = guid2;
			installed[installed_count++].interface = b;
		}
	}
	return told;
}

static EFI_STATUS EFIAPI create_event(UINT32 type, EFI_TPL tpl, EFI_EVENT_NOTIFY notify, VOID *context, EFI_EVENT *ret)
{
	EFI_STATUS status;
	bool do_it, ours = active && type == (EVT_TIMER | EVT_NOTIFY_SIGNAL);

	if (!ours)
		return real.CreateEvent(type, tpl, notify, context, ret);
	status = outcome(EVENT, &do_it);
	if (status)
		return status;
	status = real.CreateEvent(type, tpl, notify, context, ret);
	timer = *ret;
	return status;
}

static EFI_STATUS EFIAPI set_timer(EFI_EVENT event, EFI_TIMER_DELAY type, UINT64 time)
{
	if (!active || event != timer)
		return real.SetTimer(event, type, time);
	if (hurry)
		time = 30000000;
	WRAP(TIMER, real.SetTimer(event, type, time));
}

static EFI_STATUS EFIAPI output(SIMPLE_TEXT_OUTPUT_INTERFACE *this, CHAR16 *text)
{
	(void)this;
	say("\nlab: says ");
	say_wide(text);
	return EFI_SUCCESS;
}
static SIMPLE_TEXT_OUTPUT_INTERFACE wrapped_console;

/* The tables as they are, but for what a case looks at. */
static void bend(bool on)
{
	static SIMPLE_TEXT_OUTPUT_INTERFACE *console;

	active = on;
	if (on) {
		real = *bs;
		console = st->ConOut;
		wrapped_console = *console;
		wrapped_console.OutputString = output;
		st->ConOut = &wrapped_console;
		bs->LocateProtocol = locate_protocol;
		bs->AllocatePages = pages;
		bs->AllocatePool = pool;
		bs->HandleProtocol = handle_protocol;
		bs->LocateDevicePath = locate_path;
		bs->InstallMultipleProtocolInterfaces = (void *)(uintptr_t)install;
		bs->CreateEvent = create_event;
		bs->SetTimer = set_timer;
		return;
	}
	st->ConOut = console;
	bs->LocateProtocol = real.LocateProtocol;
	bs->AllocatePages = real.AllocatePages;
	bs->AllocatePool = real.AllocatePool;
	bs->HandleProtocol = real.HandleProtocol;
	bs->LocateDevicePath = real.LocateDevicePath;
	bs->InstallMultipleProtocolInterfaces = real.InstallMultipleProtocolInterfaces;
	bs->CreateEvent = real.CreateEvent;
	bs->SetTimer = real.SetTimer;
}

static void EFIAPI reset(EFI_RESET_TYPE type, EFI_STATUS status, UINTN len, CHAR16 *data)
{
	if (!case_image)
		((void(EFIAPI *)(EFI_RESET_TYPE, EFI_STATUS, UINTN, CHAR16 *))(void *)(uintptr_t)real_reset)(
			type, status, len, data);
	bend(false);
	say(type == EfiResetShutdown ? "\nlab: off" : "\nlab: another reset");
	while (installed_count--)
		bs->UninstallProtocolInterface(installed[installed_count].handle, installed[installed_count].guid,
					       installed[installed_count].interface);
	if (timer)
		bs->CloseEvent(timer);
	/* It may have struck in a timer's notification, at a raised level. */
	bs->RaiseTPL(TPL_HIGH_LEVEL);
	bs->RestoreTPL(TPL_APPLICATION);
	bs->Exit(case_image, EFI_ABORTED, 0, NULL);
}

static bool number(const char **text, uint64_t base, uint64_t *ret)
{
	const char *p = *text;
	uint64_t v = 0;

	for (; *p && *p != ':'; p++) {
		uint64_t d = *p >= 'a' ? (uint64_t)(*p - 'a' + 10) : (uint64_t)(*p - '0');

		if (d >= base)
			return false;
		v = v * base + d;
	}
	*text = *p ? p + 1 : p;
	*ret = v;
	return true;
}

/* fail=SERVICE:N:HEX */
static bool take_fail(const char *text, bool after)
{
	for (enum service s = 0; s < SERVICES; s++) {
		const char *p = text, *name = services[s];

		while (*name && *p == *name)
			p++, name++;
		if (*name || *p != ':')
			continue;
		p++;
		if (!number(&p, 10, &service[s].fail_at) || !number(&p, 16, &service[s].status))
			return false;
		service[s].fail = true;
		service[s].after = after;
		return true;
	}
	return false;
}

static bool begins(const char **text, const char *with)
{
	const char *p = *text;

	while (*with && *p == *with)
		p++, with++;
	if (*with)
		return false;
	*text = p;
	return true;
}

/* Events of 900 bytes into PCR 16, which nobody looks at, until the firmware says that its log is full. */
static void fill(void)
{
	static uint8_t event[18 + 900];
	EFI_STATUS status = EFI_SUCCESS;
	uint64_t count = 0;

	event[0] = (uint8_t)sizeof(event);
	event[1] = (uint8_t)(sizeof(event) >> 8);
	event[4] = 14;
	event[8] = 1;
	event[10] = 16;
	event[14] = 0x0d;
	while (!status && count < 500) {
		status = tcg2->extend(tcg2, 0, (EFI_PHYSICAL_ADDRESS)(uintptr_t)event, 4, event);
		count++;
	}
	say("\nlab: filled ");
	say_dec(count);
	say(" ");
	say_status(status);
}

static bool take(const char *word)
{
	const char *p = word;

	if (begins(&p, "fail="))
		return take_fail(p, false);
	if (begins(&p, "after="))
		return take_fail(p, true);
	if (begins(&p, "stall="))
		return number(&p, 10, &stall);
	if (text_is(word, "initrd"))
		return foreign = true;
	if (text_is(word, "path"))
		return path_only = true;
	if (text_is(word, "late-initrd"))
		return late_initrd = true;
	if (text_is(word, "options"))
		return options = true;
	if (text_is(word, "cc"))
		return cc = true;
	if (text_is(word, "absent"))
		return absent = true;
	if (text_is(word, "hurry"))
		return hurry = true;
	if (text_is(word, "fill")) {
		fill();
		return true;
	}
	return false;
}

static bool read_file(const char *name, uint8_t **ret, UINTN *ret_len)
{
	static EFI_GUID fs_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID, info_guid = EFI_FILE_INFO_ID;
	static uint64_t info[128];
	EFI_LOADED_IMAGE *own;
	EFI_FILE_IO_INTERFACE *fs;
	EFI_FILE_HANDLE root, file;
	CHAR16 path[64];
	UINTN len = sizeof(info);
	size_t i;

	for (i = 0; i < 63 && name[i]; i++)
		path[i] = (CHAR16)name[i];
	path[i] = 0;
	if (bs->HandleProtocol(own_image, &lab_loaded_image_guid, (void **)&own) ||
	    bs->HandleProtocol(own->DeviceHandle, &fs_guid, (void **)&fs) || fs->OpenVolume(fs, &root) ||
	    root->Open(root, &file, path, EFI_FILE_MODE_READ, 0) || file->GetInfo(file, &info_guid, &len, info))
		return false;
	*ret_len = ((EFI_FILE_INFO *)info)->FileSize;
	if (bs->AllocatePool(EfiLoaderData, *ret_len + 1, (void **)ret) || file->Read(file, ret_len, *ret))
		return false;
	(*ret)[*ret_len] = 0;
	file->Close(file);
	return true;
}

/* One line, cut at its spaces. */
static bool run(char *line)
{
	static CHAR16 load_options[] = L"init=/bin/sh rd.break systemd.debug_shell initrd=\\evil.img";
	EFI_LOADED_IMAGE *loaded;
	EFI_HANDLE image = NULL;
	EFI_STATUS status;
	uint8_t *file;
	UINTN len;
	char *word[16];
	unsigned int words = 0;

	for (char *p = line; words < 16; p++) {
		word[words++] = p;
		while (*p && *p != ' ')
			p++;
		if (!*p)
			break;
		*p = 0;
	}
	if (words < 2)
		return false;
	memset(service, 0, sizeof(service));
	options = cc = absent = hurry = foreign = path_only = late_initrd = false;
	stall = 0;
	timer = NULL;
	installed_count = 0;
	say("\nlab: begin ");
	say(word[0]);
	for (unsigned int i = 2; i < words; i++) {
		if (!take(word[i]))
			return false;
	}
	if (!read_file(word[1], &file, &len))
		return false;
	foreign_handle = NULL;
	if (foreign || path_only)
		bs->InstallMultipleProtocolInterfaces(&foreign_handle, &lab_device_path_guid, &lab_initrd_path, NULL);
	if (foreign || late_initrd) {
		bs->InstallMultipleProtocolInterfaces(&foreign_handle, &lab_load_file2_guid, &foreign_initrd, NULL);
	}
	status = bs->LoadImage(FALSE, own_image, NULL, file, len, &image);
	if (status) {
		say("\nlab: not loaded ");
		say_status(status);
		image = NULL;
	} else if (bs->HandleProtocol(image, &lab_loaded_image_guid, (void **)&loaded)) {
		return false;
	} else {
		if (options) {
			loaded->LoadOptions = load_options;
			loaded->LoadOptionsSize = sizeof(load_options);
		}
		case_image = image;
		case_loaded = loaded;
		bend(true);
		status = bs->StartImage(image, NULL, NULL);
		if (active)
			bend(false);
		case_image = NULL;
		say("\nlab: back ");
		say_status(status);
	}
	if (foreign || late_initrd)
		bs->UninstallProtocolInterface(foreign_handle, &lab_load_file2_guid, &foreign_initrd);
	if (foreign || path_only)
		bs->UninstallProtocolInterface(foreign_handle, &lab_device_path_guid, &lab_initrd_path);
	bs->FreePool(file);
	say_registers(st, "lab:", 11, 15);
	say("lab: end\n");
	return true;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	uint8_t *cases;
	UINTN len;

	own_image = image;
	st = table;
	bs = st->BootServices;
	real_reset = st->RuntimeServices->ResetSystem;
	st->RuntimeServices->ResetSystem = (EFI_RESET_SYSTEM)(void *)(uintptr_t)reset;
	tcg2 = find_tcg2(st);
	if (tcg2)
		wrapped = (struct lab_tcg2){get_capability, no_event_log, extend, tcg2->submit, get_banks, NULL, NULL};
	say_registers(st, "lab: start", 0, 15);
	if (read_file("\\lab\\cases", &cases, &len)) {
		char *line = (char *)cases;

		for (char *p = line; *p; p++) {
			if (*p != '\n')
				continue;
			*p = 0;
			if (!run(line))
				say("\nlab: a malformed case\n");
			line = p + 1;
		}
	} else {
		say("\nlab: no cases\n");
	}
	say("\nlab: all done\n");
	case_image = NULL;
	reset(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
	for (;;)
		;
}
