#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# disks.t - disks that lie, lack something, fail, or are there twice
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
boot_test test_disks "$@"
