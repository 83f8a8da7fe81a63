#!/usr/bin/env bash
# Usage: Tests/Integration/cli-bad-input.sh
#
# What cannot be: names, lengths, URIs, configurations, PINs, tokens. Each has its exit status and a message that names
# the value and what is allowed, and the token is as it was. Also the configuration's search order.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi

run 0 key generate --container alice --bits 2048
printf 'data' >data
before=$(objects)

# -- Key lengths and flags -------------------------------------------------------------------------------------------

for bits in 0 1 1023 65535 65536 2047 16392; do
    run 64 key generate --container new --bits "$bits"
    said "a key length of $bits bits" '1024 to 16384 in steps of 8' ERROR_INVALID_PARAMETER
done
for bits in -5 abc '' 1e3 +2048 99999999999999999999; do
    run 64 key generate --container new --bits "$bits"
    said "'$bits'" 'a number of bits'
done
run 64 key generate --algorithm aes-256 --bits 128
run 64 key generate --algorithm rc5
run 64 key generate --spec both
run 64 key generate --algorithm aes-128 --container new
run 64 key generate --ephemeral --container new
run 64 key generate --ephemeral --replace
run 7 key generate --ephemeral --user-protected
said NTE_SILENT_CONTEXT
run 7 key generate --algorithm aes-128 --user-protected
said NTE_BAD_FLAGS
run 7 explain --flags 0x20
said NTE_BAD_FLAGS 0x20
run 64 explain --flags 0x100000000
run 64 explain --bits 2048 --flags 0x08000000
run 2 key generate --provider 'No Such Provider'
said NTE_KEYSET_NOT_DEF 'No Such Provider' 'tokencsp providers'
run 7 key generate --algorithm aes-256 --provider 'Microsoft Strong Cryptographic Provider'
said NTE_BAD_ALGID
run 64 key generate --container alice extra
run 64 key generate --containr alice
said --container
run 64 nonsense
run 64 verify --container alice --in data
[ "$(objects)" = "$before" ] || fail "a refused request changed the token: $(objects)"

# -- Container names -------------------------------------------------------------------------------------------------

run 64 key generate --bits 1024 --container ''
said empty
for length in 261 300 5000; do
    run 64 key generate --bits 1024 --container "$(printf 'n%.0s' $(seq "$length"))"
    said "a container name of $length bytes" '1 to 260 bytes of UTF-8'
done
for name in $'tab\there' $'line\nfeed' $'escape\e[31m' $'delete\x7f' 'back\slash' $'\\\\.\\' '\\.\\alice'; do
    run 64 key generate --bits 1024 --container "$name"
    said NTE_BAD_KEYSET_PARAM
    if grep -q $'[\e\x7f]' err; then fail "a message steers the terminal: $(cat -v err)"; fi
done
run 64 key generate --bits 1024 --container 'pkcs11:object=%zz'
said 'pkcs11:object=%zz' 'RFC 7512'
run 64 key generate --bits 1024 --container "pkcs11:object=$(printf 'n%.0s' {1..300})"
run 64 key generate --bits 1024 --container 'pkcs11:object=nul%00byte'
[ "$(objects)" = "$before" ] || fail "a refused name changed the token: $(objects)"

# What looks odd and is allowed stays what it is.
for name in 'Größe 日本語 🔑' 'with/slash' 'with"quote' "with'quote" '../../etc/passwd' ' blanks ' '%41' '--' '*' \
    "$(printf 'n%.0s' {1..260})"; do
    run 0 key generate --bits 1024 --container="$name"
    json 0 key show --container="$name"
    [ "$(value "d['key']['container']")" = "$name" ] || fail "'$name' became '$(value "d['key']['container']")'"
    objects | grep -qF -- "$name" || fail "pkcs11-tool does not see '$name'"
    run 3 container create -- "$name"
    run 0 container delete --yes -- "$name"
done
[ "$(objects)" = "$before" ] || fail "containers with odd names left something: $(objects)"

# What is no UTF-8 would be altered: it is refused, wherever it stands.
for argument in $'inv\xffalid' $'pkcs11:object=\xc3'; do
    run 64 key generate --bits 1024 --container "$argument"
    said 'argument 6' UTF-8
    run 64 container create -- "$argument"
    run 64 key list --token "$argument"
done
[ "$(objects)" = "$before" ] || fail "a name that is no UTF-8 changed the token: $(objects)"

# -- URIs, modules, tokens -------------------------------------------------------------------------------------------

