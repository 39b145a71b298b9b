/* SPDX-License-Identifier: BSD-2-Clause */
/* machine.h - a machine in a child process: firmware that answers as it is told, the stub's own objects, a kernel */
#ifndef TESTS_EFI_MACHINE_H
#define TESTS_EFI_MACHINE_H

#include "efi/firmware.h"

/*
 * efi_main of the very objects that are in the stub is called in a child process. Its firmware offers what the set-up
 * says and counts every call; one call (or all from one on) can be made to fail. What no stub should ever call ends the
 * machine as END_UNEXPECTED. What happened is read from *machine afterwards.
 */

/* Every call that the stub makes, by what it is for. */
enum service {
	CREATE_EVENT,
	SET_TIMER,
	WATCHDOG,
	LOCATE_TCG2,
	TCG2_CAPABILITY,
	TCG2_BANKS,
	TCG2_EXTEND,
	LOCATE_CC,
	CC_CAPABILITY,
	CC_MAP,
	CC_EXTEND,
	OWN_IMAGE,
	LOCATE_INITRD,
	PAGES,
	INSTALL_INITRD,
	LOCATE_ATTRIBUTES,
	ATTRIBUTES_SET,
	ATTRIBUTES_CLEAR,
	POOL,
	INSTALL_KERNEL,
	CONSOLE,
	RESET,
	SERVICE_COUNT
};

enum foreign { FOREIGN_NONE, FOREIGN_BEFORE, FOREIGN_PREFERRED, FOREIGN_PARENT };
enum kernel { KERNEL_BOOTS, KERNEL_RETURNS, KERNEL_HANGS, KERNEL_STACK };

struct setup {
	bool tcg2, cc, attributes, ucode, no_console, reset_returns;
	struct hm_tcg2_capability cap;
	uint32_t active;
	struct hm_cc_capability cc_cap;
	enum foreign foreign;
	enum kernel kernel;
	unsigned int fail_at; /* number of the call that fails, from 1; 0: none */
	bool fail_on;	      /* and all after it */
	EFI_STATUS fail_with;
	unsigned int hang_at; /* number of the TPM extend in which the deadline strikes; 0: none */
	const char *options;  /* what was passed to the stub as options */
	void (*spoil)(uint8_t *image, uint32_t *len);	    /* changes our own image before it starts */
	void (*spoil_kernel)(uint8_t *linux, uint32_t len); /* the same for .linux in it */
};

enum end { END_NONE, END_OFF, END_BOOTED, END_HALTED, END_RETURNED, END_UNEXPECTED, END_CRASHED, END_REBOOT };

#define CALLS_MAX 512u
#define EXTENDS_MAX 128u
struct extend {
	bool cc;
	uint32_t index, type;
	const void *data;
	uint64_t len;
	uint8_t content[64]; /* the beginning of what was measured */
	uint8_t event[64];   /* event data */
	uint32_t event_len;
	EFI_STATUS status;
	bool late; /* after the kernel was entered */
};

struct machine {
	enum end end;
	unsigned int call_count, extend_count, line_count, reset_count;
	uint8_t call[CALLS_MAX];
	struct extend extend[EXTENDS_MAX];
	char line[512];				    /* all that was printed, line ends as '|' */
	bool entered;				    /* the kernel's first instruction ran */
	bool options_good, initrd_good, image_good; /* what the kernel saw */
	bool initrd_in_place;			    /* what is served is the section itself: a change of it shows */
	unsigned int pages, wx_pages, wrong_pages;
	char problem[128];
};
extern struct machine *machine;

/* The demo of these tests: names and contents of its sections in the order of measuring, without .ucode. */
#define SECTION_MAX 8u
struct section {
	const char *name;
	const void *data; /* in the image */
	uint32_t len;
};
extern struct section machine_section[SECTION_MAX];
extern unsigned int machine_section_count;
extern const char machine_cmdline[];

struct setup setup_of(bool tcg2, bool cc, bool attributes, bool ucode);
void machine_run(const struct setup *setup);

#endif
