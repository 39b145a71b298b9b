/* SPDX-License-Identifier: BSD-2-Clause */
/* export.c - hallmark export: golden values in the forms that other programs read */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/error.h"
#include "tools/commands.h"
#include "host/base/args.h"
#include "lib/crypto/hash.h"
#include "host/crypto/pcr_signature.h"
#include "host/export/json.h"
#include "host/base/outfile.h"

struct options {
	const char *format, *output, *key, *point, *tcglog, *bank, *pcrs, *profile, *principal;
	const char *golden_path;
};

static int write_bytes(const char *path, const void *p, size_t len)
{
	int err = hm_file_write_atomic(path, hm_bytes_of(p, len));

	return err ? hm_fail_errno(path, err) : HM_EXIT_OK;
}

/* Takes `text`. */
static int write_text_in(const char *directory, const char *name, char *text)
{
	char *path;
	int status;

	if (!text || asprintf(&path, "%s/%s", directory, name) < 0) {
		free(text);
		return hm_fail_text(HM_EXIT_RUN, "export", "out of memory");
	}
	status = write_bytes(path, text, strlen(text));
	free(path);
	free(text);
	return status;
}

/* Directories of an export have one level below them at most. What cannot be removed stays under its temporary name. */
static void remove_directory(const char *directory, const struct hm_pcrlock *components, size_t count)
{
	static const char *const others[] = {"tpm_policy.json", "mb_refstate.json", NULL};
	char *path;

	for (size_t i = 0; i < count + HM_ARRAY_LEN(others) - 1; i++) {
		const char *name = i < count ? components[i].name : others[i - count];

		if (asprintf(&path, "%s/%s", directory, name) < 0)
			return;
		unlink(path);
		*strrchr(path, '/') = '\0';
		rmdir(path);
		free(path);
	}
	rmdir(directory);
}

/* A new directory under a temporary name; *ret is from malloc. A directory that exists would keep what was in it. */
static int make_directory(const char *path, char **ret)
{
	size_t len = strlen(path);
	struct stat st;
	char *temp;
	int status = HM_EXIT_OK;

	if (lstat(path, &st) == 0)
		return hm_fail_errno(path, -EEXIST);
	while (len > 1 && path[len - 1] == '/')
		len--;
	if (asprintf(&temp, "%.*s.XXXXXX", (int)len, path) < 0)
		return hm_fail_text(HM_EXIT_RUN, "export", "out of memory");
	if (!mkdtemp(temp) || chmod(temp, 0755) < 0)
		status = hm_fail_errno(path, -errno);
	if (status) {
		free(temp);
		return status;
	}
	*ret = temp;
	return HM_EXIT_OK;
}

/* All of it under its name, or nothing. Takes `temp`. */
static int finish_directory(const char *path, char *temp, int status, const struct hm_pcrlock *components, size_t count)
{
	if (!status && rename(temp, path) < 0)
		status = hm_fail_errno(path, -errno);
	if (status)
		remove_directory(temp, components, count);
	free(temp);
	return status;
}

static int write_component(const struct hm_golden *golden, const char *directory, const struct hm_pcrlock *component)
{
	const char *slash = strchr(component->name, '/');
	char *below;
	int status = HM_EXIT_OK;

	if (slash) {
		if (asprintf(&below, "%s/%.*s", directory, (int)(slash - component->name), component->name) < 0)
			return hm_fail_text(HM_EXIT_RUN, "export", "out of memory");
		if (mkdir(below, 0755) < 0 && errno != EEXIST)
			status = hm_fail_errno(below, -errno);
		free(below);
	}
	return status ? status : write_text_in(directory, component->name, hm_json_pcrlock(golden, component));
}

static int export_pcrlock(const struct options *o, const struct hm_golden *golden)
{
	struct hm_pcrlock *components;
	struct hm_error error = {0};
	char *temp;
	size_t count;
	int status;

	if (!hm_export_pcrlock(golden, &components, &count, &error))
		return hm_fail_text(HM_EXIT_INPUT, o->golden_path, error.text);
	status = make_directory(o->output, &temp);
	if (!status) {
		for (size_t i = 0; i < count && !status; i++)
			status = write_component(golden, temp, &components[i]);
		status = finish_directory(o->output, temp, status, components, count);
	}
	free(components);
	return status;
}

