#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# exhaustive.t - tests/verify/exhaustive over a machine that maker.py makes; STRIDE=N: of the flips every Nth bit
set -eu
: "${B:=build}"
work=$(mktemp -d "${TMPDIR:-/tmp}/hallmark-exhaustive.XXXXXX")
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 tests/verify/maker.py "$work" --release
"$B/tests/exhaustive" "$work" "${STRIDE:-1}"
