/* SPDX-License-Identifier: BSD-2-Clause */
/* test_check.c - proofs of transparency logs: published ones and ones made by other programs are accepted, each field
 * changed is refused by name */
#include "lib/tlog/check.h"
#include "lib/tlog/read.h"

#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * TestVerify and TestVerifyNoCosignatures of sigsum-go (v0.14.1 and v1.0.0, pkg/proof/proof_test.go). The message is
 * "foo-4\n" behind 26 spaces in both; it stands for the SHA-256 of a file.
 */
static const char message_text[] = "                          foo-4\n";
static const char verify_proof[] =
	"version=2\n"
	"log=7c5fafc796c201e0fcd7567c5033a2777ec28363f54ea0ba97b57bece0d96acd\n"
	"leaf=8a578b9649ba01b7d29dd557906975d68a3aec50e3f9c08690420b8c6426856d "
	"79b489a38548a67d78f06221b014d41be58b703237d17b4f203f0dd4ead9e2597149c2f118894581ce7473a61fa880716af6ff2138bade2cec"
	"c4b297099bf104\n"
	"\n"
	"size=4\n"
	"root_hash=3ddc56fd46e71e517b6936b977a457da7d398108141fcdf5c8386cdd724ab7a8\n"
	"signature=ccbdd8c784726b732b8edd2039fbad5506e4acccd56e3e5d86c0ee109b3d2662e6881fe3d09fc48f9ddd31494463c5ec44926ff9"
	"158785ad1dd9b5d6434b0804\n"
	"cosignature=bd8385aa82e07c3e1e297a1600c12bb25ce7a9490b5c1287ec30e09ac4c8b884 1683202758 "
	"e8d6c447d7847d5c1431ef86f8c60fa0cbacd975388b2a8f202fe4b0f9d0d544989c9d9351752d86aae2df72b9d7135b6b09de2ccaa6d68edf"
	"638105d69be609\n"
	"\n"
	"leaf_index=3\n"
	"node_hash=61010ae798308f5b97237615ab8c1b14f2c782c37616e97d0a170b617bc7a4ce\n"
	"node_hash=a5c3752be610d605ce5c64ee2e28ee5b94a1cc0a68742f18f24c9b5c82d07298\n";
static const char verify_policy[] = "log ac26c0a855ac451a6539478e1a160388f024b385f1363efcda470170076c01e5\n"
				    "witness w cbe357e6b464049e703b7be6c89201193acc2a18c095b0691aaf50b9b1e1578a\n"
				    "quorum w\n";
#define VERIFY_SUBMITTER "c74b7315630804141db0f88c27c53fe7fcbf59e6ca35a4abaad789ec6b2bc208"
static const char bare_proof[] =
	"version=2\n"
	"log=1f8d4547082a5985ad0e59ffe219f7a065e09c6b77a0012daf276e5dd1805b4b\n"
	"leaf=69512577a0f3c2695011ddc549756099017b7e2c8390341cbb24c57e886775f1 "
	"262737d935123272b9e3265fe2e38a014a9c1b13951e864737666251ada26dabbc6e699a4e527ec52a0be970e158abef35f087766d18d56085"
	"3a44855119cf01\n"
	"\n"
	"size=4\n"
	"root_hash=7bca01e88737999fde5c1d6ecac27ae3cb49e14f21bcd3e7245c276877b899c9\n"
	"signature=c60e5151b9d0f0efaf57022c0ec306c0f0275afef69333cc89df4fda328c87949fcfa44564f35020938a4cd6c1c50bc0349b2f54"
	"b82f5f6104b9cd52be2cd90e\n"
	"\n"
	"leaf_index=3\n"
	"node_hash=e7d222a285ca81fdc76bfcd5513408c87dd42a18e03d6c3b672a05982163c01b\n"
	"node_hash=15cdc42440689a6f7599e09f61a4d638420cb58662f5994def1624ea4d923879\n";
static const char bare_policy[] = "log dea4c37c360568e528b76bb67bf821a37ece0f3f46928603df006db4f08e9750\n"
				  "quorum none\n";
#define BARE_SUBMITTER "c08c4c634c35ed473f6bacfdd479741a72ad23c380f43d997e63f62a9b2c84be"

/*
 * A checkpoint and a cosignature of sigsum-go v0.14.1 (pkg/checkpoint/checkpoint_test.go: validCheckpointASCII and
 * TestCheckpointVerifyCosignatureByKey), whose one key has the seed 17, 0, 0, ... . No entry is known for that root, so
 * the path before it is made up: what is checked is which check ends it.
 */
#define A_HASH "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define SIGSUM_ORIGIN "sigsum.org/v1/tree/e796172b92befd62d9dc67e41c2f5bc9d3100a3023b20b1ca40288dd1c679e69"
static const char checkpoint_proof[] =
	"c2sp.org/tlog-proof@v1\n"
	"index 0\n" A_HASH A_HASH A_HASH A_HASH "\n" SIGSUM_ORIGIN "\n"
	"10\n"
	"HA5HAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	"\n"
	"\xe2\x80\x94"
	" " SIGSUM_ORIGIN
	" gJ2ho0n8F8olcerUF1FFdv235A/5as/coWrpLrtE7ovMeP5whgwouYExowG/lTznxu6OUGjjt5yJQ6bXtTcf718MqAQ=\n";
