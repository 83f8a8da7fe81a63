#!/usr/bin/env bash
# Usage: Tests/Integration/cli-ceremony.sh
#
# A key ceremony and its audit: many keys with one login and a manifest; 'key attest' finds whatever is changed on the
# token past TokenCSP and whatever is edited in the manifest; no file of an auditor's is lost.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi

# shellcheck disable=SC2046
cc -Wall -Wextra -Werror -O1 -o change "$root/Tests/Integration/cli-ceremony.c" $(pkg-config --cflags --libs p11-kit-1)
# change CLASS LABEL ATTRIBUTE VALUE: an attribute of an object on the token.
change() { PIN=$pin timeout 60 ./change "$softhsm_module" demo "$@" || fail "cannot change $2"; }
tool() { PIN=$pin timeout 60 pkcs11-tool --module "$softhsm_module" --token-label demo --login --pin env:PIN "$@" >/dev/null 2>&1; }

# -- The ceremony ----------------------------------------------------------------------------------------------------

spy=$(find /usr/lib -name pkcs11-spy.so -print -quit)
[ -n "$spy" ] || fail "no pkcs11-spy.so: it is in Debian's package opensc-pkcs11"
export PKCS11SPY=$softhsm_module PKCS11SPY_OUTPUT=$work/spy
spied="pkcs11:token=demo?module-path=$spy&pin-source=file:$work/token/demo.pin"

json 0 key generate --container 'tls-%03d' --count 5 --bits 1024 --manifest tls.json --note 'Audit 7' --token "$spied"
[ "$(grep -c '^[0-9]*: C_Login' spy)" = 1 ] || fail "$(grep -c '^[0-9]*: C_Login' spy) logins for five keys"
keys d keys asked made manifest
is "[k['key']['container'] for k in d['keys']]" "['tls-001', 'tls-002', 'tls-003', 'tls-004', 'tls-005']"
is "d['asked'], d['made'], d['manifest']['file']" "(5, 5, 'tls.json')"
is "d['manifest']['sha256']" "$(sha256sum tls.json | cut -d' ' -f1)"
[ "$(stat -c %a tls.json)" = 644 ] || fail "the manifest's mode is $(stat -c %a tls.json)"
[ "$(find . -name 'tls.json*' | wc -l)" = 1 ] || fail "files beside the manifest: $(ls)"

# What the manifest says, by witnesses that are not ours.
cp tls.json document
keys d schema version runs
keys "d['runs'][0]" time software host operator note module token provider key_set keys
keys "d['runs'][0]['keys'][0]" time container spec uri id algorithm bits mechanism rung flags flag_names protection \
    attributes public_key public_key_sha256 notes
is "d['schema'], d['version'], d['runs'][0]['note']" "('tokencsp-manifest', 1, 'Audit 7')"
is "d['runs'][0]['software']['version']" "$(tokencsp --version)"
is "d['runs'][0]['token']['label'], d['runs'][0]['module']['description']" "('demo', 'Implementation of PKCS11')"
is "[k['container'] for k in d['runs'][0]['keys']]" "['tls-001', 'tls-002', 'tls-003', 'tls-004', 'tls-005']"
for number in 0 4; do
    value "d['runs'][0]['keys'][$number]['public_key']" >key.pem
    tool --read-object --type pubkey --label "tls-00$((number + 1))" --output-file seen.der
    openssl pkey -pubin -in key.pem -outform DER -out key.der
    cmp -s key.der seen.der || fail "the manifest's public key is not the token's"
    is "d['runs'][0]['keys'][$number]['public_key_sha256']" "$(sha256sum key.der | cut -d' ' -f1)"
done
! grep -qF "$pin" tls.json || fail "the PIN is in the manifest"

json 0 key attest tls.json --token "$spied" --strict
keys d manifest agrees complete token token_differences version_changes keys extra_keys
is "d['agrees'], d['complete'], [k['result'] for k in d['keys']]" "(True, True, ['agrees', 'agrees', 'agrees', 'agrees', 'agrees'])"
is "d['manifest']['sha256']" "$(sha256sum tls.json | cut -d' ' -f1)"
run 0 key attest tls.json
grep -q '^All 5 keys agree with the manifest.$' out || fail "attest: $(cat out)"

