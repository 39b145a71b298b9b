/* SPDX-License-Identifier: BSD-2-Clause */
/* test_order.c - the whole boot of the stub, as it ships, on firmware that fails at each call in each way */
#include "tests/efi/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const char cap_line[] = "hallmark-fail/1 stage=stub";

/* UEFI 2.10, appendix D: every error and every warning; then two that nobody has defined. */
static const EFI_STATUS statuses[] = {
#define E(n) (0x8000000000000000ull | (n))
	E(1),  E(2),  E(3),  E(4),  E(5),  E(6),  E(7),
	E(8),  E(9),  E(10), E(11), E(12), E(13), E(14),
	E(15), E(16), E(17), E(18), E(19), E(20), E(21),
	E(22), E(23), E(24), E(25), E(26), E(27), E(28),
	E(31), E(32), E(33), E(34), E(35), 1,	  2,
	3,     4,     5,     6,	    7,	   E(99), E(0x7fffffffffffffff),
};

/* What stops the boot when a call of this kind fails; NULL: nothing does. */
static const char *const stopped_by[SERVICE_COUNT] = {
	[CREATE_EVENT] = "start: the firmware has not enough memory",
	[SET_TIMER] = "start: the firmware has not enough memory",
	[LOCATE_TCG2] = "tpm: the firmware offers no TPM",
	[TCG2_CAPABILITY] = "tpm: the firmware's TPM capability cannot be read or has an unknown version",
	[TCG2_BANKS] = "tpm: the firmware's statements on the active PCR banks contradict each other",
	[TCG2_EXTEND] = "the register could not be extended",
	[LOCATE_CC] = "rtmr: the firmware's runtime measurement registers cannot be used",
	[CC_CAPABILITY] = "rtmr: the firmware's runtime measurement registers cannot be used",
	[CC_MAP] = "the firmware's runtime measurement registers cannot be used",
	[CC_EXTEND] = "the runtime measurement register could not be extended",
	[OWN_IMAGE] = "image: the firmware does not say where this image is loaded",
	[LOCATE_INITRD] = "initrd: the",
	[PAGES] = "the firmware has not enough memory",
	[INSTALL_INITRD] = "initrd: the initrd cannot be offered to the kernel",
	[LOCATE_ATTRIBUTES] = "kernel: the kernel's pages cannot be protected",
	[ATTRIBUTES_SET] = "kernel: the kernel's pages cannot be protected",
	[ATTRIBUTES_CLEAR] = "kernel: the kernel's pages cannot be protected",
	[POOL] = "kernel: the firmware has not enough memory",
	[INSTALL_KERNEL] = "kernel: the kernel's image cannot be announced to the firmware",
};

static unsigned int is_cap(const struct extend *e)
{
	return e->len == strlen(cap_line) && !memcmp(e->content, cap_line, e->len);
}

/* The caps that came, in order, one for each register of ours; what came before them is left in *ret_before. */
static void check_caps(bool with_tpm, bool with_cc, unsigned int *ret_before)
{
	unsigned int tpm = 0, cc = 0, before = 0;

	for (unsigned int i = 0; i < machine->extend_count; i++) {
		const struct extend *e = &machine->extend[i];

		if (!is_cap(e)) {
			assert_int_equal(tpm + cc, 0); /* nothing after the first cap */
			before++;
		} else if (e->cc) {
			assert_int_equal(e->index, 3);
			cc++;
		} else {
			assert_int_equal(e->index, 11 + tpm++);
		}
	}
	assert_int_equal(tpm, with_tpm ? 5 : 0);
	assert_int_equal(cc, with_cc ? 5 : 0);
	*ret_before = before;
}

/* One line, power off, no kernel: the only way in which a boot may fail. */
static void check_stopped(const char *text)
{
	assert_string_equal(machine->problem, "");
	assert_int_equal(machine->end, END_OFF);
	assert_int_equal(machine->reset_count, 1);
	assert_int_equal(machine->line_count, 1);
	assert_false(machine->entered);
	assert_memory_equal(machine->line, "|hallmark: stopped: ", 20);
	if (!strstr(machine->line, text))
		fail_msg("'%s' is not in '%s'", text, machine->line);
}

/* Everything measured once, in order, from the memory of the image, names as systemd measures them, and only then used.
 */