static const char cosigned_proof[] =
	"c2sp.org/tlog-proof@v1\n"
	"index 0\n" A_HASH A_HASH A_HASH A_HASH "\n"
	"example.org/log\n"
	"10\n"
	"HA5HAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	"\n"
	"\xe2\x80\x94"
	" example.org/witness "
	"yX8uUAAAAAAAAATSftMzceM8zssdZ9jin9SjwIxzx9iADMf63VqirX2hafol9RsqNqbofIz0LVRqHXI2kpEBSki5RTXFtxz1vo9+Cg==\n"
	"\xe2\x80\x94"
	" example.org/witness "
	"ys8uUAAAAAAAAATSftMzceM8zssdZ9jin9SjwIxzx9iADMf63VqirX2hafol9RsqNqbofIz0LVRqHXI2kpEBSki5RTXFtxz1vo9+Cg==\n"
	"\xe2\x80\x94"
	" example.org/witness-2 "
	"ys8uUAAAAAAAAATSftMzceM8zssdZ9jin9SjwIxzx9iADMf63VqirX2hafol9RsqNqbofIz0LVRqHXI2kpEBSki5RTXFtxz1vo9+Cg==\n";
static const char checkpoint_policy[] =
	"log " SIGSUM_ORIGIN "+809da1a3+AWbguFjkYqYJ5m/nE3DIFtiEb/ED1UmaIqf+w3/bxCSn\n"
	"witness w example.org/witness+cacf2e50+BGbguFjkYqYJ5m/nE3DIFtiEb/ED1UmaIqf+w3/bxCSn\n"
	"quorum none\n";

/*
 * The tree of Go's checksum database on 2024-09-23 (the same file, TestGoSumDBCheckpoint), and its key. Its origin is
 * not the name of its key, which C2SP's policy wants: the signature is good, and the tree is no log's of the policy.
 */
static const char sumdb_proof[] =
	"c2sp.org/tlog-proof@v1\n"
	"index 0\n"
	"\n"
	"go.sum database tree\n"
	"30055305\n"
	"mXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=\n"
	"\n"
	"\xe2\x80\x94 sum.golang.org "
	"Az3grpgEild5qw7+5dtV13Kf1C2Xurm8q4fhdxvcsDHnqNTaxL2AFjBY+2TyGKevucFcAAlWFJJYle3EJlDCrQ+y3A8=\n";
static const char sumdb_policy[] =
	"log sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8\nquorum none\n";

/*
 * Proofs of sigsum-go, pkg/proof/proof_test.go, TestASCII and TestASCIIV1, whose keys are not published: they can be
 * read, or not.
 */
#define ASCII_LOG "log=24a68b92fe18d8fb6dce4b3a3c8ac25453eb4ee6c3bb575651bdfbda95e2e952\n"
#define ASCII_KEY "518ac523804cb74e2cb41f219aed1bfccc76a1202d8b891eed1a7cf3791eab9c "
#define ASCII_REST \
	"90c47772e2758fac56740ad52913af66874dc49b31ef21e4fab544a2836b7d9991f07559792f22c617c172e10391317b4a0a4396c4eb9cfc1871" \
	"ed07a360240f\n" \
	"\n" \
	"size=1\n" \
	"root_hash=b02bd71073448d7a3ee402892f96c9d78b712242deed7e6fd8a98abcde33f46d\n" \
	"signature=2eb4bfb59aa08531f325b8b233859d5c62187a311c7bb32e4cbd61e3a2b458d4e4451cfeb8a920d3cb4f755ed2f5f895628c0d9246" \
	"3f6f2d7d12fdf56f070d04\n"
static const char ascii_proof[] = "version=2\n" ASCII_LOG "leaf=" ASCII_KEY ASCII_REST;
static const char ascii_v1_proof[] = "version=1\n" ASCII_LOG "leaf=5cc0 " ASCII_KEY ASCII_REST;

/*
 * Made by the program of tests/peers/tlog: sigsum-go v0.14.1 for sigsum's form; golang.org/x/mod v0.36.0 (sumdb/note,
 * sumdb/tlog) and filippo.io/torchwood v0.6.1 for C2SP's. Seeds of the keys: 31 zeros and 1 (submitter), 2 (log), 11,
 * 12, 13 (witnesses). Entry 2 of 5 is the file.
 */
static const char made_file[] = "golden\n";
#define MADE_SUBMITTER "4cb5abf6ad79fbf5abbccafcc269d85cd2651ed4b885b5869f241aedf0a5ba29"
static const char made_sigsum_policy[] = "log 7422b9887598068e32c4448a949adb290d0f4e35b9e01b0ee5f1a1e600fe2674\n"
					 "witness w1 43aae8ebbdedb969415d020b0121118022722a577758c5fa88dcd9d8a2116533\n"
					 "witness w2 1262bc6d5408a3c4e025aa0c15e64f69197cdb38911be5ad344a949779df3da6\n"
					 "witness w3 3ab9cc26e2e4142e800d629423642f49708b20f8f4eb368195b84efc64928a67\n"
					 "group two 2 w1 w2 w3\n"
					 "quorum two\n";

