#!/usr/bin/env bash
# Usage: Tests/Integration/abi-hostile.sh
#
# A C program calls every function with NULL, invented, dead and wrong handles and with lengths of 0 and 0xFFFFFFFF.
# Each call must answer with its documented error, and the program must end normally.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi

compile abi-hostile
"$work/abi-hostile" || fail "abi-hostile ended with $?"
