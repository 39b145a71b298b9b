/* SPDX-License-Identifier: BSD-2-Clause */
/* stop.c - how a boot is given up */
#include "stop.h"

#include "console.h"

/* For the one caller that has no argument: the compiler's check of the stack. */
static const struct hm_stub_progress *the_progress;

#define TIMER_TICKS_PER_S 10000000ull /* UEFI 2.10, 7.1.7: units of 100 ns */

static void put_stage(struct hm_writer *w, const struct hm_stub_progress *progress)
{
	const struct hm_registers *registers = progress->registers;
	const char *what = registers->tcg2.what[0] ? registers->tcg2.what : registers->cc.what;

	hm_put_text(w, progress->stage);
	if (what[0]) {
		hm_put_text(w, " ");
		hm_put_text(w, what);
	}
}

static void put_status(struct hm_writer *w, EFI_STATUS status)
{
	uint8_t be[8];

	if (status == EFI_SUCCESS)
		return;
	for (unsigned int i = 0; i < sizeof(be); i++)
		be[i] = (uint8_t)(status >> (56 - 8 * i));
	hm_put_text(w, " (EFI status 0x");
	hm_put_hex(w, hm_bytes_of(be, sizeof(be)));
	hm_put_text(w, ")");
}

_Noreturn void hm_stub_stop(const struct hm_stub_progress *progress, enum hm_err err)
{
	struct hm_efi *efi = progress->efi;
	uint8_t line[HM_CONSOLE_LINE_MAX];
	struct hm_writer w = hm_writer_of(line, sizeof(line));

	hm_put_text(&w, "hallmark: stopped: ");
	put_stage(&w, progress);
	hm_put_text(&w, ": ");
	hm_put_text(&w, hm_err_text(err));
	put_status(&w, efi->status);
	/* Said last: capping may fail or hang, but must not be seen before it was done. */
	hm_registers_cap(progress->registers);
	hm_console_line(efi, hm_writer_bytes(&w));

	efi->st->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
	/*
	 * Firmware that cannot switch off: with interrupts off, no timer of it brings the
	 * machine back.
	 */
	for (;;)
		__asm__ volatile("cli; hlt" ::: "memory");
}

/*
 * Called by what -fstack-protector adds. Nothing before hm_stub_stop_at_deadline keeps arrays on its
 * stack.
 */
_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void)
{
	hm_stub_stop(the_progress, HM_E_EFI_STACK);
}

static void EFIAPI at_deadline(EFI_EVENT event, void *context)
{
	const struct hm_stub_progress *progress = context;

	(void)event;
	hm_stub_stop(progress, HM_E_EFI_DEADLINE);
}

enum hm_err hm_stub_stop_at_deadline(const struct hm_stub_progress *progress)
{
	struct hm_efi *efi = progress->efi;
	EFI_EVENT event = NULL;
	enum hm_err err;

	the_progress = progress;
	err = hm_efi_check(efi,
			   efi->bs->CreateEvent(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, at_deadline,
						(void *)(uintptr_t)progress, &event),
			   HM_E_EFI_MEMORY);
	if (err)
		return err;
	err = hm_efi_check(efi, efi->bs->SetTimer(event, TimerRelative, HM_DEADLINE_S * TIMER_TICKS_PER_S),
			   HM_E_EFI_MEMORY);
	if (err)
		return err;
	/*
	 * The status is of no use: firmware without a watchdog refuses, and its reset would be
	 * no worse.
	 */
	(void)efi->bs->SetWatchdogTimer(0, 0, 0, NULL);
	return HM_OK;
}