static const char made_sigsum_proof[] =
	"version=2\n"
	"log=2c5a92ed92c0b7999f215be93c8f0433f58072bdba21a8b277faa495b57bf7f3\n"
	"leaf=4a67330b803d5c88757afb9328615344a89c49839a07f1f76887ad62d06a1f57 ac57c452ac9233fd9e1c1d8916550d44b51a4a37439169355d9c75faefe36f4ab3eca2b3c4f767419cb473d44b4dea34af3c36539718c5b7c2e28e11a8cee60f\n"
	"\n"
	"size=5\n"
	"root_hash=1dd96ad43d56abed98195e07967dbe7b3cc6456967d13bb845eb7f2586c38d0e\n"
	"signature=e1293f6a8b56c32bc2d370e6bcf5a48aa7eaadbed6865f5ab8dd8ab428e36a7a28e0532832ef72e9f69552300ab3e4443631888d4c70657db3838827ded6910d\n"
	"cosignature=320801861c55b6e29163ffbef4d54cb5ac1cc771044a524cc8a9c3a81e81574e 1700000001 ec43cfb41d25e90509cf3e8fad4260601e0ffd333d17911ae15406209fead8121dbe2d0e9e4ebdcafa086e8d3c11a8ed3a8888a71aaeda8d21e922c9462d6a0b\n"
	"cosignature=110679c982cc3a2c2851b7730c6ebe6940c1ee7aa07fea4a83a3923f0708ace5 1700000002 9e97a3f33407c91f78629dd4c04d6b295917986a424aea341324d4c6809001f93c9c9d1ef2367737bc1320fb491de8cba264324636851a46560f927b9a4da701\n"
	"cosignature=26a90329d22a61913a809ae6917208a6508037d250b65741db4d9ab549234821 1700000003 30b424947197d45dca6374a539d8e3688b64f1fe5ad5ce8e4426f04215edc086ab5921d58ad1e6b3dd575985692575b01d506fb042c64be6db49474f306cab08\n"
	"\n"
	"leaf_index=2\n"
	"node_hash=89ae6b188bec663ebadc50d49158ea024f1d534974e3115ce6718c5588139cd4\n"
	"node_hash=ece10779f2d5755f5debef119f6f75b3d77787c511386b195e9640fcff8e8f23\n"
	"node_hash=cde1b874128747d93df37e9565f00d2f53b81559918f16cc7ddd782ea29e22eb\n";

static const char made_c2sp_policy[] =
	"log log.example/golden+25326a68+AXQiuYh1mAaOMsREipSa2ykND041ueAbDuXxoeYA/iZ0\n"
	"witness w1 witness.example/w1+a065a7f7+BEOq6Ou97blpQV0CCwEhEYAicipXd1jF+ojc2diiEWUz\n"
	"witness w2 witness.example/w2+dc9d6b3d+BBJivG1UCKPE4CWqDBXmT2kZfNs4kRvlrTRKlJd53z2m\n"
	"witness w3 witness.example/w3+16e8d48d+BDq5zCbi5BQugA1ilCNkL0lwiyD49Os2gZW4Tvxkkopn\n"
	"group two 2 w1 w2 w3\n"
	"quorum two\n";

static const char made_c2sp_proof[] =
	"c2sp.org/tlog-proof@v1\n"
	"index 2\n"
	"WDx9+3swVdmUZVRAMqVx4QoTSxtvdpQiu7cf1/oWel0=\n"
	"ogv5p8wtyKCPX0FacbGfasQnurVNJO7IaLXTEDRJlTo=\n"
	"TzUhLRL5rSA2SSyV8f55uvTse9m+89/6dXnyKT/1RqQ=\n"
	"\n"
	"log.example/golden\n"
	"5\n"
	"vFbiultzNioA/xJd8AjUHR3mphEuDqpcvcROFm3zj1Q=\n"
	"\n"
	"\xe2\x80\x94 log.example/golden JTJqaAh9Dt1ADpiUMCwgbkInXKe/lsJKMIUNOplg2Oke3Si87kb3ABdYawsaE9UhwFLiqjX+6ZeYPTwgB9BozAsazQo=\n"
	"\xe2\x80\x94 witness.example/w1 oGWn9wAAAABrDr8VI0jxxgtpWZLP/ZlxQ2pHTPHIle+aHhD/XOnxrwEcPEC/bvT+Cx8A7Gs8G596T+WGQBFO81iBH0bgwMq2LVUmBw==\n"
	"\xe2\x80\x94 witness.example/w2 3J1rPQAAAABrDr8V15rH2cwjrGFkogODRBQOscbsBKT7MEN89MxfYyoImyqwlI9/HWwKgFOie7JHg8IvRp137h9HhaIACyyGq6EuBA==\n"
	"\xe2\x80\x94 witness.example/w3 FujUjQAAAABrDr8Vnkz9c4UL55PzwB5hxVDeywNmemk5kjBnRRG/zbt1sSf1Aw6WRtDSLAU+x91VrmbZHg7eJxaAy+xSVJsO0kCrDw==\n";

/* `text` with the first `from` in it replaced; to be freed. */
static char *with(const char *text, const char *from, const char *to)
{
	const char *at = from ? strstr(text, from) : text;
	size_t before, len = strlen(text) + strlen(to) + 1;
	char *ret;

	if (!at)
		print_error("nothing to change: %s\n", from);
	assert_non_null(at);
	before = (size_t)(at - text);
	ret = malloc(len);
	assert_non_null(ret);
	memcpy(ret, text, before);
	snprintf(ret + before, len - before, "%s%s", to, at + (from ? strlen(from) : 0));
	return ret;
}