/* Register 11 before the first record: what the stub alone has extended. */
static bool sections_only(struct hm_export *x)
{
	struct hm_pcrs pcrs;

	hm_pcrs_init(&pcrs, x->golden->banks, 0);
	for (size_t i = 0; i < x->golden->event_count; i++) {
		const struct hm_golden_event *event = &x->golden->event[i];

		if (event->pcr == HM_PCR_OS && event->type != HM_EV_HALLMARK &&
		    hm_pcrs_extend(&pcrs, &hm_crypto_hasher, event->pcr, &event->digests))
			return false;
	}
	hm_pcr_digests(&pcrs, HM_PCR_OS, &x->value[HM_PCR_OS]);
	return true;
}

static int sign_policies(const struct options *o, const struct hm_export *x, const struct hm_crypto_rsa *key)
{
	uint8_t memory[HM_BANK_COUNT][HM_CRYPTO_PCRSIG_MAX];
	struct hm_pcrsig sig = {.banks = x->golden->banks};
	bool good = hm_crypto_rsa_fingerprint(key, sig.key_fingerprint);
	char *text;
	int status;

	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT && good; bank++) {
		size_t len = 0;

		if (!(sig.banks & HM_BANK_BIT(bank)))
			continue;
		good = hm_export_policy(x, bank, 1u << HM_PCR_OS, sig.policy[bank]) &&
		       hm_crypto_rsa_sign(key, hm_bytes_of(sig.policy[bank], HM_POLICY_LEN), memory[bank], &len);
		sig.signature[bank] = hm_bytes_of(memory[bank], len);
	}
	text = good ? hm_json_pcrsig(&sig) : NULL;
	if (!text)
		return hm_fail_text(HM_EXIT_RUN, o->key, "signing failed");
	status = write_bytes(o->output, text, strlen(text));
	free(text);
	return status;
}

static int export_pcrsig(const struct options *o, const struct hm_golden *golden)
{
	bool sections = o->point && !strcmp(o->point, "sections");
	struct hm_crypto_rsa *key;
	struct hm_export x;
	struct hm_file file;
	struct hm_error error = {0};
	int status;

	if (!o->key)
		return hm_fail_text(HM_EXIT_USAGE, "--format pcrsig", "give --key");
	if (o->point && !sections && strcmp(o->point, "lock") != 0)
		return hm_fail_text(HM_EXIT_USAGE, "--point", "is neither lock nor sections");
	hm_export_init(golden, golden->profile_count, &x);
	if (!(x.registers & 1u << HM_PCR_OS))
		return hm_fail_text(HM_EXIT_INPUT, o->golden_path, "register 11 is not pinned");
	if (sections && !sections_only(&x))
		return hm_fail_input("sha", HM_E_HASH);
	status = hm_input_read(o->key, HM_CRYPTO_PCRSIG_KEY_MAX, &file);
	if (status)
		return status;
	if (hm_crypto_rsa_open(hm_file_bytes(&file), &key, &error)) {
		status = sign_policies(o, &x, key);
		hm_crypto_rsa_close(key);
	} else {
		status = hm_fail_text(HM_EXIT_INPUT, o->key, error.text);
	}
	explicit_bzero(file.p, file.len);
	hm_file_free(&file);
	return status;
}

/* golden.tcglog stands beside golden.json. */
static char *tcglog_path(const struct options *o)
{
	const char *slash = strrchr(o->golden_path, '/');
	char *path;

	if (asprintf(&path, "%.*sgolden.tcglog", slash ? (int)(slash + 1 - o->golden_path) : 0, o->golden_path) < 0)
		return NULL;
	return path;
}

