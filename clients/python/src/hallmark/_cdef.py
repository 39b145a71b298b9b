# SPDX-License-Identifier: BSD-2-Clause
"""The declarations of hallmark.h and hallmark_client.h; made by make-cdef"""
CDEF = """\
enum hallmark_code {
 HALLMARK_INTERNAL_ERROR, HALLMARK_OK, HALLMARK_BAD_REQUEST, HALLMARK_GOLDEN_INVALID, HALLMARK_GOLDEN_EXPIRED, HALLMARK_OLD_IMAGE, HALLMARK_ROOTS_INVALID, HALLMARK_PLATFORMS_INVALID, HALLMARK_MALFORMED, HALLMARK_INVALID_ATTESTATION_KEY, HALLMARK_INVALID_QUOTE, HALLMARK_STALE_QUOTE, HALLMARK_WRONG_SELECTION, HALLMARK_PCR_MISMATCH, HALLMARK_LOG_MISMATCH, HALLMARK_NOT_LOCKED, HALLMARK_TLS_MISMATCH, HALLMARK_UNBOUND_CHANNEL, HALLMARK_DEBUG_MODE, HALLMARK_NON_COMPLIANT_PLATFORM, HALLMARK_NON_COMPLIANT_UVM, HALLMARK_INVALID_ENCLAVE_CODE, HALLMARK_WRONG_ATTESTER, HALLMARK_MACHINES_INVALID, HALLMARK_UNKNOWN_MACHINE, HALLMARK_LOG_POLICY_INVALID, HALLMARK_NOT_LOGGED,
  HALLMARK_CODE_COUNT
};
 const char *hallmark_code_name(enum hallmark_code code);
 const char *hallmark_code_meaning(enum hallmark_code code);
struct hallmark_bytes {
 const void *p;
 size_t len;
};
struct hallmark_policy {
 struct hallmark_bytes golden;
 struct hallmark_bytes golden_signature;
 struct hallmark_bytes golden_key;
 struct hallmark_bytes roots;
 struct hallmark_bytes intermediates;
 const char *platform;
 struct hallmark_bytes platforms;
 struct hallmark_bytes jwks;
 struct hallmark_bytes vcek;
 struct hallmark_bytes machines;
 struct hallmark_bytes machines_signature;
 struct hallmark_bytes machines_key;
 struct hallmark_bytes log_policy;
 struct hallmark_bytes log_proof;
 struct hallmark_bytes log_key;
 struct hallmark_bytes crls;
 const char *bank;
 const char *minimum_version;
 const char *allow_profile;
 bool platform_only;
 bool require_firmware_log;
 bool require_hardware;
 bool allow_unsafe_clock;
 bool allow_unbound;
 unsigned int clock_skew_s;
 unsigned int remember;
};
struct hallmark_epoch {
 uint8_t ak_sha256[32];
 uint32_t reset_count;
 uint32_t restart_count;
};
enum hallmark_format {
 HALLMARK_FORMAT_HALLMARK,
 HALLMARK_FORMAT_BLINDLLAMA_V2,
 HALLMARK_FORMAT_GCP,
 HALLMARK_FORMAT_AWS,
 HALLMARK_FORMAT_AZ_SNP_VTPM,
 HALLMARK_FORMAT_AZ_TDX_VTPM
};
struct hallmark_request {
 struct hallmark_bytes proof;
 enum hallmark_format format;
 const uint8_t *nonce;
 size_t nonce_len;
 bool accept_stale;
 int64_t as_of;
 const uint8_t
  *tls_spki_sha256;
 const uint8_t *exporter;
 const struct hallmark_epoch *epoch;
 bool run_all;
};
enum hallmark_state {
 HALLMARK_NOT_RUN,
 HALLMARK_PASSED,
 HALLMARK_FAILED,
 HALLMARK_LEFT_OUT,
};
struct hallmark_check {
 const char *name;
 enum hallmark_state state;
 enum hallmark_code code;
 char expected[256];
 char seen[256];
 char note[256];
};
enum hallmark_register_state {
 HALLMARK_REGISTER_NOT_JUDGED,
 HALLMARK_REGISTER_EQUAL,
 HALLMARK_REGISTER_DIFFERS,
 HALLMARK_REGISTER_SHOWN,
};
struct hallmark_register {
 enum hallmark_register_state state;
 const char *policy;
 const char *holds;
 char expected[2 * 64 + 1];
 char seen[2 * 64 + 1];
};
struct hallmark_result {
 bool accepted;
 enum hallmark_code code;
 int failed_check;
 struct hallmark_check check[16];
 int pcr;
 char layer[256];
 struct hallmark_register registers[16];
 char image_name[33];
 char image_version[65];
 char platform[33];
 char profile[33];
 char bank[8];
 char image_profile[33];
 bool acpi_unmeasured;
 bool stale;
 bool bound;
 int clock_skew_s;
 uint8_t tls_spki_sha256[32];
 struct hallmark_epoch epoch;
 uint64_t clock_ms;
 bool clock_safe;
 uint64_t tpm_firmware_version;
};
struct hallmark_verifier;
 struct hallmark_verifier *hallmark_open(const struct hallmark_policy *policy,
           struct hallmark_result *ret) ;
 bool hallmark_verify(const struct hallmark_verifier *verifier, const struct hallmark_request *request,
      struct hallmark_result *ret) ;
 void hallmark_close(struct hallmark_verifier *verifier);
 bool hallmark_spki_sha256(struct hallmark_bytes certificate, uint8_t ret[32]) ;
struct hallmark_verifier;
struct hallmark_result;
struct hallmark_epoch;
struct hallmark_connection;
enum hallmark_connect_state {
 HALLMARK_CONNECTED,
 HALLMARK_CONNECT_REJECTED,
 HALLMARK_CONNECT_NO_PROOF,
 HALLMARK_CONNECT_BAD_REQUEST,
};
struct hallmark_connect_request {
 const char *host;
 const char *port;
 int64_t as_of;
 const struct hallmark_epoch *epoch;
 bool run_all;
};
 enum hallmark_connect_state
hallmark_connect(const struct hallmark_verifier *verifier, const struct hallmark_connect_request *request,
   struct hallmark_connection **ret, struct hallmark_result *result,
   char error[512]) ;
 int hallmark_connection_fd(const struct hallmark_connection *connection) ;
 ssize_t hallmark_connection_read(struct hallmark_connection *connection, void *buf, size_t len,
           short *ret_events) ;
 ssize_t hallmark_connection_write(struct hallmark_connection *connection, const void *buf,
            size_t len, short *ret_events) ;
 int hallmark_connection_shutdown(struct hallmark_connection *connection,
           short *ret_events) ;
 void hallmark_connection_close(struct hallmark_connection *connection);
 int hallmark_connection_relay(struct hallmark_connection *connection,
        int fd) ;
"""
