#!/usr/bin/env bash
# Usage: Tests/Integration/cli-certificates.sh
#
# Certificate requests, self-signed certificates and chains by keys on the token; openssl verifies them, pkcs11-tool sees
# certificates on the token with their keys' ids.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi

curves=(--provider 'TokenCSP Elliptic Curve Provider')
openssl() { command openssl "$@" >openssl.log 2>&1 || { cat openssl.log >&2; fail "openssl $* fails"; }; }
# holds TEXT…: each stands in what openssl said last.
holds() {
    local text
    for text in "$@"; do grep -qF -- "$text" openssl.log || { cat openssl.log >&2; fail "openssl does not say '$text'"; }; done
}
# kind NAME: the options of the provider of such a key.
kind() { case $1 in rsa) provider=() ;; *) provider=("${curves[@]}") ;; esac; }
# certificates: what pkcs11-tool sees without a login.
certificates() { pkcs11-tool --module "$softhsm_module" --token-label demo -O --type cert 2>/dev/null; }
# ids TYPE LABEL: the ids of objects of a type and label.
ids() {
    PIN=$pin pkcs11-tool --module "$softhsm_module" --token-label demo --login --pin env:PIN -O --type "$1" 2>/dev/null |
        awk -v label="$2" '$1 == "label:" { found = $2 == label } $1 == "ID:" && found { print $2 }'
}

run 0 key generate --container rsa --bits 2048
run 0 key generate "${curves[@]}" --container p256 --bits 256
run 0 key generate "${curves[@]}" --container p384 --bits 384
run 0 key generate "${curves[@]}" --container ed25519 --algorithm ed25519

# -- Requests --------------------------------------------------------------------------------------------------------

declare -A algorithm=(
    [rsa]=sha256WithRSAEncryption [p256]=ecdsa-with-SHA256 [p384]=ecdsa-with-SHA384 [ed25519]=ED25519)
for name in rsa p256 p384 ed25519; do
    kind "$name"
    run 0 certificate request "${provider[@]}" --container "$name" --subject "CN=$name.example.com, OU=Web, O=Example\\, Inc." \
        --san "dns:$name.example.com" --san 'dns:*.example.org' --san ip:192.0.2.1 --san ip:2001:db8::1 \
        --san email:a@example.com --san uri:https://example.com/ --san upn:alice@example.com \
        --key-usage digitalSignature,keyEncipherment --extended-key-usage serverAuth,1.2.3.4 --eku clientAuth \
        --extension 1.3.6.1.5.5.7.1.24=3003020105 --out "$name.csr"
    [ ! -s out ] || fail "--out leaves something on standard output"
    openssl req -in "$name.csr" -noout -verify -text -nameopt RFC2253
    holds "CN=$name.example.com,OU=Web,O=Example\\, Inc." "Signature Algorithm: ${algorithm[$name]}" \
        "DNS:$name.example.com, DNS:*.example.org, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1" \
        'email:a@example.com' 'URI:https://example.com/' 'Digital Signature, Key Encipherment' \
        'TLS Web Server Authentication' '1.2.3.4' 'TLS Web Client Authentication' status_request
done
run 0 certificate request --container rsa --subject /C=DE/O=Example/CN=slashes --hash sha512
cp out slashes.csr
openssl req -in slashes.csr -noout -verify -text -nameopt RFC2253
holds 'Subject: CN=slashes,O=Example,C=DE' sha512WithRSAEncryption
json 0 certificate request --container rsa --subject CN=json --form der
keys d container spec form request
is "d['container'], d['spec'], d['form']" "('rsa', 'signature', 'der')"
value "d['request']" | base64 -d >json.der
openssl req -inform DER -in json.der -noout -verify

# -- Wrong use: nothing is signed, nothing written --------------------------------------------------------------------

for subject in example.com 'CN=' 'XX=a' 'CN="a' 'C=Germany' "CN=$(printf 'x%.0s' {1..70})"; do
    run 64 certificate request --container rsa --subject "$subject" --out never
    said 'subject'
done
for san in example.com 'dns:a b' ip:1.2.3 email:a uri:a 'dns:ü'; do
    run 64 certificate request --container rsa --subject CN=a --san "$san" --out never
    said 'alternative name' "$san"
done
run 64 certificate request --container rsa --out never
run 64 certificate request --container rsa --subject CN=a --key-usage signing --out never
said digitalSignature
run 64 certificate request --container rsa --subject CN=a --eku server --out never
said serverAuth
run 64 certificate request --container rsa --subject CN=a --extension 1.2.3=0 --out never
run 64 certificate request --container rsa --subject CN=a --path-length 1 --out never
run 64 certificate request --container rsa --subject CN=a --ca --path-length -1 --out never
run 7 certificate request --container rsa --subject CN=a --hash md5 --out never
run 7 certificate request "${curves[@]}" --container ed25519 --subject CN=a --hash sha256 --out never
said 'without a hash'
run 2 certificate request --container nobody --subject CN=a --out never
for date in tomorrow 2027-02-30 2027-13-01 27-01-01; do
    run 64 certificate self-sign --container rsa --subject CN=a --not-after "$date" --out never
