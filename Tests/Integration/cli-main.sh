#!/usr/bin/env bash
# Usage: Tests/Integration/cli-main.sh
#
# The main job from the command line: keys with the policy asked for, as pkcs11-tool and p11tool see them; signatures
# that openssl verifies; every command's JSON; what asks for no PIN; containers by their full names.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi

# -- What is asked for is what other tools see -----------------------------------------------------------------------

run 0 key generate --container alice --spec signature --bits 2048
grep -q '^Policy: not exportable, sensitive, sign only. Read back: all [0-9]* lines agree.$' out || fail "no verdict: $(cat out)"
run 0 key generate --container bob --spec exchange --exportable --bits 2048
run 0 key generate --container carol --archivable --bits 2048
run 0 key generate --container dave --user-protected --bits 2048

# access LABEL WORD… [-- WORD…]: pkcs11-tool says of a private key the first words and not the second ones.
access() {
    local label=$1 block expected=yes found word
    shift
    block=$(private_key "$label" | grep -E 'Usage:|Access:')
    for word in "$@"; do
        if [ "$word" = -- ]; then expected=no; continue; fi
        found=no
        if grep -qE ", $word(,|\$)" <<<"${block//: */, }"; then found=yes; fi
        grep -qE "(:|,) *$word(,|\$)" <<<"$block" && found=yes
        [ "$found" = "$expected" ] || fail "pkcs11-tool on $label, '$word' ($expected expected): $block"
    done
}
access alice sign sensitive 'always sensitive' 'never extractable' local -- extractable decrypt unwrap 'always authenticate'
access bob sign decrypt unwrap sensitive extractable -- 'never extractable'
access carol sign sensitive -- extractable 'never extractable'
access dave sign sensitive 'never extractable' 'always authenticate' -- extractable

# p11tool_flags LABEL: the flags of a private key.
p11tool_list=$(GNUTLS_PIN=$pin p11tool --provider "$softhsm_module" --list-all --login 'pkcs11:token=demo' 2>/dev/null)
p11tool_flags() {
    awk -v label="$1" '/Type:/ { isPrivate = /Private key/ } /Label:/ { found = ($2 == label) }
        isPrivate && found && /Flags:/ { sub(/^[ \t]*Flags: */, ""); sub(/; *$/, ""); print }' <<<"$p11tool_list"
}
[ "$(p11tool_flags alice)" = 'CKA_PRIVATE; CKA_NEVER_EXTRACTABLE; CKA_SENSITIVE' ] || fail "p11tool: $p11tool_list"
[ "$(p11tool_flags bob)" = 'CKA_WRAP/UNWRAP; CKA_PRIVATE; CKA_EXTRACTABLE; CKA_SENSITIVE' ] || fail "p11tool: $p11tool_list"

run 0 key show --container alice
grep -q '^export  nobody: not extractable, and never was$' out || fail "key show: $(cat out)"
if grep -q ASKED out; then fail "a reopened key was asked nothing: $(cat out)"; fi

# -- Signatures ------------------------------------------------------------------------------------------------------

printf 'Sign this.\n' >message
printf 'Sign that.\n' >other
run 0 key export-public --container alice --out alice.pem
run 0 key export-public --container alice --format der --out alice.der
run 0 key export-public --container alice --format blob --out alice.blob
openssl pkey -pubin -inform DER -in alice.der -out from-der.pem
openssl rsa -pubin -inform MSBLOB -in alice.blob -out from-blob.pem 2>/dev/null
cmp -s alice.pem from-der.pem || fail "der and pem differ"
cmp -s alice.pem from-blob.pem || fail "blob and pem differ"
run 0 key export-public --container alice
cmp -s out alice.pem || fail "standard output and --out differ"

for hash in sha1 sha256 sha384 sha512 md5; do
    run 0 sign --container alice --hash "$hash" --in message --out message.sig
    openssl dgst "-$hash" -verify alice.pem -signature message.sig message >/dev/null || fail "openssl, $hash"
    run 0 verify --container alice --hash "$hash" --in message --signature message.sig
    run 1 verify --container alice --hash "$hash" --in other --signature message.sig
    said NTE_BAD_SIGNATURE
