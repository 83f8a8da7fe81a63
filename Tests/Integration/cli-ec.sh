#!/usr/bin/env bash
# Usage: Tests/Integration/cli-ec.sh
#
# Keys on elliptic curves from the command line; openssl verifies what was signed and is verified.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi

printf 'Sign this.\n' >message
curves=(--provider 'TokenCSP Elliptic Curve Provider')

# -- Generation ------------------------------------------------------------------------------------------------------

for bits in 256 384 521; do
    json 0 key generate "${curves[@]}" --container "p$bits" --bits "$bits"
    is "d['key']['algorithm'], d['key']['bits'], d['key']['agrees']" "('CALG_ECDSA', $bits, True)"
    is "d['key']['policy']['usage']" "['sign']"
    is "[l['on_token'] for l in d['key']['lines'] if l['attribute'] == 'CKA_EC_PARAMS']" "['P-$bits']"
done
run 0 key generate "${curves[@]}" --container ed --algorithm ed25519
json 0 key generate "${curves[@]}" --container p256 --algorithm ecdh --exportable
is "d['key']['algorithm'], d['key']['spec'], d['key']['policy']['usage']" "('CALG_ECDH', 'exchange', ['derive'])"
run 3 key generate "${curves[@]}" --container ed --algorithm ecdsa
run 0 key generate --container p256 --bits 1024
json 0 key list
is "sorted((k['container'], k['algorithm'], k['bits']) for k in d['keys'])" \
    "[('ed', 'CALG_TOKENCSP_ED25519', 255), ('p256', 'CALG_ECDH', 256), ('p256', 'CALG_ECDSA', 256), ('p256', 'CALG_RSA_SIGN', 1024), ('p384', 'CALG_ECDSA', 384), ('p521', 'CALG_ECDSA', 521)]"
run 0 explain "${curves[@]}" --bits 521 --user-protected
grep -q 'CKA_EC_PARAMS *P-521 *key length' out || fail "explain: $(cat out)"
run 0 key show "${curves[@]}" --container ed
grep -q 'CKA_EC_PARAMS *Ed25519' out || fail "key show: $(cat out)"

unchanged run 64 key generate "${curves[@]}" --container bad --bits 512
unchanged run 7 key generate "${curves[@]}" --container bad --algorithm ecdh --user-protected
unchanged run 7 key generate --container bad --algorithm ecdsa
unchanged run 64 key generate "${curves[@]}" --container bad --algorithm ecdsa --spec exchange
unchanged run 64 key generate "${curves[@]}" --container bad --algorithm ed448

# -- Signatures ------------------------------------------------------------------------------------------------------

for bits in 256 384 521; do
    run 0 key export-public "${curves[@]}" --container "p$bits" --out "p$bits.pem"
    for hash in sha1 sha256 sha512; do
        run 0 sign "${curves[@]}" --container "p$bits" --hash "$hash" --in message --out signature
        openssl dgst "-$hash" -verify "p$bits.pem" -signature signature message >openssl.log ||
            fail "openssl does not verify P-$bits with $hash"
        run 0 verify "${curves[@]}" --container "p$bits" --hash "$hash" --in message --signature signature
        run 0 sign "${curves[@]}" --container "p$bits" --hash "$hash" --in message --out raw --little-endian
        [ "$(stat -c %s raw)" = $(((bits + 7) / 8 * 2)) ] || fail "a signature of $(stat -c %s raw) bytes"
        run 0 verify "${curves[@]}" --container "p$bits" --hash "$hash" --in message --signature raw --little-endian
        run 1 verify "${curves[@]}" --container "p$bits" --hash "$hash" --in message --signature raw
        run 1 verify "${curves[@]}" --container "p$bits" --hash "$hash" --in signature --signature signature
    done
done
run 0 key export-public "${curves[@]}" --container ed --out ed.pem
run 0 sign "${curves[@]}" --container ed --in message --out signature
openssl dgst -sha256 -binary message >digest
openssl pkeyutl -verify -pubin -inkey ed.pem -rawin -in digest -sigfile signature >openssl.log ||
    fail "openssl does not verify Ed25519"
