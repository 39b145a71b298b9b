#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# tpm.t - a TPM that fails at each command of a boot, in each way there is
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
boot_test test_tpm "$@"
