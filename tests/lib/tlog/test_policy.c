/* SPDX-License-Identifier: BSD-2-Clause */
/* test_policy.c - policies of transparency logs: sigsum's own cases, and every line that is refused, by name */
#include "lib/tlog/policy.h"

#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY(digit) \
	digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit \
		digit digit digit digit digit digit digit digit digit digit digit digit digit digit
#define A KEY("aa")
#define B KEY("bb")
#define C KEY("cc")
#define D KEY("dd")
#define E KEY("ee")
#define F KEY("ff")
/* Of tests/peers/tlog: type 1, and type 4 of three witnesses. */
#define LOG "log.example/golden+25326a68+AXQiuYh1mAaOMsREipSa2ykND041ueAbDuXxoeYA/iZ0"
#define W1 "witness.example/w1+a065a7f7+BEOq6Ou97blpQV0CCwEhEYAicipXd1jF+ojc2diiEWUz"
#define W2 "witness.example/w2+dc9d6b3d+BBJivG1UCKPE4CWqDBXmT2kZfNs4kRvlrTRKlJd53z2m"

/* TestValidConfig of sigsum-go v0.14.1, pkg/policy/config_test.go, with its table of who is enough. */
static const char valid[] = "\n# example config\n"
			    "log " A " http://sigsum.example.org\n"
			    "  # comment\n"
			    "  log " B "\n"
			    "\n"
			    "witness W1 " C " http://w1\n"
			    "# same key for log and key is undesirable, but not an error\n"
			    "witness W2 " A "\n"
			    "witness W3 " D " http://w3\n"
			    "witness W4 " E " https://w4/\n"
			    "witness W5 " F " https://w5\n"
			    "\n"
			    "group G1 any W1 W2\n"
			    "group G2 2 W3 W4 W5\n"
			    "group G3 all G1 G2\n"
			    "\n"
			    "quorum G3\n"
			    "\n"
			    "  log " C "\n"
			    "witness W6 " B "\n";
/* TestNumericThreshold, the same. */
#define A31 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B31 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
static const char numeric[] = "log " A " http://sigsum.example.org\n"
			      "witness W1 " A31 "1\nwitness W2 " A31 "2\nwitness W3 " A31 "3\n"
			      "witness W4 " B31 "1\nwitness W5 " B31 "2\nwitness W6 " B31 "3\n"
			      "group A-group 1 W1 W2 W3\ngroup B-group 2 W4 W5 W6\ngroup G any A-group B-group\n"
			      "quorum G\n";

static struct hm_tlog_policy *parse(const char *text)
{
	struct hm_tlog_policy *policy = NULL;
	struct hm_error error = {0};

	if (!hm_tlog_policy_parse(hm_bytes_of_text(text), &policy, &error))
		print_error("%s\n", error.text);
	assert_non_null(policy);
	return policy;
}

/* `who`: the digits of the witnesses' names. */
static bool is_enough(const struct hm_tlog_policy *policy, const char *who)
{
	bool signed_by[HM_TLOG_MEMBERS_MAX] = {false};

	for (size_t i = 0; i < policy->member_count; i++) {
		struct hm_bytes name = policy->member[i].name;

		signed_by[i] = !policy->member[i].threshold && strchr(who, name.p[name.len - 1]);
	}
	return hm_tlog_quorum_met(policy, signed_by);
}

static void test_sigsum_quorums(void **state)
{
	static const struct {
		const char *policy, *who;
		bool want;
	} rows[] = {
		{valid, "", false},    {valid, "1", false},    {valid, "2", false},	{valid, "3", false},
		{valid, "345", false}, {valid, "12", false},   {valid, "13", false},	{valid, "134", true},
		{valid, "235", true},  {numeric, "", false},   {numeric, "1", true},	{numeric, "2", true},
		{numeric, "3", true},  {numeric, "13", true},  {numeric, "134", true},	{numeric, "4", false},
		{numeric, "5", false}, {numeric, "6", false},  {numeric, "45", true},	{numeric, "46", true},
		{numeric, "56", true}, {numeric, "456", true}, {numeric, "2456", true},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, rows, rows[i].who); i++) {
		struct hm_tlog_policy *policy = parse(rows[i].policy);

		assert_int_equal(is_enough(policy, rows[i].who), rows[i].want);
		hm_tlog_policy_free(policy);
	}
}

