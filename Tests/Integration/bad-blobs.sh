#!/usr/bin/env bash
# Usage: Tests/Integration/bad-blobs.sh
#
# Blobs that are none, from C: every type of blob cut at every length, every byte of its header with every wrong value, the
# numbers of RSA keys with wrong ones. Without a token, and in a container, which pkcs11-tool finds as it was.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

# shellcheck disable=SC2046
compile bad-blobs -O1 $(pkg-config --cflags p11-kit-1)
cd "$work"
without_token "$work/bad-blobs" host || fail "bad-blobs host ended with $? without a token"

list() { pkcs11-tool --module "$softhsm_module" --login --pin "$(cat "$work/token/demo.pin")" -O 2>/dev/null; }
"$work/bad-blobs" prepare || fail "bad-blobs prepare ended with $?"
before=$(list)
[ "$(grep -c '^[A-Z].*[Oo]bject' <<<"$before")" = 4 ] || fail "there should be two pairs and nothing else: $before"
"$work/bad-blobs" container "$softhsm_module" || fail "bad-blobs container ended with $?"
difference=$(diff <(echo "$before") <(list)) || fail "the container is another one:"$'\n'"$difference"
