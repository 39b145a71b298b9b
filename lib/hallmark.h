/* SPDX-License-Identifier: BSD-2-Clause */
/* hallmark.h - libhallmark: is this proof one of the machine that the golden file describes? */
#ifndef HALLMARK_H
#define HALLMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What a client does, in order:
 *
 *  1. Once: fill a struct hallmark_policy with what it trusts (the golden file, its signature, the key of whoever
 * signed it, the roots of the cloud) and call hallmark_open(). NULL: show result.code and check[0].seen, and stop.
 *  2. For each machine: make a TLS 1.3 connection, ALPN "hallmark/2", without looking at who signed its certificate,
 *     and take hallmark_spki_sha256() of the certificate and the connection's exporter (RFC 9266).
 *  3. Draw a nonce: 32 bytes from the system's random source, never used before.
 *  4. Ask over that connection for a proof for the nonce (docs/FORMATS.md, "The TLS end point": the path and the form).
 *  5. Fill a struct hallmark_request with proof, nonce, SPKI, exporter and the time of day, and call
 *     hallmark_verify().
 *  6. True: send the request, over the same connection and no other. False: close the connection; result.code,
 *     result.failed_check and its row of result.check say why.
 *  7. For the next proof of a series, keep result.epoch and give it as request.epoch: the same machine, the same boot.
 *  8. hallmark_close() after the last proof.
 *
 * docs/examples/verify.c is this as a program.
 *
 * Offline: no TPM, no network, no clock, no environment variable, no file. No global state and no printing. A verifier
 * holds what the caller trusts (golden file, roots, policy); any number of threads may use one. It is read-only once
 * opened, but for the chains that `remember` of the policy lets it keep.
 *
 * The verdict is `accepted` of struct hallmark_result. It is false until every check has been made and passed, or was
 * left out because the policy says so, in which case it is listed as left out. docs/ERRORS.md has each code with cause
 * and cure.
 */

#if defined(__GNUC__)
#define HALLMARK_API __attribute__((visibility("default")))
#define HALLMARK_MUST_CHECK __attribute__((warn_unused_result))
#else
#define HALLMARK_API
#define HALLMARK_MUST_CHECK
#endif

/* The codes; the numbers are not an interface, the names are. */
#define HALLMARK_CODES(X) \
	X(INTERNAL_ERROR, "InternalError", "the verifier failed: out of memory, or a contradiction in itself") \
	X(OK, "Ok", "accepted") \
	X(BAD_REQUEST, "BadRequest", "the caller's request is incomplete or contradicts itself") \
	X(GOLDEN_INVALID, "GoldenInvalid", "the golden file, its signature or the key is not what it must be") \
	X(GOLDEN_EXPIRED, "GoldenExpired", "the golden file is not valid at the time asked for") \
	X(OLD_IMAGE, "OldImage", "the golden file is of an older image than the policy allows") \
	X(ROOTS_INVALID, "RootsInvalid", "the roots are not a list of self-signed certificates") \
	X(PLATFORMS_INVALID, "PlatformsInvalid", \
	  "the policy for platforms, or the key set for tokens, is not what it must be") \
	X(MALFORMED, "Malformed", "the proof is not in the one form that a proof has") \
	X(INVALID_ATTESTATION_KEY, "InvalidAttestationKey", \
	  "nobody who is trusted vouches for the key, or it is of the wrong kind") \
	X(INVALID_QUOTE, "InvalidQuote", \
	  "the quote is not one, not signed by the key, or not over the registers shown") \
	X(STALE_QUOTE, "StaleQuote", "the quote was not made for this nonce, or not in this boot") \
	X(WRONG_SELECTION, "WrongSelection", \
	  "the quote is not over registers 0 to 15 of the required bank, and nothing else") \
	X(PCR_MISMATCH, "PcrMismatch", "a register is not what the golden file says") \
	X(LOG_MISMATCH, "LogMismatch", "a log does not lead to the quoted registers") \
	X(NOT_LOCKED, "NotLocked", "the boot did not end with the lock, or was given up") \
	X(TLS_MISMATCH, "TlsMismatch", "the TLS key is not the one that the machine measured") \
	X(UNBOUND_CHANNEL, "UnboundChannel", "the quote was not made for this very connection") \
	X(DEBUG_MODE, "DebugMode", "the machine may be debugged: Secure Boot off, test image, debug policy") \
	X(NON_COMPLIANT_PLATFORM, "NonCompliantPlatform", \
	  "the platform is not an allowed one, or its hardware report fails") \
	X(NON_COMPLIANT_UVM, "NonCompliantUvm", "the platform's own software below the guest is not an allowed one") \
	X(INVALID_ENCLAVE_CODE, "InvalidEnclaveCode", "the hardware measured other code than allowed") \
	X(WRONG_ATTESTER, "WrongAttester", "a token comes from another attestation service than allowed") \
	X(MACHINES_INVALID, "MachinesInvalid", \
	  "the list of machines, its signature or the key is not what it must be") \
	X(UNKNOWN_MACHINE, "UnknownMachine", "the machine is genuine and is not on the list of machines") \
	X(LOG_POLICY_INVALID, "LogPolicyInvalid", "the policy for transparency logs, or the log key, is malformed") \
	X(NOT_LOGGED, "NotLogged", "the golden file is not proven to be in a transparency log that the policy believes")

