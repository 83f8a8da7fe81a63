#!/usr/bin/env bash
# Usage: Tests/Integration/cli-token.sh
#
# Tokens made and kept by the command: `token init` on a fresh SoftHSM, with --reinitialize, and `token change-pin`.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi

mkdir -p fresh/tokens
sed -e "s|@TOKENDIR@|$work/fresh/tokens|" -e 's|@MECHANISMS@|ALL|' -e 's|@RESET_ON_FORK@|false|' \
    "$root/softhsm-config/softhsm2.conf.in" >fresh/softhsm2.conf
export SOFTHSM2_CONF=$work/fresh/softhsm2.conf TOKENCSP_TOKEN=$module_uri
printf 'so-%s' "$RANDOM$RANDOM" >so.pin
printf 'user-%s' "$RANDOM$RANDOM" >user.pin
printf 'other-%s\n' "$RANDOM$RANDOM" >other.pin # with a newline, which is dropped
init=(token init --so-pin-source file:so.pin --pin-source file:user.pin)
slots() { pkcs11-tool --module "$softhsm_module" -L 2>/dev/null | grep -c 'token label' || true; }

# -- init ------------------------------------------------------------------------------------------------------------

json 0 token list
is "[t['is_initialized'] for t in d['tokens']]" '[False]'
run 6 key list
for label in '' "$(printf 'l%.0s' {1..33})" 'trailing ' $'control\t'; do
    run 64 "${init[@]}" --label "$label"
    said 'label'
done
run 64 "${init[@]}"
printf '123' >short.pin
printf '1%.0s' {1..256} >long.pin
for file in short.pin long.pin; do
    run 4 "${init[@]}" --label fresh --pin-source "file:$file"
    said '4 to 255'
    run 4 "${init[@]}" --label fresh --so-pin-source "file:$file"
    said '4 to 255'
done
run 4 "${init[@]}" --label fresh --pin-source file:/no/such/file
run 64 token init --label fresh --so-pin-source fd:5 --pin-source fd:5
run 6 "${init[@]}" --label fresh --token 'pkcs11:?module-path=/no/such/module.so'
[ "$(slots)" = 0 ] || fail "a refused token init made a token"

json 0 "${init[@]}" --label 'Größe 1'
is "d['token']['label'], d['token']['is_user_pin_initialized']" "('Größe 1', True)"
TOKENCSP_TOKEN=$(value "d['token']['uri']")
run 0 key generate --container alice --bits 1024 --pin-source file:user.pin
run 3 "${init[@]}" --label 'Größe 1'
said NTE_EXISTS 'Größe 1'
TOKENCSP_TOKEN=$module_uri run 0 "${init[@]}" --label fresh
grep -q "^export TOKENCSP_TOKEN='pkcs11:.*token=fresh.*'\$" out || fail "token init: $(cat out)"
eval "$(grep ^export out)"
[ "$(slots)" = 2 ] || fail "pkcs11-tool sees $(slots) tokens"
run 0 key generate --container bob --bits 1024 --pin-source file:user.pin

# -- reinitialize ----------------------------------------------------------------------------------------------------

keys_on_token() { json 0 key list && value "[k['container'] for k in d['keys']]"; }
run 7 "${init[@]}" --label renewed --reinitialize
said --yes
run 4 token init --label renewed --reinitialize --yes --so-pin-source file:other.pin --pin-source file:user.pin
said SCARD_W_WRONG_CHV
[ "$(keys_on_token)" = "['bob']" ] || fail "a wrong security officer's PIN changed the token"
TOKENCSP_TOKEN=$module_uri run 6 "${init[@]}" --label renewed --reinitialize --yes
said SCARD_E_UNKNOWN_READER
run 6 "${init[@]}" --label renewed --reinitialize --yes --token "pkcs11:token=absent?module-path=$softhsm_module"
run 0 "${init[@]}" --label renewed --reinitialize --yes
run 6 key list
TOKENCSP_TOKEN="pkcs11:token=renewed?module-path=$softhsm_module"
[ "$(keys_on_token)" = '[]' ] || fail "the keys outlived the token"
[ "$(slots)" = 2 ] || fail "pkcs11-tool sees $(slots) tokens"

# -- change-pin ------------------------------------------------------------------------------------------------------

run 0 key generate --container carol --bits 1024 --pin-source file:user.pin
printf 'data' >data
run 4 token change-pin --pin-source file:other.pin --new-pin-source file:user.pin
said SCARD_W_WRONG_CHV
run 4 token change-pin --pin-source file:user.pin --new-pin-source file:short.pin
said SCARD_E_INVALID_CHV
run 4 token change-pin --pin-source file:user.pin --new-pin-source env:NO_SUCH_VARIABLE
run 64 token change-pin --pin-source file:user.pin --new-pin-source "$(cat other.pin)"
run 0 sign --container carol --in data --out data.sig --pin-source file:user.pin
json 0 token change-pin --pin-source file:user.pin --new-pin-source file:other.pin
is d "{'changed': True}"
run 4 sign --container carol --in data --out data.sig --pin-source file:user.pin
run 0 sign --container carol --in data --out data.sig --pin-source file:other.pin
run 0 verify --container carol --in data --signature data.sig
PIN=$(cat other.pin) pkcs11-tool --module "$softhsm_module" --token-label renewed --login --pin env:PIN -O >objects 2>/dev/null
grep -q carol objects || fail "pkcs11-tool does not log in with the new PIN"

# Two PINs over one pair of descriptors, as a caller without files would do it.
tokencsp token change-pin --pin-source fd:3 --new-pin-source fd:4 3<other.pin 4<user.pin >out || fail "change-pin over descriptors"
run 0 sign --container carol --in data --out data.sig --pin-source file:user.pin

secrets_stay_secret token/demo.pin so.pin user.pin other.pin
