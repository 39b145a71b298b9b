/* SPDX-License-Identifier: BSD-2-Clause */
/* stopwatch.c - how long a stub takes from its entry to the kernel's: two images by turns, each from memory */
#include "tests/efi/programs/lab.h"

/*
 * \lab\cases: a line an image, NAME FILE, as often as wanted. The time runs from StartImage to the first thing that a
 * Linux kernel's EFI code does: it asks the firmware for its own loaded image, from inside of that image. Then the
 * kernel is taken away. "stopwatch: NAME ticks N loads N T extends N BYTES T": in ticks of the TSC; LoadImage and
 * HashLogExtendEvent in it.
 */

static EFI_HANDLE own_image, case_image;
static EFI_LOADED_IMAGE *case_loaded;
static EFI_BOOT_SERVICES *bs, real;
static struct lab_tcg2 *tcg2, wrapped;
static uint64_t start, stop, loads, load_ticks, extends, extend_ticks, extend_len;
static struct {
	EFI_PHYSICAL_ADDRESS base;
	UINTN pages;
} area[64];
static unsigned int areas;
static struct {
	EFI_HANDLE handle;
	EFI_GUID *guid;
	void *interface;
} installed[16];
static unsigned int installed_count;
static EFI_EVENT event[16];
static unsigned int events;

/* The firmware's drivers use the same tables: what they make is theirs. */
static bool from_case(const void *caller)
{
	return (const uint8_t *)caller >= (const uint8_t *)case_loaded->ImageBase &&
	       (const uint8_t *)caller < (const uint8_t *)case_loaded->ImageBase + case_loaded->ImageSize;
}

static EFI_STATUS EFIAPI free_pages(EFI_PHYSICAL_ADDRESS base, UINTN count)
{
	for (unsigned int i = 0; i < areas; i++) {
		if (area[i].base == base && area[i].pages == count)
			area[i] = area[--areas];
	}
	return real.FreePages(base, count);
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, VOID **ret)
{
	const uint8_t *caller = __builtin_return_address(0);
	EFI_STATUS status = real.HandleProtocol(handle, guid, ret);
	const EFI_LOADED_IMAGE *image;

	if (status || handle == case_image || handle == own_image ||
	    memcmp(guid, &lab_loaded_image_guid, sizeof(*guid)))
		return status;
	image = *ret;
	if (caller < (uint8_t *)image->ImageBase || caller >= (uint8_t *)image->ImageBase + image->ImageSize)
		return status;
	stop = tsc();
	*bs = real;
	bs->FreePages = free_pages;
	/* A stub whose kernel comes back tidies up after itself. */
	if (loads) {
		areas = 0;
		bs->Exit(handle, EFI_ABORTED, 0, NULL);
	}
	while (installed_count--)
		bs->UninstallProtocolInterface(installed[installed_count].handle, installed[installed_count].guid,
					       installed[installed_count].interface);
	while (events--)
		bs->CloseEvent(event[events]);
	/* A kernel that was not started as an image of its own goes with the stub. */
	bs->Exit(case_image, EFI_ABORTED, 0, NULL);
	return EFI_ABORTED;
}

static EFI_STATUS EFIAPI load_image(BOOLEAN policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path, VOID *source, UINTN len,
				    EFI_HANDLE *ret)
{
	uint64_t before = tsc();
	EFI_STATUS status = real.LoadImage(policy, parent, path, source, len, ret);

	load_ticks += tsc() - before;
	loads++;
	return status;
}

static EFI_STATUS EFIAPI extend(struct lab_tcg2 *this, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t len, void *e)
{
	uint64_t before = tsc();
	EFI_STATUS status = tcg2->extend(tcg2, flags, data, len, e);

	(void)this;
	extend_ticks += tsc() - before;
	extend_len += len;
	extends++;
	return status;
}

static EFI_STATUS EFIAPI get_capability(struct lab_tcg2 *this, struct hm_tcg2_capability *cap)
{
	(void)this;
	return tcg2->get_capability(tcg2, cap);
}

