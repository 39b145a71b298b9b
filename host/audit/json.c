/* SPDX-License-Identifier: BSD-2-Clause */
/* json.c - what an audit found, for programs */
#include "host/audit/audit.h"
#include "lib/base/json.h"

static json_t *row_object(const struct hm_audit_row *row, bool *failed)
{
	json_t *object = json_object();

	hm_json_add(object, "kind", json_string(hm_audit_kind_name(row->kind)), failed);
	hm_json_add(object, "name", json_string(row->name), failed);
	hm_json_add(object, "equal", json_boolean(row->equal), failed);
	hm_json_add(object, "detail", json_string(row->detail), failed);
	return object;
}

char *hm_json_audit(const struct hm_audit *audit, const struct hm_golden *golden)
{
	bool failed = audit->out_of_memory;
	json_t *root = json_object(), *rows = json_array();

	hm_json_add(root, "version", json_string("hallmark-audit/1"), &failed);
	hm_json_add(root, "image", json_string(golden->image_name), &failed);
	hm_json_add(root, "image_version", json_string(golden->image_version), &failed);
	hm_json_add(root, "reproduced", json_boolean(!hm_audit_first(audit)), &failed);
	for (size_t i = 0; i < audit->count; i++)
		hm_json_append(rows, row_object(&audit->row[i], &failed), &failed);
	hm_json_add(root, "rows", rows, &failed);
	return hm_json_finish(root, failed);
}
