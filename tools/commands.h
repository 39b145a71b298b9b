/* SPDX-License-Identifier: BSD-2-Clause */
/* commands.h - the commands, each in a file of its own beside this one */
#ifndef HM_TOOLS_COMMANDS_H
#define HM_TOOLS_COMMANDS_H

#include "tools/command.h"

extern const struct hm_command hm_cmd_uki;
extern const struct hm_command hm_cmd_predict;
extern const struct hm_command hm_cmd_predict_join;
extern const struct hm_command hm_cmd_sign;
extern const struct hm_command hm_cmd_verify_signature;
extern const struct hm_command hm_cmd_verity;
extern const struct hm_command hm_cmd_verity_format;
extern const struct hm_command hm_cmd_verity_verify;
extern const struct hm_command hm_cmd_verity_root;
extern const struct hm_command hm_cmd_verity_join;
extern const struct hm_command hm_cmd_verity_digests;
extern const struct hm_command hm_cmd_verity_speed;
extern const struct hm_command hm_cmd_proxy;
extern const struct hm_command hm_cmd_verify;
extern const struct hm_command hm_cmd_export;
extern const struct hm_command hm_cmd_log;
extern const struct hm_command hm_cmd_log_show;
extern const struct hm_command hm_cmd_log_replay;
extern const struct hm_command hm_cmd_log_diff;
extern const struct hm_command hm_cmd_attest;
extern const struct hm_command hm_cmd_platform;
extern const struct hm_command hm_cmd_platform_calculate;
extern const struct hm_command hm_cmd_platform_list;
extern const struct hm_command hm_cmd_platform_check;
extern const struct hm_command hm_cmd_platform_fetch_vcek;
extern const struct hm_command hm_cmd_platform_fetch_crls;
extern const struct hm_command hm_cmd_platform_fetch_token;
extern const struct hm_command hm_cmd_platform_learn;
extern const struct hm_command hm_cmd_audit;
extern const struct hm_command hm_cmd_artefacts;
extern const struct hm_command hm_cmd_report;
extern const struct hm_command hm_cmd_tls;

#endif
