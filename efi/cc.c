/* SPDX-License-Identifier: BSD-2-Clause */
/* cc.c - the sink that extends through the firmware's confidential-computing protocol */
#include "cc.h"

#include "core/digest.h"
#include "event.h"

static EFI_GUID cc_guid = {0x96751a3d, 0x72f4, 0x41a6, {0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b}};

#define STRUCTURE_MAJOR 1u
#define CAPABILITY_LEN 18u /* without the padding at its end */

static enum hm_err check_capability(const struct hm_cc_capability *cap)
{
	if (cap->size < CAPABILITY_LEN || cap->structure_major != STRUCTURE_MAJOR)
		return HM_E_EFI_CC;
	/* What is extended must be what is predicted. */
	if (cap->hash_algorithms != hm_algs[HM_SHA384].efi_bit)
		return HM_E_EFI_CC;
	return HM_OK;
}

enum hm_err hm_cc_open(struct hm_efi *efi, struct hm_cc *ret)
{
	struct hm_cc_capability cap = {.size = sizeof(cap)};
	struct hm_cc_protocol *protocol = NULL;
	EFI_STATUS status;
	enum hm_err err;

	*ret = (struct hm_cc){.efi = efi, .what = ""};
	status = efi->bs->LocateProtocol(&cc_guid, NULL, (void **)&protocol);
	if (status == EFI_NOT_FOUND)
		return HM_OK;
	err = hm_efi_check(efi, status, HM_E_EFI_CC);
	if (err)
		return err;
	ret->protocol = protocol;
	err = hm_efi_check(efi, protocol->get_capability(protocol, &cap), HM_E_EFI_CC);
	if (err)
		return err;
	return check_capability(&cap);
}

static enum hm_err extend(struct hm_cc *cc, const struct hm_measurement *m)
{
	_Alignas(8) uint8_t event[HM_EVENT_MAX];
	struct hm_writer w = hm_writer_of(event, sizeof(event));
	uint32_t index = 0;
	EFI_STATUS status;
	enum hm_err err;

	err = hm_efi_check(cc->efi, cc->protocol->map_pcr(cc->protocol, m->pcr, &index), HM_E_EFI_CC);
	if (err)
		return err;
	err = hm_event_put(m, index, &w);
	if (err)
		return err;
	status = cc->protocol->hash_log_extend_event(cc->protocol, 0, (EFI_PHYSICAL_ADDRESS)(uintptr_t)m->parts[0].p,
						     m->parts[0].len, event);
	/* As of TCG2: extended, but a log without this event can never be replayed. */
	if (status == EFI_VOLUME_FULL)
		return hm_efi_check(cc->efi, status, HM_E_EFI_LOG_FULL);
	return hm_efi_check(cc->efi, status, HM_E_EFI_CC_EXTEND);
}

enum hm_err hm_cc_extend(struct hm_cc *cc, const struct hm_measurement *m)
{
	enum hm_err err;

	if (!cc->protocol)
		return HM_OK;
	cc->what = m->what;
	cc->busy = true;
	err = extend(cc, m);
	cc->busy = false;
	if (!err)
		cc->what = "";
	return err;
}