done
cp message in
run 0 sign --container alice --little-endian
python3 -c 'import sys; sys.stdout.buffer.write(open("out", "rb").read()[::-1])' >reversed.sig
openssl dgst -sha256 -verify alice.pem -signature reversed.sig message >/dev/null || fail "openssl, CryptSignHash's byte order"
run 1 verify --container alice --in message --signature out
openssl dgst -sha256 -sign <(openssl genrsa 2048 2>/dev/null) -out foreign.sig message
run 1 verify --container alice --in message --signature foreign.sig
head -c 100 reversed.sig >short.sig
run 1 verify --container alice --in message --signature short.sig
# The key asks its user at each use: a standing pin-source is no consent, one that is named for this command is.
run 4 sign --container dave --in message --out dave.sig
run 0 sign --container dave --in message --out dave.sig --pin-source "file:$work/token/demo.pin"
run 0 verify --container dave --in message --signature dave.sig

# -- JSON ------------------------------------------------------------------------------------------------------------

report=(container spec algorithm bits id uri token token_serial mechanism rung policy agrees lines notes)
policy=(exportable ever_exportable sensitive needs_login pin_at_each_use generated_on_token usage public_usage held_by_token
    protection)
token=(label manufacturer model serial slot_description slot_id uri module_path is_initialized is_user_pin_initialized
    needs_login is_write_protected has_random has_protected_authentication_path user_pin_count_low user_pin_final_try
    user_pin_locked user_pin_to_be_changed so_pin_count_low so_pin_final_try so_pin_locked so_pin_to_be_changed
    minimum_pin_length maximum_pin_length)

json 0 key generate --container erin --bits 2048 --exportable
keys d key placement lifetime
keys "d['key']" "${report[@]}"
keys "d['key']['policy']" "${policy[@]}"
keys "d['key']['lines'][0]" object attribute asked on_token held_by because agrees
is "d['key']['agrees'], d['key']['policy']['exportable'], d['key']['policy']['sensitive']" '(True, True, True)'
is "d['placement'], d['lifetime']" "('token', 'token')"
is "d['key']['policy']['protection']" none
json 0 key show --container dave
keys "d['key']['policy']" "${policy[@]}" protection_held_by
is "d['key']['policy']['protection'], d['key']['policy']['protection_held_by']" "('consent', 'token')"
json 0 key generate --container frank --bits 2048 --archivable
keys d key placement lifetime after_close
is "d['after_close']['policy']['exportable']" False
json 0 key generate --algorithm aes-256
is "d['lifetime'], d['key']['policy']['usage'][0]" "('process', 'encrypt')"
json 0 key generate --ephemeral --bits 1024
is "d['lifetime'], 'container' in d['key']" "('process', False)"
json 0 key show --container alice
keys d key
keys "d['key']" "${report[@]}"
keys "d['key']['lines'][0]" object attribute on_token held_by because agrees
is "d['key']['policy']['usage'], d['key']['policy']['public_usage']" "(['sign'], ['verify'])"
is "[l['on_token'] for l in d['key']['lines'] if (l['object'], l['attribute']) == ('private', 'CKA_NEVER_EXTRACTABLE')]" "['true']"
json 0 key list
keys d keys
keys "d['keys'][0]" container spec specs algorithm bits id uri is_ours
is "[k['container'] for k in d['keys']]" "['alice', 'bob', 'carol', 'dave', 'erin', 'frank']"
json 0 key export-public --container alice
keys d container spec algorithm bits format public_key
[ "$(value "d['public_key']")" = "$(cat alice.pem)" ] || fail "the JSON's public key is another"
json 0 key export-public --container alice --format blob --out blob2
is "d['file'], d['public_key'] == __import__('base64').b64encode(open('alice.blob', 'rb').read()).decode()" "('blob2', True)"
json 0 sign --container alice --in message
keys d container spec bits hash byte_order signature
value "d['signature']" | base64 -d >json.sig
openssl dgst -sha256 -verify alice.pem -signature json.sig message >/dev/null || fail "openssl, the JSON's signature"
json 0 verify --container alice --in message --signature json.sig
keys d container spec hash valid
json 1 verify --container alice --in other --signature json.sig
keys "d['error']" code name message exit_status
is "__import__('json').load(open('out'))['valid']" False
is "d['error']['name'], d['error']['exit_status']" "('NTE_BAD_SIGNATURE', 1)"
json 0 container create empty
is d "{'container': 'empty', 'created': True}"
json 0 container list
is "[(c['name'], c['keys']) for c in d['containers'][3:5]]" "[('dave', ['signature']), ('empty', [])]"
keys "d['containers'][0]" name keys uri
json 0 container delete empty --yes
is d "{'container': 'empty', 'deleted': True, 'keys': []}"
json 0 key delete --container frank --spec signature --yes
is d "{'container': 'frank', 'deleted': True, 'spec': 'signature'}"
json 0 token list
keys d chosen tokens
is "d['chosen'] == d['tokens'][0]['uri']" True
keys "d['tokens'][0]" "${token[@]}"
json 0 providers
keys "d['providers'][0]" name type type_name is_default
json 0 explain --exportable --bits 2048
keys d flags flag_names session_object algorithm bits mechanism template ladder notes
keys "d['template'][0]" object attribute value because
is "d['flags'], d['flag_names']" "('0x08000001', ['CRYPT_EXPORTABLE', '2048 bits'])"