static void check_measured(const struct setup *s)
{
	unsigned int at = 0;

	for (unsigned int i = 0; i < 2 * machine_section_count; i++) {
		const struct section *section = &machine_section[i / 2];

		for (int cc = 0; cc <= s->cc; cc++) {
			const struct extend *e = &machine->extend[at++];

			assert_int_equal(e->cc, cc);
			assert_int_equal(e->index, cc ? 3 : 11);
			assert_int_equal(e->type, 0x0d);
			assert_int_equal(e->status, 0);
			assert_false(e->late);
			if (i % 2) {
				assert_ptr_equal(e->data, section->data);
				assert_int_equal(e->len, section->len);
			} else {
				assert_int_equal(e->len, strlen(section->name) + 1);
				assert_memory_equal(e->content, section->name, e->len);
			}
			assert_int_equal(e->event_len, 2 * (strlen(section->name) + 1));
			for (size_t c = 0; c <= strlen(section->name); c++) {
				assert_int_equal(e->event[2 * c], section->name[c]);
				assert_int_equal(e->event[2 * c + 1], 0);
			}
		}
	}
	assert_int_equal(machine->extend_count, at);
}

static void check_booted(const struct setup *s)
{
	assert_string_equal(machine->problem, "");
	assert_int_equal(machine->end, END_BOOTED);
	assert_string_equal(machine->line, "");
	assert_int_equal(machine->reset_count, 0);
	assert_true(machine->options_good);
	assert_true(machine->initrd_good);
	assert_true(machine->image_good);
	check_measured(s);
}

/* The order of a boot is written out: a call more or less is a finding. */
static void the_order(void **state)
{
	static const uint8_t start[] = {CREATE_EVENT,	 SET_TIMER,  WATCHDOG, LOCATE_TCG2,
					TCG2_CAPABILITY, TCG2_BANKS, LOCATE_CC};
	static const uint8_t end[] = {LOCATE_INITRD,  PAGES,
				      INSTALL_INITRD, LOCATE_INITRD,
				      PAGES,	      LOCATE_ATTRIBUTES,
				      ATTRIBUTES_SET, ATTRIBUTES_CLEAR,
				      ATTRIBUTES_SET, ATTRIBUTES_CLEAR,
				      ATTRIBUTES_SET, ATTRIBUTES_CLEAR,
				      ATTRIBUTES_SET, ATTRIBUTES_CLEAR,
				      POOL,	      INSTALL_KERNEL};
	struct setup s = setup_of(true, true, true, true);
	unsigned int at = sizeof(start);

	(void)state;
	machine_run(&s);
	check_booted(&s);
	assert_memory_equal(machine->call, start, sizeof(start));
	assert_int_equal(machine->call[at++], CC_CAPABILITY);
	assert_int_equal(machine->call[at++], OWN_IMAGE);
	assert_int_equal(machine_section_count, 7);
	for (unsigned int i = 0; i < 14; i++) {
		assert_int_equal(machine->call[at++], TCG2_EXTEND);
		assert_int_equal(machine->call[at++], CC_MAP);
		assert_int_equal(machine->call[at++], CC_EXTEND);
	}
	assert_memory_equal(machine->call + at, end, sizeof(end));
	assert_int_equal(machine->call_count, at + sizeof(end));
	assert_int_equal(machine->pages, 5);
	assert_int_equal(machine->wx_pages, 0);
	assert_int_equal(machine->wrong_pages, 0);
}

/* Call n returns status s: d01, d02, d15, j04. */
static void matrix_of(const struct setup *base, unsigned int *ret_count)
{
	struct setup s = *base;
	unsigned int calls, before;

	machine_run(&s);
	check_booted(&s);
	calls = machine->call_count;
	for (s.fail_at = 1; s.fail_at <= calls; s.fail_at++) {
		for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
			enum service at;
			char hex[40];
			bool early, tpm, cc;

			s.fail_with = statuses[i];
			machine_run(&s);
			++*ret_count;
			at = machine->call[s.fail_at - 1];
			if (at == WATCHDOG) {
				check_booted(&s);
				continue;
			}
			if ((at == LOCATE_CC || at == LOCATE_ATTRIBUTES) && s.fail_with == EFI_NOT_FOUND) {
				assert_int_equal(machine->end, END_BOOTED); /* as on firmware without it */
				continue;
			}
			if (at == LOCATE_INITRD && s.fail_with == EFI_NOT_FOUND && s.fail_at < calls &&
			    machine->end == END_BOOTED) {
				check_booted(&s); /* the answer that it should have: nobody offers an initrd */
				continue;
			}
			check_stopped((at == TCG2_EXTEND || at == CC_EXTEND) && s.fail_with == EFI_VOLUME_FULL
					      ? "the firmware's event log is full: extended but not logged"
					      : stopped_by[at]);
			snprintf(hex, sizeof(hex), " (EFI status 0x%016llx)|", (unsigned long long)s.fail_with);
			if (!strstr(machine->line, hex))
				fail_msg("no '%s' in '%s'", hex, machine->line);
			/* Without a deadline the registers are opened for the cap alone. */
			early = at == CREATE_EVENT || at == SET_TIMER;
			tpm = s.tcg2 && (early || s.fail_at > 4);
			cc = s.cc && (early || s.fail_at > 7);
			check_caps(tpm, cc, &before);
			/* Nothing was tried again: the calls up to the failure, the caps, the line, the end. */
			assert_int_equal(machine->call_count,
					 s.fail_at + (early ? 4u + s.cc : 0u) + (tpm ? 5 : 0) + (cc ? 10 : 0) + 2);
		}
	}
}

