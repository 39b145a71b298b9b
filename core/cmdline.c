/* SPDX-License-Identifier: BSD-2-Clause */
/* cmdline.c - the closed grammar of the kernel command line */
#include "cmdline.h"

#define VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The same table is in docs/FORMATS.md, "The command line", in the same order. */
const struct hm_cmdline_rule hm_cmdline_rules[] = {
	{"ro", NULL, true},
	{"panic=", VALUES("0"), true},
	{"lockdown=", VALUES("confidentiality"), true},
	{"initcall_blacklist=", VALUES("init_ima", "security_initcall_late", "init_ima,security_initcall_late"), true},
	{"efi=", VALUES("noruntime"), true},
	{"systemd.import_credentials=", VALUES("no"), true},
	{"systemd.show_status=", VALUES("no"), true},
	{"systemd.getty_auto=", VALUES("no"), true},
	{"systemd.gpt_auto=", VALUES("no"), true},
	{"systemd.crash_shell=", VALUES("no"), true},
	{"systemd.dump_core=", VALUES("no"), true},
	{"random.trust_bootloader=", VALUES("off"), true},
	{"rng_core.default_quality=", VALUES("0"), true},
	{"hallmark.profile=", VALUES("demo", "release", "test"), true},
	{"console=", VALUES("ttyS0", "ttyS0,115200", "hvc0", "tty0"), false},
	{"loglevel=", VALUES("0", "1", "2", "3", "4", "5", "6", "7"), false},
	{"quiet", NULL, false},
	{"module.sig_enforce=", VALUES("1"), false},
	{"random.trust_cpu=", VALUES("on", "off"), false},
	{"mitigations=", VALUES("auto", "auto,nosmt"), false},
	{"nosmt", NULL, false},
	{"proc_mem.force_override=", VALUES("never"), false},
	{"swiotlb=", VALUES("force"), false},
	{"mem_encrypt=", VALUES("on"), false},
	{"systemd.log_level=", VALUES("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"), false},
	{"systemd.log_target=", VALUES("console", "kmsg", "null"), false},
};
const size_t hm_cmdline_rule_count = HM_ARRAY_LEN(hm_cmdline_rules);

static bool is_line(struct hm_bytes line)
{
	return line.len > 0 && line.len <= HM_CMDLINE_MAX && hm_bytes_is_printable(line);
}

static bool has_single_spaces(struct hm_bytes line)
{
	struct hm_bytes word;

	while (hm_next_field(&line, ' ', &word)) {
		if (word.len == 0)
			return false;
	}
	return true;
}

static bool matches(struct hm_bytes word, const struct hm_cmdline_rule *rule)
{
	struct hm_bytes key = hm_bytes_of_text(rule->key);
	struct hm_bytes start, value;

	if (!rule->values)
		return hm_bytes_equal(word, key);
	if (!hm_bytes_slice(word, 0, key.len, &start) || !hm_bytes_equal(start, key))
		return false;
	value = hm_bytes_of(word.p + key.len, word.len - key.len);
	for (const char *const *v = rule->values; *v; v++) {
		if (hm_bytes_equal_text(value, *v))
			return true;
	}
	return false;
}

static const struct hm_cmdline_rule *rule_of(struct hm_bytes word)
{
	for (size_t i = 0; i < hm_cmdline_rule_count; i++) {
		if (matches(word, &hm_cmdline_rules[i]))
			return &hm_cmdline_rules[i];
	}
	return NULL;
}

static enum hm_err check_known(struct hm_bytes line, struct hm_bytes *ret_word)
{
	struct hm_bytes word;

	while (hm_next_field(&line, ' ', &word)) {
		if (rule_of(word))
			continue;
		*ret_word = word;
		return HM_E_CMDLINE_UNKNOWN;
	}
	return HM_OK;
}

/* How often the rule's key stands in the line; *ret_last is its last word. */
static size_t count_words(struct hm_bytes line, const struct hm_cmdline_rule *rule, struct hm_bytes *ret_last)
{
	struct hm_bytes word;
	size_t count = 0;

	while (hm_next_field(&line, ' ', &word)) {
		if (!matches(word, rule))
			continue;
		*ret_last = word;
		count++;
	}
	return count;
}

static enum hm_err check_repeated(struct hm_bytes line, struct hm_bytes *ret_word)
{
	for (size_t i = 0; i < hm_cmdline_rule_count; i++) {
		struct hm_bytes last;

		/* Whichever word wins in the kernel or in systemd, a reader would see the other. */
		if (count_words(line, &hm_cmdline_rules[i], &last) < 2)
			continue;
		*ret_word = last;
		return HM_E_CMDLINE_REPEATED;
	}
	return HM_OK;
}

static enum hm_err check_required(struct hm_bytes line, const char **ret_missing)
{
	for (size_t i = 0; i < hm_cmdline_rule_count; i++) {
		struct hm_bytes last;

		if (!hm_cmdline_rules[i].required)
			continue;
		if (count_words(line, &hm_cmdline_rules[i], &last) > 0)
			continue;
		*ret_missing = hm_cmdline_rules[i].key;
		return HM_E_CMDLINE_MISSING;
	}
	return HM_OK;
}

enum hm_err hm_cmdline_check(struct hm_bytes line, struct hm_bytes *ret_word, const char **ret_missing)
{
	enum hm_err err;

	*ret_word = hm_bytes_of(NULL, 0);
	*ret_missing = NULL;
	if (!is_line(line))
		return HM_E_CMDLINE_BYTES;
	if (!has_single_spaces(line))
		return HM_E_CMDLINE_SPACE;
	err = check_known(line, ret_word);
	if (err)
		return err;
	err = check_repeated(line, ret_word);
	if (err)
		return err;
	return check_required(line, ret_missing);
}
