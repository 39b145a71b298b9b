/* SPDX-License-Identifier: BSD-2-Clause */
/* gce_instance.h - Google: which instance an attestation key's certificate is of */
#ifndef HM_LIB_CRYPTO_GCE_INSTANCE_H
#define HM_LIB_CRYPTO_GCE_INSTANCE_H

#include <stdbool.h>

#include "core/bytes.h"

/*
 * Extension 1.3.6.1.4.1.11129.2.1.21 of a leaf, DER: SEQUENCE { zone UTF8String, project number INTEGER, project id
 * UTF8String, instance id INTEGER, instance name UTF8String, [0] { SEQUENCE of tagged security properties, [1] of them
 * BOOLEAN: production } OPTIONAL }. Source: google/go-tpm-tools, server/instance_info.go; a real one is in the
 * fixtures. It is there to be shown: Google's signature is over it, and no check rests on it.
 */
#define HM_GCE_TEXT_MAX 128u
#define HM_GCE_SHOWN_MAX 640u

enum hm_gce { HM_GCE_NONE, HM_GCE_MALFORMED, HM_GCE_INSTANCE };
/* One line of printable ASCII in `ret`: "project lockboot (238...), zone us-central1-f, instance NAME (ID)"; empty
 * unless HM_GCE_INSTANCE. */
enum hm_gce hm_crypto_gce_instance(struct hm_bytes leaf, char ret[HM_GCE_SHOWN_MAX]);

#endif
