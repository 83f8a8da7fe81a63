#!/usr/bin/env bash
# Usage: Tests/Integration/abi-pss.sh
#
# RSA-PSS and OAEP with SHA-2 from C (tokencsp/extensions.h), with keys on the host, on SoftHSM, on a SoftHSM that knows
# no PSS, and on NSS. openssl verifies what was signed and decrypts what was encrypted, and the other way round.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

# shellcheck disable=SC2046
compile abi-pss $(pkg-config --cflags p11-kit-1)
cd "$work"

pss() { # pss KEY HASH SALT OPTION…
    openssl pkeyutl -inkey "$1.pem" -in "digest.$2" -pkeyopt "digest:$2" -pkeyopt rsa_padding_mode:pss \
        -pkeyopt "rsa_pss_saltlen:$3" "${@:4}" >openssl.log 2>&1
}
oaep() { # oaep KEY HASH LABELLED OPTION…
    local label=()
    [ "$3" = 0 ] || label=(-pkeyopt "rsa_oaep_label:$(printf 'a label' | hex)")
    openssl pkeyutl -inkey "$1.pem" -pkeyopt rsa_padding_mode:oaep -pkeyopt "rsa_oaep_md:$2" "${label[@]}" "${@:4}" \
        2>openssl.log
}

# witness NAME SIGNATURES CIPHERTEXTS: how many of both there must be under the key NAME.blob.
witness() {
    local name=$1 file hash part signed=0 encrypted=0
    openssl rsa -inform MSBLOB -in "$name.blob" -out "$name.pem" 2>openssl.log || { cat openssl.log >&2; fail "$name.blob"; }
    for hash in sha1 sha256 sha384 sha512; do openssl dgst "-$hash" -binary -out "digest.$hash" message; done
    for file in "$name".*.signed; do
        IFS=. read -r _ hash part _ <<<"$file"
        pss "$name" "$hash" "$part" -verify -sigfile "$file" || fail "openssl does not verify $file"
        signed=$((signed + 1))
    done
    for file in "$name".*.ours; do
        IFS=. read -r _ hash part _ <<<"$file"
        oaep "$name" "$hash" "$part" -decrypt -in "$file" -out found || fail "openssl does not decrypt $file"
        cmp -s found secret || fail "openssl decrypts $file to something else"
        encrypted=$((encrypted + 1))
    done
    [ "$signed $encrypted" = "$2 $3" ] || fail "$name: $signed signatures and $encrypted ciphertexts, not $2 and $3"
    for hash in sha1:20 sha256:32 sha384:48 sha512:64; do
        for part in 0 11 "${hash#*:}"; do
            # 1024 bits have no room for SHA-512 and 64 bytes.
            pss "$name" "${hash%:*}" "$part" -sign -out "$name.${hash%:*}.$part.theirs" || rm -f "$name.${hash%:*}.$part.theirs"
        done
        for part in 0 1; do
            oaep "$name" "${hash%:*}" "$part" -encrypt -in secret -out "$name.${hash%:*}.$part.encrypted" ||
                rm -f "$name.${hash%:*}.$part.encrypted"
        done
    done
    say "openssl agrees on $signed signatures and $encrypted ciphertexts"
}

# on_a_token WHAT: there and back.
on_a_token() {
    rm -f token.*
    "$work/abi-pss" token || fail "abi-pss token ended with $? on $1"
    witness token 19 8
    "$work/abi-pss" token-hear || fail "abi-pss token-hear ended with $? on $1"
}

without_token "$work/abi-pss" host || fail "abi-pss host ended with $? without a token"
witness host 18 6
without_token "$work/abi-pss" host-hear || fail "abi-pss host-hear ended with $? without a token"

on_a_token SoftHSM
# SoftHSM passes the first name after the minus sign over.
eval "$("$root/scripts/softhsm-token" --mechanisms -CKM_DES_ECB,CKM_RSA_PKCS_PSS "$work/no-pss")"
on_a_token "SoftHSM without PSS"
eval "$("$root/scripts/softhsm-token" --mechanisms -CKM_DES_ECB,CKM_RSA_PKCS_PSS,CKM_RSA_X_509 "$work/neither")"
"$work/abi-pss" refusing || fail "abi-pss refusing ended with $?"
eval "$("$root/scripts/nss-token" "$work/nss")"
on_a_token NSS
