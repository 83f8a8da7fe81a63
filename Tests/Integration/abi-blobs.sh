#!/usr/bin/env bash
# Usage: Tests/Integration/abi-blobs.sh
#
# Key pairs in blobs from C, in and out: without a token, on SoftHSM, and on NSS. openssl reads the private keys that
# left the token, and pkcs11-tool looks at what stayed.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

# shellcheck disable=SC2046
compile abi-blobs $(pkg-config --cflags p11-kit-1)
cd "$work"
without_token "$work/abi-blobs" host || fail "abi-blobs host ended with $? without a token"

# check_pairs: the private keys that left the token are the public keys that the token tells.
check_pairs() {
    local name
    for name in exchange sign; do
        openssl rsa -inform MSBLOB -in "$name.blob" -out "$name.pem" 2>openssl.log &&
            openssl rsa -in "$name.pem" -check -noout >openssl.log 2>&1 ||
            { cat openssl.log >&2; fail "openssl does not take $name.blob"; }
        [ "$(openssl rsa -in "$name.pem" -pubout 2>/dev/null)" = \
            "$(openssl rsa -pubin -inform MSBLOB -in "$name.public" -pubout 2>/dev/null)" ] ||
            fail "$name.blob is another key than $name.public"
    done
}

"$work/abi-blobs" token "$softhsm_module" || fail "abi-blobs token ended with $?"
"$work/abi-blobs" cuts || fail "abi-blobs cuts ended with $?"
check_pairs

# What stayed, the exported key too, is sensitive; there is nothing else.
list() { pkcs11-tool --module "$softhsm_module" --login --pin "$(cat "$work/token/demo.pin")" -O "$@" 2>/dev/null; }
objects=$(list)
[ "$(grep -c '^[A-Z].*[Oo]bject' <<<"$objects")" = 4 ] || fail "there should be two pairs and nothing else: $objects"
grep -c 'Access: *sensitive' <<<"$objects" | grep -qx 2 || fail "there should be two sensitive private keys: $objects"
"$work/abi-blobs" delete || fail "abi-blobs delete ended with $?"
[ -z "$(list)" ] || fail "objects are left: $(list)"

# The same on NSS, which has no data objects and wraps in another way.
rm -f ./*.blob ./*.pem
eval "$("$root/scripts/nss-token" "$work/nss")"
nss_module=${TOKENCSP_TOKEN#*module-path=}
"$work/abi-blobs" token "${nss_module%%&*}" || fail "abi-blobs token ended with $? on NSS"
check_pairs
"$work/abi-blobs" delete || fail "abi-blobs delete ended with $? on NSS"