static int write_keylime(const struct options *o, const struct hm_golden *golden, const char *log_path,
			 const struct hm_file *log)
{
	struct hm_error error = {0};
	char *refstate = hm_json_keylime_refstate(golden, hm_file_bytes(log), &error);
	char *temp;
	int status;

	if (!refstate)
		return hm_fail_text(HM_EXIT_INPUT, log_path, error.text);
	status = make_directory(o->output, &temp);
	if (status) {
		free(refstate);
		return status;
	}
	status = write_text_in(temp, "mb_refstate.json", refstate);
	if (!status)
		status = write_text_in(temp, "tpm_policy.json", hm_json_keylime_policy(golden));
	return finish_directory(o->output, temp, status, NULL, 0);
}

static int export_keylime(const struct options *o, const struct hm_golden *golden)
{
	char *beside = o->tcglog ? NULL : tcglog_path(o);
	const char *path = o->tcglog ? o->tcglog : beside;
	struct hm_file log;
	int status =
		path ? hm_input_read(path, HM_GOLDEN_MAX, &log) : hm_fail_text(HM_EXIT_RUN, "export", "out of memory");

	if (!status) {
		status = write_keylime(o, golden, path, &log);
		hm_file_free(&log);
	}
	free(beside);
	return status;
}

static int export_comid(const struct options *o, const struct hm_golden *golden)
{
	size_t len;
	uint8_t *corim = hm_export_corim(golden, &len);
	int status = corim ? write_bytes(o->output, corim, len) : hm_fail_text(HM_EXIT_RUN, "export", "out of memory");

	free(corim);
	return status;
}

/* "4,7,11": registers 0 to 14, ascending, each once. */
static bool parse_registers(const char *text, uint32_t *ret)
{
	struct hm_bytes rest = hm_bytes_of(text, strlen(text)), field;
	uint32_t registers = 0;

	while (hm_next_field(&rest, ',', &field)) {
		uint64_t pcr;

		if (!hm_parse_dec(field, &pcr) || pcr >= HM_PCR_TLS || HM_PCR_BIT(pcr) <= registers)
			return false;
		registers |= HM_PCR_BIT(pcr);
	}
	*ret = registers;
	return registers != 0 && !rest.p;
}

static bool find_profile(const struct hm_golden *golden, const char *name, size_t *ret)
{
	*ret = golden->profile_count;
	for (size_t i = 0; name && i < golden->profile_count; i++) {
		if (!strcmp(golden->profile[i]->name, name))
			*ret = i;
	}
	return !name || *ret < golden->profile_count;
}

static void print_policy(const uint8_t policy[HM_POLICY_LEN])
{
	char hex[2 * HM_POLICY_LEN];
	struct hm_writer w = hm_writer_of(hex, sizeof(hex));

	hm_put_hex(&w, hm_bytes_of(policy, HM_POLICY_LEN));
	printf("%.*s\n", (int)w.len, hex);
}

static int export_policy(const struct options *o, const struct hm_golden *golden)
{
	enum hm_bank bank = HM_SHA256;
	uint8_t policy[HM_POLICY_LEN];
	struct hm_export x;
	uint32_t registers;
	size_t profile;
	int status;

	if (o->bank && !hm_bank_of_name(hm_bytes_of(o->bank, strlen(o->bank)), &bank))
		return hm_fail_text(HM_EXIT_USAGE, "--bank", "is not sha1, sha256, sha384 or sha512");
	if (!(golden->banks & HM_BANK_BIT(bank)))
		return hm_fail_format(HM_EXIT_INPUT, o->golden_path, "there is no bank %s", hm_algs[bank].name);
	if (!find_profile(golden, o->profile, &profile))
		return hm_fail_format(HM_EXIT_INPUT, o->golden_path, "there is no profile '%s'", o->profile);
	hm_export_init(golden, profile, &x);
	registers = x.registers;
	if (o->pcrs && !parse_registers(o->pcrs, &registers))
		return hm_fail_text(HM_EXIT_USAGE, "--pcrs", "is no list of registers 0 to 14 in ascending order");
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if (registers & ~x.registers & HM_PCR_BIT(pcr))
			return hm_fail_format(HM_EXIT_INPUT, o->golden_path,
					      "register %u has not one value that it must have", pcr);
	}
	if (!hm_export_policy(&x, bank, registers, policy))
		return hm_fail_input("sha256", HM_E_HASH);
	status = write_bytes(o->output, policy, sizeof(policy));
	if (!status)
		print_policy(policy);
	return status;
}