for uri in 'pkcs11:token=%zz' 'pkcs11:token' foo 'pkcs11' 'http://token' 'pkcs11:token=demo?pin-source' 'pkcs11:id=%0'; do
    run 64 key list --token "$uri"
    said "$uri" 'RFC 7512'
    TOKENCSP_TOKEN=$uri run 64 key list
    said "$uri" 'RFC 7512'
done
run 64 key list --token ''
run 64 key list --token "$demo_uri&pin-value=$pin"
run 64 key list "--token=$demo_uri&pin-value=$pin"
TOKENCSP_TOKEN="pkcs11:token=%zz?pin-value=$pin" run 64 key list
run 6 key list --token 'pkcs11:token=demo?module-path=/no/such/module.so'
said NTE_PROV_DLL_NOT_FOUND /no/such/module.so
run 6 key list --token "pkcs11:token=demo?module-path=$work/data"
said NTE_PROV_DLL_NOT_FOUND
run 6 key list --token 'pkcs11:token=demo?module-name=no-such-module'
said NTE_PROV_DLL_NOT_FOUND no-such-module
run 6 key list --token "pkcs11:token=absent?module-path=$softhsm_module"
said SCARD_E_NO_SMARTCARD absent demo
run 64 key list --token "pkcs11:tokn=demo?module-path=$softhsm_module"
said tokn unknown
run 0 token list --token "pkcs11:token=absent?module-path=$softhsm_module"
said 'No token found.'
[ ! -s out ] || fail "an empty list is not empty: $(cat out)"
SOFTHSM2_CONF=/no/such/softhsm2.conf run 6 key list

# -- PINs ------------------------------------------------------------------------------------------------------------

sign=(sign --container alice --in data --out data.sig)
for source in file:/no/such/file "file:$work" env:NO_SUCH_VARIABLE fd:77 /no/such/file; do
    run 4 "${sign[@]}" --pin-source "$source"
    said "$source" SCARD_W_CARD_NOT_AUTHENTICATED
    run 4 key generate --container new --bits 1024 --pin-source "$source"
    run 4 key show --container alice --pin-source "$source"
done
: >empty
run 4 "${sign[@]}" --pin-source file:empty
said empty
head -c 2000 /dev/zero | tr '\0' 1 >long
run 4 "${sign[@]}" --pin-source file:long
said 1024
TOKENCSP_TOKEN="$demo_uri&pin-source=file:/no/such/file" run 4 "${sign[@]}"
said /no/such/file
TOKENCSP_TOKEN=$demo_uri run 4 "${sign[@]}" --pin-source prompt
said 'no terminal'
TOKENCSP_TOKEN=$demo_uri TOKENCSP_INTERACTION=none run 4 "${sign[@]}"
said 'interaction = none' --pin-source
TOKENCSP_TOKEN=$demo_uri TOKENCSP_INTERACTION=automatic run 4 "${sign[@]}"
said 'no terminal' --pin-source
for option in --pin --so-pin --new-pin; do
    run 64 "${sign[@]}" "$option" "$pin"
    said "$option" --pin-source
    run 64 "${sign[@]}" "$option=$pin"
done
run 64 "${sign[@]}" --pin-source "$pin"
said 'never the PIN itself'
run 64 "${sign[@]}" --pin-source fd:x
run 64 sign --container alice --pin-source fd:0
[ ! -e data.sig ] || fail "a refused signature left a file"
[ "$(objects)" = "$before" ] || fail "an unreadable PIN changed the token: $(objects)"

# A wrong PIN is sent once, by commands of several steps too.
# shellcheck disable=SC2046
"${CC:-cc}" -shared -fPIC -Wall -Wextra -Werror -DSOFTHSM="\"$softhsm_module\"" $(pkg-config --cflags p11-kit-1) \
    "$root/Tests/Integration/cli-locked-module.c" -o locked.so
export LOCKED_MODULE_LOG=$work/logins
locked="pkcs11:token=demo?module-path=$work/locked.so"
logins() { grep -c C_Login logins || true; }
printf 'wrong-%s' "$RANDOM$RANDOM" >wrong.pin
for command in 'sign --container alice --in data --out data.sig' 'key generate --container new --bits 1024' \
    'key generate --container alice --replace --yes --bits 1024' 'key show --container alice' \
    'key delete --container alice --spec signature --yes' 'container delete alice --yes'; do
    : >logins
    # shellcheck disable=SC2086
    run 4 $command --token "$locked" --pin-source file:wrong.pin
    said SCARD_W_WRONG_CHV CKR_PIN_INCORRECT
    [ "$(logins)" = 1 ] || fail "'$command' sent a wrong PIN $(logins) times"
