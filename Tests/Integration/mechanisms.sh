#!/usr/bin/env bash
# Usage: Tests/Integration/mechanisms.sh
#
# What a token lacks, and tokens that are not there: the codes over C, and the command's exit statuses and words.
# A wrong PIN costs one attempt, counted where the module is called (OpenSC's pkcs11-spy).

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi
command -v tokencsp >/dev/null || use_private_install

compile mechanisms
cd "$work"
export HOME=$work XDG_CONFIG_HOME=$work/none
unset TOKENCSP_CONFIG
token=$TOKENCSP_TOKEN pin=$work/token/demo.pin
checks=0

# over_c EXPECTED NAME [AGAIN]: what the C program says, lines joined by blanks.
over_c() {
    local found
    found=$(./mechanisms "${@:2}" | tr '\n' ' ') || true
    [ "${found% }" = "$1" ] || fail "over C: '${found% }' instead of '$1'"
    checks=$((checks + 1))
}

# by_command STATUS PATTERN ARGUMENT…: the exit status, and what the error says.
by_command() {
    local status=0
    tokencsp "${@:3}" >out.txt 2>error.txt </dev/null || status=$?
    [ "$status" -eq "$1" ] || fail "tokencsp ${*:3}: status $status instead of $1: $(cat error.txt)"
    [ -z "$2" ] || grep -qE -e "$2" error.txt || fail "tokencsp ${*:3} does not say '$2': $(cat error.txt)"
    checks=$((checks + 1))
}

objects() {
    pkcs11-tool --module "$softhsm_module" --token-label "$1" --login --pin "$(cat "$2")" -O 2>/dev/null | grep -c Object || true
}

# MARK: A token that lacks a mechanism

(
    eval "$("$root/scripts/softhsm-token" --label poor --mechanisms CKM_RSA_PKCS,CKM_SHA256_RSA_PKCS,CKM_AES_KEY_GEN "$work/poor")"
    over_c "CryptGenKey 0x80090008" alice
    by_command 7 'NTE_BAD_ALGID 0x80090008' key generate --container bob --spec signature --bits 1024
    by_command 7 'CKM_RSA_PKCS_KEY_PAIR_GEN' key generate --container bob --spec exchange --bits 1024
    # A session key is the host's where the token cannot make it, unless it has to be on the token.
    by_command 0 '' key generate --ephemeral --algorithm 3des
    printf 'session-keys = token\n' >"$work/token-only.conf"
    TOKENCSP_CONFIG=$work/token-only.conf by_command 7 'NTE_BAD_ALGID' key generate --ephemeral --algorithm 3des
    by_command 0 '' key generate --ephemeral --algorithm aes-256
    left=$(objects poor "$work/poor/poor.pin")
    [ "$left" -eq 0 ] || fail "$left keys are on the token that makes none"
    eval "$("$root/scripts/softhsm-token" --label nosign --mechanisms CKM_RSA_PKCS_KEY_PAIR_GEN "$work/nosign")"
    over_c "CryptSignHash 0x80090008" alice
    echo "$checks checks of tokens that lack mechanisms"
)

# MARK: A wrong PIN

spy=$(find /usr/lib -name pkcs11-spy.so 2>/dev/null | head -1)
[ -n "$spy" ] || fail "pkcs11-spy.so is not there; scripts/bootstrap --tests installs it"
printf 'wrong-pin' >wrong.pin
chmod 600 wrong.pin
export PKCS11SPY=$softhsm_module PKCS11SPY_OUTPUT=$work/spy.log
attempts() { grep -c '^[0-9]*: C_Login$' spy.log || true; }
flags() { pkcs11-tool --module "$softhsm_module" -T | grep -A6 'demo' | grep flags; }
spied() { : >spy.log; TOKENCSP_TOKEN="pkcs11:token=demo?module-path=$spy&pin-source=file:$1" "${@:2}"; }
counts() { [ "$(attempts)" -eq "$1" ] || fail "$(attempts) attempts at a login instead of $1: $2"; checks=$((checks + 1)); }

spied "$pin" over_c "done" right
counts 1 "the right PIN"
spied "$work/wrong.pin" over_c "CryptGenKey 0x8010006b" wrong
counts 1 "a wrong PIN"
grep -q 'user PIN count low' <<<"$(flags)" || fail "the token has counted no attempt: $(flags)"
spied "$work/wrong.pin" over_c "CryptGenKey 0x8010006b CryptGenKey 0x8010006b CryptGenKey 0x8010006b" again 3
counts 1 "a wrong PIN used three times"
spied "$work/wrong.pin" by_command 4 'SCARD_W_WRONG_CHV 0x8010006B.*C_Login CKR_PIN_INCORRECT' \
    key generate --container wrong --spec signature --bits 1024
counts 1 "a wrong PIN on the command line"
spied "$work/wrong.pin" by_command 0 '' container list
counts 0 "listing"
spied "$pin" over_c "done" right-again
counts 1 "the right PIN after a wrong one"
if grep -q 'count low' <<<"$(flags)"; then fail "the right PIN did not clear the token's count: $(flags)"; fi

# MARK: No token, no module, several tokens

export TOKENCSP_TOKEN="pkcs11:token=absent?module-path=$softhsm_module"
over_c "CryptAcquireContext 0x8010000c" alice
by_command 6 'SCARD_E_NO_SMARTCARD 0x8010000C' key generate --container alice --spec signature
by_command 6 'token=demo' container list
mkdir "$work/no-tokens"
sed "s|^directories.tokendir.*|directories.tokendir = $work/no-tokens|" "$SOFTHSM2_CONF" >none.conf
SOFTHSM2_CONF=$work/none.conf TOKENCSP_TOKEN="pkcs11:?module-path=$softhsm_module" over_c "CryptAcquireContext 0x8010000c" alice
export TOKENCSP_TOKEN="pkcs11:token=demo?module-path=$work/no-module.so"
over_c "CryptAcquireContext 0x8009001e" alice
by_command 6 'NTE_PROV_DLL_NOT_FOUND 0x8009001E' container list
by_command 6 "$work/no-module.so" key list
export TOKENCSP_TOKEN="pkcs11:token=demo?module-name=no-such-module"
over_c "CryptAcquireContext 0x8009001e" alice

"$root/scripts/softhsm-token" --label second "$work/token" >/dev/null
export TOKENCSP_TOKEN="pkcs11:?module-path=$softhsm_module"
over_c "CryptAcquireContext 0x80100009" alice
by_command 6 'token=demo.*token=second|token=second.*token=demo' key generate --container alice --spec signature
by_command 6 '2 tokens match' container list
# The same without a word about the token: p11-kit's configured modules are asked.
if [ -e /usr/share/p11-kit/modules/softhsm2.module ]; then
    unset TOKENCSP_TOKEN
    over_c "CryptAcquireContext 0x80100009" alice
    by_command 6 'TOKENCSP_TOKEN.*(token=demo.*token=second|token=second.*token=demo)' key list
fi
TOKENCSP_TOKEN=$token over_c "done" chosen

echo "$checks checks of PINs, modules and tokens"
