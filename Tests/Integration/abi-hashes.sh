#!/usr/bin/env bash
# Usage: Tests/Integration/abi-hashes.sh
#
# Hashes, HMAC, MAC and SSL3_SHAMD5 from C: published vectors, the state machine, what verifies. openssl opens the
# signature of an SSL3_SHAMD5 value.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

compile abi-hashes
cd "$work"
on_token "$work/abi-hashes" signer || fail "abi-hashes ended with $? (token)"
without_token "$work/abi-hashes" || fail "abi-hashes ended with $? (no token)"

# PKCS#1 type 1 over the 36 bytes, without a DigestInfo.
openssl rsa -pubin -inform MSBLOB -in key.blob -outform PEM -out key.pem 2>openssl.log || fail "$(cat openssl.log)"
found=$(openssl pkeyutl -verifyrecover -pubin -inkey key.pem -in joint.signature -pkeyopt rsa_padding_mode:none | hex)
expected=0001$(printf 'ff%.0s' {1..89})00$(hex <joint.value)
[ "$found" = "$expected" ] || fail "the SSL3_SHAMD5 signature opens to $found, not $expected"