# Without a PIN the public halves alone are seen, and that is said.
run 4 key attest tls.json --token "$demo_uri"
said 'not checked: the private halves'
: >spy
json 0 key attest tls.json --token "$spied" --public-only
if grep -q '^[0-9]*: C_Login' spy; then fail "--public-only logs in"; fi
is "d['complete'], d['not_checked'], d['keys'][0]['unchecked']" "(False, '--public-only', ['private half'])"
# The manifest names the token where nothing else does; it never names a module.
(
    unset TOKENCSP_TOKEN
    run 0 key attest tls.json --pin-source "file:$work/token/demo.pin"
) || [ ! -e /usr/share/p11-kit/modules/softhsm2.module ] || fail "the manifest's token is not found"

# -- Names, refusals, files that are there ---------------------------------------------------------------------------

before=$(sha256sum tls.json)
unchanged run 3 key generate --container other --bits 1024 --manifest tls.json
said tls.json --append --replace-manifest
[ "$(sha256sum tls.json)" = "$before" ] || fail "the manifest was written to"
unchanged run 3 key generate --container tls-003 --bits 1024 --manifest tls.json --append --replace
said 'tls.json has a signature key of container "tls-003" already'
unchanged run 3 key generate --container 'tls-%03d' --count 3 --start 5 --bits 1024
said NTE_EXISTS tls-005 'no key was made'
# What is replaced is asked about, once; nobody is there to answer.
unchanged run 7 key generate --container 'tls-%03d' --count 3 --start 5 --bits 1024 --replace
said --yes
cp tls.json other.json
unchanged run 7 key generate --container other --bits 1024 --manifest other.json --replace-manifest
said --yes
cmp -s tls.json other.json || fail "a manifest was replaced without an answer"
rm other.json
unchanged run 64 key generate --container 'a%db%d' --count 2
unchanged run 64 key generate --container 'a%s' --count 2
unchanged run 64 key generate --container 'pkcs11:object=a' --count 2
unchanged run 64 key generate --container a --count 0
unchanged run 64 key generate --count 2
unchanged run 64 key generate --container a --append
unchanged run 64 key generate --container a --manifest -
unchanged run 64 key generate --ephemeral --manifest x.json
unchanged run 2 key generate --container a --bits 1024 --manifest no/such/folder/x.json
unchanged run 64 key generate --container a --bits 1024 --manifest /dev/null
cp tls.json appended.json
chmod 600 appended.json
run 0 key generate --container web --count 2 --bits 1024 --exportable --spec exchange --manifest appended.json --append
cp appended.json document
is "[len(r['keys']) for r in d['runs']], d['runs'][1]['keys'][1]['container']" "([5, 2], 'web-2')"
is "d['runs'][1]['keys'][0]['flags'], d['runs'][1]['keys'][0]['flag_names']" "('0x04000001', ['CRYPT_EXPORTABLE'])"
[ "$(stat -c %a appended.json)" = 600 ] || fail "the mode of the manifest has changed"
run 0 key attest appended.json --strict
run 1 key attest tls.json --strict
said 'keys on the token that it lacks: 2'
run 0 key attest tls.json

# The first failure stops it, and says and keeps what was made.
status=0
(trap '' XFSZ; ulimit -f 64; tokencsp key generate --container 'big-%d' --count 9 --bits 1024 --manifest big.json >out 2>err) || status=$?
[ "$status" = 1 ] || fail "a disk that is full: $status, $(cat err)"
said 'keys were made and stay: big-1' 'big.json'
[ "$(find . -name 'big.json*' | wc -l)" = 1 ] || fail "files beside the manifest: $(ls)"
grep -q '^big-1 .*signature' out || fail "what was made is not printed: $(cat out)"
run 0 key attest big.json
cp big.json document
[ "$(value "len(d['runs'][0]['keys'])")" -ge 1 ] || fail "the manifest has no key"

