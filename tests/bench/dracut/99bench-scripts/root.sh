#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# root.sh - nothing for dracut to wait for
# shellcheck disable=SC2034 # dracut reads them
root=bench rootok=1
