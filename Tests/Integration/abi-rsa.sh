#!/usr/bin/env bash
# Usage: Tests/Integration/abi-rsa.sh
#
# RSA encryption from C with keys on the host (no token at all), on SoftHSM and on NSS. openssl decrypts what was
# encrypted and encrypts what is to be decrypted: messages, session keys, and blocks with a wrong padding.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

# shellcheck disable=SC2046
compile abi-rsa $(pkg-config --cflags p11-kit-1)
cd "$work"

rsa() { openssl pkeyutl -inkey "$1.pem" "${@:2}"; }

# block SIZE HEAD: HEAD (hexadecimal) and as many bytes 5a as make SIZE in all.
block() { bytes "$2" && head -c $(($1 - ${#2} / 2)) /dev/zero | tr '\0' Z; }

# witness NAME SIZE: NAME.blob is the private key that NAME.*.ours are encrypted under. Writes what `hear` reads.
witness() {
    local name=$1 size=$2 padding key cipher number=0 head
    openssl rsa -inform MSBLOB -in "$name.blob" -out "$name.pem" 2>openssl.log || { cat openssl.log >&2; fail "$name.blob"; }
    for padding in pkcs1 oaep; do
        rsa "$name" -decrypt -pkeyopt "rsa_padding_mode:$padding" -in "$name.$padding.ours" -out found ||
            fail "openssl does not decrypt $name.$padding.ours"
        cmp -s found message || fail "openssl decrypts $name.$padding.ours to something else"
        rsa "$name" -encrypt -pkeyopt "rsa_padding_mode:$padding" -in message -out "$name.$padding.theirs"
    done
    for cipher in aes-256-cbc:32:16 aes-128-cbc:16:16 des-ede3-cbc:24:8; do
        IFS=: read -r cipher key head <<<"$cipher"
        openssl rand "$key" >session
        rsa "$name" -encrypt -in session -out "$name.$cipher.key"
        openssl enc "-$cipher" -K "$(hex <session)" -iv "$(printf 0123456789abcdef | head -c "$head" | hex)" \
            -in message -out "$name.$cipher"
    done
    # Type 1, type 0, a wrong first byte, no separator, too little padding twice, and nothing but zeros.
    for head in 0001 0000 0102 0002 000200 00025a5a5a00 "$(printf '00%.0s' $(seq "$size"))"; do
        block "$size" "$head" >plain
        rsa "$name" -encrypt -pkeyopt rsa_padding_mode:none -in plain -out "$name.bad.$number" || fail "no bad block $head"
        number=$((number + 1))
    done
}

without_token "$work/abi-rsa" host || fail "abi-rsa host ended with $? without a token"
witness host 128
without_token "$work/abi-rsa" host-hear || fail "abi-rsa host-hear ended with $? without a token"

"$work/abi-rsa" token || fail "abi-rsa token ended with $?"
witness token 256
"$work/abi-rsa" token-hear || fail "abi-rsa token-hear ended with $?"

# On NSS a wrong PKCS#1 padding is no error, but a text that is always the same.
eval "$("$root/scripts/nss-token" "$work/nss")"
"$work/abi-rsa" token-rejecting-silently || fail "abi-rsa token ended with $? on NSS"
witness token 256
rm -f token.bad.*
"$work/abi-rsa" token-hear || fail "abi-rsa token-hear ended with $? on NSS"