static bool check(const char *proof_text, const char *policy_text, const char *file, const char *submitter,
		  bool is_message, size_t *ret_witnesses, struct hm_error *error)
{
	struct hm_tlog_policy *policy = NULL;
	struct hm_tlog_proof *proof = calloc(1, sizeof(*proof));
	struct hm_tlog_entry entry;
	uint8_t key[HM_ED25519_KEY_LEN];
	bool good;

	assert_non_null(proof);
	if (submitter)
		assert_true(hm_parse_hex(hm_bytes_of_text(submitter), key, sizeof(key)));
	assert_true(hm_tlog_entry_of(hm_bytes_of_text(file), submitter ? key : NULL, &entry));
	if (is_message)
		memcpy(entry.message, file, sizeof(entry.message));
	good = hm_tlog_policy_parse(hm_bytes_of_text(policy_text), &policy, error) &&
	       hm_tlog_proof_parse(hm_bytes_of_text(proof_text), proof, error) &&
	       hm_tlog_check(policy, proof, &entry, ret_witnesses, error);
	hm_tlog_policy_free(policy);
	free(proof);
	return good;
}

static void test_published(void **state)
{
	static const struct {
		const char *name, *proof, *policy, *submitter;
		size_t witnesses;
		const char *want;
	} rows[] = {
		{"TestVerify", verify_proof, verify_policy, VERIFY_SUBMITTER, 1, NULL},
		{"TestVerifyNoCosignatures", bare_proof, bare_policy, BARE_SUBMITTER, 0, NULL},
		{"the one with the other's policy", verify_proof, bare_policy, VERIFY_SUBMITTER, 0,
		 "the policy does not name the log"},
		{"the one with the other's submitter", verify_proof, verify_policy, BARE_SUBMITTER, 0,
		 "the entry is of another submitter's key"},
		{"no submitter", verify_proof, verify_policy, NULL, 0,
		 "a sigsum proof, and no Ed25519 key of its submitter"},
		{"validCheckpointASCII", checkpoint_proof, checkpoint_policy, NULL, 0,
		 "the path does not lead from this entry to the root"},
		{"TestGoSumDBCheckpoint", sumdb_proof, sumdb_policy, NULL, 0,
		 "no log of the policy has signed the tree as its own"},
		{"TestASCII, size 1", ascii_proof, verify_policy, VERIFY_SUBMITTER, 0,
		 "the entry is of another submitter's key"},
		{"TestASCIIV1, size 1", ascii_v1_proof, verify_policy, VERIFY_SUBMITTER, 0,
		 "line 1: a sigsum proof of another version than 2"},
		{"TestCheckpointVerifyCosignatureByKey", cosigned_proof, checkpoint_policy, NULL, 0,
		 "no log of the policy has signed the tree as its own"},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, rows, rows[i].name); i++) {
		struct hm_error error = {0};
		size_t witnesses = 77;

		assert_int_equal(
			check(rows[i].proof, rows[i].policy, message_text, rows[i].submitter, true, &witnesses, &error),
			!rows[i].want);
		assert_string_equal(error.text, rows[i].want ? rows[i].want : "");
		assert_int_equal(witnesses, rows[i].want ? 77 : rows[i].witnesses);
	}
}

/* A real log's signature, and a byte of what it has signed. */
static void test_c10_sumdb_changed(void **state)
{
	static const char *const rows[][2] = {
		{"30055305", "30055306"}, {"mXfg", "mXfh"}, {"go.sum", "go.sun"}, {"pgEi", "pgEj"}};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, rows, rows[i][1]); i++) {
		char *proof = with(sumdb_proof, rows[i][0], rows[i][1]);
		struct hm_error error = {0};
		size_t witnesses;

		assert_false(check(proof, sumdb_policy, "", NULL, false, &witnesses, &error));
		assert_string_equal(error.text, "the log's signature of the tree is not valid");
		free(proof);
	}
}

enum what { SIGSUM, C2SP };
struct row {
	const char *name;
	enum what what;
	const char *from, *to; /* in the proof; NULL: the whole of it */
	const char *policy_from, *policy_to;
	const char *want; /* NULL: accepted */
};

static void assert_row(const struct row *row)
{
	const char *text = row->what == SIGSUM ? made_sigsum_proof : made_c2sp_proof;
	const char *policy_text = row->what == SIGSUM ? made_sigsum_policy : made_c2sp_policy;
	char *proof = with(text, row->from, row->to ? row->to : "");
	char *policy = with(policy_text, row->policy_from, row->policy_to ? row->policy_to : "");
	struct hm_error error = {0};
	size_t witnesses = 0;
	bool good =
		check(proof, policy, made_file, row->what == SIGSUM ? MADE_SUBMITTER : NULL, false, &witnesses, &error);

	assert_string_equal(error.text, row->want ? row->want : "");
	assert_int_equal(good, !row->want);
	free(proof);
	free(policy);
}

#define NOT_QUORUM(count) count " of the policy's witnesses have signed, and that is not its quorum"
#define ZEROS32 "0000000000000000000000000000000000000000000000000000000000000000"
#define COSIGNER(id) "cosignature=" id " "
#define W1 "320801861c55b6e29163ffbef4d54cb5ac1cc771044a524cc8a9c3a81e81574e"
#define W2 "110679c982cc3a2c2851b7730c6ebe6940c1ee7aa07fea4a83a3923f0708ace5"
#define W3 "26a90329d22a61913a809ae6917208a6508037d250b65741db4d9ab549234821"

