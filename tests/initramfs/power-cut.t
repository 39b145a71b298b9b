#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# power-cut.t - the power goes at each point of a boot; the next boot is as if it was the first
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
boot_test test_power_cut "$@"
