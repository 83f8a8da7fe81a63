#!/usr/bin/env bash
# Usage: Tests/Integration/openssl-keys.sh
#
# Key pairs made by openssl and written as PRIVATEKEYBLOB: imported without a token and into a container, they sign for
# openssl, decrypt what it encrypted, and are exported to the same bytes.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

# shellcheck disable=SC2046
compile openssl-keys $(pkg-config --cflags p11-kit-1)
cd "$work"
printf 'a message' >message

# key NAME BITS [EXPONENT]: NAME.pem and NAME.blob
key() {
    openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -pkeyopt "rsa_keygen_pubexp:${3:-65537}" -out "$1.pem"
    openssl rsa -in "$1.pem" -outform MSBLOB -out "$1.blob" 2>openssl.log || { cat openssl.log >&2; fail "$1.blob"; }
    openssl pkeyutl -encrypt -inkey "$1.pem" -in message -out "$1.encrypted"
}

# check NAME: what was signed, and the public key that was told.
check() {
    openssl dgst -sha256 -verify <(openssl pkey -in "$1.pem" -pubout) -signature "$1.signature" message >openssl.log 2>&1 ||
        fail "openssl does not verify with $1: $(cat openssl.log)"
    [ "$(openssl rsa -pubin -inform MSBLOB -in "$1.public" -pubout 2>/dev/null)" = "$(openssl pkey -in "$1.pem" -pubout)" ] ||
        fail "$1.public is another key"
    rm "$1.signature" "$1.public"
}

key short 1024
key usual 2048
key three 2048 3
key long 3072
for name in short usual three long; do
    for spec in sign exchange; do
        without_token "$work/openssl-keys" host "$name" $spec || fail "openssl-keys host $name $spec ended with $?"
        check "$name"
        "$work/openssl-keys" token "$name" $spec || fail "openssl-keys token $name $spec ended with $?"
        check "$name"
    done
done
