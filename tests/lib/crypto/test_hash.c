/* SPDX-License-Identifier: BSD-2-Clause */
/* test_hash.c - the digests of all banks: examples of FIPS 180-4, runs of bytes, and zeros that are not there in memory
 */
#include "lib/crypto/hash.h"

#include "tests/support/support.h"

#include <string.h>

/* NIST, "Examples with Intermediate Values" of SHA-1 and SHA-2: the messages of one and of two blocks. */
static const struct {
	const char *message;
	const char *digest[HM_BANK_COUNT];
} known[] = {
	{"abc",
	 {[HM_SHA1] = "a9993e364706816aba3e25717850c26c9cd0d89d",
	  [HM_SHA256] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	  [HM_SHA384] =
		  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
	  [HM_SHA512] = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"}},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	 {[HM_SHA1] = "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
	  [HM_SHA256] = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
	  [HM_SHA384] =
		  "3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6b0455a8520bc4e6f5fe95b1fe3c8452b",
	  [HM_SHA512] = "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c335"
			"96fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445"}},
	{"",
	 {[HM_SHA1] = "da39a3ee5e6b4b0d3255bfef95601890afd80709",
	  [HM_SHA256] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	  [HM_SHA384] =
		  "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
	  [HM_SHA512] = "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
			"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"}},
};

static void examples(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, known, known[i].message); i++) {
		struct hm_bytes whole = hm_bytes_of_text(known[i].message);

		/* Whole, and cut into two runs of bytes at every place. */
		for (size_t cut = 0; cut <= whole.len; cut++) {
			const struct hm_bytes parts[] = {hm_bytes_of(whole.p, cut),
							 hm_bytes_of(whole.p + cut, whole.len - cut)};
			uint8_t digest[HM_DIGEST_MAX];

			for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
				assert_ok(hm_crypto_hasher.hash(NULL, bank, parts, HM_ARRAY_LEN(parts), 0, digest));
				assert_hex(hm_bytes_of(digest, hm_algs[bank].len), known[i].digest[bank]);
			}
			assert_true(hm_sha256(parts, HM_ARRAY_LEN(parts), digest));
			assert_hex(hm_bytes_of(digest, HM_SHA256_LEN), known[i].digest[HM_SHA256]);
		}
	}
}

/* head -c LEN /dev/zero | sha256sum */
static void zero_tails(void **state)
{
	static const struct {
		uint64_t len;
		const char *digest;
	} cases[] = {
		{1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
		{64, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"},
		{4096, "ad7facb2586fc6e966c004d7d1d16b024f5805ff7cb47c7a85dabd8b48892ca7"},
		{1048576, "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58"},
	};
	static const uint8_t zeros[4096];
	uint8_t digest[HM_DIGEST_MAX];

	(void)state;
	for (size_t i = 0; ROW(i, cases); i++) {
		struct hm_bytes some = hm_bytes_of(zeros, cases[i].len < 4096 ? (size_t)cases[i].len : 4096);

		assert_ok(hm_crypto_hasher.hash(NULL, HM_SHA256, NULL, 0, cases[i].len, digest));
		assert_hex(hm_bytes_of(digest, HM_SHA256_LEN), cases[i].digest);
		assert_ok(hm_crypto_hasher.hash(NULL, HM_SHA256, &some, 1, cases[i].len - some.len, digest));
		assert_hex(hm_bytes_of(digest, HM_SHA256_LEN), cases[i].digest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples),
		cmocka_unit_test(zero_tails),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
