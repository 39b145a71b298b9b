#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# tpm.t - each of the TPM's error codes from each command of a boot on
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
boot_test test_tpm long
