#!/usr/bin/env bash
# Usage: Tests/Integration/abi-parameters.sh
#
# A C program reads and sets every PP_ parameter, rightly and wrongly.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi

compile abi-parameters
"$work/abi-parameters" || fail "abi-parameters ended with $?"