static void test_fields(void **state)
{
	struct hm_tlog_policy *policy = parse(valid);

	(void)state;
	assert_false(policy->vkeys);
	assert_int_equal(policy->log_count, 3);
	assert_int_equal(policy->member_count, 9);
	assert_hex(hm_bytes_of(policy->log[1].raw, HM_ED25519_KEY_LEN), B);
	/* printf %064d 0 | tr 0 b | xxd -r -p | sha256sum */
	assert_hex(hm_bytes_of(policy->log[1].sha256, HM_SHA256_LEN),
		   "4ca14526b2751b640d549ce7caf8ac39438592211a0ec370064d57666a682ad6");
	hm_tlog_policy_free(policy);
	policy = parse("log " LOG "\nwitness a " W1 " https://a\nwitness b " W2 "\n\tgroup\tg  all a\tb \nquorum g\n");
	assert_true(policy->vkeys);
	assert_true(hm_bytes_equal_text(policy->log[0].name, "log.example/golden"));
	assert_true(is_enough(policy, "ab"));
	assert_false(is_enough(policy, "a"));
	hm_tlog_policy_free(policy);
	/* One witness; none; one that is named and not asked for; names of any bytes; digits in upper case. */
	policy = parse("log " KEY("AA") "\nwitness \xff " B "\nwitness any " C "\nquorum \xff\n");
	assert_true(is_enough(policy, "\xff"));
	assert_false(is_enough(policy, "y"));
	hm_tlog_policy_free(policy);
	policy = parse("log " A "\nquorum none\nwitness w " B "\n");
	assert_true(is_enough(policy, ""));
	hm_tlog_policy_free(policy);
}

static void test_c10_refused(void **state)
{
	static const struct {
		const char *name, *text, *want;
	} rows[] = {
		/* TestInvalidConfig of sigsum-go, each of its cases. */
		{"empty", "", "a log policy has 1 to 262144 bytes"},
		{"invalid control char (formfeed)", "# \f\nquorum none\n", "line 1: a control character"},
		{"invalid control char (DEL)", "# \x7f\nquorum none\n", "line 1: a control character"},
		{"duplicate log", "\nlog " A "\n  log " A "\n", "line 3: a second log with the same key"},
		{"end-of-line comment", "\nlog " A " http://example.org #comment\n",
		 "line 2: a log has a key and a URL, and no more"},
		{"duplicate witness", "\nwitness W1 " C "\nwitness W2 " C "\n",
		 "line 3: a second witness with the same key"},
		{"duplicate name", "\nwitness W1 " C "\nwitness W1 " D "\n", "line 3: the name W1 is taken"},
		{"duplicate none", "\nwitness none " C "\n", "line 2: the name none is taken"},
		{"undef name", "\nwitness W1 " C "\nwitness W2 " A "\ngroup G all W1 W3 W2\n",
		 "line 4: the name W3 is not defined above"},
		{"missing quorum", "\nwitness W1 " C "\nwitness W2 " A "\ngroup G all W1 W2\n", "no quorum"},
		{"repeated member", "\nwitness W1 " C "\nwitness W2 " A "\ngroup G all W1 W2 W1\n",
		 "line 4: W1 is in a group already"},
		{"member in two groups",
		 "\nwitness W1 " C "\nwitness W2 " A "\nwitness W3 " B "\ngroup G1 all W1 W2\ngroup G2 all W3 W2\n",
		 "line 6: W2 is in a group already"},
		{"none as member", "\nlog " A "\nwitness W " B "\ngroup G all W none\nquorum G\n",
		 "line 4: none cannot be in a group"},
		/* What else the specifications rule out. */
		{"no log", "witness w " A "\nquorum w\n", "no log"},
		{"no key of a log", "log\n", "line 1: a log without a key"},
		{"no key of a witness", "witness w\n", "line 1: a witness without a name or a key"},
		{"a witness with more", "witness w " A " url more\n",
		 "line 1: a witness has a name, a key and a URL, and no more"},
		{"63 digits", "log " A31 "\n", "line 1: neither a key of 64 hex digits nor a vkey"},
		{"66 digits", "log " A "aa\n", "line 1: neither a key of 64 hex digits nor a vkey"},
		{"a digit that is none", "log " A31 "g\n", "line 1: neither a key of 64 hex digits nor a vkey"},
		{"two quorums", "log " A "\nquorum none\nquorum none\n", "line 3: a second quorum"},
		{"a quorum of two", "log " A "\nwitness a " A "\nwitness b " B "\nquorum a b\n",
		 "line 4: a quorum is one name"},
		{"a quorum of nobody", "log " A "\nquorum\n", "line 2: a quorum is one name"},
		{"a quorum defined below", "log " A "\nquorum w\nwitness w " A "\n",
		 "line 2: the name w is not defined above"},
		{"a group of itself", "log " A "\nwitness w " A "\ngroup g all w g\nquorum g\n",
		 "line 3: the name g is not defined above"},
		{"a group of nobody", "group g all\n", "line 1: a group without a name, a threshold or a member"},
		{"a group named none", "witness w " A "\ngroup none all w\n", "line 2: the name none is taken"},
		{"a group with the name of a witness", "witness w " A "\nwitness v " B "\ngroup w all v\n",
		 "line 3: the name w is taken"},
		{"threshold 0", "witness w " A "\ngroup g 0 w\n",
		 "line 2: the threshold of a group is not all, any or 1 to 1"},
		{"threshold 2 of 1", "witness w " A "\ngroup g 2 w\n",
		 "line 2: the threshold of a group is not all, any or 1 to 1"},
		{"threshold 01", "witness w " A "\ngroup g 01 w\n",
		 "line 2: the threshold of a group is not all, any or 1 to 1"},
		{"threshold +1", "witness w " A "\ngroup g +1 w\n",
		 "line 2: the threshold of a group is not all, any or 1 to 1"},
		{"threshold 2^64+1", "witness w " A "\ngroup g 18446744073709551617 w\n",
		 "line 2: the threshold of a group is not all, any or 1 to 1"},
		{"threshold All", "witness w " A "\ngroup g All w\n",
		 "line 2: the threshold of a group is not all, any or 1 to 1"},
		{"another word", "Log " A "\n", "line 1: neither log, witness, group nor quorum"},
		{"CRLF", "log " A "\r\n", "line 1: a control character"},
		{"cut off", "log " A "\nwitness w " A "\nquorum w", "line 3: the line has no end"},
		{"a no-break space", "log\xc2\xa0" A "\n", "line 1: neither log, witness, group nor quorum"},
		/* Keys of C2SP's form. */
		{"a vkey and hex digits", "log " LOG "\nwitness w " A "\n",
		 "line 2: keys in hex and vkeys in one file"},
		{"hex digits and a vkey", "log " A "\nwitness w " W1 "\n", "line 2: keys in hex and vkeys in one file"},
		{"a witness's key of a log", "log " W1 "\n",
		 "line 1: witness.example/w1 is a key of type 4 where type 1 is due"},
		{"a log's key of a witness", "witness w " LOG "\n",
		 "line 1: log.example/golden is a key of type 1 where type 4 is due"},
		{"a vkey with another id",
		 "log log.example/golden+25326a69+AXQiuYh1mAaOMsREipSa2ykND041ueAbDuXxoeYA/iZ0\n",
		 "line 1: the id of a vkey is not its key's"},
		{"the same key under another name",
		 "witness w " W1 "\nwitness v w+5472e745+BEOq6Ou97blpQV0CCwEhEYAicipXd1jF+ojc2diiEWUz\n",
		 "line 2: a second witness with the same key"},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, rows, rows[i].name); i++) {
		struct hm_tlog_policy *policy = NULL;
		struct hm_error error = {0};

		assert_false(hm_tlog_policy_parse(hm_bytes_of_text(rows[i].text), &policy, &error));
		assert_string_equal(error.text, rows[i].want);
		assert_null(policy);
	}
}