# Every kind of key.
run 0 key generate --container kept --bits 1024 --archivable --manifest kinds.json
run 0 key generate --container asks --bits 1024 --user-protected --manifest kinds.json --append
run 0 key generate --container pins --bits 1024 --force-high-protection --manifest kinds.json --append
run 0 key generate --container host --bits 1024 --machine --manifest kinds.json --append
for algorithm in ecdsa ecdh ed25519; do
    run 0 key generate --container "$algorithm" --algorithm "$algorithm" --provider 'TokenCSP Elliptic Curve Provider' \
        --manifest kinds.json --append
done
json 0 key attest kinds.json
is "d['complete'], {k['result'] for k in d['keys']}, len(d['keys'])" "(True, {'agrees'}, 7)"
cp kinds.json document
is "[k['protection'] for r in d['runs'] for k in r['keys']][:3]" "['none', 'consent', 'PIN']"
is "[k['curve'] for r in d['runs'] for k in r['keys'] if 'curve' in k]" "['P-256', 'P-256', 'Ed25519']"

# -- A key and its request -------------------------------------------------------------------------------------------

# signed FILE SUBJECT: openssl verifies the request and reads this subject in it, blanks aside.
signed() {
    local said
    said=$(openssl req -in "$1" -noout -verify -subject 2>&1) || fail "openssl: $said"
    grep -qi 'verify OK' <<<"$said" || fail "openssl does not verify $1: $said"
    [ "$(grep -i '^subject' <<<"$said" | tr -d ' ')" = "subject=$2" ] || fail "the subject of $1: $said"
}

mkdir requests
: >spy
json 0 key generate --container 'web %02d' --count 2 --bits 2048 --manifest requests.json --token "$spied" \
    --subject 'CN={container}.example.com, O=Example' --san 'dns:a.example.com' --eku serverAuth --request-out 'requests/%s.csr'
[ "$(grep -c '^[0-9]*: C_Login' spy)" = 1 ] || fail "$(grep -c '^[0-9]*: C_Login' spy) logins for two keys and their requests"
is "[k['request_file'] for k in d['keys']]" "['requests/web 01.csr', 'requests/web 02.csr']"
is "[k['request'] == open(k['request_file']).read() for k in d['keys']]" '[True, True]'
[ "$(find requests -type f | wc -l)" = 2 ] || fail "files: $(ls requests)"
for number in 01 02; do
    signed "requests/web $number.csr" "O=Example,CN=web$number.example.com"
    openssl req -in "requests/web $number.csr" -noout -pubkey >in-request.pem
    run 0 key export-public --container "web $number" --out on-token.pem
    cmp -s in-request.pem on-token.pem || fail "the request is for another key than the token's"
done
openssl req -in 'requests/web 01.csr' -noout -text | grep -q 'DNS:a.example.com' || fail "no alternative name"
cp requests.json document
is "[k['certificate_request'] == open('requests/' + k['container'] + '.csr').read() for k in d['runs'][0]['keys']]" '[True, True]'
json 0 key attest requests.json
is "d['agrees'], [k['result'] for k in d['keys']]" "(True, ['agrees', 'agrees'])"

# A request of another key, one that was changed after it was signed, and what is none.
cat >swap.py <<'END'
import base64, json, sys
d = json.load(open("requests.json"))
k = d["runs"][0]["keys"]
def der(pem): return bytearray(base64.b64decode("".join(pem.split("\n")[1:-2])))
def pem(der):
    text = base64.b64encode(bytes(der)).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE REQUEST-----", *lines, "-----END CERTIFICATE REQUEST-----", ""])
assert pem(der(k[0]["certificate_request"])) == k[0]["certificate_request"]
exec(sys.argv[1])
json.dump(d, open("swapped.json", "w"))
END
# swapped STATUS PYTHON [FIELD]: the manifest's keys k are edited; what 'attest' says of the first.
swapped() {
    python3 swap.py "$2"
    run "$1" key attest swapped.json --json
    [ "$1" = 1 ] || return 0
    cp out document
    is "d['agrees'], [k['result'] for k in d['keys']]" "(False, ['differs', 'agrees'])"
    is "[x['field'] for x in d['keys'][0]['differences']]" "['$3']"
}
swapped 0 'pass'
swapped 1 'k[0]["certificate_request"] = k[1]["certificate_request"]' 'certificate_request public_key_sha256'
swapped 1 'x = der(k[0]["certificate_request"]); x[x.index(b"Example")] ^= 1; k[0]["certificate_request"] = pem(x)' \
    'certificate_request signature'
