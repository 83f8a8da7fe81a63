#!/usr/bin/env bash
# Usage: Tests/Integration/abi-derive.sh
#
# CryptDeriveKey from C: every hash, every cipher, every length. openssl computes the same keys from the same password.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

compile abi-derive
cd "$work"
on_token "$work/abi-derive" || fail "abi-derive ended with $? (token)"
without_token "$work/abi-derive" || fail "abi-derive ended with $? (no token)"

digest() { openssl dgst "-$1" -binary -provider default -provider legacy | hex; }

# filled DIGEST BYTE: 64 such bytes with the digest exclusive-ored over their beginning.
filled() {
    local i block=''
    for ((i = 0; i < 128; i += 2)); do
        block+=$(printf '%02x' $((0x$2 ^ 0x0${1:i:2})))
    done
    printf '%s' "$block"
}

# odd HEX: each byte with its parity.
odd() {
    local i byte bits result=''
    for ((i = 0; i < ${#1}; i += 2)); do
        byte=$((0x${1:i:2}))
        for ((bits = 0, rest = byte; rest; rest >>= 1)); do bits=$((bits + (rest & 1))); done
        result+=$(printf '%02x' $((bits % 2 ? byte : byte ^ 1)))
    done
    printf '%s' "$result"
}

declare -A plain expanded
for hash in md4 md5 sha1 sha256 sha384 sha512; do
    plain[$hash]=$(printf 'correct horse battery staple' | digest "$hash")
    expanded[$hash]=${plain[$hash]}
    case $hash in
    md4 | md5 | sha1)
        expanded[$hash]=$(bytes "$(filled "${plain[$hash]}" 36)" | digest "$hash")
        expanded[$hash]+=$(bytes "$(filled "${plain[$hash]}" 5c)" | digest "$hash")
        ;;
    esac
done

count=0
while read -r hash cipher size value; do
    # openssl has no MD2.
    [ "$hash" != md2 ] || continue
    case $cipher in
    6602 | 6801) expected=${plain[$hash]:0:2*size} ;;
    6601 | 6609) expected=$(odd "${plain[$hash]:0:2*size}") ;;
    6603) expected=$(odd "${expanded[$hash]:0:2*size}") ;;
    *) expected=${expanded[$hash]:0:2*size} ;;
    esac
    [ "$value" = "$expected" ] || fail "$hash to $cipher of $size bytes: $value, not $expected"
    count=$((count + 1))
done < <(sort -u derived.txt)
say "openssl derives the same $count keys"