done
# shellcheck disable=SC2086
json 4 sign --container alice --in data --token "$locked" --pin-source file:wrong.pin
keys "d['error']" code name message exit_status pkcs11
is "d['error']['pkcs11']" "{'function': 'C_Login', 'name': 'CKR_PIN_INCORRECT', 'value': '0xA0'}"

LOCKED_MODULE=locks run 5 "${sign[@]}" --token "$locked" --pin-source file:token/demo.pin
said SCARD_W_CHV_BLOCKED CKR_PIN_LOCKED
: >logins
LOCKED_MODULE=locked run 5 "${sign[@]}" --token "$locked" --pin-source file:token/demo.pin
[ "$(logins)" = 0 ] || fail "a PIN was sent to a locked token"
# Known before anybody would be asked.
LOCKED_MODULE=locked run 5 token change-pin --token "$locked"
said SCARD_W_CHV_BLOCKED 'token "demo": the PIN is locked' 'tokencsp token unblock'
LOCKED_MODULE=locked run 0 token list --token "$locked"
grep -q 'PIN locked' out || fail "token list: $(cat out)"
LOCKED_MODULE=final run 0 token list --token "$locked"
grep -q 'one PIN try left' out || fail "token list: $(cat out)"
# The last try is for a person: a PIN from the URI's pin-source does not use it up.
LOCKED_MODULE=final run 4 "${sign[@]}" --token "$locked&pin-source=file:$work/token/demo.pin"
[ "$(logins)" = 0 ] || fail "a stored PIN used the last try"
[ "$(objects)" = "$before" ] || fail "a wrong PIN changed the token: $(objects)"
run 0 "${sign[@]}"

# -- Files -----------------------------------------------------------------------------------------------------------

run 2 sign --container alice --in no-such-file --out data.sig
said no-such-file
run 2 verify --container alice --in data --signature no-such-file
run 2 sign --container alice --in data --out /no/such/folder/data.sig
said /no/such/folder/data.sig
run 1 sign --container alice --in "$work" --out data.sig
head -c 20000 /dev/zero >huge
run 1 verify --container alice --in data --signature huge
if tokencsp key list >/dev/full 2>err; then fail "a full disk goes unnoticed"; fi
said 'standard output'
run 64 sign --container alice --in data --out - --json
run 7 container delete alice
said 'standard output is not a terminal' --yes
run 7 key delete --container alice --spec signature
# A new key destroys the old one: refused where nobody answers, whichever way the new one comes.
openssl genrsa -out rsa.pem 2048 2>/dev/null
run 0 key import rsa.pem --container source --exportable
before=$(objects)
for command in 'key generate --container alice --bits 2048' 'key import rsa.pem --container alice' \
    'key copy --container source --to-container alice'; do
    # shellcheck disable=SC2086
    run 3 $command
    said NTE_EXISTS --replace
    # shellcheck disable=SC2086
    run 7 $command --replace
    said 'standard output is not a terminal' --yes
    [ "$(objects)" = "$before" ] || fail "'$command --replace' changed the token: $(objects)"
done
run 0 key delete --container source --spec signature --yes
run 0 container delete source --yes

# A file that is there may be the only copy of a key.
printf 'a passphrase' >pass
printf 'the only copy' >kept
run 0 key import rsa.pem --container source --exportable
before=$(objects)
for command in 'key archive --container new --bits 2048 --passphrase-source file:pass' \
    'key export --container source --passphrase-source file:pass' 'derive --passphrase-source file:pass' \
    'random --bytes 16' 'random --bytes 16 --hex'; do
    # shellcheck disable=SC2086
    run 3 $command --out kept
    said kept --overwrite
    # shellcheck disable=SC2086
    run 7 $command --out kept --overwrite
    said --yes
    [ "$(cat kept)" = 'the only copy' ] || fail "'$command' replaced a file"
    [ "$(objects)" = "$before" ] || fail "'$command' changed the token: $(objects)"
done
for command in 'key export --container source --passphrase-source file:pass' 'random --bytes 16'; do
    # shellcheck disable=SC2086
    run 0 $command --out kept --overwrite --yes
    [ "$(stat -c %a kept)" = 600 ] || fail "others may read what replaced a file"
