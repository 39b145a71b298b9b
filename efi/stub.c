/* SPDX-License-Identifier: BSD-2-Clause */
/* stub.c - the order of a boot, nothing else */
#include "core/measure.h"
#include "core/uki.h"
#include "image.h"
#include "initrd.h"
#include "sink.h"
#include "stop.h"

/* Static: these are too large for a firmware's stack, and the kernel reads them after this program's last call. */
static struct hm_efi efi;
static struct hm_registers registers;
static struct hm_uki uki;
static struct hm_initrd initrd;
static struct hm_kernel kernel;
static struct hm_stub_progress progress = {.efi = &efi, .registers = &registers, .stage = "start"};

/* shim refuses generations that were revoked: shim's SBAT.md. */
__attribute__((section(".sbat"), used)) static const char sbat[] =
	"sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
	"hallmark,1,Hallmark,hallmark,1,-\n";

/* -fstack-protector takes the guard from this variable: there is no thread-local storage here. */
uintptr_t __stack_chk_guard;

/*
 * Without a deadline the boot does not start, but PCR 11 to 15 must still be capped, so the TPM is opened here. Errors
 * are ignored: the first failure is the one reported.
 */
static void open_for_the_cap(void)
{
	const EFI_STATUS status = efi.status;
	enum hm_err err = hm_tcg2_open(&efi, &registers.tcg2);

	if (!err)
		err = hm_cc_open(&efi, &registers.cc);
	(void)err;
	efi.status = status;
}

/*
 * Every step needs the one before it; each is checked. The TPM comes first, so that whatever fails
 * later can be capped. Nothing is used before all of it is measured. Returns when the boot failed.
 */
static enum hm_err boot(void)
{
	EFI_LOADED_IMAGE *own;
	struct hm_sink sink;
	enum hm_err err;

	err = hm_stub_stop_at_deadline(&progress);
	if (err) {
		open_for_the_cap();
		return err;
	}

	progress.stage = "tpm";
	err = hm_tcg2_open(&efi, &registers.tcg2);
	if (err)
		return err;
	progress.stage = "rtmr";
	err = hm_cc_open(&efi, &registers.cc);
	if (err)
		return err;

	progress.stage = "image";
	err = hm_image_find(&efi, &own, &uki);
	if (err)
		return err;

	progress.stage = "measure";
	sink = hm_registers_sink(&registers);
	err = hm_measure_uki(&uki, &sink);
	if (err)
		return err;

	progress.stage = "initrd";
	err = hm_initrd_refuse_foreign(&efi);
	if (err)
		return err;
	err = hm_initrd_offer(&efi, &uki, &initrd);
	if (err)
		return err;

	progress.stage = "kernel";
	err = hm_kernel_map(&efi, uki.section[HM_UKI_LINUX].data, &kernel);
	if (err)
		return err;
	return hm_kernel_start(&efi, own, uki.section[HM_UKI_CMDLINE].data, &kernel);
}

/* Called by gnu-efi's start code, which has applied our relocations. It never returns. */
__attribute__((no_stack_protector)) EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	/* The low byte stays zero, so that no text can write the guard. */
	__stack_chk_guard = (uintptr_t)__builtin_ia32_rdtsc() << 8;
	efi = (struct hm_efi){.image = image, .st = st, .bs = st->BootServices};
	registers.tcg2.what = registers.cc.what = "";
	hm_stub_stop(&progress, boot());
}