done
run 64 certificate self-sign --container rsa --subject CN=a --days 0 --out never
run 64 certificate self-sign --container rsa --subject CN=a --days 1 --not-after 2030-01-01 --out never
run 64 certificate self-sign --container rsa --san dns:a --out never
run 64 certificate self-sign --container rsa --subject CN=a --not-before 2030-01-02 --not-after 2030-01-01 --out never
[ ! -e never ] || fail "a file was written in spite of an error"

# -- Self-signed, on the token and off --------------------------------------------------------------------------------

for name in rsa p256 p384 ed25519; do
    kind "$name"
    run 2 certificate show "${provider[@]}" --container "$name"
    said SCARD_E_NO_SUCH_CERTIFICATE
    json 0 certificate self-sign "${provider[@]}" --container "$name" --subject "CN=$name" --san dns:localhost --days 30 \
        --write --out "$name.pem"
    is "d['written_to'], d['details']['days_left'], d['details']['subject'], d['details']['is_ca']" "('$name', 29, 'CN=$name', False)"
    openssl verify -CAfile "$name.pem" "$name.pem"
    openssl x509 -in "$name.pem" -noout -text
    holds "Signature Algorithm: ${algorithm[$name]}" 'DNS:localhost' 'Subject Key Identifier'
    [ "$(ids cert "$name")" = "$(ids privkey "$name")" ] || fail "the certificate of $name has the id $(ids cert "$name")"
    run 0 certificate export "${provider[@]}" --container "$name" --out exported.pem
    cmp exported.pem "$name.pem" || fail "what is exported is not what was written"
    run 0 certificate export "${provider[@]}" --container "$name" --form der --out exported.der
    openssl x509 -inform DER -in exported.der -noout
done
run 0 certificate self-sign --container rsa --subject CN=a --not-before 2030-01-01 --not-after 2031-01-31
cp out dated.pem
openssl x509 -in dated.pem -noout -dates
holds 'notBefore=Jan  1 00:00:00 2030 GMT' 'notAfter=Jan 31 23:59:59 2031 GMT'

# -- A chain, both CA keys on the token --------------------------------------------------------------------------------

run 0 key generate --container root --bits 2048
run 0 key generate --container intermediate --bits 2048
run 0 certificate self-sign --container root --subject 'CN=Root, O=Example' --ca --days 3650 --write --out root.pem
run 0 certificate request --container intermediate --subject 'CN=Intermediate, O=Example' --out intermediate.csr
# A request cannot make itself a CA.
run 0 certificate request --container intermediate --subject 'CN=Intermediate, O=Example' --ca --out greedy.csr
json 0 certificate issue --container root --request greedy.csr --days 30 --out greedy.pem
is "d['details']['is_ca'], d['details']['key_usage'], d['left_out']" "(False, [], ['2.5.29.19'])"
run 0 certificate issue --container root --request intermediate.csr --ca --path-length 0 --days 1000 \
    --write-to intermediate --out intermediate.pem
run 0 certificate issue --container intermediate --request rsa.csr --days 90 --out leaf.pem
run 0 certificate issue --container intermediate --request p384.csr --days 90 --subject CN=other --san dns:other.example.com \
    --out other.pem
for leaf in leaf other; do openssl verify -x509_strict -CAfile root.pem -untrusted intermediate.pem "$leaf.pem"; done
openssl verify -x509_strict -CAfile root.pem -untrusted intermediate.pem -purpose sslserver -verify_hostname rsa.example.com leaf.pem
openssl x509 -in leaf.pem -noout -text
holds 'CA:FALSE' 'Authority Key Identifier' 'DNS:rsa.example.com' 'TLS Web Server Authentication'
openssl x509 -in other.pem -noout -text -nameopt RFC2253
holds 'Subject: CN=other' 'DNS:other.example.com'
openssl x509 -in intermediate.pem -noout -text
holds 'CA:TRUE, pathlen:0' 'Certificate Sign, CRL Sign'

run 7 certificate issue --container intermediate --request intermediate.csr --ca --days 30 --out never
said 'path length is 0'
run 7 certificate issue --container root --request rsa.csr --days 4000 --out never
said '--days'
run 7 certificate issue --container rsa --request p384.csr --days 3 --out never
said 'no CA'
run 7 certificate issue --container root --ca-certificate leaf.pem --request p384.csr --days 3 --out never
openssl req -in rsa.csr -outform DER -out rsa.der
python3 - <<'END_OF_PROGRAM'
content = bytearray(open("rsa.der", "rb").read())
content[content.index(b"rsa.example.com")] = ord("b")
open("bad.der", "wb").write(content)
END_OF_PROGRAM
run 1 certificate issue --container root --request bad.der --out never
said NTE_BAD_SIGNATURE
run 1 certificate issue --container root --request root.pem --out never
run 2 certificate issue --container root --request nothing.csr --out never
head -c 100 rsa.der >short.der
run 1 certificate issue --container root --request short.der --out never
[ ! -e never ] || fail "a file was written in spite of an error"