/* 1312 bytes 0x07 under the name pq.example/w, with the id that sha256sum gives for it. */
static void test_ml_dsa_by_name(void **state)
{
	char text[2048], *at = text + sprintf(text, "log " LOG "\nwitness w pq.example/w+%s+Bgc", "a86f61f8");
	struct hm_tlog_policy *policy = NULL;
	struct hm_error error = {0};

	(void)state;
	/* base64 of 06, then 07 07 07 again and again: "Bgc" "H" "BwcH"... */
	at += sprintf(at, "H");
	for (size_t i = 0; i < 436; i++)
		at += sprintf(at, "BwcH");
	at += sprintf(at, "Bwc=\nquorum w\n");
	assert_false(hm_tlog_policy_parse(hm_bytes_of_text(text), &policy, &error));
	assert_string_equal(error.text, "line 2: pq.example/w is a key of ML-DSA-44, which is not supported");
}

/* 32 logs, 32 witnesses and 32 groups must be taken, by both specifications. */
static void test_limits(void **state)
{
	static char text[HM_TLOG_POLICY_MAX + 2];
	struct hm_tlog_policy *policy = NULL;
	struct hm_error error = {0};
	size_t len = 0;

	(void)state;
	for (unsigned int i = 0; i < 32; i++)
		len += (size_t)sprintf(text + len, "log %064x\nwitness w%u %064x\n", i, i, i);
	len += (size_t)sprintf(text + len, "group g0 all w0\n");
	for (unsigned int i = 1; i < 32; i++)
		len += (size_t)sprintf(text + len, "group g%u all g%u w%u\n", i, i - 1, i);
	sprintf(text + len, "quorum g31\n");
	policy = parse(text);
	assert_int_equal(policy->log_count, 32);
	assert_int_equal(policy->member_count, 64);
	hm_tlog_policy_free(policy);
	policy = NULL;
	for (unsigned int i = 32; i < 65; i++)
		len += (size_t)sprintf(text + len, "log %064x\n", i);
	assert_false(hm_tlog_policy_parse(hm_bytes_of_text(text), &policy, &error));
	assert_string_equal(error.text, "line 129: more than 64 logs");
	len = 0;
	for (unsigned int i = 0; i < 129; i++)
		len += (size_t)sprintf(text + len, "witness w%u %064x\n", i, i);
	assert_false(hm_tlog_policy_parse(hm_bytes_of_text(text), &policy, &error));
	assert_string_equal(error.text, "line 129: more than 128 witnesses and groups");
	memset(text, '\n', sizeof(text) - 1);
	assert_false(hm_tlog_policy_parse(hm_bytes_of(text, HM_TLOG_POLICY_MAX + 1), &policy, &error));
	assert_string_equal(error.text, "a log policy has 1 to 262144 bytes");
	assert_null(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sigsum_quorums), cmocka_unit_test(test_fields),
		cmocka_unit_test(test_c10_refused),    cmocka_unit_test(test_ml_dsa_by_name),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
