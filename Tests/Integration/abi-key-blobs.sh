#!/usr/bin/env bash
# Usage: Tests/Integration/abi-key-blobs.sh
#
# Session keys in blobs from C, in and out: without a token, on SoftHSM with the keys on the token and on the host, and
# on NSS. openssl checks what the long HMAC keys make.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

# shellcheck disable=SC2046
compile abi-key-blobs $(pkg-config --cflags p11-kit-1)
cd "$work"
without_token "$work/abi-key-blobs" host || fail "abi-key-blobs host ended with $? without a token"

while read -r key code; do
    found=$(printf 'Hi There' | openssl dgst -sha1 -mac hmac -macopt "hexkey:$key" -r)
    [ "${found%% *}" = "$code" ] || fail "openssl's HMAC under $key is $found, not $code"
done < <(sort -u hmacs.txt)

for place in on_token on_host; do
    "$place" "$work/abi-key-blobs" token "$softhsm_module" || fail "abi-key-blobs token ended with $? ($place)"
    "$place" "$work/abi-key-blobs" exponent-of-one || fail "abi-key-blobs exponent-of-one ended with $? ($place)"
    "$work/abi-key-blobs" delete || fail "abi-key-blobs delete ended with $?"
done

# NSS takes no exponent of one.
eval "$("$root/scripts/nss-token" "$work/nss")"
nss_module=${TOKENCSP_TOKEN#*module-path=}
"$work/abi-key-blobs" token "${nss_module%%&*}" || fail "abi-key-blobs token ended with $? on NSS"