static void d01_every_call_every_status(void **state)
{
	unsigned int count = 0;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		/* With everything; as OVMF is; with RTMRs; with memory attributes. */
		struct setup s = setup_of(true, i == 0 || i == 2, i == 0 || i == 3, i == 0);

		matrix_of(&s, &count);
	}
	print_message("#! stub: %u boots in which one firmware call fails, each call with each of %zu statuses\n",
		      count, sizeof(statuses) / sizeof(statuses[0]));
}

/* Call n and all after it fail, also the caps and the console: still no kernel, still off. */
static void d15_every_call_fails_from_there_on(void **state)
{
	static const EFI_STATUS some[] = {EFI_DEVICE_ERROR, EFI_OUT_OF_RESOURCES, EFI_VOLUME_FULL, EFI_NOT_FOUND, 7};
	struct setup s = setup_of(true, true, true, true);
	unsigned int calls, before, count = 0;

	(void)state;
	machine_run(&s);
	calls = machine->call_count;
	for (s.fail_at = 1; s.fail_at <= calls; s.fail_at++) {
		for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
			s.fail_on = true;
			s.fail_with = some[i];
			machine_run(&s);
			count++;
			assert_int_equal(machine->end, END_OFF);
			assert_false(machine->entered);
			assert_int_equal(machine->reset_count, 1);
			assert_int_equal(machine->line_count, 1);
			check_caps(s.fail_at > 4, false, &before); /* no RTMR without its index */
		}
	}
	print_message("#! stub: %u boots in which every firmware call fails from one on\n", count);
}

/* EFI_VOLUME_FULL at each event: extended, not logged, never repeated, never booted. */
static void j03_log_full_at_each_event(void **state)
{
	struct setup s = setup_of(true, false, false, true);
	unsigned int before, full = 0;

	(void)state;
	for (unsigned int k = 0; k < 14; k++) {
		s.fail_at = 9 + k; /* after what the order has before the first */
		s.fail_with = EFI_VOLUME_FULL;
		machine_run(&s);
		assert_int_equal(machine->call[s.fail_at - 1], TCG2_EXTEND);
		check_stopped("the firmware's event log is full: extended but not logged");
		check_caps(true, false, &before);
		assert_int_equal(before, k + 1);
		full++;
	}
	assert_int_equal(full, 14);
}

/* Any status but success of any extend, warnings too: the kernel is not entered. */
static void d02_entered_only_after_every_extend(void **state)
{
	struct setup s = setup_of(true, false, false, true);

	(void)state;
	for (s.fail_at = 9; s.fail_at < 9 + 14; s.fail_at++) {
		for (EFI_STATUS warning = 1; warning < 9; warning++) {
			s.fail_with = warning;
			machine_run(&s);
			assert_int_equal(machine->call[s.fail_at - 1], TCG2_EXTEND);
			check_stopped("the register could not be extended (EFI status 0x000000000000000");
		}
	}
}

/* What the TPM was pointed to is what is used: the sections in the image, each once, and no service that could read a
 * file. */
static void d04_measured_memory_is_used(void **state)
{
	struct setup s = setup_of(true, false, true, false);

	(void)state;
	machine_run(&s);
	check_booted(&s); /* pointers and lengths; any other service of the firmware ends as a problem */
	assert_true(machine->initrd_in_place);
	for (unsigned int i = 0; i < machine->call_count; i++)
		assert_true(machine->call[i] != CONSOLE && machine->call[i] != RESET);
}

