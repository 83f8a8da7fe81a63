#!/usr/bin/env bash
# Usage: [STRESS_SECONDS=60] Tests/Integration/stress-threads.sh
#
# Eight threads of one process make, list, use, replace and delete key pairs on one SoftHSM token for a minute: no call
# fails, and nothing is left over on the token.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$integration/stress-common.bash"
if [ "${1:-}" = --help ]; then help; fi

compile stress-keys
TOKENCSP_LOG=debug "$work/stress-keys" "${STRESS_SECONDS:-60}" 8 2>"$work/log" || {
    status=$?
    grep -v 'no more containers' "$work/log" | tail -40 >&2
    fail "stress-keys ended with $status"
}
echo "went on after a race: $(once_more "$work/log") times"
causes "$work/log"
must_be_empty