# -- On the token ------------------------------------------------------------------------------------------------------

run 7 certificate write --container root --in leaf.pem
said "is of no key"
run 1 certificate write --container rsa --in rsa.csr
# Another one of the same key takes its place after a question.
run 7 certificate write --container rsa --in leaf.pem
said --yes
run 0 certificate write --container rsa --in leaf.pem --yes
run 0 certificate write --container rsa --in leaf.pem
[ "$(ids cert rsa | wc -l)" = 1 ] || fail "there are $(ids cert rsa | wc -l) certificates of one key"
json 0 certificate show --container rsa
is "d['certificate']['issuer']" 'CN=Intermediate,O=Example'
run 0 certificate export --container rsa --chain --out chain.pem
[ "$(grep -c BEGIN chain.pem)" = 3 ] || fail "the chain has $(grep -c BEGIN chain.pem) certificates"
openssl verify -CAfile root.pem -untrusted chain.pem chain.pem

# A CA's whose key is elsewhere; nobody's but a CA's.
command openssl req -x509 -newkey rsa:2048 -nodes -keyout outside.key -out outside.pem -days 10 -subj /CN=Outside 2>/dev/null
run 0 certificate write --label 'Outside CA' --in outside.pem
run 0 certificate write --label 'Outside CA' --in outside.pem
command openssl req -x509 -key outside.key -out outside2.pem -days 20 -subj /CN=Outside 2>/dev/null
run 7 certificate write --label 'Outside CA' --in outside2.pem
said --yes
run 0 certificate write --label 'Outside CA' --in outside2.pem --yes
run 0 certificate write --label 'Outside CA' --in outside.pem --yes
mkdir -p folder
run 1 certificate request --container rsa --subject CN=a --out folder
said folder
run 7 certificate write --label leaf --in leaf.pem
said "CA's"
run 64 certificate write --label x --container rsa --in outside.pem
run 0 certificate export --label 'Outside CA' --out outside-again.pem
command openssl x509 -in outside.pem | cmp - outside-again.pem || fail "a CA's certificate comes back changed"

# One that has ended.
run 0 certificate self-sign --container rsa --subject CN=old --not-before 2020-01-01 --not-after 2021-01-01 --out old.pem
run 0 certificate write --container rsa --in old.pem --yes
said 'has expired on 2021-01-01T23:59:59Z'
json 0 certificate list
is "sorted((c['label'], c.get('container'), c.get('spec'), c['expired'], c['is_ca']) for c in d['certificates'])" \
    "[('Outside CA', None, None, False, True), ('ed25519', 'ed25519', 'signature', False, False), ('intermediate', 'intermediate', 'signature', False, True), ('p256', 'p256', 'signature', False, False), ('p384', 'p384', 'signature', False, False), ('root', 'root', 'signature', False, True), ('rsa', 'rsa', 'signature', True, False)]"
is "[(c['not_after'], c['days_left'] < -1000) for c in d['certificates'] if c['expired']]" "[('2021-01-01T23:59:59Z', True)]"
is "all('type=cert' in c['uri'] for c in d['certificates'])" True
run 0 certificate list
said 'the certificate of rsa has expired on 2021-01-01'
grep -q '^Outside CA *elsewhere' out || fail "list: $(cat out)"
grep -q '^rsa *signature *2021-01-01 *expired *CN=old *itself' out || fail "list: $(cat out)"
json 0 certificate list --expiring 15
is "sorted(c['label'] for c in d['certificates'])" "['Outside CA', 'rsa']"

# Nobody is asked for a PIN where none is needed, and writing needs it.
nopin() { TOKENCSP_TOKEN=$demo_uri "$@"; }
nopin run 0 certificate list
nopin run 0 certificate show --container rsa
nopin run 0 certificate export --container rsa
nopin run 4 certificate write --container rsa --in leaf.pem --yes
nopin run 4 certificate delete --container rsa --yes
nopin run 4 certificate request --container rsa --subject CN=a --out never

# Deletion asks; the key stays.
run 7 certificate delete --container rsa
said --yes
json 0 certificate delete --container rsa --yes
is "d" "{'container': 'rsa', 'deleted': True, 'spec': 'signature'}"
[ -z "$(ids cert rsa)" ] || fail "deletion left the certificate"
[ -n "$(ids privkey rsa)" ] || fail "deletion took the key"
run 2 certificate delete --container rsa --yes
run 0 certificate delete --label 'Outside CA' --yes
run 2 certificate delete --label 'Outside CA' --yes

