#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# stages.t - each step of a boot fails: it is named, the registers are capped, nothing follows
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
boot_test test_stages "$@"