/* arn:PARTITION:iam::ACCOUNT:root, role/PATH or user/PATH: IAM User Guide, "IAM identifiers". */
static bool is_principal(const char *text)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz-";
	static const char path[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@_-/";
	size_t len;

	if (strncmp(text, "arn:aws", 7) != 0)
		return false;
	text += 4 + strspn(text + 4, lower);
	if (strncmp(text, ":iam::", 6) != 0 || strspn(text + 6, "0123456789") != 12 || text[18] != ':')
		return false;
	text += 19;
	if (!strcmp(text, "root"))
		return true;
	if (strncmp(text, "role/", 5) != 0 && strncmp(text, "user/", 5) != 0)
		return false;
	len = strlen(text + 5);
	return len > 0 && len <= 576 && strspn(text + 5, path) == len;
}

static int export_aws_kms(const struct options *o, const struct hm_golden *golden)
{
	struct hm_export x;
	size_t profile;
	char *text;
	int status;

	if (!o->principal || !is_principal(o->principal))
		return hm_fail_text(HM_EXIT_USAGE, "--format aws-kms",
				    "give --principal, as arn:aws:iam::123456789012:role/NAME");
	if (!(golden->banks & HM_BANK_BIT(HM_SHA384)))
		return hm_fail_text(HM_EXIT_INPUT, o->golden_path,
				    "there is no bank sha384, which NitroTPM's documents have");
	if (!find_profile(golden, o->profile, &profile))
		return hm_fail_format(HM_EXIT_INPUT, o->golden_path, "there is no profile '%s'", o->profile);
	hm_export_init(golden, profile, &x);
	text = hm_json_aws_kms(&x, o->principal);
	if (!text)
		return hm_fail_text(HM_EXIT_RUN, "export", "out of memory");
	status = write_bytes(o->output, text, strlen(text));
	free(text);
	return status;
}

struct format {
	const char *name;
	int (*run)(const struct options *o, const struct hm_golden *golden);
};
static const struct format formats[] = {
	{"pcrlock", export_pcrlock}, {"pcrsig", export_pcrsig}, {"keylime", export_keylime},
	{"comid", export_comid},     {"policy", export_policy}, {"aws-kms", export_aws_kms},
};

/* An option of another format would be without effect: it is a mistake. */
static int check_options(const struct options *o, const struct format *format)
{
	const struct {
		const char *name, *value, *format, *other;
	} rows[] = {
		{"--key", o->key, "pcrsig", NULL},
		{"--point", o->point, "pcrsig", NULL},
		{"--tcglog", o->tcglog, "keylime", NULL},
		{"--bank", o->bank, "policy", NULL},
		{"--pcrs", o->pcrs, "policy", NULL},
		{"--profile", o->profile, "policy", "aws-kms"},
		{"--principal", o->principal, "aws-kms", NULL},
	};

	for (size_t i = 0; i < HM_ARRAY_LEN(rows); i++) {
		if (rows[i].value && strcmp(rows[i].format, format->name) != 0 &&
		    (!rows[i].other || strcmp(rows[i].other, format->name) != 0))
			return hm_fail_format(HM_EXIT_USAGE, rows[i].name, "goes with --format %s%s%s", rows[i].format,
					      rows[i].other ? " and " : "", rows[i].other ? rows[i].other : "");
	}
	return HM_EXIT_OK;
}