static void test_c10_sigsum_changes(void **state)
{
	static const struct row rows[] = {
		{"as it is", SIGSUM, NULL, NULL, NULL, NULL, NULL},
		{"digits in upper case", SIGSUM, "log=2c5a", "log=2C5A", NULL, NULL, NULL},
		{"one cosignature of an unknown key", SIGSUM, COSIGNER(W3), COSIGNER(ZEROS32), NULL, NULL, NULL},
		/* Each field. */
		{"version 1", SIGSUM, "version=2", "version=1", NULL, NULL,
		 "line 1: a sigsum proof of another version than 2"},
		{"version 3", SIGSUM, "version=2", "version=3", NULL, NULL,
		 "line 1: a sigsum proof of another version than 2"},
		{"another log", SIGSUM, "log=2c5a", "log=2c5b", NULL, NULL, "the policy does not name the log"},
		{"another submitter", SIGSUM, "leaf=4a67", "leaf=4a68", NULL, NULL,
		 "the entry is of another submitter's key"},
		{"the entry's signature", SIGSUM, " ac57c4", " ac57c5", NULL, NULL,
		 "the entry's signature is not one of this file by the submitter's key"},
		{"the size", SIGSUM, "size=5", "size=6", NULL, NULL, "the log's signature of the tree is not valid"},
		{"size 0", SIGSUM, "size=5", "size=0", NULL, NULL, "line 5: an empty tree has no entry"},
		{"size 1, with a path", SIGSUM, "size=5", "size=1", NULL, NULL,
		 "line 11: more than a tree of one entry has"},
		{"the size with a zero before it", SIGSUM, "size=5", "size=05", NULL, NULL,
		 "line 5: size is malformed"},
		{"size 2^63", SIGSUM, "size=5", "size=9223372036854775808", NULL, NULL, "line 5: size is malformed"},
		{"the greatest size", SIGSUM, "size=5", "size=9223372036854775807", NULL, NULL,
		 "the log's signature of the tree is not valid"},
		{"the root", SIGSUM, "root_hash=1dd9", "root_hash=1dd8", NULL, NULL,
		 "the log's signature of the tree is not valid"},
		{"the log's signature", SIGSUM, "\nsignature=e1", "\nsignature=e2", NULL, NULL,
		 "the log's signature of the tree is not valid"},
		{"one witness too few", SIGSUM, COSIGNER(W3), COSIGNER(ZEROS32), "2 w1 w2 w3", "3 w1 w2 w3",
		 NOT_QUORUM("2")},
		{"the time of a cosignature", SIGSUM, " 1700000001 ", " 1700000002 ", "two 2", "two 3",
		 NOT_QUORUM("2")},
		{"a cosignature", SIGSUM, " ec43", " ec44", "two 2", "two all", NOT_QUORUM("2")},
		{"a time of 2^63", SIGSUM, " 1700000001 ", " 9223372036854775808 ", NULL, NULL,
		 "line 8: cosignature is malformed"},
		{"a witness twice", SIGSUM, COSIGNER(W2), COSIGNER(W1), NULL, NULL,
		 "line 9: a second cosignature of the same key"},
		{"an unknown witness twice", SIGSUM,
		 COSIGNER(W2) "1700000002 9e97a3f33407c91f78629dd4c04d6b295917986a424aea341324d4c6809001f93c9c9d1ef2367737bc1320fb491de8cba264324636851a46560f927b9a4da701\n" COSIGNER(
			 W3),
		 COSIGNER(ZEROS32) "1700000002 9e97a3f33407c91f78629dd4c04d6b295917986a424aea341324d4c6809001f93c9c9d1ef2367737bc1320fb491de8cba264324636851a46560f927b9a4da701\n" COSIGNER(
			 ZEROS32),
		 NULL, NULL, "line 10: a second cosignature of the same key"},
		{"the index", SIGSUM, "leaf_index=2", "leaf_index=3", NULL, NULL,
		 "the path does not lead from this entry to the root"},
		{"an index whose path is shorter", SIGSUM, "leaf_index=2", "leaf_index=4", NULL, NULL,
		 "the path has 3 hashes where 1 are due"},
		{"an index beyond the tree", SIGSUM, "leaf_index=2", "leaf_index=5", NULL, NULL,
		 "the entry's index is not below the size of the tree"},
		{"an index that is negative", SIGSUM, "leaf_index=2", "leaf_index=-2", NULL, NULL,
		 "line 12: leaf_index is malformed"},
		{"the path's first hash", SIGSUM, "node_hash=89ae", "node_hash=89af", NULL, NULL,
		 "the path does not lead from this entry to the root"},
		{"the path's last hash", SIGSUM, "node_hash=cde1", "node_hash=cde2", NULL, NULL,
		 "the path does not lead from this entry to the root"},
		{"a hash more", SIGSUM, "leaf_index=2\n", "leaf_index=2\nnode_hash=" ZEROS32 "\n", NULL, NULL,
		 "the path has 4 hashes where 3 are due"},
		{"a hash less", SIGSUM, "node_hash=89ae6b188bec663ebadc50d49158ea024f1d534974e3115ce6718c5588139cd4\n",
		 "", NULL, NULL, "the path has 2 hashes where 3 are due"},
		/* The form. */
		{"a line is missing", SIGSUM,
		 "version=2\nlog=2c5a92ed92c0b7999f215be93c8f0433f58072bdba21a8b277faa495b57bf7f3\n", "version=2\n",
		 NULL, NULL, "line 2: not log="},
		{"another key of a line", SIGSUM, "root_hash=", "roothash=", NULL, NULL, "line 6: not root_hash="},
		{"a space", SIGSUM, "size=5", "size= 5", NULL, NULL, "line 5: size is malformed"},
		{"CRLF", SIGSUM, "size=5\n", "size=5\r\n", NULL, NULL, "line 5: size is malformed"},
		{"no empty line", SIGSUM, "\n\nsize", "\nsize", NULL, NULL, "line 4: not an empty line"},
		{"two empty lines", SIGSUM, "\n\nleaf_index", "\n\n\nleaf_index", NULL, NULL,
		 "line 12: not leaf_index="},
		{"a digest of 31 bytes", SIGSUM, "root_hash=1d", "root_hash=", NULL, NULL,
		 "line 6: root_hash is malformed"},
		{"a digest of 33 bytes", SIGSUM, "root_hash=", "root_hash=00", NULL, NULL,
		 "line 6: root_hash is malformed"},
		{"three words of a leaf, as in version 1", SIGSUM, "leaf=", "leaf=5cc0 ", NULL, NULL,
		 "line 3: leaf is malformed"},
		{"no path", SIGSUM,
		 "\n\nleaf_index=2\nnode_hash=89ae6b188bec663ebadc50d49158ea024f1d534974e3115ce6718c5588139cd4\nnode_hash=ece10779f2d5755f5debef119f6f75b3d77787c511386b195e9640fcff8e8f23\nnode_hash=cde1b874128747d93df37e9565f00d2f53b81559918f16cc7ddd782ea29e22eb\n",
		 "\n", NULL, NULL, "the text ends after line 10"},
		{"cut off in the last line", SIGSUM, "9e22eb\n", "9e22", NULL, NULL, "line 15: the line has no end"},
		{"something behind", SIGSUM, "9e22eb\n", "9e22eb\nx=1\n", NULL, NULL, "line 16: not node_hash="},
		/* The policy. */
		{"a policy of another log", SIGSUM, NULL, NULL, "log 74", "log 75", "the policy does not name the log"},
		{"a policy of other witnesses", SIGSUM, NULL, NULL,
		 "w1 43aae8ebbdedb969415d020b0121118022722a577758c5fa88dcd9d8a2116533\nwitness w2 12",
		 "w1 44aae8ebbdedb969415d020b0121118022722a577758c5fa88dcd9d8a2116533\nwitness w2 13", NOT_QUORUM("1")},
		{"no witness is asked for", SIGSUM, COSIGNER(W1), COSIGNER(ZEROS32), "quorum two", "quorum none", NULL},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, rows, rows[i].name); i++)
		assert_row(&rows[i]);
}

