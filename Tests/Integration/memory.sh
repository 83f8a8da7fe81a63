#!/usr/bin/env bash
# Usage: Tests/Integration/memory.sh [CASE…]
#
# Keys, PINs and plaintexts that were used and destroyed are looked for in the whole writable memory of the process,
# heap and stack: not eight bytes of one may be there.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

compile memory -O2
cd "$work"
# Else the loader saves the registers on the stack, with what has just been copied through them.
export LD_BIND_NOW=1
for number in {0..3}; do
    # gmp wants more memory for longer keys.
    openssl genrsa $((number % 2 ? 2048 : 4096)) 2>/dev/null | openssl rsa -outform MSBLOB -out "$number.blob" 2>/dev/null
done

cases=(imported derived generated hashed wrapped plaintexts pairs simple)
cases+=(token-pairs token-generated token-domains token-session-keys token-families pin nss)
[ $# = 0 ] || cases=("$@")
failed=()
# family FILE PROVIDER TYPE OFFSET SIZE: a key of Fuzzing/Keys, and where in its PRIVATEKEYBLOB its secret number stands.
family() { "$work/memory" family "$root/Fuzzing/Keys/$1" "${@:2}" || status=1; }

for case in "${cases[@]}"; do
    case $case in
    token-families)
        status=0
        family ecdh-p256 'TokenCSP Elliptic Curve Provider' 16 80 32
        family ecdh-p384 'TokenCSP Elliptic Curve Provider' 16 112 48
        family ecdh-p521 'TokenCSP Elliptic Curve Provider' 16 148 66
        family dss-1024 'TokenCSP DSS Provider' 3 292 20
        family dh-512 'Microsoft Enhanced DSS and Diffie-Hellman Cryptographic Provider' 13 144 64
        [ "$status" = 0 ]
        ;;
    token-*) "$work/memory" "$case" ;;
    # It wraps keys in another way. Of keys that come onto it NSS itself leaves traces.
    nss) (eval "$("$root/scripts/nss-token" "$work/nss")" && "$work/memory" token-generated) ;;
    pin)
        TOKENCSP_TOKEN=${TOKENCSP_TOKEN%&pin-source=*} "$work/memory" pin "$work/token/demo.pin" set &&
            "$work/memory" pin "$work/token/demo.pin" named
        ;;
    *) without_token "$work/memory" "$case" ;;
    esac || failed+=("$case")
done
[ ${#failed[@]} = 0 ] || fail "traces are left: ${failed[*]}"
