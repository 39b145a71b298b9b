/* SPDX-License-Identifier: BSD-2-Clause */
/* parts.h - golden files out of parts, and with another layer */
#ifndef HM_HOST_PREDICT_PARTS_H
#define HM_HOST_PREDICT_PARTS_H

#include "core/gpt.h"
#include "host/predict/golden_sink.h"

/*
 * docs/FORMATS.md, "Parts and joins".
 *
 * hm_join: `os` is the one part with slots; it becomes a whole golden file. Every slot's layer must be in exactly one
 * of all parts, and every layer of every part in a slot. The validity is what is common to all. Records go through
 * `recorder`, which hm_recorder_resume has set up for `os`.
 */
HM_MUST_CHECK bool hm_join(struct hm_golden *const *parts, const char *const *paths, size_t count, size_t os,
			   struct hm_recorder *recorder, struct hm_error *error);

/*
 * hm_replace: `golden` is whole; the layer that the record names becomes that record. Its register's value follows, and
 * no other register's. With `gpt` (the new disk's) PCR 5 follows too; without, it is not known any more. The runtime
 * log is written into `recorder`.
 */
HM_MUST_CHECK bool hm_replace(struct hm_golden *golden, const char *path, const struct hm_record *record,
			      const struct hm_gpt *gpt, struct hm_recorder *recorder, struct hm_error *error);

/* Adds the SHA-256 of a part's file, under the name of its image. */
HM_MUST_CHECK bool hm_join_note(struct hm_golden *golden, const char *name, struct hm_bytes file,
				struct hm_error *error);

#endif