static EFI_STATUS EFIAPI get_banks(struct lab_tcg2 *this, uint32_t *ret)
{
	(void)this;
	return tcg2->get_banks(tcg2, ret);
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, VOID *registration, VOID **ret)
{
	if (memcmp(guid, &lab_tcg2_guid, sizeof(*guid)))
		return real.LocateProtocol(guid, registration, ret);
	*ret = &wrapped;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI pages(EFI_ALLOCATE_TYPE type, EFI_MEMORY_TYPE memory, UINTN count, EFI_PHYSICAL_ADDRESS *ret)
{
	EFI_STATUS status = real.AllocatePages(type, memory, count, ret);

	if (!status && from_case(__builtin_return_address(0)) && areas < HM_ARRAY_LEN(area)) {
		area[areas].base = *ret;
		area[areas++].pages = count;
	}
	return status;
}

static EFI_STATUS EFIAPI install(EFI_HANDLE *handle, EFI_GUID *guid, void *a, EFI_GUID *guid2, void *b, void *end)
{
	EFI_STATUS status = guid2 ? real.InstallMultipleProtocolInterfaces(handle, guid, a, guid2, b, NULL)
				  : real.InstallMultipleProtocolInterfaces(handle, guid, a, NULL);

	(void)end;
	for (int i = 0; !status && from_case(__builtin_return_address(0)) && i < (guid2 ? 2 : 1) &&
			installed_count < HM_ARRAY_LEN(installed);
	     i++) {
		installed[installed_count].handle = *handle;
		installed[installed_count].guid = i ? guid2 : guid;
		installed[installed_count++].interface = i ? b : a;
	}
	return status;
}

static EFI_STATUS EFIAPI create_event(UINT32 type, EFI_TPL tpl, EFI_EVENT_NOTIFY notify, VOID *context, EFI_EVENT *ret)
{
	EFI_STATUS status = real.CreateEvent(type, tpl, notify, context, ret);

	if (!status && from_case(__builtin_return_address(0)) && events < HM_ARRAY_LEN(event))
		event[events++] = *ret;
	return status;
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

static void run(const char *name, const char *path)
{
	uint8_t *file;
	UINTN len;

	if (!read_file(path, &file, &len) || bs->LoadImage(FALSE, own_image, NULL, file, len, &case_image) ||
	    bs->HandleProtocol(case_image, &lab_loaded_image_guid, (void **)&case_loaded)) {
		say("\nstopwatch: not loaded\n");
		return;
	}
	stop = loads = load_ticks = extends = extend_ticks = extend_len = 0;
	areas = installed_count = events = 0;
	real = *bs;
	bs->HandleProtocol = handle_protocol;
	bs->LoadImage = load_image;
	bs->LocateProtocol = locate_protocol;
	bs->AllocatePages = pages;
	bs->FreePages = free_pages;
	bs->InstallMultipleProtocolInterfaces = (void *)(uintptr_t)install;
	bs->CreateEvent = create_event;
	start = tsc();
	bs->StartImage(case_image, NULL, NULL);
	*bs = real;
	for (; areas; areas--)
		bs->FreePages(area[areas - 1].base, area[areas - 1].pages);
	bs->FreePool(file);
	say("\nstopwatch: ");
	say(name);
	say(" ticks ");
	say_dec(stop ? stop - start : 0);
	say(" loads ");
	say_dec(loads);
	say(" ");
	say_dec(load_ticks);
	say(" extends ");
	say_dec(extends);
	say(" ");
	say_dec(extend_len);
	say(" ");
	say_dec(extend_ticks);
	say("\n");
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	uint8_t *cases;
	UINTN len;

	own_image = image;
	bs = st->BootServices;
	bs->SetWatchdogTimer(0, 0, 0, NULL);
	tcg2 = find_tcg2(st);
	if (tcg2)
		wrapped = (struct lab_tcg2){
			get_capability, tcg2->get_event_log, extend, tcg2->submit, get_banks, NULL, NULL};
	if (tcg2 && read_file("\\lab\\cases", &cases, &len)) {
		char *name = (char *)cases, *path = NULL;

		for (char *p = name; *p; p++) {
			if (*p == ' ') {
				*p = 0;
				path = p + 1;
			} else if (*p == '\n' && path) {
				*p = 0;
				run(name, path);
				name = p + 1;
			}
		}
	}
	say("\nstopwatch: done\n");
	st->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
	return EFI_ABORTED;
}