done
[ "$(stat -c %s kept)" = 16 ] || fail "--overwrite replaced nothing"
run 1 key archive --container new --bits 2048 --passphrase-source file:pass --out "$work"
# Known before the token is touched.
run 1 key import rsa.pem --container new --certificate-out "$work"
run 2 key import rsa.pem --container new --certificate-out "$work/no-such-folder/file"
run 64 key import rsa.pem --container new --certificate-out ./rsa.pem
grep -q 'PRIVATE KEY' rsa.pem || fail "an import replaced its own file"
[ "$(objects)" = "$before" ] || fail "a file that cannot be written changed the token: $(objects)"
run 2 key show --container new
run 0 container delete source --yes

# -- Configuration ---------------------------------------------------------------------------------------------------

eval "$("$root/scripts/softhsm-token" --label second "$work/token" 2>/dev/null)"
eval "$("$root/scripts/softhsm-token" --label third "$work/token" 2>/dev/null)"
unset TOKENCSP_TOKEN
uri_of() { printf 'pkcs11:token=%s?module-path=%s' "$1" "$softhsm_module"; }
chosen() { # chosen LABEL: the configuration means this token.
    json 0 token list
    is "[t['label'] for t in d['tokens']]" "['$1']"
    is "d['chosen'] == d['tokens'][0]['uri']" True
}

json 0 token list --token "pkcs11:?module-path=$softhsm_module"
is "'chosen' in d, len(d['tokens']) >= 3" '(False, True)'
run 0 token list --token "pkcs11:?module-path=$softhsm_module"
grep -q '^Several are initialized: choose one by --token' out || fail "token list: $(cat out)"
run 0 token list --token "$(uri_of second)"
grep -qx 'Chosen: "second".' out || fail "token list: $(cat out)"
# Several tokens and none chosen: an error that lists them. /etc/tokencsp/tokencsp.conf is read after the user's.
if [ ! -e /etc/tokencsp ]; then
    run 6 key list
    said SCARD_E_UNKNOWN_READER token=demo token=second token=third TOKENCSP_TOKEN
fi
mkdir -p "$HOME/.config/tokencsp"
user_file=$HOME/.config/tokencsp/tokencsp.conf
printf '# ours\n\n  token = %s  \r\ndefault-container = zoe\n' "$(uri_of demo)" >"$user_file"
chosen demo
json 0 explain
is "[l['value'] for l in d['template'] if l['attribute'] == 'CKA_LABEL'][0]" '"zoe"'
printf 'token = %s\n' "$(uri_of second)" >named.conf
TOKENCSP_CONFIG=named.conf chosen second
TOKENCSP_CONFIG=named.conf TOKENCSP_TOKEN=$(uri_of third) chosen third
mkdir -p xdg/tokencsp
printf 'token = %s\n' "$(uri_of third)" >xdg/tokencsp/tokencsp.conf
XDG_CONFIG_HOME=$work/xdg chosen third
json 0 token list --token "$(uri_of second)"
is "d['tokens'][0]['label']" second

TOKENCSP_CONFIG=no-such.conf run 64 key list
said no-such.conf TOKENCSP_CONFIG
TOKENCSP_CONFIG=$work run 64 key list
said "$work"
bad() { # bad CONTENT TEXT…: such a file is an error that says so.
    printf '%b' "$1" >bad.conf
    shift
    TOKENCSP_CONFIG=bad.conf run 64 key list
    said bad.conf NTE_PROV_TYPE_ENTRY_BAD "$@"
}
bad 'tok' 'line 1' '"tok"' 'key = value'
bad '# fine\ntoken =' 'line 2' 'no value'
bad 'tokn = x' 'line 1' tokn 'token, default-container, session-keys'
bad 'pin-cache = none\n\npin-cache = 5' 'line 3' 'pin-cache is set already' 'line 1'
bad '[token a]\npin-cache = none\n[token a]\npin-cache = 5' 'line 4' 'pin-cache is set already'
bad '[module ' 'line 1' '[module /path/to/module.so]'
bad '[module /x.so]\ninit-reserv' 'line 2'
bad '[module /x.so]\ntoken = x' 'line 2' init-reserved
bad 'token = \xff\xfe' UTF-8
head -c 2000000 /dev/zero | tr '\0' '#' >bad.conf
TOKENCSP_CONFIG=bad.conf run 64 key list
said '1 MiB'
printf 'token = pkcs11:tok' >bad.conf
TOKENCSP_CONFIG=bad.conf run 64 key list
said 'pkcs11:tok'

secrets_stay_secret token/demo.pin wrong.pin
