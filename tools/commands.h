/* SPDX-License-Identifier: BSD-2-Clause */
/* commands.h - the commands, each in a file of its own beside this one; argv[0] is the command's name */
#ifndef HM_TOOLS_COMMANDS_H
#define HM_TOOLS_COMMANDS_H

int hm_cmd_uki(int argc, char **argv);
int hm_cmd_predict(int argc, char **argv);
int hm_cmd_predict_join(int argc, char **argv);
int hm_cmd_platform(int argc, char **argv);
int hm_cmd_sign(int argc, char **argv);
int hm_cmd_verify_signature(int argc, char **argv);
int hm_cmd_log(int argc, char **argv);
int hm_cmd_log_diff(int argc, char **argv);
int hm_cmd_report(int argc, char **argv);
int hm_cmd_proxy(int argc, char **argv);
int hm_cmd_export(int argc, char **argv);
int hm_cmd_attest(int argc, char **argv);
int hm_cmd_artefacts(int argc, char **argv);
int hm_cmd_audit(int argc, char **argv);
int hm_cmd_verify(int argc, char **argv);
int hm_cmd_platform_list(int argc, char **argv);
int hm_cmd_platform_check(int argc, char **argv);
int hm_cmd_platform_vcek(int argc, char **argv);
int hm_cmd_platform_crls(int argc, char **argv);
int hm_cmd_platform_token(int argc, char **argv);
int hm_cmd_verity(int argc, char **argv);
int hm_cmd_verity_format(int argc, char **argv);
int hm_cmd_verity_root(int argc, char **argv);
int hm_cmd_verity_verify(int argc, char **argv);
int hm_cmd_verity_join(int argc, char **argv);

#endif