# -- Containers ------------------------------------------------------------------------------------------------------

run 3 container create alice
said NTE_EXISTS alice
run 2 container delete nobody --yes
said NTE_BAD_KEYSET nobody
run 2 key show --container nobody
run 2 key show --container alice --spec exchange
said NTE_NO_KEY
run 2 sign --container frank --in message --out frank.sig
said 'holds no key'
run 3 key generate --container alice --bits 2048
said NTE_EXISTS --replace
id=$(private_key alice | awk '$1 == "ID:" { print $2 }')
run 0 key generate --container alice --bits 2048 --replace --yes
[ "$(private_key alice | grep -c ID:)" = 1 ] || fail "the replaced key is still there"
[ "$(private_key alice | awk '$1 == "ID:" { print $2 }')" != "$id" ] || fail "--replace replaced nothing"
run 0 key generate --container alice --spec exchange --bits 2048
json 0 container list
is "d['containers'][0]['keys']" "['signature', 'exchange']"
run 0 key delete --container alice --spec exchange --yes
run 7 key delete --container alice --spec signature
said --yes
run 0 key show --container alice

# The same name in the machine's key set is another container.
run 0 key generate --container alice --bits 1024 --machine
json 0 key list --machine
is "[(k['container'], k['bits']) for k in d['keys']]" "[('alice', 1024)]"
run 0 container delete alice --machine --yes
run 0 key show --container alice

# The default container is the user's login name's.
run 0 key generate --bits 1024
json 0 key show
is "d['key']['container']" "$(id -un)"
run 0 container delete --default --yes

# A container's full name may choose another token than the configuration does.
eval "$("$root/scripts/softhsm-token" --label second "$work/token" 2>/dev/null)"
run 2 key show --container alice
reader=$(tokencsp token list --json --token "$demo_uri" | sed -nE 's/.*"slot_description" : "(.*)",/\1/p')
for name in "pkcs11:token=demo;object=alice" '\\.\demo\alice' "\\\\.\\$reader\\alice"; do
    json 0 key show --container "$name" --pin-source "file:$work/token/demo.pin"
    is "d['key']['token'], d['key']['container']" "('demo', 'alice')"
    run 0 sign --container "$name" --in message --out full-name.sig --pin-source "file:$work/token/demo.pin"
    run 0 verify --container "$name" --in message --signature full-name.sig