#define LOG_LINE \
	"\xe2\x80\x94" \
	" log.example/golden "
#define W1_LINE \
	"\xe2\x80\x94" \
	" witness.example/w1 "
#define NO_LOG "no log of the policy has signed the tree as its own"
#define BAD_NOTE(line) "line " line ": not a signature of a note"

static void test_c10_c2sp_changes(void **state)
{
	static const struct row rows[] = {
		{"as it is", C2SP, NULL, NULL, NULL, NULL, NULL},
		{"extra data", C2SP, "\nindex 2", "\nextra Zm9v\nindex 2", NULL, NULL, NULL},
		{"a signature of an unknown key, of another algorithm", C2SP,
		 "\n\n\xe2\x80\x94"
		 " log",
		 "\n\n\xe2\x80\x94"
		 " \xc3\xa9"
		 "l\xc3\xa8"
		 "ve AAAAAAAAAAAA\n\xe2\x80\x94"
		 " log",
		 NULL, NULL, NULL},
		{"a signature of an unknown key of a known name", C2SP, W1_LINE "oGWn9w", W1_LINE "oGWn9g", NULL, NULL,
		 NULL},
		/* Each field. */
		{"another version", C2SP, "@v1", "@v2", NULL, NULL, "line 1: a C2SP proof of another version than v1"},
		{"extra data that is none", C2SP, "\nindex 2", "\nextra Zm9\nindex 2", NULL, NULL,
		 "line 2: extra is not base64"},
		{"extra data twice", C2SP, "\nindex 2", "\nextra Zm9v\nextra Zm9v\nindex 2", NULL, NULL,
		 "line 3: not an index"},
		{"the index", C2SP, "index 2", "index 3", NULL, NULL,
		 "the path does not lead from this entry to the root"},
		{"an index beyond the tree", C2SP, "index 2", "index 5", NULL, NULL,
		 "the entry's index is not below the size of the tree"},
		{"an index with a zero before it", C2SP, "index 2", "index 02", NULL, NULL, "line 2: not an index"},
		{"no index", C2SP, "index 2\n", "", NULL, NULL, "line 2: not an index"},
		{"an index of 2^63", C2SP, "index 2", "index 9223372036854775808", NULL, NULL, "line 2: not an index"},
		{"the path's first hash", C2SP, "\nWDx9", "\nWDx8", NULL, NULL,
		 "the path does not lead from this entry to the root"},
		{"a hash more", C2SP, "index 2\n", "index 2\n" A_HASH, NULL, NULL,
		 "the path has 4 hashes where 3 are due"},
		{"a hash less", C2SP, "WDx9+3swVdmUZVRAMqVx4QoTSxtvdpQiu7cf1/oWel0=\n", "", NULL, NULL,
		 "the path has 2 hashes where 3 are due"},
		{"a hash of 30 bytes", C2SP, "\nWDx9+3swVdmUZVRAMqVx4QoTSxtvdpQiu7cf1/oWel0=",
		 "\nWDx9+3swVdmUZVRAMqVx4QoTSxtvdpQiu7cf1/oW", NULL, NULL, "line 3: not a SHA-256 hash in base64"},
		{"a hash with bits to spare", C2SP, "oWel0=", "oWel1=", NULL, NULL,
		 "line 3: not a SHA-256 hash in base64"},
		{"the origin", C2SP, "\n\nlog.example/golden",
		 "\n\nlog.example/g\xc3\xb6"
		 "lden",
		 NULL, NULL, "the log's signature of the tree is not valid"},
		{"no origin", C2SP, "\n\nlog.example/golden\n", "\n\n\n", NULL, NULL,
		 "line 7: a checkpoint without an origin"},
		{"the size", C2SP, "\n5\n", "\n6\n", NULL, NULL, "the log's signature of the tree is not valid"},
		{"no size", C2SP, "\n5\n", "\n\n", NULL, NULL, "line 8: not the size of a tree"},
		{"the root", C2SP, "\nvFbi", "\nvFbj", NULL, NULL, "the log's signature of the tree is not valid"},
		{"an extension", C2SP, "zj1Q=\n", "zj1Q=\nmore\n", NULL, NULL,
		 "the log's signature of the tree is not valid"},
		{"the log's signature", C2SP, "JTJqaAh9", "JTJqaAh8", NULL, NULL,
		 "the log's signature of the tree is not valid"},
		{"the log's signature of another length", C2SP, LOG_LINE "JTJqaAh9", LOG_LINE "JTJqaAh9AAAA", NULL,
		 NULL, "the log's signature of the tree is not valid"},
		{"the log's key id", C2SP, "JTJqaAh9", "JTJqaQh9", NULL, NULL, NO_LOG},
		{"the log's name", C2SP, LOG_LINE,
		 "\xe2\x80\x94"
		 " log.example/silver ",
		 NULL, NULL, NO_LOG},
		{"the time of a cosignature", C2SP, "oGWn9wAAAABr", "oGWn9wAAAABq", NULL, NULL,
		 "the cosignature of the witness w1 is not valid"},
		{"a time above 2^63", C2SP, "oGWn9wAA", "oGWn94AA", NULL, NULL,
		 "the cosignature of the witness w1 is not valid"},
		{"a cosignature", C2SP, "LVUmBw==", "LVUmCw==", NULL, NULL,
		 "the cosignature of the witness w1 is not valid"},
		{"a cosignature that is cut off", C2SP, "wMq2LVUmBw==", "wMq2LVUm", NULL, NULL,
		 "the cosignature of the witness w1 is not valid"},
		{"a signature of an id alone", C2SP, "\n" W1_LINE, "\n" W1_LINE "oGWn9w==\n" W1_LINE, NULL, NULL,
		 BAD_NOTE("12")},
		/* The form. */
		{"a hyphen for the dash", C2SP, LOG_LINE, "- log.example/golden ", NULL, NULL, BAD_NOTE("11")},
		{"a name with a no-break space", C2SP, LOG_LINE,
		 "\xe2\x80\x94"
		 " log\xc2\xa0"
		 "example ",
		 NULL, NULL, BAD_NOTE("11")},
		{"a name with a plus", C2SP, LOG_LINE,
		 "\xe2\x80\x94"
		 " log+example ",
		 NULL, NULL, BAD_NOTE("11")},
		{"no name", C2SP, LOG_LINE,
		 "\xe2\x80\x94"
		 "  ",
		 NULL, NULL, BAD_NOTE("11")},
		{"two spaces", C2SP, LOG_LINE, LOG_LINE " ", NULL, NULL, BAD_NOTE("11")},
		{"an empty line among the signatures", C2SP, "\n" W1_LINE, "\n\n" W1_LINE, NULL, NULL, BAD_NOTE("12")},
		{"no empty line", C2SP, "TzUhLRL5rSA2SSyV8f55uvTse9m+89/6dXnyKT/1RqQ=\n\n",
		 "TzUhLRL5rSA2SSyV8f55uvTse9m+89/6dXnyKT/1RqQ=\n", NULL, NULL, "line 6: not a SHA-256 hash in base64"},
		{"a tab in an extension", C2SP, "zj1Q=\n", "zj1Q=\n\t\n", NULL, NULL,
		 "the checkpoint is not UTF-8, or has a control character"},
		{"CRLF", C2SP, "zj1Q=\n", "zj1Q=\r\n", NULL, NULL,
		 "the checkpoint is not UTF-8, or has a control character"},
		{"a byte that is not UTF-8", C2SP, "zj1Q=\n", "zj1Q=\n\xff\n", NULL, NULL,
		 "the checkpoint is not UTF-8, or has a control character"},
		{"cut off in the last line", C2SP, "kCrDw==\n", "kCrDw==", NULL, NULL, "line 14: the line has no end"},
		/* The policy. */
		{"a policy of another quorum", C2SP, W1_LINE "oGWn9w", W1_LINE "oGWn9g", "two 2", "two 3",
		 NOT_QUORUM("2")},
		{"no witness is asked for", C2SP, NULL, NULL, "quorum two", "quorum none", NULL},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, rows, rows[i].name); i++)
		assert_row(&rows[i]);
}