swapped 1 'x = der(k[0]["certificate_request"]); x[-1] ^= 1; k[0]["certificate_request"] = pem(x)' 'certificate_request signature'
swapped 1 'k[0]["certificate_request"] = pem(b"0\0")' certificate_request
swapped 1 'k[0]["certificate_request"] += k[1]["certificate_request"]' certificate_request
swapped 64 'k[0]["certificate_request"] = ""'
swapped 64 'k[0]["certificate_request"] = k[0]["public_key"]'

# One key, without a manifest; curves; a request that is printed.
run 0 key generate --container one --bits 2048 --subject CN=one --request-out one.csr
signed one.csr CN=one
grep -q '^Certificate request: one.csr$' out || fail "the file is not told: $(cat out)"
for algorithm in ecdsa ed25519; do
    run 0 key generate --container "one $algorithm" --algorithm "$algorithm" --provider 'TokenCSP Elliptic Curve Provider' \
        --subject 'CN={container}' --manifest "one $algorithm.json"
    run 0 key attest "one $algorithm.json"
    cp "one $algorithm.json" document
    value "d['runs'][0]['keys'][0]['certificate_request']" >"$algorithm.csr"
    signed "$algorithm.csr" "CN=one$algorithm"
done
run 0 key generate --container printed --bits 2048 --archivable --san 'dns:{container}.example.com'
openssl req -in out -noout -verify -text 2>&1 | grep -q 'DNS:printed.example.com' || fail "no request is printed: $(cat out)"
# The name is one value of the subject, whatever it is.
run 0 key generate --container 'a,O=b+C=#"' --bits 2048 --subject '/O=x/CN={container}' --request-out odd.csr
openssl req -in odd.csr -noout -subject -nameopt multiline | grep -qF 'commonName                = a,O=b+C=#"' ||
    fail "the subject: $(openssl req -in odd.csr -noout -subject)"

# Nothing is made where a request could not be.
unchanged run 3 key generate --container two --bits 2048 --subject CN=two --request-out one.csr
said 'one.csr exists already, and no key was made'
unchanged run 3 key generate --container one --bits 2048 --subject CN=one --request-out new.csr
[ ! -e new.csr ] || fail "a request without a key"
cp one.csr old.csr
run 0 key generate --container one --bits 2048 --subject CN=one --request-out one.csr --replace --yes
signed one.csr CN=one
! cmp -s one.csr old.csr || fail "the request is the old key's"
two=(key generate --container two --bits 2048)
unchanged run 64 key generate --container two --bits 1024 --subject CN=two --request-out two.csr
unchanged run 64 "${two[@]}" --subject CN=two --hash md5
unchanged run 64 "${two[@]}" --subject CN=
unchanged run 64 "${two[@]}" --request-out two.csr
unchanged run 64 "${two[@]}" --key-usage digitalSignature
unchanged run 64 "${two[@]}" --subject CN=two --request-out '%d.csr'
unchanged run 64 "${two[@]}" --subject CN=two --request-out -
unchanged run 64 "${two[@]}" --subject CN=two --request-out two.json --manifest two.json
unchanged run 64 "${two[@]}" --subject CN=two --count 2
unchanged run 64 "${two[@]}" --subject CN=two --count 2 --request-out two.csr
unchanged run 2 "${two[@]}" --subject CN=two --request-out no/such/folder/two.csr
unchanged run 64 key generate --container ../two --bits 2048 --subject CN=two --request-out 'requests/%s.csr'
unchanged run 64 key generate --container 'a b' --bits 2048 --san 'dns:{container}.example.com'
unchanged run 64 key generate --bits 2048 --subject 'CN={container}'
unchanged run 64 key generate --ephemeral --subject CN=two
unchanged run 64 key generate --algorithm ecdh --provider 'TokenCSP Elliptic Curve Provider' --container two --subject CN=two
# Nobody consents to the signature: the key goes again, and its container.
unchanged run 4 key generate --container asked --bits 2048 --user-protected --subject CN=asked --request-out asked.csr
[ ! -e asked.csr ] || fail "a request that nobody consented to"
run 2 key show --container asked
# A source of the PIN that is named for this command is consent.
run 0 key generate --container asked --bits 2048 --user-protected --subject CN=asked --request-out asked.csr \
    --pin-source "file:$work/token/demo.pin"