/* The TPM fails at each extend: never tried again, the registers capped. */
static void j04_device_error_at_each_extend(void **state)
{
	struct setup s = setup_of(true, true, false, true);
	unsigned int before, at = 0;

	(void)state;
	s.fail_with = EFI_DEVICE_ERROR;
	for (s.fail_at = 10; at < 14; s.fail_at += 3) {
		machine_run(&s);
		assert_int_equal(machine->call[s.fail_at - 1], TCG2_EXTEND);
		check_stopped("the register could not be extended (EFI status 0x8000000000000007)");
		check_caps(true, true, &before);
		assert_int_equal(before, 2 * at + 1);
		at++;
	}
}

/* What is logged is a name of ours: its length does not depend on any input. */
static void d29_events_are_short(void **state)
{
	struct setup s = setup_of(true, false, false, true);

	(void)state;
	machine_run(&s);
	check_booted(&s);
	for (unsigned int i = 0; i < machine->extend_count; i++)
		assert_true(machine->extend[i].event_len <= 2 * 9);
}

/* TPM and RTMRs: only with a TPM, then all that exist get the same. */
static void d03_tpm_and_cc(void **state)
{
	unsigned int before;

	(void)state;
	for (int tpm = 0; tpm < 2; tpm++) {
		for (int cc = 0; cc < 2; cc++) {
			struct setup s = setup_of(tpm, cc, false, false);

			machine_run(&s);
			if (tpm) {
				check_booted(&s);
				continue;
			}
			check_stopped("tpm: the firmware offers no TPM");
			/* The protocol for RTMRs has not been looked for: it never stands in for a TPM. */
			check_caps(false, false, &before);
			assert_int_equal(before, 0);
		}
	}
}

#define REFUSED(change, text, capped) \
	do { \
		struct setup s = setup_of(true, true, false, false); \
		unsigned int before; \
		change; \
		machine_run(&s); \
		check_stopped(text); \
		check_caps(true, capped, &before); \
		assert_int_equal(before, 0); \
	} while (0)

static void d24_versions(void **state)
{
	static const char tpm[] = "tpm: the firmware's TPM capability cannot be read or has an unknown version";
	static const char cc[] = "rtmr: the firmware's runtime measurement registers cannot be used";

	(void)state;
	REFUSED((s.cap.structure_minor = 0), tpm, false);
	REFUSED((s.cap.structure_major = 2), tpm, false);
	REFUSED((s.cap.structure_major = 0), tpm, false);
	REFUSED((s.cap.size = 35), tpm, false);
	REFUSED((s.cap.size = 28), tpm, false);
	REFUSED((s.cap.size = 0), tpm, false);
	REFUSED((s.cc_cap.structure_major = 0), cc, true);
	REFUSED((s.cc_cap.structure_major = 2), cc, true);
	REFUSED((s.cc_cap.size = 17), cc, true);
	REFUSED((s.cc_cap.hash_algorithms = 2), cc, true);
	REFUSED((s.cc_cap.hash_algorithms = 6), cc, true);
}

static void j02_tpm_not_present(void **state)
{
	(void)state;
	REFUSED((s.cap.tpm_present = 0), "tpm: the firmware reports that the TPM does not work", false);
}

static void j14_banks(void **state)
{
	(void)state;
	REFUSED((s.active = 3), "tpm: the firmware's statements on the active PCR banks contradict each other", false);
	REFUSED((s.cap.hash_algorithms = 7), "tpm: the firmware does not extend every active PCR bank", false);
	REFUSED((s.active = s.cap.active_banks = 1), "tpm: neither the SHA-256 nor the SHA-384 bank is active", false);
	REFUSED((s.active = s.cap.active_banks = s.cap.hash_algorithms = 31),
		"tpm: an active bank uses an algorithm that cannot be computed here", false);
}

static void d08_foreign_initrd(void **state)
{
	static const enum foreign each[] = {FOREIGN_BEFORE, FOREIGN_PREFERRED, FOREIGN_PARENT};
	unsigned int before;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct setup s = setup_of(true, true, true, false);

		s.foreign = each[i];
		machine_run(&s);
		check_stopped("initrd: the firmware offers an initrd that is not ours");
		check_caps(true, true, &before);
		assert_int_equal(before, 4 * machine_section_count);
	}
}

