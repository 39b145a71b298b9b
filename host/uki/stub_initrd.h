/* SPDX-License-Identifier: BSD-2-Clause */
/* stub_initrd.h - what the stub of a UKI hands to the kernel as initrd */
#ifndef HM_HOST_UKI_STUB_INITRD_H
#define HM_HOST_UKI_STUB_INITRD_H

#include "host/base/file.h"
#include "host/uki/stub.h"

/*
 * Ours hands on .ucode and .initrd. systemd's adds an archive for each of .pcrsig and .pcrpkey, since 257 of .osrel and
 * .profile too, with a file in /.extra, and pads each part to four bytes where there is more than one. Byte for byte:
 * the kernel measures it into register 9. Sources: systemd's src/boot/cpio.c and stub.c; systemd-stub(7).
 */

/* ret->p stays NULL where it is the .initrd section as it is in the file. False: out of memory. */
HM_MUST_CHECK bool hm_stub_initrd(const struct hm_uki *uki, const struct hm_stub *stub, struct hm_file *ret);

#endif
