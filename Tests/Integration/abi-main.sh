#!/usr/bin/env bash
# Usage: Tests/Integration/abi-main.sh
#
# The main job from C: keys made, signed with, exported, found again and deleted, over the A and the W functions.
# openssl reads the exported keys and verifies the signatures.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi

compile abi-main
cd "$work"
"$work/abi-main" main || fail "abi-main ended with $?"

for key in narrow wide; do
    openssl rsa -pubin -inform MSBLOB -in "$key.blob" -outform PEM -out "$key.pem" 2>openssl.log ||
        { cat openssl.log >&2; fail "openssl does not read $key.blob"; }
    openssl dgst -sha256 -verify "$key.pem" -signature "$key.sig" "$key.data" >openssl.log 2>&1 ||
        { cat openssl.log >&2; fail "openssl does not verify the signature of the key '$key'"; }
done

# What the flags asked for is what the token holds, says another tool.
objects=$(pkcs11-tool --module "$softhsm_module" --login --pin "$(cat "$work/token/demo.pin")" -O --type privkey)
private_key() { awk -v label="$1" '/^Private Key/ { on = 0 } $1 == "label:" { on = ($2 == label) } on' <<<"$objects"; }
grep -q 'sensitive.*never extractable' <<<"$(private_key narrow)" || fail "narrow: $objects"
grep -q 'Usage: *sign$' <<<"$(private_key narrow)" || fail "narrow is for more than signing: $objects"
grep -q 'sensitive' <<<"$(private_key wide)" || fail "wide is not sensitive: $objects"
if grep -q 'never extractable' <<<"$(private_key wide)"; then fail "wide is not extractable: $objects"; fi

"$work/abi-main" delete || fail "abi-main delete ended with $?"

# A wrong PIN is told as such, each try costs one attempt, and the right one still works afterwards.
printf 'wrong-pin' >"$work/wrong.pin"
chmod 600 "$work/wrong.pin"
right=$TOKENCSP_TOKEN
TOKENCSP_TOKEN=${right%%pin-source=*}pin-source=file:$work/wrong.pin "$work/abi-main" wrong-pin ||
    fail "abi-main wrong-pin ended with $?"
"$work/abi-main" main >/dev/null || fail "the right PIN does not work after a wrong one"
"$work/abi-main" delete >/dev/null || fail "abi-main delete ended with $?"