signed asked.csr CN=asked

# -- A token that was changed ----------------------------------------------------------------------------------------

# differs CONTAINER FIELD [FOUND]: the last attestation says so of this container, and of this field.
differs() {
    local found=None
    if [ $# = 3 ]; then found="'$3'"; fi
    is "any(k['container'] == '$1' and any(x['field'] == '$2' and x.get('found') == $found for x in k['differences']) for k in d['keys'])" True
}
attest() {
    run 1 key attest "$@" --json
    cp out document
}

change 3 tls-001 0x108 false
attest tls.json
is "[k['result'] for k in d['keys']]" "['differs', 'agrees', 'agrees', 'agrees', 'agrees']"
differs tls-001 'private CKA_SIGN' false
is "d['keys'][0]['differences'][0]" "{'expected': 'true', 'field': 'private CKA_SIGN', 'found': 'false'}"
run 1 key attest tls.json
grep -q '^private CKA_SIGN *true *false$' out || fail "attest shows no difference: $(cat out)"
run 0 key attest tls.json --public-only
change 2 tls-001 0x10A false
run 1 key attest tls.json --public-only
grep -q '^public CKA_VERIFY *true *false$' out || fail "attest shows no difference: $(cat out)"

change 3 tls-002 3 renamed
change 2 tls-002 3 renamed
attest tls.json
differs tls-002 container renamed
differs tls-002 'private CKA_LABEL' '"renamed"'

# Another key under the same name, with the attributes of the first.
tool --delete-object --type privkey --label tls-003
attest tls.json
differs tls-003 'private key'
tool --delete-object --type pubkey --label tls-003
attest tls.json
is "d['keys'][2]['result']" missing
id=$(python3 -c "import json; print(json.load(open('tls.json'))['runs'][0]['keys'][2]['id'])")
tool --keypairgen --key-type rsa:1024 --usage-sign --label tls-003 --id "$id"
attest tls.json
is "d['keys'][2]['result']" differs
is "any(x['field'] == 'public_key' for x in d['keys'][2]['differences'])" True
run 0 key generate --container tls-004 --bits 1024 --replace --yes
attest tls.json
is "sorted(x['field'] for x in d['keys'][3]['differences'] if 'CKA' not in x['field'])" \
    "['id', 'public_key', 'public_key_sha256', 'uri']"
tool --delete-object --type pubkey --label tls-005
attest tls.json
differs tls-005 'public key'
is "len([k for k in d['keys'] if k['result'] in ('differs', 'missing')])" 5

# Another token with the same keys' names.
eval "$("$root/scripts/softhsm-token" --label second "$work/token" 2>/dev/null)"
attest big.json
is "[x['field'] for x in d['token_differences']]" "['token.label', 'token.serial', 'token.uri']"
is "d['keys'][0]['result']" missing
export TOKENCSP_TOKEN="$demo_uri&pin-source=file:$work/token/demo.pin"

# -- A manifest that was edited --------------------------------------------------------------------------------------

# Each field of it, one at a time: 'attest' finds what the token can contradict. Line by line: FIELD STATUS ERROR.
cat >edit.py <<'END'
import copy, json, subprocess
manifest = json.load(open("big.json"))
# What no token knows: people's words, times, where a library lay, and why an attribute was asked for.
unknowable = {"time", "host", "operator", "note", "name", "path", "because", "notes", "rung", "hardware_version", "firmware_version"}
unknowable |= {"software", "module"}

def leaves(value, path=()):
    if isinstance(value, dict):
        for name in value: yield from leaves(value[name], path + (name,))
    elif isinstance(value, list):
        for i in range(len(value)):
            if path[-1:] == ("attributes",) and i % 9: continue
            if path[-1:] == ("keys",) and i: continue
            yield from leaves(value[i], path + (i,))
    else: yield path

def other(text):
    if isinstance(text, int): return text + 8
    words = {"token": "csp", "true": "false", "false": "true", "user": "machine", "private": "public", "public": "private",
        "none": "PIN", "signature": "exchange", "0x04000000": "0x04000001"}
    if text in words: return words[text]
    if text.startswith("-----"): return text.replace("MIG", "MIH", 1)
    if text.startswith("TokenCSP "): return "Microsoft Base DSS Cryptographic Provider"
    last = "0" if text[-1] != "0" else "1"
    return text[:-1] + last

def attest(edited):
    with open("edited.json", "w") as file: json.dump(edited, file)
    done = subprocess.run(["tokencsp", "key", "attest", "edited.json"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr

assert attest(manifest)[0] == 0, attest(manifest)
tried = 0
for path in leaves(manifest):
    if unknowable & set(path): continue
    edited = copy.deepcopy(manifest)
    place = edited
    for step in path[:-1]: place = place[step]
    place[path[-1]] = other(place[path[-1]])
    status, text = attest(edited)
    assert status in (1, 64), f"{path} = {place[path[-1]]!r}: {status}\n{text}"
    tried += 1
    # Taken out altogether. Whether something was asked for at all, no token knows.
    if path[-1] == "asked": continue
    del place[path[-1]]
    status, text = attest(edited)
    assert status in (1, 64), f"{path} taken out: {status}\n{text}"
assert tried > 30, tried
edited = copy.deepcopy(manifest)
taken = edited["runs"][0]["keys"][0]["attributes"].pop()
status, text = attest(edited)
assert status == 1 and taken["attribute"] in text, text
END
timeout 300 python3 edit.py || fail "an edit is not found"

# Whatever is in it: an error that says where, and no crash.
# bad TEXT…: a manifest of standard input is refused, and the message has these words.
bad() {
    cat >bad.json
    run 64 key attest bad.json
    said 'bad.json, line' "$@"
}
edit() { python3 -c "import json; d = json.load(open('big.json')); k = d['runs'][0]['keys'][0]; $1; json.dump(d, open('edited.json', 'w'), indent=1)"; cat edited.json; }
bad 'line 1' 'no JSON' </dev/null
head -c 2000 tls.json | bad 'no JSON'
printf '{"schema": "tokencsp-manifest", "version": 2, "runs": []}' | bad version 'reads manifests of version 1'
printf '{"schema": "tokencsp-manifest", "version": 1, "runs": []}' | bad runs
printf '{"schema": "else"}' | bad schema
printf '[[[[[[[[[[[[[[[[[[[[[[' | bad levels
printf '\n\n{"a": 1, "a": 2}' | bad 'line 3' twice
head -c 3000000 /dev/zero | tr '\0' '[' | bad levels
head -c 3000 /dev/urandom | bad JSON
edit "k['bits'] = 10**30" | bad 'runs[0].keys[0].bits' 'no whole number'
edit "k['bits'] = -1" | bad 'runs[0].keys[0].bits'
edit "k['bits'] = 4711" | sed 's/4711/1e999/' | bad 'runs[0].keys[0].bits' '1e999 is no whole number'
edit "k['bits'] = float('inf')" | bad 'no JSON'
edit "k['bits'] = '1024'" | bad 'runs[0].keys[0].bits' 'a number is due, not a string'
edit "k['rung'] = None" | bad 'runs[0].keys[0].rung'
edit "k['extra'] = 1" | bad 'runs[0].keys[0].extra' 'no such field'
edit "k['attributes'] = {}" | bad 'runs[0].keys[0].attributes'
edit "k['attributes'].append(k['attributes'][0])" | bad twice
edit "k['id'] = 'zz'" | bad 'runs[0].keys[0].id'
edit "k['id'] = 'ab' * 1000" | bad 'runs[0].keys[0].id'
edit "k['uri'] = 'pkcs11:token=demo?module-path=/tmp/evil.so'" | bad 'runs[0].keys[0].uri'
edit "d['runs'][0]['token']['uri'] = 'pkcs11:?pin-source=|touch evil'" | bad 'runs[0].token.uri'
edit "d['runs'][0]['provider'] = 'None'" | bad 'runs[0].provider'
edit "d['runs'].append(d['runs'][0])" | bad twice
for time in yesterday 2020-99-99T99:99:99Z 2025-02-29T12:00:00Z 2026-04-31T12:00:00Z 2026-11-23T24:00:00Z; do
    edit "k['time'] = '$time'" | bad 'runs[0].keys[0].time'
done
[ ! -e evil ] || fail "a manifest's word was done"
run 2 key attest no-such.json
truncate -s 200M huge.json
run 1 key attest huge.json
said 'no manifest'

# -- A signal ends it between two keys -------------------------------------------------------------------------------

for signal in INT TERM; do
    tokencsp key generate --container "stopped-$signal-%d" --count 500 --provider 'TokenCSP Elliptic Curve Provider' \
        --manifest "$signal.json" >stopped.out 2>stopped.err &
    ceremony=$!
    while [ ! -e "$signal.json" ]; do sleep 0.05; done
    sleep 0.3
    # A job of a script ignores SIGINT, unless it takes it itself.
    kill -"$signal" "$ceremony"
    status=0
    wait "$ceremony" || status=$?
    [ "$status" = 7 ] || fail "SIG$signal: ended with $status"
    grep -q 'keys were made and stay' stopped.err || fail "SIG$signal: it does not say what was made"
    made=$(python3 -c "import json; print(sum(len(r['keys']) for r in json.load(open('$signal.json'))['runs']))")
    [ "$made" = "$(tokencsp key list --json | grep -c "\"container\" : \"stopped-$signal-")" ] ||
        fail "SIG$signal: $made keys in the manifest, others on the token"
    tokencsp key attest "$signal.json" >/dev/null || fail "SIG$signal: the manifest does not agree"
done

# -- Replaced, with a yes ---------------------------------------------------------------------------------------------

run 0 key generate --container 'many-%d' --count 2 --bits 1024 --manifest many.json
before=$(private_key many-2)
run 0 key generate --container 'many-%d' --count 3 --bits 1024 --manifest many.json --replace --replace-manifest --yes
[ "$(private_key many-2)" != "$before" ] || fail "--replace replaced nothing"
json 0 key attest many.json
is "d['agrees'], len(d['keys'])" '(True, 3)'

# -- A key that was made stays, and that is said -------------------------------------------------------------------------

# shellcheck disable=SC2046
"${CC:-cc}" -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden "-DREAL_MODULE=\"$softhsm_module\"" \
    $(pkg-config --cflags p11-kit-1) "$root/Tests/FaultModule/faultmodule.c" -o fault.so -ldl
faulty="pkcs11:token=demo?module-path=$work/fault.so&pin-source=file:$work/token/demo.pin"
# Whichever of its searches and readings fails for good: the key is there and it is said, or neither.
told=0
for function in C_FindObjectsInit C_GetAttributeValue; do
    for skip in $(seq 0 40); do
        status=0
        FAULT_RULES="fail $function 30 1000 $skip" timeout 60 tokencsp key generate --container lasting --bits 1024 \
            --manifest lasting.json --token "$faulty" >out 2>err || status=$?
        [ "$status" != 0 ] || break
        if private_key lasting | grep -q RSA; then
            said 'container "lasting" was made and stays'
            told=$((told + 1))
            run 0 container delete lasting --yes
        elif grep -q 'was made and stays' err; then
            fail "a key is said to stay that does not: $(cat err)"
        fi
        if tokencsp container delete lasting --yes >/dev/null 2>&1; then :; fi
    done
    [ "$status" = 0 ] || fail "the failures of $function do not end"
    run 0 container delete lasting --yes
    rm lasting.json
done
[ "$told" -gt 0 ] || fail "no failure left a key"

secrets_stay_secret token/demo.pin