/* What was passed as options is not looked at: the kernel gets .cmdline, and no register moves. */
static void d09_load_options(void **state)
{
	static const char *const each[] = {"init=/bin/sh rd.break", "i\0n\0i\0t\0=\0", "\xff\xff\xff", " "};

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct setup s = setup_of(true, false, false, false);

		s.options = each[i];
		machine_run(&s);
		check_booted(&s);
	}
}

/* Whatever fails: the machine is switched off once, and never started again, which would hide the reason. */
static void j23_never_a_reboot(void **state)
{
	static const EFI_STATUS some[] = {EFI_DEVICE_ERROR, EFI_VOLUME_FULL, EFI_ABORTED, EFI_OUT_OF_RESOURCES};
	struct setup s = setup_of(true, true, true, true);
	unsigned int calls, stopped = 0;

	(void)state;
	machine_run(&s);
	calls = machine->call_count;
	for (s.fail_at = 1; s.fail_at <= calls; s.fail_at++) {
		s.fail_with = some[s.fail_at % 4];
		machine_run(&s);
		assert_true(machine->end == END_OFF ||
			    machine->end == END_BOOTED); /* END_REBOOT: another kind of reset */
		assert_int_equal(machine->reset_count, machine->end == END_OFF);
		stopped += machine->end == END_OFF;
	}
	assert_int_equal(stopped, calls - 1); /* the watchdog's call is the one that may fail */
}

/* The kernel gives up, or never takes over, or the stack is overwritten: never back to the firmware. */
static void j24_never_returns(void **state)
{
	static const struct {
		enum kernel kernel;
		const char *text;
	} each[] = {
		{KERNEL_RETURNS, "kernel: the kernel gave up (EFI status 0x8000000000000015)|"},
		{KERNEL_HANGS, "kernel: the kernel did not take over in time|"},
		{KERNEL_STACK, "kernel: the stub's stack was overwritten|"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct setup s = setup_of(true, true, true, false);
		unsigned int before;

		s.kernel = each[i].kernel;
		machine_run(&s);
		assert_true(machine->entered);
		machine->entered = false;
		check_stopped(each[i].text);
		check_caps(true, true, &before);
	}
}

/* The deadline strikes while the firmware is in its TPM driver, which cannot be entered twice. */
static void d25_deadline_in_the_firmware(void **state)
{
	struct setup s = setup_of(true, true, false, false);

	(void)state;
	for (s.hang_at = 1; s.hang_at <= 12; s.hang_at++) {
		unsigned int tpm = 0;

		machine_run(&s);
		check_stopped("the kernel did not take over in time");
		for (unsigned int i = 0; i < machine->extend_count; i++)
			tpm += !machine->extend[i].cc;
		assert_int_equal(tpm, s.hang_at);
		assert_true(is_cap(&machine->extend[machine->extend_count - 1]));
	}
}

/* Firmware that cannot switch off, or has no console. */
static void d01_no_way_to_say_or_do_it(void **state)
{
	struct setup s = setup_of(false, false, false, false);

	(void)state;
	s.reset_returns = true;
	machine_run(&s);
	assert_int_equal(machine->end, END_HALTED);
	assert_int_equal(machine->reset_count, 1);
	assert_int_equal(machine->line_count, 1);
	s.no_console = true;
	machine_run(&s);
	assert_int_equal(machine->end, END_HALTED);
	assert_int_equal(machine->line_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order),
		cmocka_unit_test(d01_every_call_every_status),
		cmocka_unit_test(d15_every_call_fails_from_there_on),
		cmocka_unit_test(d01_no_way_to_say_or_do_it),
		cmocka_unit_test(j03_log_full_at_each_event),
		cmocka_unit_test(d02_entered_only_after_every_extend),
		cmocka_unit_test(d04_measured_memory_is_used),
		cmocka_unit_test(j04_device_error_at_each_extend),
		cmocka_unit_test(d29_events_are_short),
		cmocka_unit_test(d03_tpm_and_cc),
		cmocka_unit_test(d24_versions),
		cmocka_unit_test(j02_tpm_not_present),
		cmocka_unit_test(j14_banks),
		cmocka_unit_test(d08_foreign_initrd),
		cmocka_unit_test(d09_load_options),
		cmocka_unit_test(j23_never_a_reboot),
		cmocka_unit_test(j24_never_returns),
		cmocka_unit_test(d25_deadline_in_the_firmware),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