enum hallmark_code {
#define HALLMARK_CODE_ENUM(name, text, meaning) HALLMARK_##name,
	HALLMARK_CODES(HALLMARK_CODE_ENUM)
#undef HALLMARK_CODE_ENUM
		HALLMARK_CODE_COUNT
};
/* "PcrMismatch"; never NULL. */
HALLMARK_API const char *hallmark_code_name(enum hallmark_code code);
/* One sentence; never NULL. */
HALLMARK_API const char *hallmark_code_meaning(enum hallmark_code code);

/* Borrowed bytes; {NULL, 0} where something is not given. */
struct hallmark_bytes {
	const void *p;
	size_t len;
};

/* What the caller trusts. Everything is copied or parsed by hallmark_open. Zero-initialise, then set. */
struct hallmark_policy {
	struct hallmark_bytes golden;		/* golden.json */
	struct hallmark_bytes golden_signature; /* docs/FORMATS.md, 14 */
	struct hallmark_bytes golden_key;	/* PEM public key: whose golden files are believed */
	struct hallmark_bytes roots;		/* PEM certificates of those who may certify attestation keys */
	struct hallmark_bytes intermediates; /* PEM certificates, at most 8, each between a key's and a root: for proofs
						that carry the leaf alone */
	const char *platform; /* a row of the platform table; NULL: the one that `platforms` allows, else "qemu" */
	struct hallmark_bytes platforms; /* what hardware reports may say (docs/FORMATS.md, 17); none: the vendors'
					    roots, no demands */
	struct hallmark_bytes jwks;	 /* keys of the attestation service, where `platforms` demands its token */
	struct hallmark_bytes vcek;	 /* PEM: VCEK, ASK, ARK, for proofs of azure-cvm that do not carry them */
	/* The machines that are accepted, and no others (docs/FORMATS.md, 14); none: any that is genuine. */
	struct hallmark_bytes machines;
	struct hallmark_bytes machines_signature;
	struct hallmark_bytes machines_key; /* PEM public key; none: golden_key */
	/* The golden file must be in a transparency log, by these (docs/FORMATS.md, 14); none: that is not asked. */
	struct hallmark_bytes log_policy; /* logs, witnesses and their quorum, in sigsum's or C2SP's form */
	struct hallmark_bytes log_proof;  /* of the golden file, in the same form */
	struct hallmark_bytes log_key; /* PEM public key, Ed25519, of who logs; sigsum's form alone; none: golden_key */
	struct hallmark_bytes crls;    /* PEM revocation lists, for every path; none: revocation is not looked at */
	const char *bank;	       /* "sha256", "sha384"; NULL: "sha256" */
	const char *minimum_version;   /* of the image, "1.2.3"; NULL: any */
	const char *allow_profile;     /* a further hallmark.profile= beside release: "demo" or "test"; NULL: none */
	bool platform_only; /* no golden file: quote, chain, registers. All that is about the image is left out */
	bool require_firmware_log; /* a proof without one is refused */
	bool require_hardware;	   /* a proof without a hardware report is refused on any platform */
	bool allow_unsafe_clock;   /* clockInfo.safe may be 0: the machine was not switched off orderly before */
	bool allow_unbound; /* with an `exporter`: a quote for the nonce and the key, of any connection, is enough. Then
			       whoever has the TLS key of one accepted machine can pass on the proofs of another */
	/*
	 * How far the caller's clock may be wrong, 0 to 300 seconds: a proof that is not accepted at `as_of` of the
	 * request is judged at as_of + this and at as_of - this, as a whole; struct hallmark_result says which it was.
	 */
	unsigned int clock_skew_s;
	/*
	 * How many certificate chains of attestation keys, 0 to 1024, are remembered once accepted: the same bytes need
	 * no second look by this verifier at a time when all of the certificates are valid. For those who verify many
	 * proofs of a machine. With `crls` none are: revocation lists are asked each time.
	 */
	unsigned int remember;
};