# Two under one name: the fingerprint tells them apart.
for name in one two; do
    command openssl req -x509 -newkey rsa:2048 -nodes -keyout outside.key -out "$name.pem" -days 10 -subj "/CN=$name" 2>/dev/null
    command openssl x509 -in "$name.pem" -outform DER | sha256sum | cut -c1-64 >"$name.sha256"
    run 0 certificate write --label twins --in "$name.pem"
done
one=$(cat one.sha256)
run 7 certificate delete --label twins --yes
said '2 certificates are called "twins"' --sha256 "${one:0:16}"
run 7 certificate show --label twins
json 0 certificate show --label twins --sha256 "${one:0:12}"
is "d['certificate']['subject']" CN=one
run 0 certificate export --sha256 "$(sed 's/../&:/g; s/:$//' two.sha256 | tr a-f A-F)" --out twin.pem
command openssl x509 -in two.pem | cmp - twin.pem || fail "--sha256 finds another certificate"
run 64 certificate show --sha256 "${one:0:7}"
run 64 certificate show --sha256 "${one:0:12}x"
run 64 certificate show --sha256 "$one" --container rsa
run 2 certificate delete --sha256 0000000000000000 --yes
run 7 certificate delete --sha256 "$one"
json 0 certificate delete --sha256 "$one" --yes
is "d" "{'deleted': True, 'label': 'twins'}"
json 0 certificate show --label twins
is "d['certificate']['subject']" CN=two
run 0 certificate delete --label twins --yes

# It stays with its key where the container is renamed.
run 0 container rename "${curves[@]}" p384 renamed
run 0 certificate export "${curves[@]}" --container renamed --out renamed.pem
cmp renamed.pem p384.pem || fail "another certificate after renaming"
json 0 certificate list
is "[(c['label'], c['spec']) for c in d['certificates'] if c.get('container') == 'renamed']" "[('renamed', 'signature')]"

# The certificate goes with its key: replaced, deleted, its container deleted.
run 0 key generate --container root --bits 2048 --replace --yes
[ -z "$(ids cert root)" ] || fail "a replaced key's certificate stays"
run 0 key delete --container intermediate --spec signature --yes
[ -z "$(ids cert intermediate)" ] || fail "a deleted key's certificate stays"
run 0 container delete "${curves[@]}" p256 --yes
[ -z "$(ids cert p256)" ] || fail "a deleted container's certificate stays"
[ "$(certificates | grep -c '^Certificate Object')" = 2 ] || fail "certificates left: $(certificates)"

# -- PEM as others write it, and what is none ------------------------------------------------------------------------------

openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -subj /CN=other -days 9 -out other.pem 2>/dev/null
openssl req -new -key other.key -subj /CN=other -out other.csr
for file in other.pem other.csr; do
    python3 - "$file" >"wide-$file" <<'END'
import sys
lines = open(sys.argv[1]).read().split("\n")
text = "".join(lines[1:-2])
print("a bag's attributes", lines[0], *[text[i : i + 76] for i in range(0, len(text), 76)], lines[-2], sep="\r\n")
END
done
run 0 certificate show --in wide-other.pem
json 0 certificate show --in wide-other.pem
is "d['certificate']['subject']" CN=other
run 0 key generate --container ca --bits 2048
run 0 certificate self-sign --container ca --subject CN=ca --ca --out ca.pem
run 0 certificate issue --container ca --ca-certificate ca.pem --request wide-other.csr --days 5 --out issued.pem
openssl verify -CAfile ca.pem issued.pem >/dev/null || fail "the certificate of a wide request does not verify"
openssl x509 -in other.pem -outform DER -out other.der
openssl req -in other.csr -outform DER -out other.csr.der
head -c 300 other.pem >cut.pem
head -c 300 other.der >cut.der
head -c 300 other.csr >cut.csr
head -c 300 other.csr.der >cut.csr.der
{ cat other.csr.der; printf x; } >long.csr.der
printf '0\x82' >short.der
for file in cut.pem cut.der other.csr other.key cut.csr.der short.der; do
    run 1 certificate show --in "$file"
    said NTE_BAD_DATA
    if grep -qE 'Error\.|\.swift|ASN1' err; then fail "not in plain words: $(cat err)"; fi
done
for file in cut.csr cut.csr.der long.csr.der short.der other.pem other.key; do
    run 1 certificate issue --container ca --ca-certificate ca.pem --request "$file" --days 5 --out never
    said NTE_BAD_DATA
    if grep -qE 'Error\.|\.swift|ASN1' err; then fail "not in plain words: $(cat err)"; fi
done

secrets_stay_secret token/demo.pin
