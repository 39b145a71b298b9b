/* SPDX-License-Identifier: BSD-2-Clause */
/* err.h - one value for each distinct defect, its text beside it */
#ifndef HM_ERR_H
#define HM_ERR_H

#include "base.h"

/*
 * HM_OK is 0. A code alone says which check failed; the text says it in words
 * and never contains input. Programs add the name of the file or thing.
 */
#define HM_ERR_LIST(X) \
	X(OK, "no error") \
	/* a sink, a hash or a reader supplied by the caller */ \
	X(IO, "the device or file could not be read or written") \
	X(SHORT_READ, "the device or file ended early") \
	X(HASH, "the hash function failed") \
	X(EXTEND, "the register could not be extended") \
	X(BUFFER, "the buffer is too small") \
	/* PE, UKI */ \
	X(PE_DOS_MAGIC, "not a PE file: no MZ header") \
	X(PE_TRUNCATED, "the PE headers are cut off") \
	X(PE_MAGIC, "not a PE file: no PE signature") \
	X(PE_MACHINE, "the PE file is not for x86-64") \
	X(PE_OPTIONAL, "the PE optional header is not PE32+ or has a wrong size") \
	X(PE_DIRECTORIES, "the PE file has an impossible number of data directories") \
	X(PE_ALIGNMENT, "the PE file has an impossible alignment") \
	X(PE_SECTION_COUNT, "the PE file has no sections or too many") \
	X(PE_SECTION_BOUNDS, "a PE section lies outside of the file or image") \
	X(PE_SECTION_OVERLAP, "two PE sections overlap") \
	X(PE_SECTION_NAME, "a PE section name is malformed") \
	X(PE_SECTION_DUPLICATE, "a PE section that is measured exists twice") \
	X(PE_HEADERS_SIZE, "the PE header size is impossible") \
	X(PE_IMAGE_SIZE, "the PE image size is impossible") \
	X(PE_ENTRY, "the PE entry point is outside of executable code") \
	X(PE_CERTIFICATES, "the PE certificate table is not at the end of the file") \
	X(PE_RELOCATIONS, "the PE file carries base relocations that cannot be applied") \
	X(PE_WX, "a PE section is both writable and executable") \
	X(PE_SUBSYSTEM, "the PE file is not an EFI application") \
	X(PE_LAYOUT, "the PE image is a loaded one where the file is needed") \
	X(UKI_NO_LINUX, "the image has no .linux section") \
	X(UKI_NO_INITRD, "the image has no .initrd section") \
	X(UKI_NO_CMDLINE, "the image has no .cmdline section") \
	X(UKI_SECTION_SIZE, "a measured section is empty in the file or larger than the image") \
	X(UKI_CMDLINE, "the .cmdline section is not one line of printable ASCII") \
	/* firmware event log */ \
	X(LOG_TRUNCATED, "the event log ends inside an event") \
	X(LOG_TOO_LARGE, "the event log is larger than its limit") \
	X(LOG_HEADER, "the event log does not begin with a TCG2 Spec ID event") \
	X(LOG_SHA1, "the event log is one of TPM 1.2, with SHA-1 digests only: it explains no TPM 2.0") \
	X(LOG_VERSION, "the event log has a version that is not known") \
	X(LOG_ALGORITHMS, "the event log's table of algorithms is malformed") \
	X(LOG_PCR, "an event names a register above 23") \
	X(LOG_DIGEST_COUNT, "an event does not carry exactly the digests that the header lists") \
	X(LOG_DIGEST_ALG, "an event's digests are of an algorithm that the header does not list") \
	X(LOG_LOCALITY, \
	  "a StartupLocality event is misplaced, repeated or has an impossible value (with an H-CRTM it is 4)") \
	/* our records */ \
	X(RECORD_LENGTH, "the record is empty or longer than 1024 bytes") \
	X(RECORD_TYPE, "the record is of a type that is not known") \
	X(RECORD_FIELD, "a field of the record is missing, repeated, out of order or unknown") \
	X(RECORD_VALUE, "a field of the record has a malformed value") \
	X(CEL_SYNTAX, "the runtime log line is not in the canonical form") \
	X(CEL_RECNUM, "the runtime log's record numbers do not count up from 0") \
	X(CEL_PCR, "the runtime log names a register that is not one of 11 to 15") \
	X(CEL_BANKS, "the runtime log's digests are not of the active banks") \
	X(CEL_DIGEST, "a runtime log digest is not the hash of its content") \
	X(CEL_NEWLINE, "the runtime log does not end with a newline") \
	X(ORDER_AFTER_TLS, "there is a record after that of the TLS key") \
	X(ORDER_LAYER, "a layer was recorded after the lock, or in PCR 15") \
	X(ORDER_LOCK, "the lock was not recorded once in each of PCR 11 to 15") \
	X(ORDER_TLS, "a TLS key was recorded in another register than PCR 15") \
	X(ORDER_FAILED, "the boot failed") \
	X(ORDER_NOT_LOCKED, "the machine is not locked") \
	/* partitions */ \
	X(GPT_SIGNATURE, "no GPT header at sector 1") \
	X(GPT_HEADER, "the GPT header has an impossible revision, size or position") \
	X(GPT_HEADER_CRC, "the GPT header checksum is wrong") \
	X(GPT_ENTRIES, "the GPT has an impossible number, size or position of entries") \
	X(GPT_ENTRIES_CRC, "the GPT entries checksum is wrong") \
	X(GPT_ENTRY_BOUNDS, "a GPT partition lies outside of the usable part of the disk") \
	X(GPT_ENTRY_OVERLAP, "two GPT partitions overlap") \
	X(GPT_LABEL, "a GPT partition label is not terminated ASCII") \
	X(PART_MISSING, "no partition has the label") \
	X(PART_DUPLICATE, "more than one partition has the label") \
	/* dm-verity */ \
	X(VERITY_SIGNATURE, "no verity superblock on the hash partition") \
	X(VERITY_VERSION, "the verity superblock has an unknown version") \
	X(VERITY_HASH_TYPE, "the verity superblock has a hash type other than 1") \
	X(VERITY_ALGORITHM, "the verity hash algorithm is not sha256") \
	X(VERITY_BLOCK_SIZE, "the verity block size is not 4096") \
	X(VERITY_SALT, "the verity salt is longer than 256 bytes") \
	X(VERITY_RESERVED, "the verity superblock has reserved bytes that are not zero") \
	X(VERITY_DATA_BLOCKS, "the verity data-block count is zero or impossible") \
	X(VERITY_DATA_SHORT, "the data partition is shorter than the verity superblock says") \
	X(VERITY_HASH_SHORT, "the hash partition is too short for the hash tree") \
	X(VERITY_DEVICE, "the device name cannot stand in a device-mapper table") \
	/* layers file */ \
	X(LAYERS_EMPTY, "the layers file has no line") \
	X(LAYERS_COUNT, "the layers file has too many lines") \
	X(LAYERS_SYNTAX, "the layers file line is not 'name pcr data-label hash-label mount-point fstype options'") \
	X(LAYERS_NAME, "the layer's name is malformed") \
	X(LAYERS_PCR, "the layer's register is not one of 11 to 14") \
	X(LAYERS_LABEL, "the layer's partition label is malformed") \
	X(LAYERS_MOUNT, "the layer's mount point is not a plain absolute path") \
	X(LAYERS_FSTYPE, "the layer's file system is not one of erofs, squashfs, ext4") \
	X(LAYERS_RAM_FSTYPE, "the file system of a layer in RAM is not erofs") \
	X(LAYERS_RAM_SIZE, "the partition of a layer in RAM is empty or larger than 256 MiB") \
	X(LAYERS_OPTIONS, "the layer's mount options are not '-' or a list of nodev, nosuid, noexec") \
	X(LAYERS_DUPLICATE, "a layer's name, label or mount point is used twice") \
	X(LAYERS_ROOT, "the first layer is not mounted at / or another one is") \
	X(LAYERS_NEWLINE, "the layers file does not end with a newline or has an empty line") \
	/* command line */ \
	X(CMDLINE_BYTES, "the command line is empty, too long or not printable ASCII") \
	X(CMDLINE_SPACE, "the command line has leading, trailing or double spaces") \
	X(CMDLINE_UNKNOWN, "the command line has a word that the grammar does not know") \
	X(CMDLINE_REPEATED, "the command line has a word twice") \
	X(CMDLINE_MISSING, "the command line lacks a required word") \
	/* what a TPM says: TPMS_ATTEST, TPMT_PUBLIC, TPMT_SIGNATURE */ \
	X(ATTEST_TRUNCATED, "the attestation structure is cut off") \
	X(ATTEST_TRAILING, "the attestation structure has bytes after its end") \
	X(ATTEST_MAGIC, "the attestation structure does not begin with TPM_GENERATED_VALUE") \
	X(ATTEST_TYPE, "the attestation structure is of a type that is not known") \
	X(ATTEST_LENGTH, "a field of the attestation structure is longer than its type allows") \
	X(ATTEST_BOOL, "a yes-or-no field of the attestation structure is neither 0 nor 1") \
	X(ATTEST_SELECTION, "the attestation structure has too many PCR selections or a too long one") \
	X(PUBLIC_TRUNCATED, "the TPM public area is cut off") \
	X(PUBLIC_TRAILING, "the TPM public area has bytes after its end") \
	X(PUBLIC_TYPE, "the TPM public area is not of an RSA or ECC key") \
	X(PUBLIC_LENGTH, "a field of the TPM public area is longer than its type allows") \
	X(PUBLIC_ATTRIBUTES, "the TPM public area has reserved attribute bits set") \
	X(PUBLIC_SCHEME, "the TPM public area has a scheme that is not known") \
	X(PUBLIC_RSA, "the RSA modulus is not as long as the TPM public area says") \
	X(PUBLIC_ECC, "the ECC point of the TPM public area is incomplete") \
	X(SIGNATURE_TRUNCATED, "the TPM signature is cut off") \
	X(SIGNATURE_TRAILING, "the TPM signature has bytes after its end") \
	X(SIGNATURE_SCHEME, "the TPM signature is not RSASSA, RSAPSS or ECDSA") \
	X(SIGNATURE_LENGTH, "a field of the TPM signature is longer than its type allows") \
	/* registers */ \
	X(BANK_UNKNOWN, "an active bank uses an algorithm that cannot be computed here") \
	X(BANK_MISSING, "neither the SHA-256 nor the SHA-384 bank is active") \
	X(BANK_DIGEST, "a digest for one of the banks is missing") \
	X(PCR_IMA, "IMA has extended PCR 10: this kernel wants another initcall_blacklist= on the command line") \
	X(PCR_UNEXPECTED, "a register does not have the value that it must have at this point") \
	/* hardware reports of the platforms */ \
	X(SNP_LENGTH, "the SEV-SNP report is not 1184 bytes long") \
	X(SNP_VERSION, "the SEV-SNP report has a version other than 2 to 5") \
	X(SNP_ALGORITHM, "the SEV-SNP report's signature algorithm is not ECDSA P-384 with SHA-384") \
	X(SNP_POLICY, "the SEV-SNP report's guest policy has an impossible value") \
	X(SNP_FLAGS, "the SEV-SNP report names a signing key that is not known") \
	X(SNP_RESERVED, "the SEV-SNP report has reserved bytes that are not zero") \
	X(SNP_SIGNATURE, "the SEV-SNP report's signature has a number that is too large") \
	X(SNP_TCB, "a TCB version has reserved bytes that are not zero") \
	X(HCL_LENGTH, "the HCL report's lengths contradict each other") \
	X(HCL_SIGNATURE, "not an HCL report: no HCLA signature") \
	X(HCL_VERSION, "the HCL report's runtime data has a version that is not known") \
	X(HCL_TYPE, "the HCL report holds neither a SEV-SNP nor a TDX report") \
	X(HCL_HASH, "the HCL report's hash is not SHA-256") \
	X(HCL_TRAILING, "the HCL report has bytes after its end that are not zero") \
	X(TDX_LENGTH, "the TD quote's lengths contradict each other") \
	X(TDX_VERSION, "not a TDX quote of version 4 or 5") \
	X(TDX_BODY, "the TD quote's body is not a TD report of TDX 1.0 or 1.5") \
	X(TDX_KEY_TYPE, "the TD quote's attestation key is not ECDSA on P-256") \
	X(TDX_VENDOR, "the TD quote is not by a quoting enclave of Intel's") \
	X(TDX_CERTIFICATION, "the TD quote's certification data is not a QE report with the PCK's chain") \
	X(TDX_REGISTER, "an event of the TD's log names no RTMR") \
	/* the EFI stub */ \
	X(EFI_NO_TPM, "the firmware offers no TPM") \
	X(EFI_TPM_CAPABILITY, "the firmware's TPM capability cannot be read or has an unknown version") \
	X(EFI_TPM_ABSENT, "the firmware reports that the TPM does not work") \
	X(EFI_BANKS, "the firmware's statements on the active PCR banks contradict each other") \
	X(EFI_BANK_NOT_EXTENDED, "the firmware does not extend every active PCR bank") \
	X(EFI_EVENT, "the measurement does not fit into one firmware event") \
	X(EFI_LOG_FULL, "the firmware's event log is full: extended but not logged") \
	X(EFI_CC, "the firmware's runtime measurement registers cannot be used") \
	X(EFI_CC_EXTEND, "the runtime measurement register could not be extended") \
	X(EFI_LOADED_IMAGE, "the firmware does not say where this image is loaded") \
	X(EFI_INITRD_FOREIGN, "the firmware offers an initrd that is not ours") \
	X(EFI_INITRD_OFFER, "the initrd cannot be offered to the kernel") \
	X(EFI_MEMORY, "the firmware has not enough memory") \
	X(EFI_KERNEL_NX, "the kernel is not marked NX compatible") \
	X(EFI_KERNEL_PROTECT, "the kernel's pages cannot be protected") \
	X(EFI_KERNEL_OFFER, "the kernel's image cannot be announced to the firmware") \
	X(EFI_KERNEL_RETURNED, "the kernel gave up") \
	X(EFI_DEADLINE, "the kernel did not take over in time") \
	X(EFI_STACK, "the stub's stack was overwritten")

enum hm_err {
#define HM_ERR_ENUM(name, text) HM_E_##name,
	HM_ERR_LIST(HM_ERR_ENUM)
#undef HM_ERR_ENUM
		HM_E_COUNT
};
#define HM_OK HM_E_OK

/* The text of an error; never NULL. */
const char *hm_err_text(enum hm_err err);
/* Its name as in the list above ("PE_MAGIC"), for tests; never NULL. */
const char *hm_err_name(enum hm_err err);

#endif