/* A machine and its boot, for a series of proofs: all of a series must agree. */
struct hallmark_epoch {
	uint8_t ak_sha256[32]; /* of the DER SubjectPublicKeyInfo of the attestation key */
	uint32_t reset_count;
	uint32_t restart_count;
};

/* The proof's form; hallmark is ours, the others are read for their quotes and chains (platform_only). */
enum hallmark_format {
	HALLMARK_FORMAT_HALLMARK,
	HALLMARK_FORMAT_BLINDLLAMA_V2,
	HALLMARK_FORMAT_GCP,
	HALLMARK_FORMAT_AWS,
	HALLMARK_FORMAT_AZ_SNP_VTPM, /* Azure's confidential VMs, as Confidential Containers and az-cvm-vtpm keep them
				      */
	HALLMARK_FORMAT_AZ_TDX_VTPM
};

/* One proof and what it is asked. Everything is borrowed for the call. Zero-initialise, then set. */
struct hallmark_request {
	struct hallmark_bytes proof;
	enum hallmark_format format;
	const uint8_t *nonce; /* 32 bytes of the verifier's own, used once; NULL only with accept_stale */
	size_t nonce_len;     /* 0: 32; the two formats of Azure's may have another, up to 64 */
	bool accept_stale;    /* an unsolicited proof is asked for: says nothing about when it was made */
	int64_t as_of;	      /* seconds since 1970, UTC: certificates and golden file must be valid then */
	const uint8_t
		*tls_spki_sha256; /* of the connection's leaf key (DER SubjectPublicKeyInfo); NULL: there is none */
	/*
	 * The TLS exporter of the connection that the proof came over: 32 bytes, label "EXPORTER-Channel-Binding", no
	 * context, TLS 1.3 (RFC 9266). The quote must cover it. NULL: there is no connection, the proof is a file. With
	 * an exporter tls_spki_sha256 is needed too; an exporter of zeros is a BadRequest.
	 */
	const uint8_t *exporter;
	const struct hallmark_epoch *epoch; /* of the proof before this one in a series; NULL: the first */
	bool run_all;			    /* go on after the first failure, to list all of them */
};

