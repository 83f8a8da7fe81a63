#!/usr/bin/env bash
# Usage: Tests/Integration/abi-ciphers.sh
#
# Session ciphers from C: published vectors in every mode, RC2's and RC4's salts and effective lengths under each provider,
# where there is a token and where there is none. openssl decrypts what they encrypted.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

compile abi-ciphers
compile abi-salt
cd "$work"
for place in on_token on_host without_token; do
    "$place" "$work/abi-ciphers" || fail "abi-ciphers ended with $? ($place)"
    "$place" "$work/abi-salt" || fail "abi-salt ended with $? ($place)"
done
check_ciphers ciphers.txt