static void test_forms_and_files(void **state)
{
	struct hm_error error = {0};
	size_t witnesses;

	(void)state;
	assert_false(check(made_sigsum_proof, made_c2sp_policy, made_file, MADE_SUBMITTER, false, &witnesses, &error));
	assert_string_equal(error.text, "a proof of sigsum's form, and a policy of vkeys");
	assert_false(check(made_c2sp_proof, made_sigsum_policy, made_file, MADE_SUBMITTER, false, &witnesses, &error));
	assert_string_equal(error.text, "a proof of C2SP's form, and a policy of keys in hex");
	assert_false(check(made_sigsum_proof, made_sigsum_policy, "golden", MADE_SUBMITTER, false, &witnesses, &error));
	assert_string_equal(error.text, "the entry's signature is not one of this file by the submitter's key");
	assert_false(check(made_c2sp_proof, made_c2sp_policy, "golden", NULL, false, &witnesses, &error));
	assert_string_equal(error.text, "the path does not lead from this entry to the root");
	assert_false(check("golden\n", made_c2sp_policy, made_file, NULL, false, &witnesses, &error));
	assert_string_equal(error.text,
			    "neither a proof of sigsum (version=2) nor one of C2SP (c2sp.org/tlog-proof@v1)");
	assert_false(check("", made_c2sp_policy, made_file, NULL, false, &witnesses, &error));
	assert_false(check("c2sp.org/tlog-proof@v1\nindex 0\n\n", made_c2sp_policy, made_file, NULL, false, &witnesses,
			   &error));
	assert_string_equal(error.text, "the text ends after line 3");
}