done
run 0 sign --container "pkcs11:token=demo;object=alice?pin-source=file:$work/token/demo.pin" --in message --out full-name.sig
run 6 key show --container '\\.\third\alice'
said third
run 0 key generate --bits 1024 --container "pkcs11:token=demo;object=grace" --pin-source "file:$work/token/demo.pin"
[ -n "$(private_key grace)" ] || fail "grace is not on the token that her URI names"
export TOKENCSP_TOKEN="$demo_uri&pin-source=file:$work/token/demo.pin"

# -- What asks for no PIN, and what touches no token -----------------------------------------------------------------

spy=$(find /usr/lib -name pkcs11-spy.so -print -quit)
[ -n "$spy" ] || fail "no pkcs11-spy.so: it is in Debian's package opensc-pkcs11"
export PKCS11SPY=$softhsm_module PKCS11SPY_OUTPUT=$work/spy
spied="pkcs11:token=demo?module-path=$spy"
logins() { grep -c '^[0-9]*: C_Login' spy || true; }
for command in 'token list' 'key list' 'container list' 'key export-public --container alice' \
    'verify --container alice --in message --signature full-name.sig'; do
    : >spy
    # shellcheck disable=SC2086
    setsid -w tokencsp $command --token "$spied" </dev/null >out 2>err || { cat err >&2; fail "'$command' wants a PIN"; }
    [ "$(logins)" = 0 ] || fail "'$command' logs in"
done
: >spy
run 0 sign --container alice --in message --out message.sig --token "$spied" --pin-source "file:$work/token/demo.pin"
[ "$(logins)" = 1 ] || fail "sign logs in $(logins) times"

TOKENCSP_TOKEN='pkcs11:token=none?module-path=/no/such/module.so' run 0 explain --spec exchange --bits 2048 --exportable
grep -q '^CKA_EXTRACTABLE *true *CRYPT_EXPORTABLE$' out || fail "explain: $(cat out)"
TOKENCSP_TOKEN='' run 0 explain --flags 0x08000003
: >spy
TOKENCSP_TOKEN=$spied run 0 explain
[ ! -s spy ] || fail "explain touches the token"

# -- Foreign keys, and names that would steer a terminal --------------------------------------------------------------

PIN=$pin pkcs11-tool --module "$softhsm_module" --token-label demo --login --pin env:PIN --keypairgen \
    --key-type rsa:2048 --usage-sign --id 01 --label $'esc\e[31mape' >/dev/null 2>&1
long=$(printf 'l%.0s' {1..600})
PIN=$pin pkcs11-tool --module "$softhsm_module" --token-label demo --login --pin env:PIN --keypairgen \
    --key-type rsa:2048 --usage-sign --id 02 --label "$long" >/dev/null 2>&1
run 0 key list
# Labels that no container can have: the id names them, as a URI that opens them.
! grep -q $'\e' out || fail "key list: $(cat -v out)"
grep -q '^pkcs11:id=%01 .*another tool' out || fail "key list: $(cat out)"
json 0 key list
is "[(k['container'], k['is_ours']) for k in d['keys'] if k['container'].startswith('pkcs11:')]" \
    "[('pkcs11:id=%01', False), ('pkcs11:id=%02', False)]"
for id in 01 02; do run 0 key export-public --container "pkcs11:id=%$id"; done

# -- PINs ------------------------------------------------------------------------------------------------------------

# From each source, with the data from elsewhere; no PIN is in the list of processes meanwhile.
export DEMO_PIN=$pin
mkfifo data
for source in "file:$work/token/demo.pin" env:DEMO_PIN fd:7; do
    tokencsp sign --container alice --out message.sig --pin-source "$source" --token "$demo_uri" <data 7<token/demo.pin 2>err &
    process=$!
    exec 8>data
    tr '\0' ' ' <"/proc/$process/cmdline" >>transcript
    cat message >&8
    exec 8>&-
    wait "$process" || { cat err >&2; fail "sign with --pin-source $source ended with $?"; }
    run 0 verify --container alice --in message --signature message.sig
done
unset DEMO_PIN

secrets_stay_secret token/demo.pin
