#!/usr/bin/env bash
# Usage: Tests/Integration/abi-ec.sh
#
# Elliptic curves from C: signatures of openssl verified without a token, keys made on SoftHSM and brought there, blobs
# in and out, hostile blobs, agreement. openssl verifies what was signed and derives what was agreed on; pkcs11-tool
# looks at the token.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

compile abi-ec
cd "$work"
all='p256 p384 p521 ed25519'
declare -A size=([p256]=32 [p384]=48 [p521]=66 [ed25519]=32)
# SubjectPublicKeyInfo up to the coordinates.
declare -A spki=(
    [p256]=3059301306072a8648ce3d020106082a8648ce3d03010703420004
    [p384]=3076301006072a8648ce3d020106052b8104002203620004
    [p521]=30819b301006072a8648ce3d020106052b8104002303818600 [ed25519]=302a300506032b6570032100)
spki[p521]+=04

# pem CURVE POINTFILE: a public key as openssl reads it.
pem() { bytes "${spki[$1]}$(hex <"$2")" | openssl pkey -pubin -inform DER; }

# raw CURVE: r and s of a signature in DER (stdin), each as wide as the curve.
raw() {
    openssl asn1parse -inform DER | awk -F: -v width=$((2 * size[$1])) '/INTEGER/ {
        number = $NF; while (length(number) < width) number = "0" number; printf "%s", number }' | { bytes "$(cat)"; }
}

# der CURVE: the reverse.
der() {
    local numbers
    numbers=$(hex)
    printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' \
        "${numbers:0:2*${size[$1]}}" "${numbers:2*${size[$1]}}" >der.cnf
    openssl asn1parse -genconf der.cnf -noout -out der.out && cat der.out
}

# verifies CURVE PEM SIGNATURE: openssl, over the message's SHA-256.
verifies() {
    local form=()
    if [ "$1" = ed25519 ]; then
        cp "$3" signature
        form=(-rawin)
    else
        der "$1" <"$3" >signature
    fi
    openssl pkeyutl -verify -pubin -inkey "$2" -in digest -sigfile signature "${form[@]}" >openssl.log 2>&1 ||
        fail "openssl does not verify $3: $(cat openssl.log)"
}

printf 'a message' | openssl dgst -sha256 -binary >digest
for curve in $all; do
    if [ "$curve" = ed25519 ]; then
        openssl genpkey -algorithm ed25519 -out "$curve.pem"
        openssl pkey -in "$curve.pem" -outform DER | tail -c 32 >"$curve.private"
        openssl pkeyutl -sign -inkey "$curve.pem" -rawin -in digest >"$curve.theirs"
    else
        openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:P-${curve#p}" -out "$curve.pem"
        # The private key is what ECPrivateKey begins with: SEQUENCE, version, OCTET STRING.
        openssl ec -in "$curve.pem" -no_public -outform DER 2>/dev/null | openssl asn1parse -inform DER |
            sed -n 's/.*\[HEX DUMP\]:\(.*\)/\1/p' | head -1 | { bytes "$(cat)"; } >"$curve.private"
        openssl pkeyutl -sign -inkey "$curve.pem" -in digest | raw "$curve" >"$curve.theirs"
    fi
    openssl pkey -in "$curve.pem" -pubout -out "$curve.pub"
    openssl pkey -in "$curve.pem" -pubout -outform DER | tail -c +$((${#spki[$curve]} / 2 + 1)) >"$curve.point"
    [ "$(stat -c %s "$curve.private")" = "${size[$curve]}" ] || fail "$curve.private is not read right"
done

without_token "$work/abi-ec" host || fail "abi-ec host ended with $? without a token"

# witness CURVE…: openssl on what the token made.
witness() {
    local curve
    for curve in "$@"; do
        pem "$curve" "$curve.ours.point" >ours.pem
        verifies "$curve" ours.pem "$curve.ours"
        verifies "$curve" "$curve.pub" "$curve.imported"
        [ "$curve" != ed25519 ] || continue
        # The session key is the SHA-256 of the x-coordinate.
        pem "$curve" "$curve.ours.ecdh.point" >ours.pem
        openssl pkeyutl -derive -inkey "$curve.pem" -peerkey ours.pem | openssl dgst -sha256 -binary >derived
        cmp -s derived "$curve.agreed" || fail "openssl agrees on another key on $curve"
    done
}

"$work/abi-ec" token || fail "abi-ec token ended with $?"
# shellcheck disable=SC2086
witness $all

list() { pkcs11-tool --module "$softhsm_module" --login --pin "$(cat "$work/token/demo.pin")" -O "$@" 2>/dev/null; }
list | sort >before
"$work/abi-ec" bad || fail "abi-ec bad ended with $?"
list | sort >after
cmp -s before after || fail "bad blobs left something on the token"

"$work/abi-ec" flags || fail "abi-ec flags ended with $?"
list --type privkey >keys
# P-384 for signatures, P-521 for agreement: each does the one and not the other.
[ "$(grep -c 'Private Key Object; EC' keys)" = 2 ] || fail "pkcs11-tool: $(cat keys)"
[ "$(grep -c '^ *Usage: *sign$' keys)" = 1 ] || fail "pkcs11-tool sees no key that signs alone: $(cat keys)"
[ "$(grep -c '^ *Usage: *derive$' keys)" = 1 ] || fail "pkcs11-tool sees no key that derives alone: $(cat keys)"
[ "$(grep -c 'sensitive, always sensitive, never extractable, local' keys)" = 2 ] || fail "pkcs11-tool: $(cat keys)"
[ "$(grep -c 'always authenticate' keys)" = 1 ] || fail "pkcs11-tool: $(cat keys)"
list --type pubkey >keys
grep -q 'EC_PARAMS: *06052b81040022' keys && grep -q 'EC_PARAMS: *06052b81040023' keys || fail "pkcs11-tool: $(cat keys)"

eval "$("$root/scripts/nss-token" "$work/nss")"
rm -f ./*.ours* ./*.imported ./*.agreed
"$work/abi-ec" nist || fail "abi-ec nist ended with $? on NSS"
witness p256 p384 p521