static int run(const struct options *o, const struct format *format)
{
	struct hm_golden *golden;
	struct hm_file file;
	struct hm_error error = {0};
	int status = check_options(o, format);

	if (!status &&
	    !hm_outputs_check(&o->output, 1, (const char *const[]){o->golden_path, o->key, o->tcglog}, 3, &error))
		status = hm_report(&error);
	if (!status)
		status = hm_input_read(o->golden_path, HM_GOLDEN_MAX, &file);
	if (status)
		return status;
	if (hm_golden_parse(hm_file_bytes(&file), &golden, &error)) {
		status = format->run(o, golden);
		hm_golden_free(golden);
	} else {
		status = hm_fail_text(HM_EXIT_INPUT, o->golden_path, error.text);
	}
	hm_file_free(&file);
	return status;
}

static int command(void *options, const struct hm_words *words)
{
	struct options *o = options;

	o->golden_path = words->word[0];
	for (size_t i = 0; i < HM_ARRAY_LEN(formats); i++) {
		if (!strcmp(o->format, formats[i].name))
			return run(o, &formats[i]);
	}
	return hm_fail_format(HM_EXIT_USAGE, "--format",
			      "'%s' is not pcrlock, pcrsig, keylime, comid, policy or aws-kms", o->format);
}

static const struct hm_option options[] = {
	HM_OPTION_REQUIRED(
		struct options, format, "--format", "FORMAT",
		"pcrlock: PATH is a new directory with .pcrlock components, for systemd-pcrlock "
		"--components=.\n"
		"pcrsig: a .pcrsig file: the policy of PCR 11, signed with an RSA key, for "
		"systemd-cryptsetup.\n"
		"keylime: PATH is a new directory: tpm_policy.json, and mb_refstate.json for a policy of "
		"your own.\n"
		"comid: CoRIM with CoMID reference values, CBOR, unsigned.\n"
		"policy: the digest of a TPM policy, 32 bytes, as tpm2_createpolicy --policy-pcr makes it. "
		"It is printed in hex, too.\n"
		"aws-kms: a key policy of AWS KMS: --principal may decrypt from a machine whose NitroTPM shows "
		"these registers in SHA-384. Add the statements with which you manage the key."),
	HM_OPTION_REQUIRED(struct options, output, "--output", "PATH",
			   "A file, or what the format says. Where it is a directory it must not be there yet."),
	HM_OPTION(struct options, key, "--key", "FILE", "With pcrsig: the private RSA key, PEM."),
	HM_OPTION(struct options, point, "--point", "POINT",
		  "With pcrsig: lock, what the running machine shows (default), or sections, before the first "
		  "layer."),
	HM_OPTION(struct options, tcglog, "--tcglog", "FILE",
		  "With keylime: the predicted firmware log (default: golden.tcglog beside GOLDEN)."),
	HM_OPTION(struct options, bank, "--bank", "BANK", "With policy: the bank (default: sha256)."),
	HM_OPTION(struct options, pcrs, "--pcrs", "LIST",
		  "With policy: the registers, as 4,7,11 (default: every register that must have one value)."),
	HM_OPTION(struct options, profile, "--profile", "NAME",
		  "With policy and aws-kms: with the registers of this platform profile."),
	HM_OPTION(struct options, principal, "--principal", "ARN",
		  "With aws-kms: the role of the machine, arn:aws:iam::123456789012:role/NAME."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_export = {
	.name = "export",
	.summary = "golden values for systemd-pcrlock, .pcrsig, Keylime, CoRIM, TPM policies, AWS KMS",
	.words = "GOLDEN",
	.description = "Writes what golden.json says a good machine must show in the form that another program "
		       "reads. Registers that are only shown, and register 15 with its TLS key, are left out. "
		       "GOLDEN is believed: check its signature first, with hallmark verify-signature.",
	.exit_status = "0 done, 2 malformed input file, or it does not have what is asked for, 3 usage, 4 could not "
		       "run.",
	.example = "hallmark export golden/golden.json --format policy --pcrs 4,11 --output app.policy",
	.see_also = "systemd-pcrlock(8), systemd-measure(1), tpm2_createpolicy(1), docs/FORMATS.md (section 19)",
	.args = {.tables = {{options, 0}}, .words_min = 1, .words_max = 1},
	.size = sizeof(struct options),
	.run = command,
};
