/* SPDX-License-Identifier: BSD-2-Clause */
/* measure.h - the measuring rule of firmware, stub and kernel: what is extended, in which order, as which event */
#ifndef HM_MEASURE_H
#define HM_MEASURE_H

#include "authenticode.h"
#include "eventlog.h"
#include "gpt.h"
#include "measure_record.h"
#include "uki.h"

/*
 * The walks over what firmware, stub and kernel measure. Stub, predictor and tests call the same walks and differ only
 * in the sink (core/sink.h). A walk stops at the first error, which it returns. Exact bytes: docs/FORMATS.md. The walks
 * of our own records are in core/measure_record.h.
 */

/* PCR 11, the stub's part: for each measured section, its name with NUL, then its content. */
HM_MUST_CHECK enum hm_err hm_measure_uki(const struct hm_uki *uki, const struct hm_sink *sink);

/* What the firmware and the kernel's EFI stub measure when they boot a UKI from a disk: see hm_measure_firmware. */
struct hm_secure_boot {
	bool supported;			  /* the firmware has Secure Boot code: SecureBoot is one byte, else absent */
	bool enabled;			  /* only with `supported` */
	struct hm_bytes pk, kek, db, dbx; /* variable data; empty where unset */
	struct hm_bytes dbt;		  /* likewise; unlike the others it is not measured where it is unset */
	struct hm_bytes authority; /* with `enabled`: the EFI_SIGNATURE_DATA (owner GUID || certificate) that verified
				      the UKI */
};

/* An event that belongs to the platform: it comes from a profile, and its digest need not be over its data. */
enum hm_platform_place {
	HM_PLACE_FIRST,	    /* before the Secure Boot variables */
	HM_PLACE_VARIABLES, /* behind register 7's separator: ACPI tables, boot variables, the host's events */
};
struct hm_platform_event {
	enum hm_platform_place place;
	uint32_t pcr;
	uint32_t type;
	struct hm_digests digests;
	struct hm_bytes data;
	const char *what;
};

struct hm_platform_walk {
	const struct hm_platform_event *event;
	size_t event_count;	    /* 0: what registers 0 and 1 hold is not known; they are not walked */
	uint32_t gpt_pcr;	    /* 5; Google's TDX firmware: 2 */
	uint32_t image_pcr;	    /* 4; Google's TDX firmware: 2 */
	struct hm_bytes image_data; /* of the UKI's image event; empty: not known */
};
/* edk2's placement, without events. */
extern const struct hm_platform_walk hm_platform_plain;

struct hm_firmware_inputs {
	const struct hm_platform_walk *platform;
	const struct hm_secure_boot *secure_boot;
	const struct hm_uki *uki;	     /* file layout */
	const struct hm_authenticode *image; /* of the same file */
	/* of its .linux section, where the stub starts the kernel by LoadImage, as systemd-stub does; NULL: it does not
	 */
	const struct hm_authenticode *inner;
	const struct hm_gpt *gpt; /* of the boot disk; NULL: none */
	struct hm_bytes cmdline;  /* as the stub hands it to the kernel */
	struct hm_bytes initrd;	  /* as LoadFile2 delivers it: .ucode || .initrd */
	/*
	 * Scratch for event data, one event at a time: at least HM_FIRMWARE_SCRATCH bytes, and at least the
	 * longest Secure Boot variable or authority and HM_VARIABLE_HEADER_MAX. Too short: BUFFER.
	 */
	uint8_t *scratch;
	size_t scratch_len;
};
#define HM_FIRMWARE_SCRATCH (2u * (HM_CMDLINE_SCRATCH + 64u) + HM_GPT_TABLE_LEN + 256u)
#define HM_CMDLINE_SCRATCH 4096u

/*
 * Registers 2 to 9 and 11, and 0 and 1 where the platform's events are known, as edk2 and a Linux kernel extend them,
 * in the order of the log, ending before the first record of the initramfs.
 */
HM_MUST_CHECK enum hm_err hm_measure_firmware(const struct hm_firmware_inputs *in, const struct hm_sink *sink);

#endif
