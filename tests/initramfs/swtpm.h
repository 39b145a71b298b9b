/* SPDX-License-Identifier: BSD-2-Clause */
/* swtpm.h - one swtpm process, spoken to in raw TPM 2.0 commands */
#ifndef HM_TEST_SWTPM_H
#define HM_TEST_SWTPM_H

#include "machine.h"

#define TPM_CC_PCR_EXTEND 0x182u
#define TPM_CC_PCR_READ 0x17eu
#define TPM_CC_GET_CAPABILITY 0x17au

/* Its state is below `dir`; it ends with this process. */
bool swtpm_start(const char *dir);
void swtpm_stop(void);
/* Power on: _TPM_Init, and Startup(CLEAR). */
bool swtpm_reset(void);
/* One command, one response. */
bool swtpm_execute(const struct tpm_message *command, struct tpm_message *response);
/* 0 or a TPM_RC. `digests` has one digest for each bank in `banks`. */
uint32_t swtpm_extend(uint32_t pcr, uint32_t banks, uint8_t (*digests)[HM_DIGEST_MAX]);
uint32_t swtpm_read(uint32_t banks, struct registers *ret);
uint32_t swtpm_allocate(uint32_t banks);

uint32_t tpm_get_u32(const uint8_t *p);
void tpm_set_u32(uint8_t *p, uint32_t v);
void tpm_set_u16(uint8_t *p, uint16_t v);

#endif
