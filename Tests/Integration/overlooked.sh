#!/usr/bin/env bash
# Usage: Tests/Integration/overlooked.sh
#
# What another process changed is seen although this one made an object of its own just after it: SoftHSM by itself
# overlooks it then, so processes take turns.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi

compile overlooked
timeout 100 "$work/overlooked" || fail "a process has not seen what the other one did"