/* The checks, in the order in which they are made. 0 is the caller's own file; 1 to 15 are about the proof. */
#define HALLMARK_CHECK_COUNT 16
enum hallmark_state {
	HALLMARK_NOT_RUN, /* an earlier check failed that this one rests on */
	HALLMARK_PASSED,
	HALLMARK_FAILED,
	HALLMARK_LEFT_OUT, /* by policy, or since there is nothing to check; `note` says which */
};

#define HALLMARK_TEXT_MAX 256
struct hallmark_check {
	const char *name; /* "ak-chain" */
	enum hallmark_state state;
	enum hallmark_code code;	  /* of a failure, else HALLMARK_OK */
	char expected[HALLMARK_TEXT_MAX]; /* of a failure; printable ASCII, as are all texts here */
	char seen[HALLMARK_TEXT_MAX];
	char note[HALLMARK_TEXT_MAX];
};

enum hallmark_register_state {
	HALLMARK_REGISTER_NOT_JUDGED, /* no golden file, or the check was not reached */
	HALLMARK_REGISTER_EQUAL,
	HALLMARK_REGISTER_DIFFERS,
	HALLMARK_REGISTER_SHOWN, /* the golden file does not judge it */
};
struct hallmark_register {
	enum hallmark_register_state state;
	const char *policy;	   /* "pinned", "zero", ...; "" without a golden file */
	const char *holds;	   /* in words */
	char expected[2 * 64 + 1]; /* hex; "" where nothing is expected */
	char seen[2 * 64 + 1];	   /* hex; "" where the proof was not read */
};

struct hallmark_result {
	bool accepted;		 /* the verdict */
	enum hallmark_code code; /* of the first failure; HALLMARK_OK exactly where accepted */
	int failed_check;	 /* its number, 0 to 15; -1: none */
	struct hallmark_check check[HALLMARK_CHECK_COUNT];
	/* A register and a layer that a failure is about. */
	int pcr;		       /* -1: none */
	char layer[HALLMARK_TEXT_MAX]; /* "layer app", ".cmdline": the first event that is not as predicted; "" : not
					  known */
	struct hallmark_register registers[16];
	/* What the proof shows; of meaning only where the checks that read them passed. */
	char image_name[33]; /* of the golden file */
	char image_version[65];
	char platform[33];
	char profile[33]; /* of the golden file's machine that this is; "" where none is known */
	char bank[8];
	char image_profile[33]; /* hallmark.profile= on the command line */
	bool acpi_unmeasured;	/* PCR 1 is not judged: the host's ACPI tables are not known */
	bool stale;		/* accepted without a nonce of the verifier's */
	bool bound;		/* the quote is over the connection's exporter */
	int clock_skew_s;	/* added to the request's as_of for this verdict; 0 where that would do */
	uint8_t tls_spki_sha256[32];
	struct hallmark_epoch epoch;
	uint64_t clock_ms; /* since the TPM was last cleared */
	bool clock_safe;
	uint64_t tpm_firmware_version;
};

struct hallmark_verifier;

/*
 * Reads and checks what the caller trusts. On failure: NULL, and *ret says why (check 0; the code is BadRequest,
 * GoldenInvalid, RootsInvalid, NotLogged or InternalError). Time and version of the golden file are checked with each
 * proof.
 */
HALLMARK_API struct hallmark_verifier *hallmark_open(const struct hallmark_policy *policy,
						     struct hallmark_result *ret) HALLMARK_MUST_CHECK;
/* Always fills *ret. Returns ret->accepted. */
HALLMARK_API bool hallmark_verify(const struct hallmark_verifier *verifier, const struct hallmark_request *request,
				  struct hallmark_result *ret) HALLMARK_MUST_CHECK;
HALLMARK_API void hallmark_close(struct hallmark_verifier *verifier);

/* SHA-256 of the SubjectPublicKeyInfo of a certificate (DER or one PEM block); false where it is none. */
HALLMARK_API bool hallmark_spki_sha256(struct hallmark_bytes certificate, uint8_t ret[32]) HALLMARK_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