/* Every bit of a proof: what is still accepted can only be what nobody signs: case of hex digits, unknown keys. */
static void test_c10_every_cut_refused(void **state)
{
	const char *texts[] = {made_sigsum_proof, made_c2sp_proof},
		   *policies[] = {made_sigsum_policy, made_c2sp_policy};

	(void)state;
	for (size_t k = 0; k < HM_ARRAY_LEN(texts); k++) {
		char *text = strdup(texts[k]);
		struct hm_error error = {0};
		size_t witnesses;

		assert_non_null(text);
		for (size_t len = strlen(text) - 1; len > 0; len--) {
			text[len] = '\0';
			/* Whole lines from the end on are witnesses that the quorum of C2SP's can spare one of. */
			if (k == 1 && text[len - 1] == '\n' && strstr(text, "witness.example/w2"))
				continue;
			assert_false(check(text, policies[k], made_file, MADE_SUBMITTER, false, &witnesses, &error));
		}
		free(text);
	}
}

static void test_too_much(void **state)
{
	char *text = malloc(HM_TLOG_PROOF_MAX + 2), *proof;
	struct hm_tlog_proof *space = calloc(1, sizeof(*space));
	struct hm_error error = {0};
	size_t witnesses, len = 0;

	(void)state;
	assert_non_null(text);
	assert_non_null(space);
	memset(text, '1', HM_TLOG_PROOF_MAX + 1);
	assert_false(hm_tlog_proof_parse(hm_bytes_of(text, HM_TLOG_PROOF_MAX + 1), space, &error));
	assert_string_equal(error.text, "a log's proof has at most 262144 bytes");
	/* 100 signatures are read, with the four that are there. */
	for (size_t i = 0; i < 96; i++)
		len += (size_t)sprintf(text + len,
				       "\xe2\x80\x94"
				       " x%zu AAAAAAAA\n",
				       i);
	proof = with(made_c2sp_proof, LOG_LINE, strcat(text, LOG_LINE));
	assert_true(check(proof, made_c2sp_policy, made_file, NULL, false, &witnesses, &error));
	assert_int_equal(witnesses, 3);
	free(proof);
	sprintf(text + len, "\xe2\x80\x94"
			    " x AAAAAAAA\n" LOG_LINE);
	proof = with(made_c2sp_proof, LOG_LINE, text);
	assert_false(check(proof, made_c2sp_policy, made_file, NULL, false, &witnesses, &error));
	assert_string_equal(error.text, "line 111: more than 100 signatures");
	free(proof);
	/* 63 hashes can be due. */
	len = (size_t)sprintf(text, "index 2\n");
	for (size_t i = 0; i < 61; i++)
		len += (size_t)sprintf(text + len, A_HASH);
	proof = with(made_c2sp_proof, "index 2\n", text);
	assert_false(check(proof, made_c2sp_policy, made_file, NULL, false, &witnesses, &error));
	assert_string_equal(error.text, "line 66: more than 63 hashes");
	free(proof);
	free(text);
	free(space);
}

static void test_without_policy(void **state)
{
	struct hm_tlog_proof *proof = calloc(1, sizeof(*proof));
	struct hm_tlog_entry entry;
	uint8_t key[HM_ED25519_KEY_LEN];
	struct hm_error error = {0};

	(void)state;
	assert_non_null(proof);
	assert_true(hm_parse_hex(hm_bytes_of_text(MADE_SUBMITTER), key, sizeof(key)));
	assert_true(hm_tlog_entry_of(hm_bytes_of_text(made_file), key, &entry));
	assert_true(hm_tlog_proof_parse(hm_bytes_of_text(made_sigsum_proof), proof, &error));
	assert_true(hm_tlog_check_file(proof, &entry, &error));
	proof->path.root[0] ^= 1;
	assert_false(hm_tlog_check_file(proof, &entry, &error));
	assert_string_equal(error.text, "the path does not lead from this entry to the root");
	free(proof);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),	   cmocka_unit_test(test_c10_sumdb_changed),
		cmocka_unit_test(test_c10_sigsum_changes), cmocka_unit_test(test_c10_c2sp_changes),
		cmocka_unit_test(test_forms_and_files),	   cmocka_unit_test(test_c10_every_cut_refused),
		cmocka_unit_test(test_too_much),	   cmocka_unit_test(test_without_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
