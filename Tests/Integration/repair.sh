#!/usr/bin/env bash
# Usage: Tests/Integration/repair.sh
#
# Repair after a crash never takes a living key for the rest of one: another library of the process logs out, and
# somebody deletes a pair's public half.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi

# shellcheck disable=SC2046
compile repair $(pkg-config --cflags p11-kit-1) -Wl,--no-as-needed -lp11-kit
cd "$work"
./repair logout "$softhsm_module" || fail "repair logout ended with $?"
PIN=$(cat token/demo.pin) pkcs11-tool --module "$softhsm_module" --token-label demo --login --pin env:PIN \
    --delete-object --type pubkey --id "$(pkcs11-tool --module "$softhsm_module" --token-label demo -O --type pubkey |
        awk '/Usage: *verify$/ { print id } /ID:/ { id = $2 }')" >/dev/null 2>&1 || fail "the public half was not deleted"
./repair half || fail "repair half ended with $?"
