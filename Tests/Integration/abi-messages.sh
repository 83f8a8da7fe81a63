#!/usr/bin/env bash
# Usage: Tests/Integration/abi-messages.sh
#
# What every session key does, from C: sizes, messages in several calls, padding, parameters, duplicates. The same for
# keys that come by value, are generated on the token or on the host, or were received in a SIMPLEBLOB, and where there
# is no token at all. openssl decrypts what the generated keys encrypted.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

compile abi-messages
cd "$work"
on_token "$work/abi-messages" token received || fail "abi-messages ended with $? (token)"
on_host "$work/abi-messages" host received || fail "abi-messages ended with $? (host)"
without_token "$work/abi-messages" host || fail "abi-messages ended with $? (no token)"
check_ciphers ciphers.txt
