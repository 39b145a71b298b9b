#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# registers.t - registers, banks, firmware logs and runtime logs that must not be accepted
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
boot_test test_registers "$@"
