#!/usr/bin/env bash
# Usage: Tests/Integration/abi-certificate.sh
#
# KP_CERTIFICATE from C, with certificates that openssl made for the token's keys; pkcs11-tool sees them under their keys'
# ids, and sees them go with their keys. On SoftHSM, and on NSS where it is there.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi

compile abi-certificate
cd "$work"

# certify NAME [OPTION…]: a certificate for the key of NAME.pem, issued by a CA of openssl's.
certify() {
    openssl x509 -new -force_pubkey "${2:-$1}.pem" -CA ca.pem -CAkey ca.key -subj "/CN=$1" -days 30 "${@:3}" \
        -outform DER -out "$1.der" 2>openssl.log || { cat openssl.log >&2; fail "openssl issues no certificate"; }
}

# certificates: those of one token, made ready by openssl from the keys that ./abi-certificate has put there.
prepare() {
    ./abi-certificate make || fail "make ended with $?"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj '/CN=CA of openssl' 2>openssl.log
    local name
    for name in signature exchange; do
        openssl rsa -pubin -inform MSBLOB -in "$name.blob" -outform PEM -out "$name.pem" 2>openssl.log
        certify "$name"
    done
    certify second signature
    { printf '[large]\n1.2.3.4 = DER:04:82:fd:e8'; head -c 65000 /dev/zero | od -An -v -tx1 | tr -d '\n' | tr ' ' ':'; echo; } >large.cnf
    certify large signature -extfile large.cnf -extensions large
}

# ids TYPE: the ids of SoftHSM's objects of a type.
ids() {
    PIN=$(cat "$work/token/demo.pin") pkcs11-tool --module "$softhsm_module" --token-label demo --login --pin env:PIN -O \
        --type "$1" 2>/dev/null | awk '$1 == "ID:" { print $2 }' | sort
}
without_pin() {
    sed '/pin-source/d; s/[&?]pin-source=[^ &]*//' "${TOKENCSP_CONFIG:-/dev/null}" >"$work/no-pin.conf"
    TOKENCSP_CONFIG=$work/no-pin.conf TOKENCSP_TOKEN=${TOKENCSP_TOKEN%%[&?]pin-source*} "$@"
}

prepare
timeout 120 ./abi-certificate use || fail "use ended with $?"
[ "$(ids cert)" = "$(ids privkey)" ] || fail "certificates' ids: $(ids cert), their keys': $(ids privkey)"
[ "$(ids cert | wc -l)" = 2 ] || fail "there are $(ids cert | wc -l) certificates"
without_pin timeout 60 ./abi-certificate silent || fail "silent ended with $?"
timeout 120 ./abi-certificate replace || fail "replace ended with $?"
[ -z "$(ids cert)" ] || fail "certificates are left: $(ids cert)"

# MARK: NSS

unset SOFTHSM2_CONF
eval "$("$root/scripts/nss-token" "$work/database")"
prepare
timeout 120 ./abi-certificate use || fail "use ended with $? on NSS"
certutil -L -d "sql:$work/database" >certutil.txt
[ "$(grep -c '^alice' certutil.txt)" -ge 1 ] || { cat certutil.txt >&2; fail "certutil does not see the certificate"; }
without_pin timeout 60 ./abi-certificate silent || fail "silent ended with $? on NSS"
timeout 120 ./abi-certificate replace || fail "replace ended with $? on NSS"
certutil -L -d "sql:$work/database" >certutil.txt
if grep -q '^alice' certutil.txt; then fail "certificates are left on NSS: $(cat certutil.txt)"; fi