run 0 verify "${curves[@]}" --container ed --in message --signature signature

run 0 key delete "${curves[@]}" --container p256 --spec signature --yes
json 0 key list
is "sorted(k['algorithm'] for k in d['keys'] if k['container'] == 'p256')" "['CALG_ECDH', 'CALG_RSA_SIGN']"
# -- Named by a URI, which says whose key it is ------------------------------------------------------------------------

uri() { # uri CONTAINER ALGORITHM
    tokencsp key list --json | python3 -c 'import json, sys
print([k["uri"] for k in json.load(sys.stdin)["keys"] if [k["container"], k["algorithm"]] == sys.argv[1:]][0])' "$@"
}
json 0 key show --container "$(uri p384 CALG_ECDSA)"
is "d['key']['algorithm'], d['key']['bits']" "('CALG_ECDSA', 384)"
# Two providers have a container of this name.
json 0 key show --container "$(uri p256 CALG_ECDH)"
is "d['key']['algorithm']" CALG_ECDH
json 0 key show --container "$(uri p256 CALG_RSA_SIGN)"
is "d['key']['algorithm']" CALG_RSA_SIGN
run 0 sign --container "$(uri p384 CALG_ECDSA)" --in message --out signature
openssl dgst -sha256 -verify p384.pem -signature signature message >openssl.log || fail "openssl does not verify"
run 2 key show --container "$(uri p384 CALG_ECDSA)" --provider 'TokenCSP RSA and AES Provider'
# A name is the default provider's: the error names the option.
run 2 key show --container p384
said "--provider 'TokenCSP Elliptic Curve Provider'"
run 2 key show --container absent
if grep -q -- --provider err; then fail "a provider for what is not there: $(cat err)"; fi
run 0 container create "${curves[@]}" bare
run 2 container delete bare --yes
said "--provider 'TokenCSP Elliptic Curve Provider'"
run 0 container delete "${curves[@]}" bare --yes
grep -qF 'it was empty' out || fail "what was destroyed is not told: $(cat out)"
ecdh=$(uri p256 CALG_ECDH)
json 0 container delete "$ecdh" --yes
is "[(k['specs'], k['algorithm'], k['bits']) for k in d['keys']]" "[(['exchange'], 'CALG_ECDH', 256)]"
json 0 key list
is "[k['algorithm'] for k in d['keys'] if k['container'] == 'p256']" "['CALG_RSA_SIGN']"
run 0 container delete p256 --yes
grep -qF 'with it signature CALG_RSA_SIGN 1024' out || fail "what was destroyed is not told: $(cat out)"

# -- What the token never wraps is said when the key is made -----------------------------------------------------------

cannot='this token cannot wrap Ed25519 keys'
printf pass >pass
json 0 key generate "${curves[@]}" --container kept --algorithm ed25519 --exportable
is "[n.startswith('$cannot') for n in d['key']['notes']]" '[True]'
openssl genpkey -algorithm ed25519 -out ed25519.pem
json 0 key import ed25519.pem --container brought --exportable
is "[n.startswith('$cannot') for n in d['key']['notes']]" '[True]'
for made in "--container kept --algorithm ed25519 --replace --yes" "--container other --exportable"; do
    # shellcheck disable=SC2086
    json 0 key generate "${curves[@]}" $made
    is "d['key']['notes']" '[]'
done
run 0 explain "${curves[@]}" --algorithm ed25519 --exportable --ask-token
grep -q 'cannot wrap Ed25519 keys' out || fail "explain: $(cat out)"
for command in 'key export --out gone --passphrase-source file:pass' 'key copy --to-container copied' \
    'key copy --to-container copied --through-host'; do
    # shellcheck disable=SC2086
    run 7 $command --container brought "${curves[@]}"
    said 'the token does not wrap this key' NTE_NOT_SUPPORTED
    if grep -q -- '--through-host copies' err; then fail "a way that is none: $(cat err)"; fi
done
secrets_stay_secret token/demo.pin
