#!/usr/bin/env bash
# Usage: Tests/Integration/abi-dss.sh
#
# DSS and Diffie-Hellman from C: CRYPT_PREGEN, blobs, signatures, agreed keys. openssl makes a DSA key that is imported,
# verifies what is signed, and derives the secret that is agreed on.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi

compile abi-dss
cd "$work"

openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -pkeyopt dsa_paramgen_q_bits:160 \
    -pkeyopt dsa_paramgen_md:sha1 -out dsa.params 2>openssl.log || { cat openssl.log >&2; fail "no DSA parameters"; }
openssl genpkey -paramfile dsa.params -out dsa.pem
openssl dsa -in dsa.pem -outform MSBLOB -out dsa.blob 2>>openssl.log
openssl dsa -in dsa.pem -pubout -outform MSBLOB -out dsa.public 2>>openssl.log
printf 'some text' >text

# integer FILE OFFSET: 20 bytes, little-endian, as DER's INTEGER in hexadecimal.
integer() {
    local number
    number=$(od -An -v -tx1 -w1 -j "$2" -N 20 "$1" | tac | tr -d ' \n' | sed 's/^\(00\)*//')
    case $number in [89a-f]*) number=00$number ;; esac
    printf '02%02x%s' $((${#number} / 2)) "$number"
}

# verify SIGNATURE PUBLIC-PEM: CryptSignHash's r and s as openssl wants them.
verify() {
    local body
    body=$(integer "$1" 0)$(integer "$1" 20)
    printf '30%02x%s' $((${#body} / 2)) "$body" | xxd -r -p >"$1.der"
    openssl dgst -sha1 -verify "$2" -signature "$1.der" text || fail "openssl does not verify $1"
}

"$work/abi-dss" || fail "abi-dss ended with $?"

openssl pkey -in dsa.pem -pubout -out dsa.pub
verify imported.signature dsa.pub
openssl dsa -pubin -inform MSBLOB -in own.public -pubout -out own.pub 2>>openssl.log || fail "openssl does not read own.public"
verify own.signature own.pub
cmp -s imported.public dsa.public || fail "the public blob of an imported key is another than openssl's"

# The tool shows what a DSS key is, and signs as openssl has it.
provider="Microsoft Base DSS Cryptographic Provider"
tokencsp key show --container dss-own --provider "$provider" >shown || fail "tokencsp key show"
grep -q CALG_DSS_SIGN shown || { cat shown >&2; fail "tokencsp key show does not name the algorithm"; }
tokencsp key generate --container dss-tool --provider "$provider" >shown || fail "tokencsp key generate"
grep -q 'CALG_DSS_SIGN, 1024 bits' shown || { cat shown >&2; fail "tokencsp key generate made another key"; }
tokencsp sign --container dss-tool --provider "$provider" --hash sha1 --in text --out tool.signature || fail "tokencsp sign"
tokencsp verify --container dss-tool --provider "$provider" --hash sha1 --in text --signature tool.signature >verified ||
    fail "tokencsp verify"
tokencsp key export-public --container dss-tool --provider "$provider" >tool.pub || fail "tokencsp key export-public"
openssl dgst -sha1 -verify tool.pub -signature tool.signature text || fail "openssl does not verify tokencsp sign"
tokencsp key generate --container dh-tool --spec exchange --provider "Microsoft Enhanced DSS and Diffie-Hellman Cryptographic Provider" >shown ||
    fail "tokencsp key generate of a Diffie-Hellman key"
grep -q 'CKA_BASE *02 *02 ' shown || { cat shown >&2; fail "the generator is not shown as a number"; }
